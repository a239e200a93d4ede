// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "embedding/encoder.h"
#include "library/video_library.h"
#include "retrieval/search_engine.h"

#include <QString>

#include <memory>
#include <mutex>
#include <string>

namespace clipscope {

inline constexpr const char* kStarterModel = "starter";

/// Keeps the encoder that was used last, so that a search, an embedding run and the next library share it. Any thread;
/// blocks while one is loaded, so never for the GUI thread.
class EncoderShelf {
public:
    /// Throws as makeEncoder() does.
    std::shared_ptr<Encoder> get(const std::string& model, const std::string& precision);

private:
    std::mutex m_mutex;
    std::string m_model, m_precision;
    std::shared_ptr<Encoder> m_encoder;
};

/// A search engine over the newest embeddings of one model, or why there is none.
struct LoadedEngine {
    std::shared_ptr<SearchEngine> engine; ///< null: the model cannot be used, see `problem`
    std::shared_ptr<Encoder> encoder; ///< that it searches with
    EmbeddingKey key; ///< of the embeddings it searches
    std::string model;
    QString title; ///< "Starter"
    QString note; ///< "knows only the sample world"
    QString computation; ///< "int8 on cpu"
    qint64 searched = 0; ///< videos with embeddings
    QString problem;
    QString remedy; ///< id of the action that mends it, or empty
};

/// Loads encoder and embeddings; of imported embeddings what stands in for their model (importedEncoder). A model that is not installed, or another one than the embeddings were made with, is a
/// `problem`, not an exception. Throws Cancelled and the other errors of SearchEngine. For a worker.
LoadedEngine loadEngine(const std::shared_ptr<VideoLibrary>& library, const std::string& model, EncoderShelf& shelf,
    const JobContext& context);

} // namespace clipscope
