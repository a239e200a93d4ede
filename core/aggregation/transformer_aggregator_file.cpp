// SPDX-License-Identifier: GPL-3.0-or-later
// A Transformer aggregation as a file.
#include "aggregation/load_transformer.h"
#include "aggregation/transformer_aggregator.h"
#include "base/error.h"
#include "base/file_time.h"
#include "nn/device.h"
#include "nn/weights.h"

#include <ATen/core/grad_mode.h>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr const char* kKey = "clipscope_aggregator"; ///< of the metadata: the configuration, a JSON object
constexpr const char* kHowToTrain = "Train one with: clipscope-cli train aggregator --library LIB --out FILE";

/// Size and time of change; zeros where there is no file.
std::pair<int64_t, int64_t> stampOf(const fs::path& file)
{
    struct stat status = {};
    if (::stat(file.c_str(), &status) != 0)
        return {};
    return {int64_t(status.st_size), modifiedNs(status)};
}

Json toJson(const TransformerAggregatorConfig& config)
{
    return {{"type", "transformer"}, {"model", config.origin.model}, {"modelHash", config.origin.modelHash},
        {"embeddingWidth", config.embeddingWidth}, {"width", config.width}, {"layers", config.layers},
        {"heads", config.heads}, {"positions", config.positions}, {"framesPerClip", config.framesPerClip}};
}

TransformerAggregatorConfig readConfig(const SafetensorsFile& file)
{
    const std::string subject = file.path().string();
    const auto found = file.metadata().find(kKey);
    if (found == file.metadata().end())
        throw Error(ErrorKind::Model, "is no aggregation: it does not say how it is made", subject, kHowToTrain);
    try {
        const Json json = parseJson(found->second, subject);
        if (json.at("type") != "transformer")
            throw Error(ErrorKind::Model, "holds an aggregation that this version does not know", subject, kHowToTrain);
        TransformerAggregatorConfig config;
        const auto number = [&](const char* key, int64_t& value) {
            if (!json.at(key).is_number_integer())
                throw Error(ErrorKind::Model, std::string("\"") + key + "\" is no whole number", subject, kHowToTrain);
            value = json.at(key).get<int64_t>();
        };
        number("embeddingWidth", config.embeddingWidth);
        number("width", config.width);
        number("layers", config.layers);
        number("heads", config.heads);
        number("positions", config.positions);
        number("framesPerClip", config.framesPerClip);
        config.origin.model = json.at("model").get<std::string>();
        config.origin.modelHash = json.at("modelHash").get<std::string>();
        return config;
    } catch (const Json::exception&) {
        throw Error(ErrorKind::Model, "does not say in full how it is made", subject, kHowToTrain);
    }
}

std::shared_ptr<const Aggregator> loadFor(const fs::path& file, const EmbeddingOrigin& origin)
{
    auto aggregator = std::make_shared<TransformerAggregator>(TransformerAggregator::load(file));
    aggregator->requireOrigin(origin);
    return aggregator;
}

const LateCode kLoadTransformer(loadTransformer, loadFor);

} // namespace

TransformerAggregator TransformerAggregator::load(const fs::path& file)
{
    // Looked at before it is read: what is written in between makes it out of date.
    const std::pair<int64_t, int64_t> stamp = stampOf(file);
    const Weights weights(file);
    return withTorchErrors(file.string(), [&] {
        const TransformerAggregatorConfig config = readConfig(SafetensorsFile(file));
        const auto empty = [&] {
            try {
                return TransformerAggregator(config);
            } catch (const Error& e) {
                throw Error(ErrorKind::Model, e.happened(), file.string(), kHowToTrain);
            }
        };
        TransformerAggregator out = empty();
        out.visit([&](const std::string& name, at::Tensor& tensor, const std::vector<int64_t>& shape) {
            tensor = weights.copy(name, shape);
        });
        out.m_file = file;
        out.m_stamp = stamp;
        return out;
    });
}

void TransformerAggregator::save(const fs::path& file, bool halfPrecision, const Json& training) const
{
    std::vector<TensorToWrite> tensors;
    for (const auto& [name, tensor] : parameters())
        tensors.push_back(toWrite(name, tensor, halfPrecision));
    writeSafetensors(file, tensors, {{kKey, toJson(m_config).dump()}, {"training", training.dump()}});
}

void TransformerAggregator::requireOrigin(const EmbeddingOrigin& origin) const
{
    const std::string remedy = origin.model.empty()
        ? kHowToTrain
        : "Train one for " + origin.model + ": clipscope-cli train aggregator --library LIB --out FILE";
    if (origin.width > 0 && origin.width != m_config.embeddingWidth)
        throw Error(ErrorKind::Model,
            "aggregates embeddings of " + std::to_string(m_config.embeddingWidth) + " numbers, those of "
                + (origin.model.empty() ? "this library" : origin.model) + " have " + std::to_string(origin.width),
            m_file.string(), remedy);
    if (!origin.modelHash.empty() && origin.modelHash != m_config.origin.modelHash)
        throw Error(ErrorKind::Model,
            "was trained on embeddings of another model (" + m_config.origin.model + ")"
                + (origin.model == m_config.origin.model ? ", which has changed since" : ""),
            m_file.string(), remedy);
}

bool TransformerAggregator::isCurrent() const
{
    return m_file.empty() || stampOf(m_file) == m_stamp;
}

} // namespace clipscope
