// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "embedding/encoder.h"
#include "library/video_library.h"
#include "retrieval/search_engine.h"

#include <filesystem>
#include <memory>
#include <string>

namespace clipscope {

/// Which library, and which of its embeddings, a command works with.
struct LibraryChoice {
    std::filesystem::path folder;
    std::string model; ///< name or folder; empty: the newest embeddings
    std::string device = "auto";
};

/// A library, one set of its embeddings and the encoder that made them.
struct EmbeddedLibrary {
    std::shared_ptr<VideoLibrary> library;
    EmbeddingKey key;
    std::shared_ptr<Encoder> encoder;
};

/// Throws Error(Storage) when there is no library, Error(Input) when it has no such embeddings, Error(Model) when the
/// encoder is missing or another one than the embeddings were made with, Error(Resource) for the device.
EmbeddedLibrary openEmbedded(const LibraryChoice& choice);

/// What a search runs on.
struct SearchSetup {
    std::unique_ptr<SearchEngine> engine;
    std::string note; ///< why names alone are searched, empty otherwise
};

/// The search engine of a library, loaded. With MatchBy::Names no encoder is loaded. With MatchBy::Both, no model named
/// and `namesMaySuffice`, a library without embeddings, or whose encoder is missing or knows imported texts alone, is
/// searched by names alone. `index` as SearchEngine has it. Throws as openEmbedded() does.
SearchSetup openSearch(
    const LibraryChoice& choice, MatchBy by, bool namesMaySuffice, const std::string& index, const JobContext& context);

/// A model as libraries remember it: the name of an installed model, the absolute path of any other folder. What is
/// neither comes back as it is.
std::string modelSpelling(const std::string& nameOrFolder);

} // namespace clipscope
