// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe/few_shot.h"

#include "base/error.h"
#include "base/mean_and_sd.h"
#include "base/random.h"
#include "probe/few_shot_methods_internal.h"
#include "probe/shot_sampler.h"
#include "probe/zero_shot.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>

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

std::vector<double> valuesOf(const std::vector<Accuracy>& draws, double Accuracy::*member)
{
    std::vector<double> out;
    for (const Accuracy& draw : draws)
        out.push_back(draw.*member);
    return out;
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
        , m_validationRows(rowsOf(data, ProbeSplit::Validation))
        , m_penalties(penalties(options, !m_validationRows.empty()))
        , m_words(zeroShotClassifier(data.texts, data.templates))
    {
        m_result.testRows = rowsOf(data, ProbeSplit::Test);
        if (m_train.empty() || m_result.testRows.empty() || data.classes.size() < 2)
            throw Error(ErrorKind::Input,
                "the probe needs two classes with labelled training and test videos, and has "
                    + std::to_string(data.classes.size()) + " with " + std::to_string(m_train.size()) + " and "
                    + std::to_string(m_result.testRows.size()),
                "", "Give labels and splits: import the videos again with --labels FILE (columns path, label, split).");
        for (const Matrix* space : {&m_data.features, &m_data.joint}) {
            m_spaces.push_back(
                {sampleOf(*space, data.labels, m_validationRows), sampleOf(*space, data.labels, m_result.testRows)});
        }
        std::vector<int> trainLabels;
        for (const size_t row : m_train)
            trainLabels.push_back(data.labels[row]);
        m_sampler.emplace(trainLabels, int(data.classes.size()));
        std::ranges::copy_if(options.methods, std::back_inserter(m_methods),
            [&](ProbeMethod method) { return method == ProbeMethod::Linear || m_words.classes() > 0; });
    }

    FewShotResult run()
    {
        m_result.hasWords = m_words.classes() > 0;
        if (m_result.hasWords) {
            const Sample& joint = m_spaces[1].test;
            const Matrix words = m_words.scores(joint.vectors);
            m_result.zeroShot = accuracyOf(words, joint.labels);
            m_result.zeroShotClasses = bestClasses(words);
        }
        for (const ProbeMethod method : m_methods) {
            ShotCurve curve;
            for (const int shots : m_options.shots)
                measure(method, shots, curve);
            if (m_result.hasWords)
                findCrossing(curve);
            if (method == ProbeMethod::Linear)
                static_cast<ShotCurve&>(m_result) = std::move(curve);
            else
                m_result.others.emplace_back(method, std::move(curve));
        }
        return std::move(m_result);
    }

private:
    /// The videos that are not drawn from, in one of the two spaces.
    struct Space {
        Sample validation, test;
    };

    int64_t fits() const
    {
        const int64_t linear = std::ranges::count(m_methods, ProbeMethod::Linear);
        return int64_t(m_options.shots.size()) * m_options.seeds
            * (std::ssize(m_methods) + linear * (std::ssize(m_penalties) - 1));
    }

    void measure(ProbeMethod method, int shots, ShotCurve& curve)
    {
        const bool isLinear = method == ProbeMethod::Linear;
        const Space& space = m_spaces[isLinear ? 0 : 1];
        MethodTask task{int(m_data.classes.size()), m_words, space.validation, space.test, m_options.seeds, {}, {}};
        task.draw = [&](int seed) {
            std::vector<size_t> rows = m_sampler->draw(shots, deriveSeed(m_context.seed, uint64_t(seed)));
            for (size_t& row : rows)
                row = m_train[row];
            return sampleOf(isLinear ? m_data.features : m_data.joint, m_data.labels, rows);
        };
        task.beforeFit = [&](int seed) {
            m_context.throwIfStopped();
            m_context.progress(m_done++, fits(),
                std::string(toString(method)) + ", " + (shots == 0 ? std::string("all") : std::to_string(shots))
                    + " shots, draw " + std::to_string(seed + 1));
        };
        MethodOutcome outcome = isLinear        ? measureLinear(task, m_penalties, m_context)
            : method == ProbeMethod::TipAdapter ? measureTipAdapter(task, m_context)
                                                : measureLpPlusPlus(task, m_context);
        ShotCurvePoint point;
        point.method = method;
        point.shots = shots;
        point.c = outcome.c;
        point.alpha = outcome.alpha;
        point.beta = outcome.beta;
        point.draws = std::move(outcome.tested);
        curve.votes.assign(space.test.labels.size(), std::vector<int>(m_data.classes.size()));
        for (const std::vector<int>& predicted : outcome.predicted)
            for (size_t i = 0; i < predicted.size(); ++i)
                ++curve.votes[i][size_t(predicted[i])];
        const MeanAndSd top1 = meanAndSd(valuesOf(point.draws, &Accuracy::top1));
        const MeanAndSd top5 = meanAndSd(valuesOf(point.draws, &Accuracy::top5));
        point.top1Mean = top1.mean;
        point.top1Sd = top1.sd.value_or(0);
        point.top5Mean = top5.mean;
        point.top5Sd = top5.sd.value_or(0);
        curve.curve.push_back(std::move(point));
        m_context.partial(curve.curve.back());
    }

    void findCrossing(ShotCurve& found) const
    {
        std::vector<size_t> order(found.curve.size());
        std::iota(order.begin(), order.end(), size_t(0));
        const auto shotsOf = [&](size_t i) {
            return found.curve[i].shots == 0 ? m_sampler->mostShots() : found.curve[i].shots;
        };
        std::ranges::stable_sort(order, {}, shotsOf);
        std::vector<double> shots, means;
        for (const size_t i : order) {
            shots.push_back(shotsOf(i));
            means.push_back(found.curve[i].top1Mean);
            if (found.crossingShots < 0 && means.back() >= m_result.zeroShot.top1)
                found.crossingShots = shotsOf(i);
        }
        found.crossing = crossingOf(shots, means, m_result.zeroShot.top1);
        if (!found.crossing || m_options.seeds < 2)
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
                    sum += found.curve[p].draws[seed].top1;
                resampled.push_back(sum / double(seeds.size()));
            }
            crossings.push_back(
                crossingOf(shots, resampled, m_result.zeroShot.top1).value_or(std::numeric_limits<double>::infinity()));
        }
        std::ranges::sort(crossings);
        const double low = crossings[size_t(.025 * kResamples)], high = crossings[size_t(.975 * kResamples) - 1];
        if (std::isfinite(high)) {
            found.crossingLow = low;
            found.crossingHigh = high;
        }
    }

    const ProbeData& m_data;
    const FewShotOptions& m_options;
    const JobContext& m_context;
    const std::vector<size_t> m_train;
    const std::vector<size_t> m_validationRows;
    const std::vector<double> m_penalties;
    const LinearClassifier m_words;
    std::vector<ProbeMethod> m_methods;
    std::vector<Space> m_spaces; ///< of the features, of the space that words share
    std::optional<ShotSampler> m_sampler;
    FewShotResult m_result;
    int64_t m_done = 0;
};

} // namespace

const char* toString(ProbeMethod method)
{
    switch (method) {
    case ProbeMethod::Linear:
        return "linear";
    case ProbeMethod::TipAdapter:
        return "tip-adapter";
    case ProbeMethod::LpPlusPlus:
        return "lp++";
    }
    return "";
}

ProbeMethod probeMethod(const std::string& name)
{
    for (const ProbeMethod method : {ProbeMethod::Linear, ProbeMethod::TipAdapter, ProbeMethod::LpPlusPlus})
        if (name == toString(method))
            return method;
    throw Error(ErrorKind::Input, "is no method of a probe", name, "Take linear, tip-adapter or lp++.");
}

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
