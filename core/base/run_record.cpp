// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/run_record.h"

#include "base/machine.h"

#include <utility>

namespace clipscope {

Json RunRecord::toJson() const
{
    Json out = {{"kind", kind}, {"config", config}, {"seed", seed}, {"version", version}, {"machine", machine},
        {"cpuSeconds", cpuSeconds}, {"wallSeconds", wallSeconds}};
    for (const auto& [key, value] : results.items())
        out[key] = value;
    return out;
}

RunClock::RunClock(std::string kind, Json config, uint64_t seed)
    : m_wallStart(std::chrono::steady_clock::now())
    , m_cpuStart(processCpuSeconds())
{
    m_record.kind = std::move(kind);
    m_record.config = std::move(config);
    m_record.seed = seed;
    m_record.version = codeVersion();
    m_record.machine = {{"processor", clipscope::machine().processor}, {"cpuFlags", clipscope::machine().cpuFlags},
        {"cores", clipscope::machine().cores}, {"kernels", kernelNames()}};
}

RunRecord RunClock::finish(Json results) const
{
    RunRecord out = m_record;
    out.results = std::move(results);
    out.cpuSeconds = processCpuSeconds() - m_cpuStart;
    out.wallSeconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - m_wallStart).count();
    return out;
}

} // namespace clipscope
