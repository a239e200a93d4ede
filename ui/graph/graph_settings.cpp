// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/graph_settings.h"

#include "base/error.h"
#include "experiment/record_reader.h"
#include "models/display_text.h"
#include "models/shell_words.h"

#include <QStringList>

#include <algorithm>

namespace clipscope {

namespace {

constexpr int kSeeds = 5; // fewer than at a command line: somebody waits

template <class Value> void read(const Json& object, const char* key, Value& value)
{
    if (const auto found = readKey<Value>(object, key))
        value = *found;
}

/// A word that `parse` understands; another one is passed over.
template <class Value, class Parse> void readWord(const Json& object, const char* key, Value& value, Parse parse)
{
    if (const auto word = readKey<std::string>(object, key)) {
        try {
            value = parse(*word);
        } catch (const Error&) {
        }
    }
}

void readTraining(const Json& config, SelfTrainingStudyOptions& out)
{
    if (const auto methods = readKey<std::vector<std::string>>(config, "methods")) {
        out.methods.clear();
        for (const std::string& name : *methods) {
            try {
                checkSelfTrainingName(name);
                out.methods.push_back(name);
            } catch (const Error&) {
            }
        }
    }
    read(config, "labelsPerClass", out.labelsPerClass);
    read(config, "seeds", out.seeds);
    readWord(config, "network", out.training.kind, gnnKind);
    read(config, "hidden", out.training.hidden);
    read(config, "epochs", out.training.epochs);
    read(config, "stages", out.training.stages);
    read(config, "threshold", out.training.threshold);
}

void readIsolation(const Json& config, GeeniStudyOptions& out)
{
    if (const auto names = readKey<std::vector<std::string>>(config, "detectors")) {
        out.detectors.clear();
        for (const std::string& name : *names) {
            try {
                out.detectors.push_back(errorDetector(name));
            } catch (const Error&) {
            }
        }
    }
    read(config, "shares", out.shares);
    read(config, "seeds", out.seeds);
    read(config, "members", out.ensemble.members);
    if (const auto front = config.find("front"); front != config.end())
        out.approximates = front->is_object();
    readWord(readKey<Json>(config, "front").value_or(Json()), "edgesBy", out.front.edges, edgeMeasure);
    readWord(config, "diversity", out.ensemble.diversity, diversityOf);
    readWord(config, "network", out.ensemble.shape.kind, gnnKind);
    read(config, "epochs", out.ensemble.training.epochs);
}

void readProposals(const Json& config, LabelProposalOptions& out)
{
    read(config, "members", out.members);
    read(config, "epochs", out.training.epochs);
}

QString option(const char* name, const QString& value)
{
    return QStringLiteral(" --%1 %2").arg(QLatin1String(name), shellQuoted(value));
}

QString sharesWords(const std::vector<double>& shares)
{
    QStringList out;
    for (const double share : shares)
        out << QString::number(share, 'g', 6);
    return out.join(QLatin1Char(','));
}

} // namespace

GraphSettings::GraphSettings()
{
    training.seeds = kSeeds;
    isolation.seeds = kSeeds;
}

GraphExperiment experimentOf(const RunRecord& record)
{
    if (record.kind == "proposals")
        return GraphExperiment::Proposals;
    return record.kind == "geeni" ? GraphExperiment::Isolation : GraphExperiment::SelfTraining;
}

GraphSettings graphSettingsOf(const RunRecord& record, const GraphChoice& other)
{
    GraphSettings out;
    const Json& config = record.config;
    out.seed = record.seed;
    out.graph = other;
    if (const auto source = readKey<Json>(config, "source"); source && source->is_object()) {
        out.graph = {};
        if (const auto path = readKey<std::string>(*source, "path")) {
            out.graph.ofLibrary = false;
            out.graph.files.path = *path;
            read(*source, "dataset", out.graph.files.dataset);
            read(*source, "labelColumn", out.graph.files.labelColumn);
        }
        read(*source, "neighbours", out.graph.neighbours);
    }
    out.experiment = experimentOf(record);
    if (out.experiment == GraphExperiment::Proposals) {
        readProposals(config, out.proposals);
    } else if (out.experiment == GraphExperiment::Isolation) {
        readIsolation(config, out.isolation);
        read(config, "labelsPerClass", out.isolationLabels);
        read(config, "validationNodes", out.isolationValidation);
    } else {
        readTraining(config, out.training);
    }
    return out;
}

void addGraphSettings(RunRecord& record, const GraphSettings& settings)
{
    const GraphChoice& graph = settings.graph;
    Json source = Json::object();
    if (graph.ofLibrary) {
        source["neighbours"] = graph.neighbours;
    } else {
        source["path"] = graph.files.path.string();
        if (!graph.files.dataset.empty())
            source["dataset"] = graph.files.dataset;
        if (!graph.files.labelColumn.empty())
            source["labelColumn"] = graph.files.labelColumn;
    }
    record.config["source"] = std::move(source);
    if (settings.experiment == GraphExperiment::Isolation) {
        record.config["labelsPerClass"] = settings.isolationLabels;
        if (settings.isolationLabels > 0)
            record.config["validationNodes"] = settings.isolationValidation;
    }
}

QString graphCommand(const std::filesystem::path& library, const std::string& model, const GraphSettings& settings)
{
    const bool trains = settings.experiment == GraphExperiment::SelfTraining;
    const bool proposes = settings.experiment == GraphExperiment::Proposals;
    QString command = QStringLiteral("clipscope-cli ")
        + (proposes     ? QLatin1String("fastrain propose")
                : trains ? QLatin1String("fastrain run")
                         : QLatin1String("geeni run"));
    const GraphChoice& graph = settings.graph;
    if (graph.ofLibrary) {
        command += option("library", displayPath(library)) + option("neighbours", QString::number(graph.neighbours));
        if (!model.empty())
            command += option("model", QString::fromStdString(model));
    } else {
        command += option("graph", displayPath(graph.files.path));
        if (!graph.files.dataset.empty())
            command += option("dataset", QString::fromStdString(graph.files.dataset));
        if (!graph.files.labelColumn.empty())
            command += option("label-column", QString::fromStdString(graph.files.labelColumn));
    }
    const auto common = [&](GnnKind kind, int epochs, int seeds) {
        command += option("network", QString::fromLatin1(toString(kind))) + option("epochs", QString::number(epochs))
            + option("seeds", QString::number(seeds)) + option("seed", QString::number(settings.seed));
    };
    if (proposes) {
        const LabelProposalOptions& o = settings.proposals;
        command += option("members", QString::number(o.members)) + option("epochs", QString::number(o.training.epochs))
            + option("seed", QString::number(settings.seed));
    } else if (trains) {
        const SelfTrainingStudyOptions& o = settings.training;
        QString methods = methodsText(o.methods);
        command += option("labels-per-class", QString::number(o.labelsPerClass))
            + option("methods", methods.remove(QLatin1Char(' ')));
        common(o.training.kind, o.training.epochs, o.seeds);
        command += option("stages", QString::number(o.training.stages))
            + option("threshold", QString::number(o.training.threshold, 'g', 6));
    } else {
        const GeeniStudyOptions& o = settings.isolation;
        QStringList detectors;
        for (const ErrorDetector detector : o.detectors)
            detectors << QString::fromLatin1(toString(detector));
        common(o.ensemble.shape.kind, o.ensemble.training.epochs, o.seeds);
        command += option("members", QString::number(o.ensemble.members))
            + option("diversity", QString::fromLatin1(toString(o.ensemble.diversity)))
            + option("detectors", detectors.join(QLatin1Char(','))) + option("q", sharesWords(o.shares));
        command += o.approximates ? option("edges-by", QString::fromLatin1(toString(o.front.edges)))
                                  : QStringLiteral(" --no-front");
        if (settings.isolationLabels > 0)
            command += option("labels-per-class", QString::number(settings.isolationLabels))
                + option("validation", QString::number(settings.isolationValidation));
    }
    return command;
}

QString methodsText(const std::vector<std::string>& methods)
{
    QStringList out;
    for (const std::string& name : methods)
        out << QString::fromStdString(name);
    return out.join(QStringLiteral(", "));
}

QString percentsText(const std::vector<double>& shares)
{
    QStringList out;
    for (const double share : shares)
        out << QString::number(100 * share, 'g', 6);
    return out.join(QStringLiteral(", "));
}

std::vector<double> parsePercents(const QString& text)
{
    std::vector<double> out;
    QString plain = text;
    for (const QString& part :
        plain.replace(QLatin1Char(','), QLatin1Char(' ')).split(QLatin1Char(' '), Qt::SkipEmptyParts)) {
        bool isNumber = false;
        const double share = part.toDouble(&isNumber) / 100;
        if (!isNumber || !(share > 0 && share <= 1))
            return {};
        if (std::find(out.begin(), out.end(), share) == out.end())
            out.push_back(share);
    }
    return out;
}

} // namespace clipscope
