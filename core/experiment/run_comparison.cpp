// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/run_comparison.h"

#include "base/mean_and_sd.h"
#include "experiment/run_metrics.h"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace clipscope {

namespace {

using Settings = std::vector<std::pair<std::string, Json>>;

constexpr const char* kPlace = "config.library"; ///< where a library lies: a moved one is the same

std::string spelling(const Json& value)
{
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// What runs of one group have in common.
std::string groupKey(const Settings& settings)
{
    std::map<std::string, std::string> sorted;
    for (const auto& [name, value] : settings)
        if (name != kPlace)
            sorted.emplace(name, spelling(value));
    std::string out;
    for (const auto& [name, value] : sorted)
        out += name + "=" + value + "\n";
    return out;
}

std::string titleOf(const std::vector<const StoredRun*>& runs)
{
    if (runs.size() == 1 && !runs.front()->name.empty())
        return runs.front()->name;
    std::string out = runs.size() == 1 ? "run " : "runs ";
    for (size_t i = 0; i < runs.size(); ++i)
        out += (i == 0 ? "" : ", ") + std::to_string(runs[i]->id);
    return out;
}

RunComparison::Value summary(const std::map<uint64_t, std::vector<double>>& bySeed)
{
    std::vector<double> means;
    for (const auto& [seed, values] : bySeed)
        means.push_back(meanAndSd(values).mean);
    const MeanAndSd overSeeds = meanAndSd(means);
    RunComparison::Value out;
    out.mean = overSeeds.mean;
    out.seeds = int(means.size());
    out.sd = overSeeds.sd.value_or(0);
    return out;
}

/// Rows by name, in the order in which the names first come up.
template <class Row> class Rows {
public:
    Row& at(const std::string& name, size_t columns)
    {
        const auto [place, isNew] = m_places.try_emplace(name, m_rows.size());
        if (isNew) {
            m_rows.emplace_back();
            m_rows.back().name = name;
            m_rows.back().values.resize(columns);
        }
        return m_rows[place->second];
    }
    std::vector<Row> take() { return std::move(m_rows); }

private:
    std::unordered_map<std::string, size_t> m_places;
    std::vector<Row> m_rows;
};

} // namespace

RunComparison compareRuns(std::span<const StoredRun> runs, const CompareOptions& options)
{
    std::vector<std::vector<const StoredRun*>> groups;
    std::unordered_map<std::string, size_t> groupOf;
    for (const StoredRun& run : runs) {
        const size_t fresh = groups.size();
        const size_t group =
            options.groupSeeds ? groupOf.try_emplace(groupKey(settingsOf(run.record)), fresh).first->second : fresh;
        if (group == fresh)
            groups.emplace_back();
        groups[group].push_back(&run);
    }

    RunComparison out;
    Rows<RunComparison::Setting> settings;
    Rows<RunComparison::Metric> metrics;
    for (size_t g = 0; g < groups.size(); ++g) {
        RunGroup group;
        std::unordered_map<std::string, std::map<uint64_t, std::vector<double>>> numbers;
        std::vector<std::string> order;
        for (const StoredRun* run : groups[g]) {
            group.runs.push_back(run->id);
            group.seeds.push_back(run->record.seed);
            for (const auto& [name, value] : metricsOf(run->record)) {
                if (!numbers.contains(name))
                    order.push_back(name);
                numbers[name][run->record.seed].push_back(value);
            }
        }
        std::ranges::sort(group.seeds);
        group.seeds.erase(std::unique(group.seeds.begin(), group.seeds.end()), group.seeds.end());
        group.title = titleOf(groups[g]);
        for (const auto& [name, value] : settingsOf(groups[g].front()->record))
            settings.at(name, groups.size()).values[g] = value;
        settings.at("seed", groups.size()).values[g] =
            group.seeds.size() == 1 ? Json(group.seeds.front()) : Json(group.seeds);
        for (const std::string& name : order)
            metrics.at(name, groups.size()).values[g] = summary(numbers[name]);
        out.groups.push_back(std::move(group));
    }
    out.settings = settings.take();
    for (RunComparison::Setting& setting : out.settings)
        setting.differs = std::ranges::any_of(
            setting.values, [&](const Json& v) { return spelling(v) != spelling(setting.values.front()); });
    if (options.differencesOnly)
        std::erase_if(out.settings, [](const RunComparison::Setting& setting) { return !setting.differs; });
    out.metrics = metrics.take();
    return out;
}

Json toJson(const RunComparison& comparison)
{
    Json groups = Json::array();
    for (const RunGroup& group : comparison.groups)
        groups.push_back({{"title", group.title}, {"runs", group.runs}, {"seeds", group.seeds}});
    Json settings = Json::array();
    for (const RunComparison::Setting& setting : comparison.settings)
        settings.push_back({{"name", setting.name}, {"differs", setting.differs}, {"values", setting.values}});
    Json metrics = Json::array();
    for (const RunComparison::Metric& metric : comparison.metrics) {
        Json values = Json::array();
        for (const std::optional<RunComparison::Value>& v : metric.values)
            values.push_back(v ? Json{{"mean", v->mean}, {"sd", v->sd}, {"seeds", v->seeds}} : Json());
        metrics.push_back({{"name", metric.name}, {"values", std::move(values)}});
    }
    return {{"groups", std::move(groups)}, {"settings", std::move(settings)}, {"metrics", std::move(metrics)}};
}

} // namespace clipscope
