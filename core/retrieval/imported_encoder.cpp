// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/imported_encoder.h"

#include "base/error.h"
#include "base/files.h"
#include "library/embedding_store.h"
#include "models/safetensors.h"

#include <utility>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr std::string_view kPrefix = "imported:";
constexpr size_t kHashDigits = 64;

class ImportedEncoder : public Encoder {
public:
    ImportedEncoder(const EmbeddingKey& key, ImportedTexts texts)
        : m_texts(std::move(texts))
    {
        m_info.name = key.model;
        m_info.title = "Imported vectors \"" + key.model.substr(kPrefix.size()) + "\"";
        m_info.note = "knows only the texts whose vectors were imported";
        m_info.modelHash = key.modelHash;
        m_info.jointDim = key.jointDim;
        m_info.device = "cpu";
        m_info.precision = key.precision;
        m_info.encodesAnyText = false;
    }

    const EncoderInfo& info() const override { return m_info; }

    FrameEmbeddings encodeFrames(std::span<const RgbImage>, const JobContext&) override
    {
        throw Error(ErrorKind::Input, "cannot look at pictures: its vectors were made by another program", m_info.title,
            "Embed with a model: clipscope-cli embed.");
    }

    Matrix encodeTexts(std::span<const std::string> texts, const JobContext&) override
    {
        Matrix out;
        for (const std::string& text : texts) {
            const std::vector<float>* vector = m_texts.find(text);
            if (vector == nullptr)
                throw Error(ErrorKind::Input,
                    m_texts.empty() ? std::string("has no vectors of texts")
                                    : "has no vector of the text \"" + text + "\"",
                    m_info.title,
                    "Import them: import-embeddings with --texts FILE of words and --texts FILE of their vectors, or "
                    "name "
                    "the model that made the vectors with --model.");
            out.append(*vector);
        }
        return out;
    }

private:
    EncoderInfo m_info;
    ImportedTexts m_texts;
};

} // namespace

std::string importedModel(const std::string& name)
{
    return std::string(kPrefix) + name;
}

bool isImported(const std::string& model)
{
    return model.starts_with(kPrefix);
}

bool isImported(const EmbeddingKey& key)
{
    return isImported(key.model);
}

ImportedTexts ImportedTexts::read(const VideoLibrary& library, const EmbeddingKey& key)
{
    ImportedTexts out;
    const fs::path path = EmbeddingStore(library.folder(), key).textsPath();
    std::error_code absent;
    if (!fs::exists(path, absent))
        return out;
    const SafetensorsFile file(path);
    const TensorView& vectors = file.tensor("vectors");
    const int64_t count = vectors.shape.empty() ? 0 : vectors.shape[0];
    const TensorView& hashes = file.tensor("hashes", {count, int64_t(kHashDigits)});
    const std::vector<float> values = file.floats("vectors", {count, key.jointDim});
    for (size_t i = 0; i < size_t(count); ++i) {
        const auto* hash = reinterpret_cast<const char*>(hashes.bytes.data()) + i * kHashDigits;
        const auto first = values.begin() + std::ptrdiff_t(i) * key.jointDim;
        out.m_rows[std::string(hash, kHashDigits)] = std::vector<float>(first, first + key.jointDim);
    }
    return out;
}

void ImportedTexts::write(const VideoLibrary& library, const EmbeddingKey& key) const
{
    TensorToWrite hashes{"hashes", DType::U8, {std::ssize(m_rows), int64_t(kHashDigits)}, {}};
    std::vector<float> values;
    for (const auto& [hash, vector] : m_rows) {
        const auto* bytes = reinterpret_cast<const std::byte*>(hash.data());
        hashes.bytes.insert(hashes.bytes.end(), bytes, bytes + hash.size());
        values.insert(values.end(), vector.begin(), vector.end());
    }
    writeSafetensors(EmbeddingStore(library.folder(), key).textsPath(),
        {std::move(hashes), TensorToWrite::f32("vectors", {std::ssize(m_rows), key.jointDim}, values)});
}

const std::vector<float>* ImportedTexts::find(const std::string& text) const
{
    const auto found = m_rows.find(sha256(text));
    return found == m_rows.end() ? nullptr : &found->second;
}

void ImportedTexts::set(const std::string& text, std::vector<float> vector)
{
    m_rows[sha256(text)] = std::move(vector);
}

std::shared_ptr<Encoder> importedEncoder(const VideoLibrary& library, const EmbeddingKey& key)
{
    return std::make_shared<ImportedEncoder>(key, ImportedTexts::read(library, key));
}

} // namespace clipscope
