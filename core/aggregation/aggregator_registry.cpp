// SPDX-License-Identifier: GPL-3.0-or-later
#include "aggregation/mean_pooling.h"
#include "aggregation/query_scored.h"
#include "base/error.h"

#include <charconv>

namespace clipscope {

namespace {

/// `argument` is what follows the colon, empty when there is none.
struct AggregatorBackend {
    std::string name;
    std::string spelling;
    std::shared_ptr<const Aggregator> (*make)(const std::string& argument);
};

std::shared_ptr<const Aggregator> makeMean(const std::string& argument)
{
    if (!argument.empty())
        throw Error(ErrorKind::Input, "mean aggregation takes no argument", "mean:" + argument);
    return std::make_shared<MeanPooling>();
}

std::shared_ptr<const Aggregator> makeQueryScored(const std::string& argument)
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

const std::vector<AggregatorBackend>& aggregatorBackends()
{
    static const std::vector<AggregatorBackend> backends = {
        {"mean", "mean", makeMean},
        {"query", "query[:TAU]", makeQueryScored},
    };
    return backends;
}

} // namespace

std::shared_ptr<const Aggregator> makeAggregator(const std::string& spec)
{
    const size_t colon = spec.find(':');
    const std::string name = spec.substr(0, colon);
    if (name == "transformer")
        throw Error(
            ErrorKind::Input, "Transformer aggregation is not part of this version", spec, "Choose mean or query.");
    std::string known;
    for (const AggregatorBackend& backend : aggregatorBackends()) {
        if (backend.name == name)
            return backend.make(colon == std::string::npos ? std::string() : spec.substr(colon + 1));
        known += (known.empty() ? "" : ", ") + backend.spelling;
    }
    throw Error(ErrorKind::Input, "there is no such aggregation", spec, "Known are: " + known + ".");
}

} // namespace clipscope
