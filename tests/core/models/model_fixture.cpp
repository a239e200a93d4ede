// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_fixture.h"

#include "base/files.h"
#include "models/safetensors.h"

#include <cstdlib>

namespace fs = std::filesystem;

namespace clipscope::test {

ModelFixture::ModelFixture()
{
    const std::map<std::string, std::string> variables{{"XDG_DATA_HOME", (m_temp / "data").string()},
        {"XDG_CACHE_HOME", (m_temp / "cache").string()}, {"CLIPSCOPE_RESOURCES", (m_temp / "resources").string()}};
    for (const auto& [name, value] : variables) {
        const char* before = std::getenv(name.c_str());
        m_before[name] = before ? before : "";
        ::setenv(name.c_str(), value.c_str(), 1);
    }
    fs::create_directories(m_temp / "resources");

    const Json config{{"model_type", "bert"}, {"num_hidden_layers", 1}, {"hidden_size", 4}};
    const std::vector<float> four(4, .5F), sixteen(16, .25F);
    std::vector<TensorToWrite> tensors{
        TensorToWrite::f32("embeddings.word_embeddings.weight", {180000, 4}, std::vector<float>(720000, .125F))};
    for (const char* name : {"embeddings.position_embeddings", "embeddings.token_type_embeddings",
             "encoder.layer.0.attention.self.query", "encoder.layer.0.attention.self.key",
             "encoder.layer.0.attention.self.value", "encoder.layer.0.attention.output.dense",
             "encoder.layer.0.intermediate.dense", "encoder.layer.0.output.dense"})
        tensors.push_back(TensorToWrite::f32(std::string(name) + ".weight", {4, 4}, sixteen));
    for (const char* name :
        {"embeddings.LayerNorm", "encoder.layer.0.attention.output.LayerNorm", "encoder.layer.0.output.LayerNorm"})
        tensors.push_back(TensorToWrite::f32(std::string(name) + ".weight", {4}, four));
    const fs::path weights = m_temp / "model.safetensors";
    writeSafetensors(weights, tensors);
    m_files = {{"config.json", config.dump(2)}, {"vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nbear\n"},
        {"model.safetensors", readFile(weights)}};
    writeCatalogue(Json::array({row()}));
}

ModelFixture::~ModelFixture()
{
    for (const auto& [name, value] : m_before) {
        if (value.empty())
            ::unsetenv(name.c_str());
        else
            ::setenv(name.c_str(), value.c_str(), 1);
    }
}

Json ModelFixture::row() const
{
    Json files = Json::array();
    int64_t bytes = 0;
    for (const auto& [name, content] : m_files) {
        files.push_back({{"name", name}, {"url", "https://127.0.0.1:" + std::to_string(9) + "/" + name},
            {"bytes", content.size()}, {"sha256", sha256(content)}});
        bytes += int64_t(content.size());
    }
    return {{"name", "tiny"}, {"title", "Tiny"}, {"backend", "bert"}, {"licence", "MIT"}, {"note", "for tests"},
        {"speed", "fast"}, {"source", "https://example.org/tiny"}, {"bytes", bytes}, {"memoryBytes", 1000},
        {"files", std::move(files)}};
}

void ModelFixture::writeCatalogue(const Json& rows) const
{
    writeFileAtomically(m_temp / "resources/models.json", Json{{"models", rows}}.dump(1));
}

void ModelFixture::writeModel(const fs::path& folder) const
{
    fs::create_directories(folder);
    for (const auto& [name, content] : m_files)
        writeFileAtomically(folder / name, content);
}

Json ModelFixture::readJson(const fs::path& path)
{
    return readJsonFile(path);
}

} // namespace clipscope::test
