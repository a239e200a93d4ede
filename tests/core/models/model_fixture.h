// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/json.h"
#include "support/test_data.h"

#include <filesystem>
#include <map>
#include <string>

namespace clipscope::test {

/// Homes, caches and resources of a test in a folder of its own, and a tiny model of BERT's layout (about 3 MB) in it.
class ModelFixture {
public:
    ModelFixture();
    ~ModelFixture();

    const TempDir& temp() const { return m_temp; }
    /// The model's files as bytes: config.json, vocab.txt, model.safetensors.
    const std::map<std::string, std::string>& files() const { return m_files; }
    std::filesystem::path home() const { return m_temp / "data/clipscope/models"; }
    std::filesystem::path staging() const { return home() / ".tiny.staging"; }

    /// The row of the model "tiny" in a catalogue, all sizes and checksums known.
    Json row() const;
    /// Writes resources/models.json with these rows.
    void writeCatalogue(const Json& rows) const;
    /// Writes the model's files to a folder.
    void writeModel(const std::filesystem::path& folder) const;
    static Json readJson(const std::filesystem::path& path);

private:
    TempDir m_temp;
    std::map<std::string, std::string> m_files;
    std::map<std::string, std::string> m_before; ///< the environment
};

} // namespace clipscope::test
