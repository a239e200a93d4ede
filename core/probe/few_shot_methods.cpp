// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe/few_shot_methods_internal.h"

#include "base/error.h"
#include "probe/logistic_regression.h"
#include "probe/lp_plus_plus.h"
#include "probe/tip_adapter.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace clipscope {

namespace {

void test(MethodOutcome& outcome, const Matrix& scores, const Sample& sample)
{
    outcome.tested.push_back(accuracyOf(scores, sample.labels));
    outcome.predicted.push_back(bestClasses(scores));
}

/// Of equally good ones the first.
size_t bestOf(const std::vector<double>& validated)
{
    return size_t(std::ranges::max_element(validated) - validated.begin());
}

} // namespace

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

MethodOutcome measureLinear(const MethodTask& task, std::span<const double> penalties, const JobContext& context)
{
    std::vector<double> validated(penalties.size());
    std::vector<MethodOutcome> outcomes(penalties.size());
    for (int d = 0; d < task.draws; ++d) {
        const Sample draw = task.draw(d);
        std::optional<LinearClassifier> start;
        for (size_t p = 0; p < penalties.size(); ++p) {
            task.beforeFit(d);
            LogisticOptions fitting;
            fitting.c = penalties[p];
            LogisticFit fit =
                fitLogistic(draw.vectors, draw.labels, task.classes, fitting, context, start ? &*start : nullptr);
            if (task.validation.vectors.rows > 0)
                validated[p] += topAccuracy(fit.classifier.scores(task.validation.vectors), task.validation.labels);
            test(outcomes[p], fit.classifier.scores(task.test.vectors), task.test);
            start = std::move(fit.classifier);
        }
    }
    const size_t best = bestOf(validated);
    outcomes[best].c = penalties[best];
    return std::move(outcomes[best]);
}

MethodOutcome measureTipAdapter(const MethodTask& task, const JobContext& context)
{
    const auto adapterOf = [&](int d) {
        Sample draw = task.draw(d);
        return TipAdapter(task.words, std::move(draw.vectors), std::move(draw.labels));
    };
    TipAdapterSetting setting;
    if (task.validation.vectors.rows > 0) {
        const std::vector<double> alphas = TipAdapter::sweptAlphas(), betas = TipAdapter::sweptBetas();
        std::vector<double> validated(alphas.size() * betas.size());
        for (int d = 0; d < task.draws; ++d) {
            const TipAdapter adapter = adapterOf(d);
            const TipAdapter::Likeness likeness = adapter.likenessOf(task.validation.vectors);
            for (size_t b = 0; b < betas.size(); ++b) {
                context.throwIfStopped();
                const Matrix votes = adapter.votes(likeness, betas[b]);
                for (size_t a = 0; a < alphas.size(); ++a)
                    validated[b * alphas.size() + a] +=
                        topAccuracy(TipAdapter::scores(likeness, votes, alphas[a]), task.validation.labels);
            }
        }
        const size_t best = bestOf(validated);
        setting = {alphas[best % alphas.size()], betas[best / alphas.size()]};
    }
    MethodOutcome out;
    out.alpha = setting.alpha;
    out.beta = setting.beta;
    for (int d = 0; d < task.draws; ++d) {
        task.beforeFit(d);
        test(out, adapterOf(d).scores(task.test.vectors, setting), task.test);
    }
    return out;
}

MethodOutcome measureLpPlusPlus(const MethodTask& task, const JobContext& context)
{
    MethodOutcome out;
    for (int d = 0; d < task.draws; ++d) {
        task.beforeFit(d);
        const Sample draw = task.draw(d);
        const LpPlusPlusFit fit = fitLpPlusPlus(
            draw.vectors, draw.labels, task.words, {}, context, task.validation.vectors, task.validation.labels);
        test(out, fit.classifier.scores(task.test.vectors), task.test);
    }
    return out;
}

} // namespace clipscope
