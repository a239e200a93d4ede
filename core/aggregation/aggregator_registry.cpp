// SPDX-License-Identifier: GPL-3.0-or-later
#include "aggregation/load_transformer.h"
#include "aggregation/mean_pooling.h"
#include "aggregation/part_means.h"
#include "aggregation/query_scored.h"
#include "aggregation/shipped_aggregator.h"
#include "base/error.h"
#include "models/model_catalogue.h"

#include <charconv>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

/// `argument` is what follows the colon, empty when there is none.
struct AggregatorBackend {
    std::string name;
    std::string spelling;
    std::shared_ptr<const Aggregator> (*make)(const std::string& argument, const EmbeddingOrigin& origin);
    void (*check)(const std::string& argument);
};

void checkMean(const std::string& argument)
{
    if (!argument.empty())
        throw Error(ErrorKind::Input, "mean aggregation takes no argument", "mean:" + argument);
}

std::shared_ptr<const Aggregator> makeMean(const std::string& argument, const EmbeddingOrigin&)
{
    checkMean(argument);
    return std::make_shared<MeanPooling>();
}

std::shared_ptr<const Aggregator> makeQueryScored(const std::string& argument, const EmbeddingOrigin&)
{
    if (argument.empty())
        return std::make_shared<QueryScored>();
    double temperature = 0;
    const char* end = argument.data() + argument.size();
    const auto [stop, error] = std::from_chars(argument.data(), end, temperature);
    if (error != std::errc() || stop != end)
        throw Error(ErrorKind::Input, "the temperature of query-scored aggregation must be a number above 0",
            "query:" + argument);
    return std::make_shared<QueryScored>(temperature);
}

std::shared_ptr<const Aggregator> makePartMeans(const std::string& argument, const EmbeddingOrigin&)
{
    if (argument.empty())
        return std::make_shared<PartMeans>(PartMeans::kUsualParts);
    int parts = 0;
    const char* end = argument.data() + argument.size();
    const auto [stop, error] = std::from_chars(argument.data(), end, parts);
    return std::make_shared<PartMeans>(error == std::errc() && stop == end ? parts : 0);
}

void checkPartMeans(const std::string& argument)
{
    makePartMeans(argument, {});
}

void checkQueryScored(const std::string& argument)
{
    makeQueryScored(argument, {});
}

std::shared_ptr<const Aggregator> makeTransformer(const std::string& argument, const EmbeddingOrigin& origin)
{
    const fs::path file = argument.empty() ? shippedAggregator(origin.model) : fs::path(argument);
    if (file.empty())
        throw Error(ErrorKind::Model,
            origin.model.empty() ? "no Transformer aggregation is named"
                                 : "comes without a Transformer aggregation of its own",
            origin.model.empty() ? "transformer" : origin.model,
            "Train one (clipscope-cli train aggregator --library LIB --out FILE) and take transformer:FILE.");
    return loadTransformer(file, origin);
}

const std::vector<AggregatorBackend>& aggregatorBackends()
{
    static const std::vector<AggregatorBackend> backends = {
        {"mean", "mean", makeMean, checkMean},
        {"query", "query[:TAU]", makeQueryScored, checkQueryScored},
        {"parts", "parts[:N]", makePartMeans, checkPartMeans},
        {"transformer", "transformer[:FILE]", makeTransformer, [](const std::string&) {}},
    };
    return backends;
}

/// The backend of `spec`, and what follows the colon.
std::pair<const AggregatorBackend*, std::string> parsed(const std::string& spec)
{
    const size_t colon = spec.find(':');
    const std::string name = spec.substr(0, colon);
    std::string known;
    for (const AggregatorBackend& backend : aggregatorBackends()) {
        if (backend.name == name)
            return {&backend, colon == std::string::npos ? std::string() : spec.substr(colon + 1)};
        known += (known.empty() ? "" : ", ") + backend.spelling;
    }
    throw Error(ErrorKind::Input, "there is no such aggregation", spec, "Known are: " + known + ".");
}

} // namespace

fs::path shippedAggregator(const std::string& model)
{
    if (model.empty())
        return {};
    try {
        const fs::path file = findModel(model).path / kShippedAggregator;
        std::error_code ignored;
        return fs::is_regular_file(file, ignored) ? file : fs::path();
    } catch (const Error&) {
        return {}; // an encoder without a folder
    }
}

std::shared_ptr<const Aggregator> makeAggregator(const std::string& spec, const EmbeddingOrigin& origin)
{
    const auto [backend, argument] = parsed(spec);
    return backend->make(argument, origin);
}

void checkAggregation(const std::string& spec)
{
    const auto [backend, argument] = parsed(spec);
    backend->check(argument);
}

} // namespace clipscope
