// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/machine.h"
#include "base/random.h"
#include "bench_material.h"
#include "index/vector_index.h"
#include "text_table.h"

#include <algorithm>
#include <fstream>
#include <numeric>

namespace clipscope {

namespace {

constexpr size_t kDim = 512;
constexpr int64_t kBest = 10;

/// Unit vectors like embeddings: clusters in 48 directions and noise in all of them. Plain random ones would be unfair
/// to every index that approximates.
class Vectors {
public:
    Vectors()
        : m_random(deriveSeed(4, "vectors"))
        , m_directions(kDirections, kDim)
        , m_clusters(300, kDirections)
    {
        for (Matrix* m : {&m_directions, &m_clusters})
            for (float& value : m->values)
                value = float(m_random.normal());
    }

    Matrix next(size_t rows)
    {
        Matrix out(rows, kDim);
        for (size_t i = 0; i < rows; ++i) {
            const std::span<float> row = out.row(i);
            for (size_t d = 0; d < kDim; d += 4)
                addNoise(row.subspan(d, 4), 2);
            const std::span<const float> centre = m_clusters.row(m_random.below(m_clusters.rows));
            for (size_t j = 0; j < kDirections; ++j) {
                const float weight = .7F * centre[j] + float(m_random.normal());
                const float* direction = m_directions.row(j).data();
                for (size_t d = 0; d < kDim; ++d)
                    row[d] += weight * direction[d];
            }
        }
        normaliseRows(out);
        return out;
    }

    /// Queries near rows of `from`.
    Matrix near(const Matrix& from, size_t count)
    {
        Matrix out(count, kDim);
        for (size_t i = 0; i < count; ++i) {
            const std::span<const float> row = from.row(m_random.below(from.rows));
            std::copy(row.begin(), row.end(), out.row(i).begin());
            for (size_t d = 0; d < kDim; d += 4)
                addNoise(out.row(i).subspan(d, 4), .03);
        }
        normaliseRows(out);
        return out;
    }

private:
    static constexpr size_t kDirections = 48;

    /// Four numbers of this deviation from one draw: even chances serve as noise, and a million rows are made in
    /// seconds.
    void addNoise(std::span<float> four, double deviation)
    {
        const auto scale = float(deviation * 3.4641 / 65536); // a uniform number's deviation is its range / sqrt(12)
        uint64_t word = m_random.next();
        for (float& value : four) {
            value += scale * (float(word & 0xFFFF) - 32767.5F);
            word >>= 16;
        }
    }

    Random m_random;
    Matrix m_directions;
    Matrix m_clusters;
};

int64_t availableBytes()
{
    std::ifstream in("/proc/meminfo");
    for (std::string line; std::getline(in, line);)
        if (line.starts_with("MemAvailable:"))
            return 1024 * std::stoll(line.substr(13));
    return 0;
}

double shareFound(const std::vector<Neighbour>& found, const std::vector<Neighbour>& truth)
{
    const auto isTrue = [&](const Neighbour& n) {
        return std::any_of(truth.begin(), truth.end(), [&](const Neighbour& t) { return t.row == n.row; });
    };
    return double(std::count_if(found.begin(), found.end(), isTrue)) / double(truth.size());
}

/// Every family with the same rows.
class Contest {
public:
    Contest(size_t size, int queries, const JobContext& context)
        : m_size(size)
    {
        constexpr size_t kPart = 50'000;
        for (const std::string& family : registeredIndexes())
            m_indexes.push_back(makeIndex(family, int(kDim)));
        context.progress(0, 0, "making " + std::to_string(size) + " vectors");
        Vectors vectors;
        for (size_t made = 0; made < size; made += kPart) {
            context.throwIfStopped();
            const Matrix part = vectors.next(std::min(kPart, size - made));
            if (made == 0)
                m_queries = vectors.near(part, size_t(queries));
            for (const auto& index : m_indexes)
                index->add(part);
        }
    }

    std::vector<Contender> contenders() const
    {
        std::vector<Contender> out;
        for (const auto& index : m_indexes)
            out.push_back(
                {std::to_string(m_size) + " x " + std::to_string(kDim) + ", " + index->name(), [this, &index] {
                     for (size_t q = 0; q < m_queries.rows; ++q)
                         index->search(m_queries.row(q), kBest);
                 }});
        return out;
    }

    int queries() const { return int(m_queries.rows); }

    /// Against the first family, the yardstick of all.
    double recall(size_t family) const
    {
        double sum = 0;
        for (size_t q = 0; q < m_queries.rows; ++q)
            sum += shareFound(
                m_indexes[family]->search(m_queries.row(q), kBest), m_indexes.front()->search(m_queries.row(q), kBest));
        return sum / double(m_queries.rows);
    }

private:
    size_t m_size;
    Matrix m_queries;
    std::vector<std::unique_ptr<VectorIndex>> m_indexes;
};

BenchRow memoryRow(const BenchOptions& options, const JobContext& context)
{
    // Larger than any cache.
    std::vector<uint64_t> memory((options.quick ? size_t(8) : size_t(256)) << 17, 1);
    volatile uint64_t keep = 0;
    const Contender contender{
        "limit: reading memory, 1 thread", [&] { keep = std::reduce(memory.begin(), memory.end(), keep); }};
    const std::vector<Laps> laps = measureInTurns({&contender, 1}, options.roundsOr(7), 1, context);
    return rateRow(contender.name, 1e-9 * double(memory.size() * sizeof(uint64_t)), "GB/s", laps.front());
}

} // namespace

std::vector<BenchRow> benchSearch(const BenchOptions& options, JobContext& context)
{
    std::vector<BenchRow> rows = {memoryRow(options, context)};
    const std::vector<size_t> sizes =
        options.quick ? std::vector<size_t>{2000} : std::vector<size_t>{10'000, 100'000, 1'000'000};
    for (const size_t size : sizes) {
        const size_t families = registeredIndexes().size();
        // A family keeps the rows and, while it grows, their copy.
        const auto needed = int64_t((families + 1) * size * kDim * sizeof(float) * 3 / 2);
        if (needed > availableBytes()) {
            context.log(LogLevel::Warning,
                std::to_string(size) + " vectors are left out: they need about " + std::to_string(needed >> 20)
                    + " MiB of free memory.");
            continue;
        }
        const Contest contest(size, size > 100'000 ? 5 : 20, context);
        const std::vector<Contender> contenders = contest.contenders();
        const std::vector<Laps> laps = measureInTurns(contenders, options.roundsOr(5), 1, context);
        const size_t first = rows.size();
        for (size_t i = 0; i < contenders.size(); ++i) {
            rows.push_back(latencyRow(contenders[i].name, contest.queries(), laps[i]));
            rows.back().note = "recall@10 " + fixed(contest.recall(i), 3);
            if (i > 0)
                compareCpu(rows.back(), rows[first]);
        }
    }
    return rows;
}

} // namespace clipscope
