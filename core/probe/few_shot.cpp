// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe/few_shot.h"

#include "base/error.h"
#include "base/random.h"
#include "probe/logistic_regression.h"
#include "probe/shot_sampler.h"
#include "probe/zero_shot.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>

namespace clipscope {

namespace {

constexpr double kUnitC = 10; ///< what serves unit vectors where nothing says better
constexpr int kResamples = 1000;

/// Half decades: what a sweep on a validation split looks at, for unit vectors.
std::vector<double> penalties(const FewShotOptions& options, bool validated)
{
    if (options.c)
        return {*options.c};
    if (!validated)
        return {kUnitC};
    std::vector<double> out;
    for (int i = -2; i <= 6; ++i)
        out.push_back(std::pow(10, i / 2.));
    return out;
}

std::vector<size_t> rowsOf(const ProbeData& data, ProbeSplit split)
{
    std::vector<size_t> out;
    for (size_t i = 0; i < data.splits.size(); ++i)
        if (data.splits[i] == split)
            out.push_back(i);
    return out;
}

/// Some rows of a matrix, as unit vectors, with their labels.
struct Sample {
    Matrix vectors;
    std::vector<int> labels;
};

Sample sampleOf(const Matrix& all, std::span<const int> labels, std::span<const size_t> rows)
{
    Sample out;
    out.vectors = Matrix(rows.size(), all.columns);
    for (size_t i = 0; i < rows.size(); ++i) {
        std::ranges::copy(all.row(rows[i]), out.vectors.row(i).begin());
        out.labels.push_back(labels[rows[i]]);
    }
    normaliseRows(out.vectors);
    return out;
}

Accuracy accuracyOf(const Matrix& scores, std::span<const int> labels)
{
    return {topAccuracy(scores, labels, 1), topAccuracy(scores, labels, 5)};
}

/// Mean and standard deviation (n - 1) of what `value` takes of each draw.
template <class Value> std::pair<double, double> meanAndSd(const std::vector<Accuracy>& draws, Value value)
{
    double mean = 0;
    for (const Accuracy& draw : draws)
        mean += value(draw) / double(draws.size());
    double squares = 0;
    for (const Accuracy& draw : draws)
        squares += (value(draw) - mean) * (value(draw) - mean);
    return {mean, draws.size() < 2 ? 0 : std::sqrt(squares / double(draws.size() - 1))};
}

/// Where a curve over the shots, straight over their logarithms, first reaches `level`; unset when it never does.
std::optional<double> crossingOf(const std::vector<double>& shots, const std::vector<double>& accuracies, double level)
{
    for (size_t i = 0; i < shots.size(); ++i) {
        if (accuracies[i] < level)
            continue;
        if (i == 0)
            return shots[0];
        const double part = (level - accuracies[i - 1]) / (accuracies[i] - accuracies[i - 1]);
        return std::exp(std::log(shots[i - 1]) + part * (std::log(shots[i]) - std::log(shots[i - 1])));
    }
    return {};
}

class FewShotRun {
public:
    FewShotRun(const ProbeData& data, const FewShotOptions& options, const JobContext& context)
        : m_data(data)
        , m_options(options)
        , m_context(context)
        , m_train(rowsOf(data, ProbeSplit::Train))
        , m_validation(sampleOf(data.features, data.labels, rowsOf(data, ProbeSplit::Validation)))
        , m_penalties(penalties(options, m_validation.vectors.rows > 0))
    {
        m_result.testRows = rowsOf(data, ProbeSplit::Test);
        if (m_train.empty() || m_result.testRows.empty() || data.classes.size() < 2)
            throw Error(ErrorKind::Input,
                "the probe needs two classes with labelled training and test videos, and has "
                    + std::to_string(data.classes.size()) + " with " + std::to_string(m_train.size()) + " and "
                    + std::to_string(m_result.testRows.size()),
                "", "Give labels and splits: import the videos again with --labels FILE (columns path, label, split).");
        m_test = sampleOf(data.features, data.labels, m_result.testRows);
        std::vector<int> trainLabels;
        for (const size_t row : m_train)
            trainLabels.push_back(data.labels[row]);
        m_sampler.emplace(trainLabels, int(data.classes.size()));
    }

    FewShotResult run()
    {
        const Sample joint = sampleOf(m_data.joint, m_data.labels, m_result.testRows);
        const Matrix words = zeroShotClassifier(m_data.texts, m_data.templates).scores(joint.vectors);
        m_result.zeroShot = accuracyOf(words, joint.labels);
        m_result.zeroShotClasses = bestClasses(words);
        for (const int shots : m_options.shots)
            measure(shots);
        findCrossing();
        return std::move(m_result);
    }

private:
    /// One fit's outcome, kept until it is known which penalty counts.
    struct Outcome {
        Accuracy test;
        std::vector<int> predicted;
    };

    void measure(int shots)
    {
        std::vector<double> validated(m_penalties.size());
        std::vector<std::vector<Outcome>> outcomes(m_penalties.size());
        for (int seed = 0; seed < m_options.seeds; ++seed) {
            std::vector<size_t> rows = m_sampler->draw(shots, deriveSeed(m_context.seed, uint64_t(seed)));
            for (size_t& row : rows)
                row = m_train[row];
            const Sample drawn = sampleOf(m_data.features, m_data.labels, rows);
            std::optional<LinearClassifier> start;
            for (size_t p = 0; p < m_penalties.size(); ++p) {
                m_context.progress(m_done++,
                    int64_t(m_options.shots.size()) * m_options.seeds * std::ssize(m_penalties),
                    (shots == 0 ? std::string("all") : std::to_string(shots)) + " shots, draw "
                        + std::to_string(seed + 1));
                LogisticOptions fitting;
                fitting.c = m_penalties[p];
                LogisticFit fit = fitLogistic(drawn.vectors, drawn.labels, int(m_data.classes.size()), fitting,
                    m_context, start ? &*start : nullptr);
                if (m_validation.vectors.rows > 0)
                    validated[p] += topAccuracy(fit.classifier.scores(m_validation.vectors), m_validation.labels);
                const Matrix scores = fit.classifier.scores(m_test.vectors);
                outcomes[p].push_back({accuracyOf(scores, m_test.labels), bestClasses(scores)});
                start = std::move(fit.classifier);
            }
        }
        // Of equally good penalties the strongest: the first.
        const size_t best = size_t(std::max_element(validated.begin(), validated.end()) - validated.begin());
        ShotCurvePoint point;
        point.shots = shots;
        point.c = m_penalties[best];
        m_result.votes.assign(m_test.labels.size(), std::vector<int>(m_data.classes.size()));
        for (const Outcome& outcome : outcomes[best]) {
            point.draws.push_back(outcome.test);
            for (size_t i = 0; i < outcome.predicted.size(); ++i)
                ++m_result.votes[i][size_t(outcome.predicted[i])];
        }
        std::tie(point.top1Mean, point.top1Sd) = meanAndSd(point.draws, [](const Accuracy& a) { return a.top1; });
        std::tie(point.top5Mean, point.top5Sd) = meanAndSd(point.draws, [](const Accuracy& a) { return a.top5; });
        m_result.curve.push_back(std::move(point));
        m_context.partial(m_result.curve.back());
    }

    void findCrossing()
    {
        std::vector<size_t> order(m_result.curve.size());
        std::iota(order.begin(), order.end(), size_t(0));
        const auto shotsOf = [&](size_t i) {
            return m_result.curve[i].shots == 0 ? m_sampler->mostShots() : m_result.curve[i].shots;
        };
        std::ranges::stable_sort(order, {}, shotsOf);
        std::vector<double> shots, means;
        for (const size_t i : order) {
            shots.push_back(shotsOf(i));
            means.push_back(m_result.curve[i].top1Mean);
            if (m_result.crossingShots < 0 && means.back() >= m_result.zeroShot.top1)
                m_result.crossingShots = shotsOf(i);
        }
        m_result.crossing = crossingOf(shots, means, m_result.zeroShot.top1);
        if (!m_result.crossing || m_options.seeds < 2)
            return;
        Random random(deriveSeed(m_context.seed, "crossing"));
        std::vector<double> crossings;
        for (int i = 0; i < kResamples; ++i) {
            std::vector<size_t> seeds(size_t(m_options.seeds));
            for (size_t& seed : seeds)
                seed = random.below(seeds.size());
            std::vector<double> resampled;
            for (const size_t p : order) {
                double sum = 0;
                for (const size_t seed : seeds)
                    sum += m_result.curve[p].draws[seed].top1;
                resampled.push_back(sum / double(seeds.size()));
            }
            crossings.push_back(
                crossingOf(shots, resampled, m_result.zeroShot.top1).value_or(std::numeric_limits<double>::infinity()));
        }
        std::ranges::sort(crossings);
        const double low = crossings[size_t(.025 * kResamples)], high = crossings[size_t(.975 * kResamples) - 1];
        if (std::isfinite(high)) {
            m_result.crossingLow = low;
            m_result.crossingHigh = high;
        }
    }

    const ProbeData& m_data;
    const FewShotOptions& m_options;
    const JobContext& m_context;
    const std::vector<size_t> m_train;
    const Sample m_validation;
    const std::vector<double> m_penalties;
    Sample m_test;
    std::optional<ShotSampler> m_sampler;
    FewShotResult m_result;
    int64_t m_done = 0;
};

} // namespace

std::vector<std::string> dropThinClasses(ProbeData& data, int leastTrain)
{
    std::vector<int> train(data.classes.size()), test(data.classes.size());
    for (size_t i = 0; i < data.labels.size(); ++i) {
        train[size_t(data.labels[i])] += data.splits[i] == ProbeSplit::Train;
        test[size_t(data.labels[i])] += data.splits[i] == ProbeSplit::Test;
    }
    std::vector<std::string> dropped;
    std::vector<int> renumbered(data.classes.size(), -1);
    ProbeData kept;
    kept.templates = data.templates;
    kept.hash = data.hash;
    for (size_t c = 0; c < data.classes.size(); ++c) {
        if (train[c] < leastTrain || test[c] == 0) {
            dropped.push_back(data.classes[c]);
            continue;
        }
        renumbered[c] = int(kept.classes.size());
        kept.classes.push_back(data.classes[c]);
        for (size_t t = 0; t < size_t(data.templates) && !data.texts.empty(); ++t)
            kept.texts.append(data.texts.row(c * size_t(data.templates) + t));
    }
    for (size_t i = 0; i < data.labels.size(); ++i) {
        if (renumbered[size_t(data.labels[i])] < 0)
            continue;
        kept.labels.push_back(renumbered[size_t(data.labels[i])]);
        kept.splits.push_back(data.splits[i]);
        kept.features.append(data.features.row(i));
        kept.joint.append(data.joint.row(i));
    }
    data = std::move(kept);
    return dropped;
}

FewShotResult measureFewShots(const ProbeData& data, const FewShotOptions& options, const JobContext& context)
{
    return FewShotRun(data, options, context).run();
}

} // namespace clipscope
