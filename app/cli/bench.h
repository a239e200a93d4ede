// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "base/json.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace clipscope {

/// One repetition: wall seconds, and CPU seconds of all threads and child processes.
struct Lap {
    double wallSec = 0;
    double cpuSec = 0;
};

/// Repetitions of one method.
class Laps {
public:
    void add(Lap lap) { m_laps.push_back(lap); }
    const std::vector<Lap>& all() const { return m_laps; }
    /// Medians and extremes; 0 without laps.
    double wallSec() const;
    double cpuSec() const;
    double fastestSec() const;
    double slowestSec() const;

private:
    std::vector<Lap> m_laps;
};

Lap timed(const std::function<void()>& work);

/// work(0) ... work(count - 1), shared out among `workers` threads; throws what the last one to fail threw.
void sideBySide(int count, int workers, const std::function<void(int)>& work);

/// A method in a bench: what it is called and one repetition of its work.
struct Contender {
    std::string name;
    std::function<void()> run;
};

/// `rounds` laps of every contender, in turns inside each round, so that other people's load on the machine hits all
/// alike; `warmUps` rounds before them count for nothing. Progress: contenders' laps. Throws Cancelled between laps.
std::vector<Laps> measureInTurns(
    std::span<const Contender> contenders, int rounds, int warmUps, const JobContext& context);

/// One figure of a bench.
struct BenchRow {
    std::string name;
    double value = 0; ///< the figure in `unit`
    std::string unit;
    Laps laps;
    double ratio = 0; ///< how much better than `against`; 0: compared with nothing
    std::string against;
    std::string note; ///< "recall@10 1.000", "at most 100 images/s"
};

/// `work` units a lap as a rate by wall time: "12.3 frames/s".
BenchRow rateRow(std::string name, double work, std::string unit, Laps laps);
/// The wall time of one of `repeats` equal pieces of a lap, "12.3 ms"; the row's laps are such pieces too.
BenchRow latencyRow(std::string name, int repeats, const Laps& laps);
/// CPU seconds of `other` divided by those of `row`, both for the same work.
void compareCpu(BenchRow& row, const BenchRow& other);
void compareWall(BenchRow& row, const BenchRow& other);

/// What every bench is asked.
struct BenchOptions {
    int threads = 1; ///< of the decoder, the encoder or the search; the pipeline: of each of its two stages
    int rounds = 0; ///< 0: what the bench takes for itself
    bool quick = false; ///< small sizes: shows that it works, not how fast
    std::filesystem::path video; ///< empty: a clip of its own
    std::string model; ///< empty: random weights of ViT-B/32's shape

    int roundsOr(int own) const { return rounds > 0 ? rounds : quick ? 3 : own; }
};

/// The benches, one file each: what to measure. Throw Error, Cancelled.
std::vector<BenchRow> benchDecode(const BenchOptions& options, JobContext& context);
std::vector<BenchRow> benchEmbed(const BenchOptions& options, JobContext& context);
std::vector<BenchRow> benchText(const BenchOptions& options, JobContext& context);
std::vector<BenchRow> benchSearch(const BenchOptions& options, JobContext& context);
std::vector<BenchRow> benchPipeline(const BenchOptions& options, JobContext& context);
std::vector<BenchRow> benchGnn(const BenchOptions& options, JobContext& context);
std::vector<BenchRow> benchProbe(const BenchOptions& options, JobContext& context);

/// [{"name", "value", "unit", "cpuSeconds", "wallSeconds", "wallMin", "wallMax", "runs", "ratio", "against", "note"}].
Json benchJson(std::span<const BenchRow> rows);
/// The same as a table for people.
std::string benchTable(std::span<const BenchRow> rows);

} // namespace clipscope
