// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench.h"

#include "base/machine.h"
#include "text_table.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <exception>
#include <mutex>
#include <thread>

namespace clipscope {

namespace {

double median(std::vector<double> values)
{
    if (values.empty())
        return 0;
    std::sort(values.begin(), values.end());
    const size_t middle = values.size() / 2;
    return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::vector<double> each(const std::vector<Lap>& laps, double Lap::*seconds)
{
    std::vector<double> out;
    for (const Lap& lap : laps)
        out.push_back(lap.*seconds);
    return out;
}

/// Three digits that count: "0.00123", "12.3", "1230".
std::string threeDigits(double value)
{
    const double size = std::abs(value);
    const int whole = size > 0 ? int(std::floor(std::log10(size))) : 0;
    return fixed(value, std::clamp(2 - whole, 0, 6));
}

} // namespace

double Laps::wallSec() const
{
    return median(each(m_laps, &Lap::wallSec));
}

double Laps::cpuSec() const
{
    return median(each(m_laps, &Lap::cpuSec));
}

double Laps::fastestSec() const
{
    const std::vector<double> walls = each(m_laps, &Lap::wallSec);
    return walls.empty() ? 0 : *std::min_element(walls.begin(), walls.end());
}

double Laps::slowestSec() const
{
    const std::vector<double> walls = each(m_laps, &Lap::wallSec);
    return walls.empty() ? 0 : *std::max_element(walls.begin(), walls.end());
}

Lap timed(const std::function<void()>& work)
{
    const double cpu = processCpuSeconds();
    const auto start = std::chrono::steady_clock::now();
    work();
    const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return {wall, processCpuSeconds() - cpu};
}

void sideBySide(int count, int workers, const std::function<void(int)>& work)
{
    std::atomic<int> next = 0;
    std::exception_ptr failure;
    std::mutex mutex;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < workers; ++i)
            threads.emplace_back([&] {
                try {
                    for (int item = next++; item < count; item = next++)
                        work(item);
                } catch (...) {
                    const std::scoped_lock lock(mutex);
                    failure = std::current_exception();
                }
            });
    }
    if (failure)
        std::rethrow_exception(failure);
}

std::vector<Laps> measureInTurns(
    std::span<const Contender> contenders, int rounds, int warmUps, const JobContext& context)
{
    std::vector<Laps> out(contenders.size());
    const int64_t total = int64_t(rounds + warmUps) * std::ssize(contenders);
    int64_t done = 0;
    for (int round = -warmUps; round < rounds; ++round) {
        for (size_t i = 0; i < contenders.size(); ++i) {
            context.throwIfStopped();
            context.progress(done++, total, contenders[i].name);
            const Lap lap = timed(contenders[i].run);
            if (round >= 0)
                out[i].add(lap);
        }
    }
    return out;
}

BenchRow rateRow(std::string name, double work, std::string unit, Laps laps)
{
    BenchRow row;
    row.name = std::move(name);
    row.value = laps.wallSec() > 0 ? work / laps.wallSec() : 0;
    row.unit = std::move(unit);
    row.laps = std::move(laps);
    return row;
}

BenchRow latencyRow(std::string name, int repeats, const Laps& laps)
{
    BenchRow row;
    row.name = std::move(name);
    for (const Lap& lap : laps.all())
        row.laps.add({lap.wallSec / repeats, lap.cpuSec / repeats});
    row.value = 1e3 * row.laps.wallSec();
    row.unit = "ms";
    return row;
}

void compareCpu(BenchRow& row, const BenchRow& other)
{
    row.ratio = row.laps.cpuSec() > 0 ? other.laps.cpuSec() / row.laps.cpuSec() : 0;
    row.against = other.name + ", CPU";
}

void compareWall(BenchRow& row, const BenchRow& other)
{
    row.ratio = row.laps.wallSec() > 0 ? other.laps.wallSec() / row.laps.wallSec() : 0;
    row.against = other.name + ", wall";
}

Json benchJson(std::span<const BenchRow> rows)
{
    Json out = Json::array();
    for (const BenchRow& row : rows) {
        Json item = {{"name", row.name}, {"value", row.value}, {"unit", row.unit}, {"cpuSeconds", row.laps.cpuSec()},
            {"wallSeconds", row.laps.wallSec()}, {"wallMin", row.laps.fastestSec()}, {"wallMax", row.laps.slowestSec()},
            {"runs", row.laps.all().size()}};
        if (row.ratio > 0) {
            item["ratio"] = row.ratio;
            item["against"] = row.against;
        }
        if (!row.note.empty())
            item["note"] = row.note;
        out.push_back(std::move(item));
    }
    return out;
}

std::string benchTable(std::span<const BenchRow> rows)
{
    TextTable table({"what", ">figure", "unit", ">wall s median (min-max)", ">CPU s", ">runs", ">ratio", "to", "note"});
    for (const BenchRow& row : rows)
        table.add({row.name, threeDigits(row.value), row.unit,
            threeDigits(row.laps.wallSec()) + " (" + threeDigits(row.laps.fastestSec()) + "-"
                + threeDigits(row.laps.slowestSec()) + ")",
            threeDigits(row.laps.cpuSec()), std::to_string(row.laps.all().size()),
            row.ratio > 0 ? fixed(row.ratio, 2) : "", row.against, row.note});
    return table.text();
}

} // namespace clipscope
