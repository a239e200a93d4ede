// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/run_record.h"

#include "base/error.h"
#include "base/files.h"
#include "base/machine.h"

#include <ctime>
#include <utility>

namespace clipscope {

namespace {

std::string utcNow()
{
    const std::time_t now = std::time(nullptr);
    std::tm parts = {};
    ::gmtime_r(&now, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

} // namespace

Json RunRecord::toJson() const
{
    Json out = {{"kind", kind}, {"config", config}, {"seed", seed}, {"version", version}};
    if (!modelHash.empty())
        out["modelHash"] = modelHash;
    if (!dataHash.empty())
        out["dataHash"] = dataHash;
    out["startedAt"] = startedAt;
    out["machine"] = machine;
    out["cpuSeconds"] = cpuSeconds;
    out["wallSeconds"] = wallSeconds;
    for (const auto& [key, value] : results.items())
        out[key] = value;
    if (!arrays.empty())
        out["arrays"] = arrays;
    return out;
}

RunRecord RunRecord::fromJson(const Json& json, const std::string& subject)
{
    RunRecord out;
    if (!json.is_object())
        throw Error(ErrorKind::Input, "is no record of a run", subject);
    try {
        for (const auto& [key, value] : json.items()) {
            if (key == "kind")
                value.get_to(out.kind);
            else if (key == "config")
                out.config = value;
            else if (key == "seed")
                value.get_to(out.seed);
            else if (key == "version")
                value.get_to(out.version);
            else if (key == "modelHash")
                value.get_to(out.modelHash);
            else if (key == "dataHash")
                value.get_to(out.dataHash);
            else if (key == "startedAt")
                value.get_to(out.startedAt);
            else if (key == "machine")
                out.machine = value;
            else if (key == "cpuSeconds")
                value.get_to(out.cpuSeconds);
            else if (key == "wallSeconds")
                value.get_to(out.wallSeconds);
            else if (key == "arrays")
                out.arrays = value;
            else
                out.results[key] = value;
        }
    } catch (const Json::exception& e) {
        throw Error(ErrorKind::Input, std::string("is no record of a run (") + e.what() + ")", subject);
    }
    if (out.kind.empty() || !out.config.is_object() || !out.machine.is_object() || !out.arrays.is_object())
        throw Error(ErrorKind::Input, "is no record of a run", subject);
    return out;
}

void DataHash::add(std::string_view part)
{
    // With its length before it: "ab" and "c" are not "a" and "bc".
    m_bytes += std::to_string(part.size()) + ' ';
    m_bytes += part;
}

std::string DataHash::hexadecimal() const
{
    return sha256(m_bytes);
}

RunClock::RunClock(std::string kind, Json config, uint64_t seed)
    : m_wallStart(std::chrono::steady_clock::now())
    , m_cpuStart(processCpuSeconds())
{
    m_record.kind = std::move(kind);
    m_record.config = std::move(config);
    m_record.seed = seed;
    m_record.version = codeVersion();
    m_record.startedAt = utcNow();
    m_record.machine = {{"processor", clipscope::machine().processor}, {"cpuFlags", clipscope::machine().cpuFlags},
        {"cores", clipscope::machine().cores}, {"kernels", kernelNames()}};
}

void RunClock::setHashes(std::string modelHash, std::string dataHash)
{
    m_record.modelHash = std::move(modelHash);
    m_record.dataHash = std::move(dataHash);
}

RunRecord RunClock::finish(Json results, Json arrays) const
{
    RunRecord out = m_record;
    out.results = std::move(results);
    out.arrays = std::move(arrays);
    out.cpuSeconds = processCpuSeconds() - m_cpuStart;
    out.wallSeconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - m_wallStart).count();
    return out;
}

} // namespace clipscope
