// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/json.h"

#include <chrono>
#include <string>

namespace clipscope {

/// What one experiment did and found: enough to repeat it, compare it and cite it (design section 8).
struct RunRecord {
    std::string kind; ///< "train-clip", "evaluate", "probe", ...
    Json config = Json::object();
    uint64_t seed = 0;
    std::string version;
    Json machine = Json::object();
    double cpuSeconds = 0;
    double wallSeconds = 0;
    Json results = Json::object(); ///< the experiment's own keys, merged into the JSON object

    /// One object: config seed version machine cpuSeconds wallSeconds + the results' keys.
    Json toJson() const;
};

/// Measures the seconds between its construction and finish().
class RunClock {
public:
    RunClock(std::string kind, Json config, uint64_t seed);
    RunRecord finish(Json results) const;

private:
    RunRecord m_record;
    std::chrono::steady_clock::time_point m_wallStart;
    double m_cpuStart;
};

} // namespace clipscope
