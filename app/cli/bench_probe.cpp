// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/random.h"
#include "bench_material.h"
#include "probe/logistic_regression.h"

namespace clipscope {

namespace {

/// Unit vectors around the centres of their classes.
struct Labelled {
    Matrix vectors;
    std::vector<int> labels;
};

Labelled drawn(const Matrix& centres, int rows, Random& random)
{
    constexpr double kNoise = 3;
    Labelled out;
    out.vectors = Matrix(size_t(rows), centres.columns);
    for (int i = 0; i < rows; ++i) {
        out.labels.push_back(i % int(centres.rows));
        const std::span<const float> centre = centres.row(size_t(out.labels.back()));
        const std::span<float> row = out.vectors.row(size_t(i));
        for (size_t j = 0; j < row.size(); ++j)
            row[j] = centre[j] + float(kNoise * random.normal());
    }
    normaliseRows(out.vectors);
    return out;
}

} // namespace

/// Learns from k vectors of each class and classifies others, at one C.
std::vector<BenchRow> benchProbe(const BenchOptions& options, JobContext& context)
{
    const int classes = options.quick ? 10 : 200, tested = options.quick ? 100 : 5000;
    const size_t dim = options.quick ? 32 : 512;
    Random random(0);
    Matrix centres(size_t(classes), dim);
    for (float& v : centres.values)
        v = float(random.normal());
    const Labelled test = drawn(centres, tested, random);
    JobContext quiet;
    quiet.stop = context.stop;
    LogisticOptions fitting;
    fitting.c = 3.16;

    const std::vector<int> shots = options.quick ? std::vector<int>{1, 4} : std::vector<int>{1, 2, 4, 8, 16};
    std::vector<Labelled> train;
    for (const int k : shots)
        train.push_back(drawn(centres, k * classes, random));
    std::vector<LogisticFit> fits(shots.size());
    std::vector<double> accuracies(shots.size());
    std::vector<Contender> contenders;
    for (size_t i = 0; i < shots.size(); ++i)
        contenders.push_back({std::to_string(shots[i]) + " shots, " + std::to_string(classes) + " classes", [&, i] {
                                  fits[i] = fitLogistic(train[i].vectors, train[i].labels, classes, fitting, quiet);
                                  accuracies[i] = topAccuracy(fits[i].classifier.scores(test.vectors), test.labels);
                              }});
    const std::vector<Laps> laps = measureInTurns(contenders, options.roundsOr(5), 1, context);
    std::vector<BenchRow> rows;
    for (size_t i = 0; i < shots.size(); ++i) {
        BenchRow row = latencyRow(contenders[i].name, 1, laps[i]);
        char note[120];
        std::snprintf(note, sizeof note, "objective %.4f, %d steps, accuracy %.3f", fits[i].objective,
            fits[i].iterations, accuracies[i]);
        row.note = note;
        rows.push_back(std::move(row));
    }
    return rows;
}

} // namespace clipscope
