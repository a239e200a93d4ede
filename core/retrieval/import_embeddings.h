// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "embedding/encoder.h"
#include "library/video_library.h"
#include "retrieval/caption_readers.h"
#include "retrieval/vector_file.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace clipscope {

/// Which files hold embeddings that another program has made.
struct EmbeddingFiles {
    std::filesystem::path vectors; ///< VectorFile: a row a video, of one vector or of K (its frames or clips, in order)
    std::filesystem::path ids; ///< a text file: the id of each row, one a line
    /// Words, vectors of words (VectorFile), or one file of each. Words: a .txt with one text a line in the order of
    /// the ids, or any caption file that readAnnotations() knows, whose videos are the ids. Vectors: a row a video in
    /// the order of the ids, of one vector or of T, one for each of its queries (captionQueries()).
    std::vector<std::filesystem::path> texts;
    std::filesystem::path labels; ///< labels and splits, as readAnnotations() knows them; may be empty
    std::string name; ///< under which the vectors are kept; empty: the stem of the file's name
};

/// The files' content, checked whole: nothing of a library has been touched.
struct ReadEmbeddings {
    std::vector<std::string> ids;
    VectorFile vectors;
    std::optional<VectorFile> textVectors;
    std::vector<std::vector<Caption>> captions; ///< of each id
    std::vector<std::string> labels, splits; ///< of each id, empty where there is none
    int64_t unmatched = 0; ///< videos of the text and label files that are no ids
    std::string name;
    std::shared_ptr<Encoder> encoder; ///< the model that made the vectors, where it is known
};

/// Reads and checks them. With `encoder`, the vectors are taken for its own: words are then encoded by it. Captions of
/// text vectors without words are "text of ID". Throws Error naming file, line or row, and remedy: ids that are empty,
/// no UTF-8, no relative names or there twice; another number of rows than of ids; vectors that are not finite, zero,
/// or of another width than the texts' or the encoder's; another number of text vectors than of queries; one text with
/// two vectors; what the readers throw. Throws Cancelled.
ReadEmbeddings readEmbeddings(
    const EmbeddingFiles& files, const std::shared_ptr<Encoder>& encoder, const JobContext& context);

struct ImportedEmbeddings {
    EmbeddingKey key;
    int64_t added = 0; ///< videos without media that are new
    int64_t known = 0; ///< videos that were there, imported ones or films of these names, and got these vectors
    int64_t captions = 0, labels = 0, textVectors = 0;
};

/// Puts them into a library. A row belongs to the video that was imported under its id, else to the one video of the
/// library whose file has this name or stem, else to a new video without media, whose path is below
/// "/imported-embeddings". Vectors of one name and width are one set of embeddings, which later imports extend or
/// replace video by video; it becomes the newest. Their seconds are unknown: one vector a second, or spread over the
/// film. Throws Error(Input) for an id that names several videos, Error(Storage), Cancelled: what was stored until then
/// stays, and the same import goes on.
ImportedEmbeddings importEmbeddings(VideoLibrary& library, const ReadEmbeddings& read, JobContext& context);

} // namespace clipscope
