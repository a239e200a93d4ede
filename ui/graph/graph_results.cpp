// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/graph_results.h"

#include "experiment/record_reader.h"
#include "models/display_text.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace clipscope {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(GraphResults)
};
using Row = std::vector<FiguresModel::Cell>;

QString wordOf(const Json& object, const char* key)
{
    return QString::fromStdString(readKey<std::string>(object, key).value_or(std::string()));
}

QString numberOf(const Json& object, const char* key, int digits)
{
    const auto value = readKey<double>(object, key);
    return value ? QLocale().toString(*value, 'f', digits) : QString();
}

QString shareOf(const Json& object, const char* key)
{
    const auto value = readKey<double>(object, key);
    return value ? percentText(*value) : QString();
}

/// "81.3 % +- 0.6".
QString spread(const Json& object, const char* mean, const char* sd)
{
    QString out = shareOf(object, mean);
    if (const auto value = readKey<double>(object, sd))
        out += QStringLiteral(" \u00b1 ") + QLocale().toString(100 * *value, 'f', 1);
    return out;
}

/// "+1.2 [0.4, 2.0]", in points.
QString difference(const Json& object)
{
    const auto mean = readKey<double>(object, "difference");
    if (!mean)
        return {};
    const QLocale locale;
    const auto points = [&](double share) {
        return locale.toString(std::round(1000 * share) / 10 + 0., 'f', 1); // + 0: there is no -0.0
    };
    QString out = (*mean > 0 ? QStringLiteral("+") : QString()) + points(*mean);
    if (const auto interval = readKey<std::vector<double>>(object, "interval"); interval && interval->size() == 2)
        out += QStringLiteral(" [%1, %2]").arg(points((*interval)[0]), points((*interval)[1]));
    return out;
}

Json listOf(const RunRecord& record, const char* key)
{
    const Json found = readKey<Json>(record.results, key).value_or(Json::array());
    return found.is_array() ? found : Json::array();
}

Json objectAt(const Json& object, const char* key)
{
    return readKey<Json>(object, key).value_or(Json::object());
}

/// Costs as multiples of one network's.
QString times(const RunRecord& record, const std::optional<double>& macs)
{
    const double members = readKey<double>(record.results, "members").value_or(1);
    const double single = readKey<double>(record.results, "ensembleMacs").value_or(0) / members;
    return macs && single > 0 ? QLocale().toString(*macs / single, 'f', 2) + QStringLiteral("\u00d7") : QString();
}

FiguresModel::Table trainingNumbers(const RunRecord& record)
{
    FiguresModel::Table table;
    table.columns = {Text::tr("Method"), Text::tr("Accuracy"), Text::tr("CPU s a run"),
        Text::tr("Points over the first"), Text::tr("Times as fast")};
    const Json methods = listOf(record, "methods"), comparisons = listOf(record, "comparisons");
    const QString first = methods.empty() ? QString() : wordOf(methods.front(), "name");
    for (const Json& method : methods) {
        Row row{{wordOf(method, "name")},
            {spread(method, "accuracyMean", "accuracySd"), readKey<double>(method, "accuracyMean").value_or(-1)},
            {numberOf(method, "cpuSeconds", 2)}, {}, {}};
        for (const Json& comparison : comparisons)
            if (wordOf(comparison, "method") == wordOf(method, "name") && wordOf(comparison, "against") == first) {
                row[3].text = difference(comparison);
                row[4].text = numberOf(comparison, "cpuRatio", 2);
            }
        table.rows.push_back(std::move(row));
    }
    return table;
}

FiguresModel::Table isolationNumbers(const RunRecord& record)
{
    FiguresModel::Table table;
    table.columns = {Text::tr("Answer"), Text::tr("Silent"), Text::tr("Accuracy"), Text::tr("Over one network"),
        Text::tr("Over the ensemble"), Text::tr("Silent ones wrong"), Text::tr("MACs")};
    const Json& results = record.results;
    const auto macs = [&](const Json& row) { return times(record, readKey<double>(row, "macs")); };
    table.rows.push_back({{Text::tr("one network (mean)")}, {}, {spread(results, "meanSingle", "meanSingleSd")}, {}, {},
        {}, {QLocale().toString(1., 'f', 2) + QStringLiteral("\u00d7")}});
    table.rows.push_back({{Text::tr("ensemble of %1").arg(numberOf(results, "members", 0))}, {},
        {spread(results, "ensemble", "ensembleSd")}, {difference(objectAt(results, "ensembleAgainstSingle"))}, {}, {},
        {times(record, readKey<double>(results, "ensembleMacs"))}});
    for (const Json& row : listOf(record, "isolated"))
        table.rows.push_back({{wordOf(row, "detector")}, {shareOf(row, "q")}, {spread(row, "accuracy", "accuracySd")},
            {difference(objectAt(row, "againstSingle"))}, {difference(objectAt(row, "againstEnsemble"))},
            {shareOf(row, "precision")}, {macs(row)}});
    return table;
}

FiguresModel::Table proposalNumbers(const RunRecord& record)
{
    FiguresModel::Table table;
    table.columns = {Text::tr("Label"), Text::tr("Given"), Text::tr("Proposed"), Text::tr("Of these by all")};
    for (const Json& row : listOf(record, "classes"))
        table.rows.push_back({{wordOf(row, "label")}, {numberOf(row, "given", 0)}, {numberOf(row, "proposed", 0)},
            {numberOf(row, "unanimous", 0)}});
    return table;
}

FiguresModel::Table isolationDetails(const RunRecord& record)
{
    FiguresModel::Table table;
    table.columns = {Text::tr("Detector"), Text::tr("Area under ROC"), Text::tr("Silent, by validation"),
        Text::tr("Accuracy then"), Text::tr("Over the ensemble")};
    const Json areas = objectAt(record.results, "areas");
    for (const Json& row : listOf(record, "picked")) {
        const std::string detector = readKey<std::string>(row, "detector").value_or(std::string());
        table.rows.push_back(
            {{QString::fromStdString(detector)}, {numberOf(areas, detector.c_str(), 3)}, {shareOf(row, "q")},
                {spread(row, "accuracy", "accuracySd")}, {difference(objectAt(row, "againstEnsemble"))}});
    }
    return table;
}

FiguresModel::Table trainingDetails(const RunRecord& record)
{
    FiguresModel::Table table;
    table.columns = {Text::tr("Method"), Text::tr("Stage"), Text::tr("Splits"), Text::tr("Labels"), Text::tr("Added"),
        Text::tr("Right"), Text::tr("Edges"), Text::tr("Layers"), Text::tr("Calibration"), Text::tr("CPU s"),
        Text::tr("Accuracy")};
    for (const Json& method : listOf(record, "methods")) {
        int number = 0;
        for (const Json& stage : readKey<Json>(method, "stages").value_or(Json::array()))
            table.rows.push_back({{wordOf(method, "name")}, {QString::number(++number)}, {numberOf(stage, "splits", 0)},
                {numberOf(stage, "labelled", 0)}, {numberOf(stage, "added", 0)}, {shareOf(stage, "precision")},
                {numberOf(stage, "edges", 0)}, {numberOf(stage, "layers", 1)}, {numberOf(stage, "calibratedError", 3)},
                {numberOf(stage, "cpuSeconds", 2)}, {shareOf(stage, "accuracy")}});
    }
    return table;
}

/// How many proposals reach a confidence: what a threshold would accept.
FiguresModel::Table proposalDetails(const RunRecord& record)
{
    FiguresModel::Table table;
    const Json stages = record.arrays.value("/trace/methods/0/stages"_json_pointer, Json::array());
    const auto proposed = readKey<std::vector<size_t>>(objectAt(record.arrays, "trace"), "proposed");
    const auto confidences =
        stages.empty() ? std::nullopt : readKey<std::vector<int>>(stages.front(), "confidences");
    if (!proposed || !confidences || proposed->empty())
        return table;
    table.columns = {Text::tr("Confidence from"), Text::tr("Proposals"), Text::tr("Of all")};
    for (const int least : {950, 900, 800, 700, 600, 500, 0}) {
        const auto count = std::ranges::count_if(*proposed,
            [&](size_t node) { return node < confidences->size() && (*confidences)[node] >= least; });
        table.rows.push_back({{percentText(least / 1000.)}, {QLocale().toString(qint64(count))},
            {percentText(double(count) / double(proposed->size()))}});
    }
    return table;
}

} // namespace

FiguresModel::Table graphNumbers(const RunRecord& record)
{
    switch (experimentOf(record)) {
    case GraphExperiment::Proposals:
        return proposalNumbers(record);
    case GraphExperiment::Isolation:
        return isolationNumbers(record);
    default:
        return trainingNumbers(record);
    }
}

FiguresModel::Table graphDetails(const RunRecord& record)
{
    switch (experimentOf(record)) {
    case GraphExperiment::Proposals:
        return proposalDetails(record);
    case GraphExperiment::Isolation:
        return isolationDetails(record);
    default:
        return trainingDetails(record);
    }
}

FiguresModel::Table graphCosts(const RunRecord& record)
{
    FiguresModel::Table table;
    table.columns = {Text::tr("Answer"), Text::tr("Accuracy"), Text::tr("Over the ensemble"), Text::tr("MACs"),
        Text::tr("CPU s"), Text::tr("Units left"), Text::tr("Edges left"), Text::tr("On the front")};
    for (const Json& row : listOf(record, "front"))
        table.rows.push_back({{wordOf(row, "name")},
            {spread(row, "accuracy", "accuracySd"), readKey<double>(row, "accuracy").value_or(-1)},
            {difference(objectAt(row, "againstEnsemble"))}, {times(record, readKey<double>(row, "macs"))},
            {numberOf(row, "cpuSeconds", 4)}, {shareOf(row, "unitsLeft")}, {shareOf(row, "edgesLeft")},
            {readKey<bool>(row, "onFront").value_or(false) ? QStringLiteral("\u2713") : QString()}});
    return table;
}

RunLines graphLines(const RunRecord& record)
{
    RunLines lines;
    QString graph = wordOf(record.config, "graph");
    if (graph.endsWith(QLatin1String(".clipscope")))
        graph.chop(10); // a library's folder
    const QString seconds = QLocale().toString(record.wallSeconds, 'f', 1), network = wordOf(record.config, "network");
    const auto count = [&](const char* key, const QString& one, const QString& many) {
        return counted(qint64(readKey<int>(record.config, key).value_or(0)), one, many);
    };
    const QString seeds = count("seeds", Text::tr("seed"), Text::tr("seeds"));
    switch (experimentOf(record)) {
    case GraphExperiment::Proposals:
        lines.title = Text::tr("%1, labels spread").arg(graph);
        lines.detail =
            Text::tr("%1 \u00b7 %2 s").arg(count("members", Text::tr("member"), Text::tr("members")), seconds);
        break;
    case GraphExperiment::Isolation:
        lines.title = Text::tr("%1, silent errors").arg(graph);
        lines.detail = Text::tr("%1 \u00b7 %2 \u00b7 %3 s").arg(network, seeds, seconds);
        break;
    default:
        lines.title = Text::tr("%1, %2 a class").arg(graph, count("labelsPerClass", Text::tr("label"), Text::tr("labels")));
        lines.detail = Text::tr("%1 \u00b7 %2 \u00b7 %3 s").arg(network, seeds, seconds);
    }
    return lines;
}

std::map<QString, QString> graphFacts(const RunRecord& record)
{
    std::map<QString, QString> out;
    if (record.kind.empty())
        return out;
    out[QStringLiteral("graph.name")] = wordOf(record.config, "graph");
    const GraphExperiment experiment = experimentOf(record);
    if (experiment == GraphExperiment::Proposals) {
        out[QStringLiteral("graph.proposals")] = numberOf(record.results, "proposed", 0);
        out[QStringLiteral("graph.given")] = numberOf(record.results, "given", 0);
    } else if (experiment == GraphExperiment::Isolation) {
        out[QStringLiteral("graph.single")] = shareOf(record.results, "meanSingle");
        out[QStringLiteral("graph.ensemble")] = shareOf(record.results, "ensemble");
        out[QStringLiteral("graph.members")] = numberOf(record.results, "members", 0);
        for (const Json& row : listOf(record, "picked")) {
            out[QStringLiteral("graph.") + wordOf(row, "detector")] = shareOf(row, "accuracy");
            out[QStringLiteral("graph.%1.silent").arg(wordOf(row, "detector"))] = shareOf(row, "q");
        }
    } else {
        for (const Json& method : listOf(record, "methods"))
            out[QStringLiteral("graph.") + wordOf(method, "name")] = shareOf(method, "accuracyMean");
    }
    std::erase_if(out, [](const auto& fact) { return fact.second.isEmpty(); });
    return out;
}

} // namespace clipscope
