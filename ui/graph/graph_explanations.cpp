// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/record_reader.h"
#include "graph/graph_results.h"
#include "graph/graph_settings.h"
#include "models/display_text.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>

namespace clipscope {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(GraphExplanations)
};

const char* const kTrainingFormula = "H' = ReLU(D^-1/2 (A + I) D^-1/2 H W)\n"
                                     "join: calibrated confidence > threshold\n"
                                     "PGP: edge (u, v) goes where y_u != y_v";
const char* const kIsolationFormula = "p = mean over members of softmax(net_m)\n"
                                      "silent: the q largest p(error)\n"
                                      "A'[v, u] = 0 for u silent, v != u";
const char* const kProposalFormula = "label = what most members are for\n"
                                     "confidence = 1/M sum over those of p_m(label)";

/// "FASTRAIN 71.9 %, GCN 63.1 %".
QString accuracies(const RunRecord& record)
{
    QStringList out;
    for (const auto& [name, value] : graphFacts(record))
        if (name != QLatin1String("graph.name") && !name.endsWith(QLatin1String("members")))
            out << QStringLiteral("%1 %2").arg(
                name.section(QLatin1Char('.'), 1).replace(QLatin1Char('.'), QLatin1Char(' ')), value);
    return out.join(QStringLiteral(", "));
}

QString sourceText(const GraphChoice& choice)
{
    return choice.ofLibrary ? Text::tr("the library's videos, %1 neighbours").arg(choice.neighbours)
                            : displayPath(choice.files.path);
}

} // namespace

Explanation explainGraphAhead(GraphExperiment experiment)
{
    Explanation e;
    if (experiment == GraphExperiment::Proposals) {
        e.shown = Text::tr(
            "The library's videos, of which some have a label. Several networks learn from these, by self-training, or "
            "several linear probes, and propose a label for each of the others. What they are not sure of, or not of "
            "one mind about, stands first.");
        e.how = Text::tr(
            "Labels are held out first, a quarter of each kind: where probes find as many of them again as networks, "
            "they vote. A network "
            "trains itself further on its surest answers, drawn evenly over the labels; a probe sees a random half of "
            "the features, and how sure it may be is read from the labels held out. A member that is for another label "
            "counts nothing for the proposed one's confidence. Nothing is written into the library before you accept "
            "it, and that can be undone.");
        e.formula = QString::fromLatin1(kProposalFormula);
        e.paper = Text::tr("Two papers' parts together: self-training from few labels (FASTRAIN-GNN), and what an ensemble "
                           "disagrees about is probably wrong (GEENI).");
        e.repeated = Text::tr(
            "On 132 real clips of 13 labels (20 splits): with 2, 3 and 4 labels given, 60.8, 66.1 and 68.4 % of the "
            "proposals are right, and 58.6, 63.8 and 64.3 where networks alone propose, which are surer than they are "
            "right. Their graph is made of the very vectors that the probe sees; on Cora, whose links say more, "
            "networks are far ahead. FASTRAIN's pruning and dropping of edges cost 2 to 3 points on these clips: it "
            "does not propose.");
        e.next =
            Text::tr("Label a few videos of each kind in the library (keys 1 to 9), run, and decide on the first rows: "
                     "there your word helps most. Then accept the sure ones at once, or run again. \u201cFew "
                     "labels\u201d with linear and \u201cparts\u201d says what the graph is worth on your videos.");
    } else if (experiment == GraphExperiment::Isolation) {
        e.shown = Text::tr(
            "A graph whose nodes are classified by an ensemble of networks. A detector scores each node by how "
            "probably the ensemble is wrong about it; the likeliest errors send no messages to their "
            "neighbours (dashed), and the ensemble answers again.");
        e.how = Text::tr(
            "Each member is trained on the same labels and differs in what the setting says. Silent nodes still "
            "hear: what they receive stays. Every figure is a mean over the seeds; the graph shows the first.");
        e.formula = QString::fromLatin1(kIsolationFormula);
        e.paper =
            Text::tr("Up to 4.6 points over one network and 3.8 over the ensemble of the same size, up to 2.8 times "
                     "as fast (GEENI, Cora, CiteSeer and others).");
        e.repeated =
            Text::tr("Ten times with the learned detector: 2.8 points over one network and 0.9 over the ensemble on "
                     "Cora, 2.4 and 0.2 on CiteSeer. There even the oracle, who is told every error, gains no more "
                     "than 1.0: a paper has few neighbours that could be misled.");
        e.next = Text::tr("Run, play the stages, and look at what happens around an error node when it falls silent.");
    } else {
        e.shown =
            Text::tr("A graph of which few nodes have a label. Stage by stage a network is trained, its surest answers "
                     "become labels (ringed), and the next one is trained on all of them.");
        e.how = Text::tr(
            "All nodes without a label are tested on. FASTRAIN filters new labels by thinned graphs (SPF), sizes "
            "the network (DS), drops edges while training (DR) and removes edges between unlike labels "
            "(PGP), which are dashed. Here its new labels are also drawn evenly over the classes, a tenth of the nodes "
            "a stage at most (EVEN): \u201cFASTRAIN-EVEN\u201d, among the parts, is the author's. Every method sees "
            "the same random splits; the graph shows the first.");
        e.formula = QString::fromLatin1(kTrainingFormula);
        e.paper = Text::tr("Up to 4.4 points more than CaGCN-st and up to 2.1 times as fast (FASTRAIN-GNN).");
        e.repeated = Text::tr(
            "On 20 splits of Cora and CiteSeer with 1 to 10 labels a class the author's gains 2.4 points at best "
            "over CaGCN-st with three layers, 1.7 to 1.9 times as fast; with one or two labels it loses to the "
            "plain GCN, for most of what joins is wrong. Drawn evenly, most of what joins is right: 1.8 to "
            "13.3 points over three layers, 2.6 to 5 times as fast, and up to 23 over two, which are as good "
            "on Cora with ten labels alone. CaGCN-st gains by even draws too, on Cora nearly as much. What the "
            "graph itself is worth: the linear probe has 36.4 % on Cora with 3 labels, where GCN has 59.6. On the "
            "graph of 132 real clips it is the other way round: 68.0 and 63.4.");
        e.next = Text::tr("Run, then play the stages and look at the wrong labels: where do they stand in the graph?");
    }
    return e;
}

Explanation explainGraph(const RunRecord& record)
{
    const GraphSettings settings = graphSettingsOf(record);
    const QLocale locale;
    Explanation e = explainGraphAhead(settings.experiment);
    const auto add = [&](const QString& name, const QString& value) { e.config.emplace_back(name, value); };
    add(Text::tr("graph"),
        QString::fromStdString(readKey<std::string>(record.config, "graph").value_or(std::string())));
    if (record.config.contains("source"))
        add(Text::tr("from"), sourceText(settings.graph));
    if (settings.experiment == GraphExperiment::Proposals) {
        const LabelProposalOptions& o = settings.proposals;
        const bool byProbe = readKey<std::string>(record.results, "by") == kFeatureProbeName;
        add(Text::tr("members"),
            byProbe ? Text::tr("%1 linear probes").arg(o.members)
                    : Text::tr("%1 networks, %2 a stage")
                          .arg(o.members)
                          .arg(counted(o.training.epochs, Text::tr("epoch"), Text::tr("epochs"))));
        if (const auto held = record.results.find("heldOut"); held != record.results.end() && held->is_object())
            add(Text::tr("held out"),
                Text::tr("%1, of which the probe finds %2, the network %3")
                    .arg(counted(readKey<int>(*held, "labels").value_or(0), Text::tr("label"), Text::tr("labels")))
                    .arg(readKey<int>(*held, kFeatureProbeName).value_or(0))
                    .arg(readKey<int>(*held, "networks").value_or(0)));
        add(Text::tr("learn from"),
            counted(readKey<int>(record.results, "given").value_or(0), Text::tr("label"), Text::tr("labels")));
        e.next = Text::tr("Decide on the first rows: A accepts, R rejects, and another label can be given. Each label "
                          "that you gave is one that the next run learns from.");
    } else if (settings.experiment == GraphExperiment::Isolation) {
        const GeeniStudyOptions& o = settings.isolation;
        QStringList detectors;
        for (const ErrorDetector detector : o.detectors)
            detectors << QString::fromLatin1(toString(detector));
        add(Text::tr("members"),
            Text::tr("%1, differing in %2").arg(o.ensemble.members).arg(QLatin1String(toString(o.ensemble.diversity))));
        add(Text::tr("split"),
            Text::tr("%1 to train, %2 to choose by, %3 to test")
                .arg(readKey<int>(record.config, "train").value_or(0))
                .arg(readKey<int>(record.config, "validation").value_or(0))
                .arg(readKey<int>(record.config, "test").value_or(0)));
        add(Text::tr("detectors"), detectors.join(QStringLiteral(", ")));
        add(Text::tr("silent"), percentsText(o.shares) + QStringLiteral(" %"));
        add(Text::tr("network"),
            QStringLiteral("%1, %2").arg(QLatin1String(toString(o.ensemble.shape.kind)),
                counted(o.ensemble.training.epochs, Text::tr("epoch"), Text::tr("epochs"))));
        add(Text::tr("seeds"), QString::number(o.seeds));
        e.next = Text::tr(
            "Choose the detector \u201coracle\u201d above the graph: it knows the truth. How much of what it gains "
            "does the learned one reach? Then look at an error node with many neighbours.");
    } else {
        const SelfTrainingStudyOptions& o = settings.training;
        add(Text::tr("methods"), methodsText(o.methods));
        add(Text::tr("labels a class"), QString::number(o.labelsPerClass));
        add(Text::tr("stages"),
            Text::tr("%1, threshold %2").arg(o.training.stages).arg(locale.toString(o.training.threshold)));
        add(Text::tr("network"),
            QStringLiteral("%1, %2 a stage")
                .arg(QLatin1String(toString(o.training.kind)),
                    counted(o.training.epochs, Text::tr("epoch"), Text::tr("epochs"))));
        add(Text::tr("splits"), QString::number(o.seeds));
        e.next =
            Text::tr("Which wrong labels came first, and what did they pull after them? Try one label a class more, or "
                     "\u201cparts\u201d: which part of FASTRAIN does the work here?");
    }
    e.measured = accuracies(record);
    if (const auto notes = readKey<std::vector<std::string>>(record.results, "notes"); notes && !notes->empty()) {
        e.measured += QStringLiteral("\n") + Text::tr("Read with:");
        for (const std::string& note : *notes)
            e.measured += QLatin1Char(' ') + QString::fromStdString(note) + QLatin1Char(';');
        e.measured.chop(1);
    }
    e.provenance = provenanceText(record);
    return e;
}

} // namespace clipscope
