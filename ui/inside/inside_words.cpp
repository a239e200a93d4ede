// SPDX-License-Identifier: GPL-3.0-or-later
#include "inside/inside_words.h"

#include "models/display_text.h"

#include <QCoreApplication>
#include <QLocale>
#include <QStringList>

#include <algorithm>

namespace clipscope {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(InsidePage)
};

const QLatin1String kParts("parts:");

QString howWeighed(const QString& aggregation)
{
    if (aggregation == QLatin1String("mean"))
        return Text::tr("Mean pooling adds up the frames' vectors and weighs all alike, whatever is asked.");
    if (aggregation == QLatin1String("query"))
        return Text::tr(
            "Query-scored aggregation weighs each frame by how well it fits the query, by a softmax with "
            "the temperature 0.1; of several terms the mean is shown, each counting as much as its weight.");
    if (aggregation.startsWith(kParts))
        return Text::tr("Means of parts: the video is cut into %1 equal parts, and the means of their frames stand side by "
                        "side, so that a probe can tell before from after. Words have no order: against a query each "
                        "part counts alike, and within a part each frame.")
            .arg(aggregation.section(QLatin1Char(':'), 1));
    return Text::tr(
        "The Transformer lets the frames look at each other and adds up what comes out. The video's score is "
        "therefore a sum over frames, and the strip shows each frame's share of that sum. It is exact, "
        "neither attention nor a gradient; a frame that speaks against the words counts 0, and what a frame "
        "gives depends on the others.");
}

QString weightFormula(const QString& aggregation)
{
    if (aggregation == QLatin1String("mean"))
        return QStringLiteral("w_k = 1 / K\nvideo = unit(sum_k w_k e_k)");
    if (aggregation == QLatin1String("query"))
        return QStringLiteral("w_k = softmax_k(cos(e_k, q) / 0.1)\nvideo = unit(sum_k w_k e_k)");
    if (aggregation.startsWith(kParts))
        return QStringLiteral("m_i = unit(sum of e_k in part i)\nvideo = unit([m_1 .. m_N])\nw_k = 1 / (N n_i), n_i frames in part i");
    return QStringLiteral(
        "r_k = e_k + T(e_1 .. e_K)_k\nscore = q' . unit(sum_k r_k/|r_k|)\nw_k = max(0, q' . r_k/|r_k|)"
        " / sum");
}

} // namespace

QString stripText(const HitInside& inside, const QString& aggregation)
{
    if (inside.weights.empty())
        return QString::fromStdString(inside.noWeights);
    if (aggregation == QLatin1String("mean"))
        return Text::tr("Bars: each frame's weight. The mean weighs all alike.");
    if (aggregation == QLatin1String("query"))
        return Text::tr("Bars: each frame's weight, by how well it fits the query.");
    if (aggregation.startsWith(kParts))
        return Text::tr("Bars: each frame's weight. Each part counts alike, and so does each frame in it.");
    return Text::tr("Bars: each frame's share of the video's score, after the frames have looked at each other.");
}

QString neighboursText(const HitInside& inside, const LibraryInView& view)
{
    if (inside.neighbours.empty())
        return Text::tr("No other video is embedded.");
    if (inside.neighboursByAggregation)
        return Text::tr("Nearest by the Transformer's vector of the whole video");
    return view.encoder && view.encoder->info().featureDim > 0
        ? Text::tr("Nearest by the mean of the frames' features")
        : Text::tr("Nearest by the mean of the frames' embeddings");
}

std::map<QString, QString> insideFacts(const HitInside& inside)
{
    std::map<QString, QString> facts;
    if (inside.timesSec.empty())
        return facts;
    facts[QStringLiteral("inside.frames")] = QLocale().toString(qlonglong(inside.timesSec.size()));
    if (!inside.scores.empty()) {
        const auto [worst, best] = std::ranges::minmax_element(inside.scores);
        facts[QStringLiteral("inside.best.score")] = scoreText(double(*best));
        facts[QStringLiteral("inside.best.time")] = timeText(inside.timesSec[size_t(best - inside.scores.begin())]);
        facts[QStringLiteral("inside.worst.score")] = scoreText(double(*worst));
    }
    if (!inside.weights.empty())
        facts[QStringLiteral("inside.heaviest")] = percentText(double(std::ranges::max(inside.weights)));
    if (inside.videoScore)
        facts[QStringLiteral("inside.videoScore")] = scoreText(*inside.videoScore);
    if (!inside.neighbours.empty())
        facts[QStringLiteral("inside.nearest.cosine")] = scoreText(inside.neighbours.front().cosine);
    return facts;
}

Explanation explainInside(const InsideFacts& facts, const LibraryInView& view)
{
    const HitInside& inside = *facts.inside;
    const QLocale locale;
    Explanation out;
    out.shown = Text::tr("The %1 that the encoder saw of this video: nothing between them is in its embedding.")
                    .arg(counted(qint64(inside.timesSec.size()), Text::tr("frame"), Text::tr("frames")));
    if (!inside.scores.empty())
        out.shown += QLatin1Char(' ')
            + Text::tr("The number under a frame is the query's score for it alone, before it is smoothed over time.");
    out.shown += QLatin1Char(' ')
        + (facts.patchesPerSide > 0
                ? Text::tr(
                    "Below, one frame as a grid of the patches the model reads: the covered ones are left out by "
                    "patch dropout. It is the draw that embedding with this share and seed makes of this frame.")
                : Text::tr("This model has no patches: it reads pictures by convolutions, so nothing can be dropped."));
    out.how = howWeighed(facts.aggregation);
    out.formula = weightFormula(facts.aggregation);
    if (view.encoder)
        out.config.emplace_back(Text::tr("encoder"), QString::fromStdString(view.encoder->info().title));
    out.config.emplace_back(Text::tr("sampler"), facts.sampler);
    out.config.emplace_back(Text::tr("stored with p"), QString::number(view.key.patchDropout));
    if (facts.patchesPerSide > 0) {
        out.config.emplace_back(Text::tr("grid"), QStringLiteral("%1 \u00d7 %1").arg(facts.patchesPerSide));
        out.config.emplace_back(Text::tr("shown with p, seed"),
            QStringLiteral("%1, %2").arg(locale.toString(facts.dropped, 'g', 3)).arg(facts.seed));
    }
    if (!inside.scores.empty()) {
        const auto best = std::ranges::max_element(inside.scores);
        out.measured =
            Text::tr("The best frame lies at %1 with a score of %2.")
                .arg(timeText(inside.timesSec[size_t(best - inside.scores.begin())]), scoreText(double(*best)));
        if (inside.videoScore)
            out.measured += QLatin1Char(' ')
                + Text::tr("The whole video's score is %1 by this aggregation.").arg(scoreText(*inside.videoScore));
    }
    out.next = inside.scores.empty()
        ? Text::tr("Search for words first, then look at a hit: each frame gets its score.")
        : facts.aggregation == QLatin1String("mean")
        ? Text::tr("Choose another aggregation above: where do its weights lie, and does the video's score rise?")
        : Text::tr(
            "Compare with the mean: a short event drowns in it. Move p to 0.5 and draw other seeds: what is left "
            "of the thing that was asked for?");
    return out;
}

} // namespace clipscope
