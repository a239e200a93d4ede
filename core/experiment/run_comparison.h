// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/run_store.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace clipscope {

struct CompareOptions {
    bool groupSeeds = true; ///< runs that differ by their seed alone become one column; false: a column a run
    bool differencesOnly = true; ///< leave out settings that all columns share
};

/// A column of a comparison: runs with the same settings, whatever their seeds. Where a library lies is no setting.
struct RunGroup {
    std::vector<int64_t> runs;
    std::vector<uint64_t> seeds; ///< each once, ascending
    std::string title; ///< "run 3", "runs 3, 5, 8", its name where a single run has one
};

struct RunComparison {
    struct Setting {
        std::string name; ///< as settingsOf() has it, and "seed"
        std::vector<Json> values; ///< one a group; null where a group has no such setting
        bool differs = false;
    };
    /// A repeated seed counts once: by the mean of its runs.
    struct Value {
        double mean = 0;
        double sd = 0; ///< over the seeds, with n - 1; 0 for a single one
        int seeds = 1;
    };
    struct Metric {
        std::string name; ///< as metricsOf() has it
        std::vector<std::optional<Value>> values; ///< one a group; nothing where no run of it has the number
    };
    std::vector<RunGroup> groups; ///< in the order of their first runs
    std::vector<Setting> settings;
    std::vector<Metric> metrics;
};

/// Settings and numbers side by side. Pure: the runs come from RunStore::list() or load().
RunComparison compareRuns(std::span<const StoredRun> runs, const CompareOptions& options);

/// {"groups": [{"title": S, "runs": [n], "seeds": [n]}], "settings": [{"name": S, "differs": b, "values": [...]}],
/// "metrics": [{"name": S, "values": [{"mean": x, "sd": x, "seeds": n}|null]}]}
Json toJson(const RunComparison& comparison);

} // namespace clipscope
