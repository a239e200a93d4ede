// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/k_means.h"

#include "base/random.h"

#include <algorithm>
#include <limits>

namespace clipscope {

namespace {

double squaredDistance(std::span<const float> a, std::span<const float> b)
{
    double out = 0;
    for (size_t i = 0; i < a.size(); ++i)
        out += double(a[i] - b[i]) * double(a[i] - b[i]);
    return out;
}

/// Each centre a row that is far from those before it.
Matrix seeds(const Matrix& vectors, size_t clusters, Random& random)
{
    Matrix out;
    out.append(vectors.row(random.below(vectors.rows)));
    std::vector<double> nearest(vectors.rows, std::numeric_limits<double>::max());
    while (out.rows < clusters) {
        double all = 0;
        for (size_t i = 0; i < vectors.rows; ++i) {
            nearest[i] = std::min(nearest[i], squaredDistance(vectors.row(i), out.row(out.rows - 1)));
            all += nearest[i];
        }
        if (all <= 0)
            break; // fewer different rows than clusters
        double left = random.uniform(0, all);
        size_t chosen = 0;
        while (chosen + 1 < vectors.rows && left >= nearest[chosen])
            left -= nearest[chosen++];
        out.append(vectors.row(chosen));
    }
    return out;
}

} // namespace

Clusters kMeans(const Matrix& vectors, int clusters, int rounds, uint64_t seed, const JobContext& context)
{
    Clusters out;
    if (vectors.rows == 0)
        return out;
    Random random(seed);
    out.centres = seeds(vectors, std::min(size_t(std::max(1, clusters)), vectors.rows), random);
    out.of.assign(vectors.rows, -1);
    for (int round = 0; round < rounds; ++round) {
        context.throwIfStopped();
        bool changed = false;
        for (size_t i = 0; i < vectors.rows; ++i) {
            size_t best = 0;
            double least = std::numeric_limits<double>::max();
            for (size_t c = 0; c < out.centres.rows; ++c)
                if (const double distance = squaredDistance(vectors.row(i), out.centres.row(c)); distance < least) {
                    least = distance;
                    best = c;
                }
            changed |= out.of[i] != int(best);
            out.of[i] = int(best);
        }
        if (!changed)
            break;
        Matrix sums(out.centres.rows, out.centres.columns);
        std::vector<float> counts(out.centres.rows, 0);
        for (size_t i = 0; i < vectors.rows; ++i) {
            const auto c = size_t(out.of[i]);
            ++counts[c];
            for (size_t j = 0; j < vectors.columns; ++j)
                sums.at(c, j) += vectors.at(i, j);
        }
        for (size_t c = 0; c < sums.rows; ++c)
            if (counts[c] > 0) // a centre that lost its rows stays where it is
                for (size_t j = 0; j < sums.columns; ++j)
                    out.centres.at(c, j) = sums.at(c, j) / counts[c];
    }
    return out;
}

} // namespace clipscope
