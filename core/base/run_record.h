// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/json.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace clipscope {

/// What one experiment did and found: enough to repeat it, compare it and cite it (design section 8).
struct RunRecord {
    std::string kind; ///< "train-clip", "evaluate", "probe", ...
    Json config = Json::object(); ///< what was asked for, all but the seed
    uint64_t seed = 0;
    std::string version;
    std::string modelHash; ///< of the encoder's weights; empty where no model took part
    std::string dataHash; ///< of what was measured (media, texts, labels); empty where it is not known
    std::string startedAt; ///< "2026-05-03T14:02:11Z"
    Json machine = Json::object();
    double cpuSeconds = 0;
    double wallSeconds = 0;
    Json results = Json::object(); ///< the experiment's own keys, merged into the JSON object
    Json arrays = Json::object(); ///< long rows of numbers for plots, by name

    /// One object: kind config seed version modelHash dataHash startedAt machine cpuSeconds wallSeconds + the results'
    /// keys, and the arrays under "arrays" where there are some. Empty hashes are left out.
    Json toJson() const;
    /// Reads what toJson() made; keys that are not there stay as they are in an empty record. Throws Error(Input)
    /// naming `subject` when it is no such object.
    static RunRecord fromJson(const Json& json, const std::string& subject);
};

/// A hash of parts, in their order: of what an experiment was run on.
class DataHash {
public:
    void add(std::string_view part);
    void add(int64_t number) { add(std::to_string(number)); }
    std::string hexadecimal() const; ///< SHA-256

private:
    std::string m_bytes;
};

/// Measures the seconds between its construction and finish().
class RunClock {
public:
    RunClock(std::string kind, Json config, uint64_t seed);
    /// Of the model and the data, for the record.
    void setHashes(std::string modelHash, std::string dataHash);
    RunRecord finish(Json results, Json arrays = Json::object()) const;

private:
    RunRecord m_record;
    std::chrono::steady_clock::time_point m_wallStart;
    double m_cpuStart;
};

} // namespace clipscope
