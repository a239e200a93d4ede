// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/graph_reading.h"

#include "models/display_text.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace clipscope {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(GraphReading)
};

constexpr size_t kMostRows = 2000; // of a table: more are no reading
constexpr size_t kMostWords = 8;

QString rightWord(bool wrong)
{
    return wrong ? Text::tr("\u2717 wrong") : Text::tr("\u2713 right");
}

} // namespace

LoadedGraph loadedGraph(Graph graph, std::vector<VideoId> videos)
{
    LoadedGraph out;
    out.hash = hashOf(graph);
    out.hashWithoutLabels = hashWithoutLabels(graph);
    std::vector<NodePair> edges;
    for (int node = 0; node < graph.nodes(); ++node) {
        out.names << QString::fromStdString(graph.nodeName(node));
        for (const int other : graph.adjacency.columnsOf(node))
            if (node < other)
                edges.emplace_back(node, other);
    }
    out.edges = std::make_shared<const std::vector<NodePair>>(std::move(edges));
    out.graph = std::make_shared<const Graph>(std::move(graph));
    out.videos = std::move(videos);
    return out;
}

GraphReading::GraphReading(LoadedGraph loaded, std::shared_ptr<const GraphTrace> trace, int method, int stage)
    : m_loaded(std::move(loaded))
    , m_trace(std::move(trace))
    , m_method(method)
    , m_stage(stage)
{
    if (!graph())
        return;
    m_marks.assign(size_t(graph()->nodes()), 0);
    const TracedStage* now = this->stage();
    if (!now)
        return;
    for (const int node : m_trace->given)
        m_marks[size_t(node)] = NodeLook::Given;
    for (int before = 0; before <= m_stage; ++before) {
        const TracedStage& past = this->method()->stages[size_t(before)];
        m_removed.insert(m_removed.end(), past.removed.begin(), past.removed.end());
        if (before < m_stage)
            for (const int node : past.added)
                m_marks[size_t(node)] = NodeLook::Learnt;
    }
    std::sort(m_removed.begin(), m_removed.end());
    for (const int node : m_trace->proposed)
        if (graph()->labels[size_t(node)] >= 0)
            m_marks[size_t(node)] = uint8_t(NodeLook::Added | (isWrong(node) ? NodeLook::Error : 0));
    for (const int node : now->added)
        m_marks[size_t(node)] = uint8_t(NodeLook::Added | (isWrong(node) ? NodeLook::Error : 0));
    for (const int node : now->silent)
        m_marks[size_t(node)] |= NodeLook::Error | NodeLook::Silent;
}

const TracedMethod* GraphReading::method() const
{
    return m_trace && m_method >= 0 && m_method < int(m_trace->methods.size()) ? &m_trace->methods[size_t(m_method)]
                                                                               : nullptr;
}

const TracedStage* GraphReading::stage() const
{
    return method() && m_stage >= 0 && m_stage < int(method()->stages.size()) ? &method()->stages[size_t(m_stage)]
                                                                              : nullptr;
}

bool GraphReading::isLast() const
{
    return method() && m_stage + 1 == int(method()->stages.size());
}

QString GraphReading::className(int number) const
{
    return number >= 0 && number < int(graph()->classes.size())
        ? QString::fromStdString(graph()->classes[size_t(number)])
        : QString();
}

bool GraphReading::isWrong(int node) const
{
    const int truth = graph()->labels[size_t(node)];
    return truth >= 0 && stage() && stage()->predictions[size_t(node)] != truth;
}

bool GraphReading::isRemoved(int a, int b) const
{
    return std::binary_search(m_removed.begin(), m_removed.end(), NodePair(std::minmax(a, b)));
}

QString GraphReading::answerAt(const TracedStage& stage, int node) const
{
    return QStringLiteral("%1 %2").arg(
        className(stage.predictions[size_t(node)]), scoreText(stage.confidences[size_t(node)]));
}

QString GraphReading::votes(int node) const
{
    if (m_trace->members == 0)
        return {};
    const size_t classes = graph()->classes.size(), first = size_t(node) * classes;
    std::vector<int> votes(
        m_trace->votes.begin() + ptrdiff_t(first), m_trace->votes.begin() + ptrdiff_t(first + classes));
    std::sort(votes.rbegin(), votes.rend());
    QStringList out;
    for (const int count : votes)
        if (count > 0)
            out << QString::number(count);
    return out.join(QStringLiteral(" : "));
}

QString GraphReading::memberVotes(int node) const
{
    QStringList out;
    const size_t classes = graph()->classes.size();
    for (size_t c = 0; c < classes; ++c)
        if (const int count = m_trace->votes[size_t(node) * classes + c]; count > 0)
            out << QStringLiteral("%1 %2").arg(className(int(c))).arg(count);
    return out.join(QStringLiteral(", "));
}

QString GraphReading::headline() const
{
    if (!graph())
        return {};
    return Text::tr("%1: %2, %3, %4")
        .arg(QString::fromStdString(graph()->name), counted(graph()->nodes(), Text::tr("node"), Text::tr("nodes")),
            counted(graph()->edges(), Text::tr("edge"), Text::tr("edges")),
            counted(qint64(graph()->classes.size()), Text::tr("class"), Text::tr("classes")));
}

std::vector<StageBar::Card> GraphReading::cards() const
{
    std::vector<StageBar::Card> out;
    if (!method())
        return out;
    const QLocale locale;
    for (size_t i = 0; i < method()->stages.size(); ++i) {
        const TracedStage& stage = method()->stages[i];
        StageBar::Card card;
        card.value = percentText(stage.accuracy);
        if (isIsolation()) {
            card.title = QStringLiteral("q = %1 %").arg(locale.toString(100 * stage.share, 'g', 3));
            if (i == 0)
                card.detail = Text::tr("ensemble of %1,\nnobody silent").arg(m_trace->members);
            else
                card.detail = Text::tr("%1 silent").arg(locale.toString(qint64(stage.silent.size())))
                    + (std::isfinite(stage.precision) ? Text::tr(",\n%1 wrong").arg(percentText(stage.precision))
                                                      : QString());
        } else {
            card.title = Text::tr("Stage %1").arg(i + 1);
            card.detail = counted(stage.labelled, Text::tr("label"), Text::tr("labels")) + QStringLiteral(" \u00b7 ")
                + counted(stage.edges, Text::tr("edge"), Text::tr("edges"));
            if (!stage.added.empty())
                card.detail += QStringLiteral("\n+") + locale.toString(qint64(stage.added.size()))
                    + (std::isfinite(stage.precision) ? Text::tr(", %1 right").arg(percentText(stage.precision))
                                                      : QString());
        }
        out.push_back(std::move(card));
    }
    return out;
}

GraphPicture GraphReading::picture(
    std::shared_ptr<const std::vector<GraphPlace>> places, NodeColour colour, bool sizeByConfidence) const
{
    GraphPicture out;
    if (!graph())
        return out;
    const TracedStage* now = stage();
    out.edges = m_loaded.edges;
    out.places = std::move(places);
    out.removed = m_removed;
    out.names = m_loaded.names;
    for (const std::string& name : graph()->classes)
        out.groups << QString::fromStdString(name);
    const bool truth = colour == NodeColour::Label || !now;
    out.groupsAre = truth ? Text::tr("label") : Text::tr("prediction");
    out.colour =
        colour == NodeColour::Confidence && now ? GraphPicture::Colour::Confidence : GraphPicture::Colour::Group;
    out.sizeByConfidence = sizeByConfidence && now;
    for (int node = 0; node < graph()->nodes(); ++node) {
        NodeLook look;
        look.group = truth ? graph()->labels[size_t(node)] : now->predictions[size_t(node)];
        if (now && (!truth || sizeByConfidence))
            look.confidence = now->confidences[size_t(node)];
        look.marks = m_marks[size_t(node)];
        out.looks.push_back(look);
    }
    return out;
}

GraphReading::Nodes GraphReading::doubtful() const
{
    Nodes out;
    const TracedStage* now = stage();
    if (!now)
        return out;
    const bool isolation = isIsolation();
    const std::vector<float>& scores = method()->scores;
    // Of the ensemble itself, before anybody is silent: those that will be.
    out.nodes = isolation ? (now->silent.empty() ? method()->stages.back().silent : now->silent) : now->added;
    const size_t all = out.nodes.size();
    std::stable_sort(out.nodes.begin(), out.nodes.end(), [&](int a, int b) {
        if (isolation)
            return scores[size_t(a)] > scores[size_t(b)];
        return isWrong(a) != isWrong(b) ? isWrong(a) : now->confidences[size_t(a)] < now->confidences[size_t(b)];
    });
    out.nodes.resize(std::min(all, kMostRows));
    if (isolation) {
        const QString count = QLocale().toString(qint64(all));
        out.title = now->silent.empty() ? Text::tr("Error nodes \u00b7 %1 that may fall silent").arg(count)
                                        : Text::tr("Error nodes \u00b7 %1 silent").arg(count);
        out.table.columns = {Text::tr("Node"), Text::tr("Vote"), Text::tr("p(error)"), Text::tr("Members"),
            Text::tr("Now"), Text::tr("Truth")};
    } else {
        const auto wrong =
            std::count_if(out.nodes.begin(), out.nodes.end(), [this](int node) { return isWrong(node); });
        out.title = all == 0 ? Text::tr("No answer becomes a label after this stage")
                             : (isLast() ? Text::tr("%1 would become labels next; wrong ones first (%2)")
                                         : Text::tr("%1 become labels; wrong ones first (%2)"))
                                   .arg(counted(qint64(all), Text::tr("answer"), Text::tr("answers")),
                                       QLocale().toString(qint64(wrong)));
        out.table.columns = {Text::tr("Node"), Text::tr("Answer"), Text::tr("Confidence"), Text::tr("Truth"), {}};
    }
    out.table.texts = 2;
    if (all > kMostRows)
        out.title += Text::tr("; the first %1 are listed").arg(QLocale().toString(qint64(kMostRows)));
    for (const int node : out.nodes) {
        const QString truth = className(graph()->labels[size_t(node)]);
        const QString word = graph()->labels[size_t(node)] < 0 ? QString() : rightWord(isWrong(node));
        if (isolation)
            out.table.rows.push_back({{nodeName(node)}, {className(method()->stages.front().predictions[size_t(node)])},
                {scoreText(scores[size_t(node)])}, {votes(node)}, {answerAt(*now, node) + QLatin1Char(' ') + word},
                {truth}});
        else
            out.table.rows.push_back({{nodeName(node)}, {className(now->predictions[size_t(node)])},
                {scoreText(now->confidences[size_t(node)])}, {truth}, {word}});
    }
    return out;
}

std::vector<int> GraphReading::waiting(const std::set<int>& rejected, float confidence) const
{
    std::vector<int> out;
    for (const int node : m_trace->proposed)
        if (graph()->labels[size_t(node)] < 0 && !rejected.contains(node)
            && stage()->confidences[size_t(node)] >= confidence)
            out.push_back(node);
    return out;
}

std::string GraphReading::answer(int node) const
{
    return graph()->classes[size_t(stage()->predictions[size_t(node)])];
}

GraphReading::Nodes GraphReading::proposals(const std::set<int>& rejected) const
{
    Nodes out;
    const TracedStage* now = stage();
    if (!now)
        return out;
    out.nodes = waiting(rejected, 0);
    const size_t all = out.nodes.size();
    const QLocale locale;
    out.title = all == 0 ? Text::tr("No proposal is left: %1 were made").arg(locale.toString(qint64(m_trace->proposed.size())))
                         : Text::tr("%1 of %2 proposals wait; doubtful ones first")
                               .arg(locale.toString(qint64(all)), locale.toString(qint64(m_trace->proposed.size())));
    if (all > kMostRows)
        out.title += Text::tr("; the first %1 are listed").arg(locale.toString(qint64(kMostRows)));
    out.nodes.resize(std::min(all, kMostRows));
    out.table.columns = {Text::tr("Video"), Text::tr("Proposed label"), Text::tr("Confidence"), Text::tr("Votes")};
    out.table.texts = 2;
    for (const int node : out.nodes)
        out.table.rows.push_back({{nodeName(node)}, {className(now->predictions[size_t(node)])},
            {scoreText(now->confidences[size_t(node)])}, {votes(node)}});
    return out;
}

GraphReading::Nodes GraphReading::neighbours(int node) const
{
    Nodes out;
    const auto others = graph()->adjacency.columnsOf(node);
    const auto weights = graph()->adjacency.valuesOf(node);
    std::vector<size_t> order(others.size());
    std::iota(order.begin(), order.end(), size_t(0));
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return weights[a] > weights[b]; });
    out.title = counted(qint64(others.size()), Text::tr("neighbour"), Text::tr("neighbours"));
    out.table.columns = {Text::tr("Neighbour"), Text::tr("Label"), Text::tr("Answer"), Text::tr("Edge")};
    out.table.texts = 3;
    for (const size_t place : order) {
        if (out.nodes.size() == kMostRows)
            break;
        const int other = others[place];
        const bool removed = isRemoved(node, other);
        const bool silent = m_marks[size_t(other)] & NodeLook::Silent;
        out.nodes.push_back(other);
        out.table.rows.push_back({{nodeName(other)}, {className(graph()->labels[size_t(other)])},
            {stage() ? answerAt(*stage(), other) : QString()},
            {removed         ? Text::tr("removed")
                    : silent ? Text::tr("silent")
                             : QString()}});
    }
    return out;
}

std::map<QString, QString> GraphReading::facts() const
{
    const TracedStage* now = stage();
    if (!now || !isIsolation() || m_stage == 0)
        return {};
    const TracedStage& before = method()->stages.front();
    std::vector<bool> isTested(size_t(graph()->nodes()), true); // of those that were not given
    for (const int node : m_trace->validation)
        isTested[size_t(node)] = false;
    qint64 wrong = 0, helped = 0, harmed = 0;
    for (int node = 0; node < graph()->nodes(); ++node) {
        const int truth = graph()->labels[size_t(node)];
        if (truth < 0 || m_marks[size_t(node)] & NodeLook::Given)
            continue;
        const bool wasRight = before.predictions[size_t(node)] == truth;
        if (m_marks[size_t(node)] & NodeLook::Silent)
            wrong += !wasRight;
        if (isTested[size_t(node)] && wasRight != (now->predictions[size_t(node)] == truth))
            ++(wasRight ? harmed : helped);
    }
    const QLocale locale;
    std::map<QString, QString> out{{QStringLiteral("graph.silent"), locale.toString(qint64(now->silent.size()))},
        {QStringLiteral("graph.silent.wrong"), locale.toString(wrong)},
        {QStringLiteral("graph.helped"), locale.toString(helped)},
        {QStringLiteral("graph.harmed"), locale.toString(harmed)}};
    if (now->silent.empty())
        return out;
    const std::vector<float>& scores = method()->scores;
    const int surest = *std::ranges::max_element(now->silent, {}, [&](int node) { return scores[size_t(node)]; });
    out[QStringLiteral("graph.error")] = nodeName(surest);
    out[QStringLiteral("graph.error.answer")] = className(before.predictions[size_t(surest)]);
    out[QStringLiteral("graph.error.label")] = className(graph()->labels[size_t(surest)]);
    return out;
}

QString GraphReading::nodeName(int node) const
{
    return m_loaded.names[node];
}

QString GraphReading::nodeLine(int node) const
{
    QString out = Text::tr("Node %1").arg(nodeName(node));
    if (const QString truth = className(graph()->labels[size_t(node)]); !truth.isEmpty())
        out += Text::tr(", label %1").arg(truth);
    if (const TracedStage* now = stage()) {
        out += Text::tr("\nanswer %1").arg(answerAt(*now, node));
        if (graph()->labels[size_t(node)] >= 0)
            out += QLatin1Char(' ') + rightWord(isWrong(node));
        const uint8_t marks = m_marks[size_t(node)];
        if (isProposal() && !(marks & NodeLook::Given))
            out += marks & NodeLook::Added ? Text::tr(", accepted") : Text::tr(", proposed");
        else if (marks & NodeLook::Silent)
            out += Text::tr(", probably wrong: silent");
        else if (marks & NodeLook::Added)
            out += isLast() ? Text::tr(", would become its label") : Text::tr(", becomes its label");
        else if (marks & (NodeLook::Given | NodeLook::Learnt))
            out += Text::tr(", trained on");
    }
    return out;
}

QString GraphReading::nodeText(int node) const
{
    const TracedStage* now = stage();
    QStringList lines;
    const auto line = [&](const QString& name, const QString& value) {
        if (!value.isEmpty())
            lines << QStringLiteral("%1: <b>%2</b>").arg(name, value.toHtmlEscaped());
    };
    const int truth = graph()->labels[size_t(node)];
    line(Text::tr("label"), truth < 0 ? Text::tr("not known") : className(truth));
    const auto answer = [&](const TracedStage& stage) {
        const bool wrong = truth >= 0 && stage.predictions[size_t(node)] != truth;
        return answerAt(stage, node) + (truth < 0 ? QString() : QLatin1Char(' ') + rightWord(wrong));
    };
    if (now && isIsolation()) {
        line(Text::tr("before isolation"), answer(method()->stages.front()));
        if (m_stage > 0)
            line(Text::tr("after, %1 silent").arg(percentText(now->share)), answer(*now));
        line(Text::tr("p(error)"), scoreText(method()->scores[size_t(node)]));
        line(Text::tr("votes of the members"), memberVotes(node));
    } else if (now && isProposal()) {
        if (std::ranges::binary_search(m_trace->given, node))
            line(Text::tr("here"), Text::tr("trained on"));
        else
            line(Text::tr("proposed"), answer(*now));
        line(Text::tr("votes"), memberVotes(node));
    } else if (now) {
        line(Text::tr("answer"), answer(*now));
        if (m_stage > 0)
            line(Text::tr("in the first stage"), answer(method()->stages.front()));
        const uint8_t marks = m_marks[size_t(node)];
        line(Text::tr("here"),
            marks & NodeLook::Added       ? (isLast() ? Text::tr("its answer would become a label next")
                                                      : Text::tr("its answer becomes a label"))
                : marks & NodeLook::Given ? Text::tr("trained on")
                                          : QString());
    }
    const NodeFeatures& features = graph()->features;
    if (features.areWords()) {
        const auto words = features.words.columnsOf(node);
        QStringList first;
        for (size_t i = 0; i < std::min(words.size(), kMostWords); ++i)
            first << QString::number(words[i]);
        line(Text::tr("words"),
            words.empty() ? Text::tr("none")
                          : QStringLiteral("%1 (%2%3)")
                                .arg(words.size())
                                .arg(first.join(QStringLiteral(", ")),
                                    words.size() > kMostWords ? QStringLiteral(", \u2026") : QString()));
    } else {
        line(Text::tr("features"), Text::tr("a vector of %1 numbers").arg(features.columns()));
    }
    return lines.join(QStringLiteral("<br>"));
}

} // namespace clipscope
