// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "embedding/encoder.h"
#include "library/video_library.h"

#include <filesystem>
#include <map>
#include <string>

namespace clipscope {

/// The model name under which vectors that were imported as NAME are kept: "imported:NAME".
std::string importedModel(const std::string& name);
bool isImported(const std::string& model);
bool isImported(const EmbeddingKey& key);

/// The texts whose vectors came with imported ones: told apart by their SHA-256, kept beside the shards of their key.
class ImportedTexts {
public:
    /// Of a library's key; empty where there are none. Throws Error(Model) when the file is damaged or of another
    /// width.
    static ImportedTexts read(const VideoLibrary& library, const EmbeddingKey& key);
    /// Throws Error(Storage).
    void write(const VideoLibrary& library, const EmbeddingKey& key) const;

    bool empty() const { return m_rows.empty(); }
    /// nullptr for a text that is not there; [dim] of unit length.
    const std::vector<float>* find(const std::string& text) const;
    void set(const std::string& text, std::vector<float> vector);

private:
    std::map<std::string, std::vector<float>> m_rows; ///< by hash
};

/// An encoder that stands in for the model that made imported vectors: it knows the texts whose vectors were imported
/// and no others (info().encodesAnyText is false), and no pictures. encodeTexts() of another text throws Error(Input)
/// that says so.
std::shared_ptr<Encoder> importedEncoder(const VideoLibrary& library, const EmbeddingKey& key);

} // namespace clipscope
