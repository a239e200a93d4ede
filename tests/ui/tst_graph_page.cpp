// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/experiment_frame.h"
#include "experiment/explain_panel.h"
#include "experiment/figures_view.h"
#include "experiment/run_list.h"
#include "experiment_pages.h"
#include "graph/graph_page.h"
#include "graph/graph_split.h"
#include "graph/graph_trace.h"
#include "graph/graph_view.h"
#include "graph/node_panel.h"
#include "jobs/job_manager.h"
#include "labelled_library.h"
#include "library_graph.h"
#include "models/display_text.h"
#include "models/figures_model.h"
#include "models/library_model.h"
#include "models/thumbnail_cache.h"
#include "plots/figure_export.h"
#include "support/test_data.h"
#include "ui_watchdog.h"

#include <QComboBox>
#include <QElapsedTimer>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>

#include <algorithm>
#include <fstream>

using namespace clipscope;
using namespace clipscope::test;

namespace fs = std::filesystem;

namespace {
constexpr int kTrainingPatience = 120'000;
constexpr int kLongestMs = 150;
constexpr int kBusyMs = 500; ///< with a large graph, on a machine that has other things to do

PageEntry graphEntry()
{
    const std::vector<PageEntry> pages = experimentPages();
    return *std::find_if(pages.begin(), pages.end(), [](const PageEntry& page) { return page.id == "graph"; });
}

/// geom-gcn's two files: a chain of 30 nodes in three classes that their words tell.
void writeGraph(const fs::path& folder, bool sound = true)
{
    fs::create_directories(folder);
    std::ofstream edges(folder / "out1_graph_edges.txt"), nodes(folder / "out1_node_feature_label.txt");
    edges << "node_id\tnode_id\n";
    nodes << "node_id\tfeature\tlabel\n";
    for (int i = 0; i < 30; ++i) {
        const int label = i / 10;
        nodes << i << '\t' << (label == 0) << ',' << (label == 1) << ',' << (label == 2) << ',' << i % 2 << '\t'
              << label << '\n';
        if (i > 0)
            edges << i - 1 << '\t' << i << '\n';
    }
    if (!sound)
        edges << "4\t77\n"; // there is no node 77
}

/// The page alone, over a labelled library.
struct Stand {
    TempDir box;
    LabelledLibrary made;
    JobManager jobs;
    ThumbnailCache thumbnails{jobs};
    LibraryModel videos{thumbnails};
    std::unique_ptr<GraphPage> page;

    Stand()
        : made(makeLabelled(box.path(), 12, 10))
    {
        videos.setVideos(made.library->videos());
        open();
    }
    void open()
    {
        page.reset(qobject_cast<GraphPage*>(graphEntry().make({jobs, videos, thumbnails})));
        page->setLibrary({made.library, made.encoder, made.key, qint64(made.library->videoCount()), false});
        page->resize(1400, 900);
        page->show();
    }
    QPushButton* button(const QString& text)
    {
        for (QPushButton* button : page->findChildren<QPushButton*>())
            if (button->text() == text && button->isVisible())
                return button;
        return nullptr;
    }
    QComboBox* combo(const QString& name)
    {
        for (QComboBox* combo : page->findChildren<QComboBox*>())
            if (combo->accessibleName() == name)
                return combo;
        return nullptr;
    }
    void runToTheEnd()
    {
        const int before = page->runs().rowCount();
        QTest::mouseClick(button("Run"), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(page->runs().rowCount(), before + 1, kTrainingPatience);
        QTRY_VERIFY_WITH_TIMEOUT(page->stages().count() > 0, kTrainingPatience);
    }
    const RunRecord& record() { return page->runs().run(0).record; }
    Graph graph() { return libraryGraph(*made.library, made.key, 10, {}).graph; }
    FiguresModel& rows() { return *qobject_cast<FiguresModel*>(page->list().model()); }
    QString cell(int row, int column) { return rows().index(row, column).data().toString(); }
    QString words() { return page->frame().explain().plainText(); }
};

GraphSettings quickTraining()
{
    GraphSettings out;
    out.training.methods = {"GCN", "FASTRAIN"};
    out.training.labelsPerClass = 2;
    out.training.seeds = 2;
    out.training.training.epochs = 20;
    out.training.training.threshold = .4;
    return out;
}

GraphSettings quickIsolation()
{
    GraphSettings out;
    out.experiment = GraphExperiment::Isolation;
    out.isolation.detectors = {ErrorDetector::Learned, ErrorDetector::Oracle};
    out.isolation.shares = {.1, .3};
    out.isolation.seeds = 2;
    out.isolation.ensemble.members = 3;
    out.isolation.ensemble.training.epochs = 15;
    out.isolation.front.edges = EdgeMeasure::Answers;
    out.isolation.front.tuningEpochs = 3;
    out.isolationLabels = 2;
    out.isolationValidation = 20;
    return out;
}
} // namespace

class TestGraphPage : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// The library is a graph as it is; the page finds what the command's function finds, and shows its first split.
    void selfTraining()
    {
        Stand stand;
        QTRY_VERIFY_WITH_TIMEOUT(stand.page->isPlaced(), kTrainingPatience);
        QVERIFY2(stand.page->headline().contains("66 nodes") && stand.page->headline().contains("3 classes"),
            qPrintable(stand.page->headline()));
        QVERIFY(!stand.page->stages().isVisible());
        stand.page->form().setSettings(quickTraining());
        UiWatchdog watchdog;
        stand.runToTheEnd();
        QVERIFY2(watchdog.longestMs() < kLongestMs, qPrintable(QString::number(watchdog.longestMs())));
        JobContext context;
        const RunRecord direct = studySelfTraining(stand.graph(), quickTraining().training, context);
        RunRecord kept = stand.record();
        QCOMPARE(kept.kind, std::string("fastrain"));
        QVERIFY(kept.arrays.at("accuracies") == direct.arrays.at("accuracies"));
        QCOMPARE(kept.dataHash, direct.dataHash);
        QCOMPARE(kept.config.at("source").at("neighbours").get<int>(), 10);
        kept.config.erase("source");
        QVERIFY(kept.config == direct.config);
        // FASTRAIN is shown first, its last stage at the end.
        QCOMPARE(stand.combo("Method")->currentText(), QString("FASTRAIN"));
        const Json& stages = direct.arrays.at("accuracies")[1][0];
        QCOMPARE(stand.page->stages().count(), int(stages.size()));
        QCOMPARE(stand.page->stages().current(), int(stages.size()) - 1);
        QVERIFY(stand.page->stages().accessibleDescription().contains(percentText(stages.back().get<double>())));
        // What joins after the first stage is listed and marked, the wrong ones first.
        stand.page->stages().setCurrent(0);
        const auto trace = traceOf(stand.record().arrays.at("trace"), 66, 3);
        const TracedStage& first = trace->methods[1].stages[0];
        QVERIFY(!first.added.empty());
        QCOMPARE(stand.rows().rowCount(), int(first.added.size()));
        const auto& looks = stand.page->graphView().picture()->looks;
        for (const int node : trace->given)
            QVERIFY(looks[size_t(node)].marks & NodeLook::Given);
        const Graph graph = stand.graph();
        int wrong = 0;
        for (const int node : first.added) {
            QVERIFY(looks[size_t(node)].marks & NodeLook::Added);
            const bool isWrong = graph.labels[size_t(node)] != first.predictions[size_t(node)];
            QCOMPARE(bool(looks[size_t(node)].marks & NodeLook::Error), isWrong);
            QCOMPARE(looks[size_t(node)].group, first.predictions[size_t(node)]);
            wrong += isWrong;
        }
        for (int row = 0; row < stand.rows().rowCount(); ++row)
            QVERIFY(stand.cell(row, 4).contains(row < wrong ? "wrong" : "right"));
        // Removed edges are those of this stage and before.
        QCOMPARE(stand.page->graphView().picture()->removed.size(), first.removed.size());
        stand.combo("Colour")->setCurrentIndex(int(NodeColour::Label));
        for (size_t node = 0; node < 66; ++node)
            QCOMPARE(stand.page->graphView().picture()->looks[node].group, graph.labels[node]);
        // The words and the numbers are those of the record.
        QVERIFY(stand.words().contains("labels a class") && stand.words().contains("Measured here"));
        QCOMPARE(stand.page->facts().at("graph.FASTRAIN"),
            percentText(direct.results.at("methods")[1].at("accuracyMean").get<double>()));
        QVERIFY(stand.page->command().contains("fastrain run --library"));
        QVERIFY(stand.page->command().contains("--methods GCN,FASTRAIN"));
    }

    void isolationAndLinks()
    {
        Stand stand;
        QTRY_VERIFY_WITH_TIMEOUT(stand.page->isPlaced(), kTrainingPatience);
        stand.page->form().setSettings(quickIsolation());
        stand.runToTheEnd();
        const Graph graph = stand.graph();
        const GraphSettings settings = quickIsolation();
        const RunRecord direct = studyGeeni(
            graph, drawSplit(graph, settings.isolationLabels, settings.isolationValidation, 0), settings.isolation, {});
        QVERIFY(stand.record().arrays.at("accuracies") == direct.arrays.at("accuracies"));
        QCOMPARE(stand.combo("Method")->currentText(), QString("learned"));
        stand.combo("Method")->setCurrentIndex(1);
        QCOMPARE(stand.page->stages().count(), 3); // the ensemble, 10 %, 30 %
        QCOMPARE(stand.page->stages().current(), 1);
        const auto trace = traceOf(stand.record().arrays.at("trace"), 66, 3);
        const TracedMethod& oracle = trace->methods[1];
        stand.page->stages().setCurrent(2);
        const std::vector<int>& silent = oracle.stages[2].silent;
        QVERIFY(silent.size() > 1);
        QCOMPARE(stand.rows().rowCount(), int(silent.size()));
        for (const int node : silent)
            QVERIFY(stand.page->graphView().picture()->looks[size_t(node)].marks & NodeLook::Silent);

        // From the list to the graph and the panel ...
        stand.page->list().setCurrentIndex(stand.rows().index(1, 0));
        const int node = stand.page->graphView().chosen();
        QVERIFY(node >= 0);
        QCOMPARE(QString::fromStdString(graph.nodeName(node)), stand.cell(1, 0));
        const QString text = stand.page->node().text();
        QVERIFY2(text.contains("before isolation") && text.contains("after, 30.0 % silent") && text.contains("wrong"),
            qPrintable(text));
        QVERIFY(text.contains("votes of the members"));
        // ... and from the graph to the list.
        const int other = silent.front() == node ? silent[1] : silent.front();
        QTRY_VERIFY(stand.page->graphView().isDrawn());
        QTest::mouseClick(
            &stand.page->graphView(), Qt::LeftButton, {}, stand.page->graphView().positionOf(other).toPoint());
        const int clicked = stand.page->graphView().chosen();
        QVERIFY(clicked >= 0);
        const QModelIndex row = stand.page->list().currentIndex();
        QVERIFY(row.isValid() == (std::find(silent.begin(), silent.end(), clicked) != silent.end()));
        if (row.isValid())
            QCOMPARE(stand.cell(row.row(), 0), QString::fromStdString(graph.nodeName(clicked)));
        // A stage later the node is still chosen.
        stand.page->stages().setCurrent(0);
        QCOMPARE(stand.page->graphView().chosen(), clicked);
        QVERIFY(stand.page->node().text().contains("before isolation"));
        QVERIFY(!stand.page->node().text().contains("after,"));
        // A node of a library is a video.
        QSignalSpy videos(stand.page.get(), &Page::videoAsked);
        QTest::keyClick(&stand.page->graphView(), Qt::Key_Return);
        QCOMPARE(videos.size(), 1);
        // The stages play by themselves to the last one.
        stand.page->stages().setFocus();
        QTest::keyClick(&stand.page->stages(), Qt::Key_Space);
        QVERIFY(stand.page->stages().isPlaying());
        QTRY_COMPARE_WITH_TIMEOUT(stand.page->stages().current(), 2, 10'000);
        QTRY_VERIFY(!stand.page->stages().isPlaying());
        QTest::keyClick(&stand.page->stages(), Qt::Key_Left);
        QCOMPARE(stand.page->stages().current(), 1);
        QVERIFY(stand.page->command().contains("geeni run --library"));
        QVERIFY(stand.page->command().contains("--q 0.1,0.3"));
        QVERIFY(stand.page->command().contains("--edges-by answers"));
        // What an answer costs, of the ensemble and of what is made of it.
        const auto views = stand.page->findChildren<FiguresView*>();
        const auto costs = std::ranges::find_if(
            views, [](const FiguresView* view) { return view->accessibleName() == "What an answer costs"; });
        QVERIFY(costs != views.end());
        QCOMPARE((*costs)->model()->rowCount(), int(direct.results.at("front").size()));
        QVERIFY(stand.button("Cost"));
        QVERIFY(stand.button("Detectors") && !stand.button("Stages"));
        QVERIFY(stand.page->facts().contains("graph.learned"));

        // Another window on the same library finds the run, nodes and all.
        stand.page.reset();
        stand.open();
        QTRY_COMPARE_WITH_TIMEOUT(stand.page->runs().rowCount(), 1, kTrainingPatience);
        QTRY_COMPARE_WITH_TIMEOUT(stand.page->stages().count(), 3, kTrainingPatience);
        QVERIFY(!(stand.page->form().settings().experiment == GraphExperiment::Isolation));
        Q_EMIT stand.page->frame().runs().settingsAsked(0);
        const GraphSettings restored = stand.page->form().settings();
        QVERIFY(restored.experiment == GraphExperiment::Isolation);
        QCOMPARE(restored.isolationLabels, 2);
        QCOMPARE(restored.isolationValidation, 20);
        QVERIFY(restored.isolation.detectors == settings.isolation.detectors);
        QVERIFY(restored.isolation.shares == settings.isolation.shares);
        QCOMPARE(restored.isolation.ensemble.members, 3);
        QVERIFY(restored.isolation.approximates && restored.isolation.front.edges == EdgeMeasure::Answers);
    }

    /// Graphs of files, sound and not.
    void files()
    {
        Stand stand;
        writeGraph(stand.box / "good");
        writeGraph(stand.box / "bad", false);
        GraphSettings settings = quickTraining();
        settings.graph.ofLibrary = false;
        settings.graph.files.path = stand.box / "bad";
        stand.page->form().setSettings(settings);
        QTRY_VERIFY_WITH_TIMEOUT(stand.page->frame().nextStep().contains("77"), kTrainingPatience);
        QVERIFY(stand.page->frame().nextStep().contains("out1_graph_edges.txt"));
        QVERIFY(!stand.button("Run")->isEnabled());
        QVERIFY(stand.button("Choose a graph's folder"));
        settings.graph.files.path = stand.box / "nowhere";
        stand.page->form().setSettings(settings);
        QTRY_VERIFY_WITH_TIMEOUT(stand.page->frame().nextStep().contains("nowhere"), kTrainingPatience);
        settings.graph.files.path = stand.box / "good";
        stand.page->form().setSettings(settings);
        QTRY_VERIFY_WITH_TIMEOUT(stand.page->isPlaced(), kTrainingPatience);
        QVERIFY(stand.page->headline().contains("30 nodes, 29 edges"));
        stand.runToTheEnd();
        QCOMPARE(stand.record().config.at("source").at("path").get<std::string>(), (stand.box / "good").string());
        QVERIFY(stand.page->command().contains("--graph"));
        QTRY_VERIFY(stand.page->graphView().isDrawn());
        stand.page->graphView().choose(0);
        // What is exported tells what it was made of.
        const QByteArray svg = figureBytes(
            stand.page->graphView(), FigureFormat::Svg, provenanceOf(stand.page->headline(), stand.record()));
        QVERIFY(svg.contains("fastrain") && svg.contains("30 nodes"));
        // Back to the library: the run is of another graph, and says so; its settings bring the graph back.
        stand.page->form().setSettings(quickTraining());
        QTRY_VERIFY_WITH_TIMEOUT(stand.page->headline().contains("66 nodes"), kTrainingPatience);
        QVERIFY(!stand.button("Cost")); // self-training has nothing to say of it
        QVERIFY(stand.button("Stages") && !stand.button("Detectors"));
        QVERIFY(stand.page->headline().contains("another graph"));
        QVERIFY(!stand.page->stages().isVisible());
        Q_EMIT stand.page->frame().runs().settingsAsked(0);
        QTRY_VERIFY_WITH_TIMEOUT(stand.page->headline().contains("30 nodes"), kTrainingPatience);
        QTRY_VERIFY_WITH_TIMEOUT(stand.page->stages().count() > 0, kTrainingPatience);
        // There is no split of papers for it: only a drawn one is left.
        GraphSettings isolation = quickIsolation();
        isolation.graph = settings.graph;
        isolation.isolationLabels = 0;
        isolation.isolationValidation = 500; // more than there are
        stand.page->form().setSettings(isolation);
        QVERIFY(stand.page->form().settings().isolationLabels > 0);
        QCOMPARE(stand.page->form().settings().isolationValidation, 30 / 4);
        isolation.isolation.shares.clear();
        stand.page->form().setSettings(isolation);
        QVERIFY(!stand.button("Run")->isEnabled());
    }

    void withoutLabels()
    {
        Stand stand;
        for (const VideoRecord& video : stand.made.library->videos())
            stand.made.library->setLabel(video.id, "");
        stand.page.reset();
        stand.open();
        QTRY_VERIFY_WITH_TIMEOUT(stand.page->frame().nextStep().contains("labels"), kTrainingPatience);
        QVERIFY(!stand.button("Run")->isEnabled());
        stand.page->setLibrary({});
        QVERIFY(stand.page->headline().isEmpty());
    }

    void stops()
    {
        Stand stand;
        QTRY_VERIFY_WITH_TIMEOUT(stand.page->isPlaced(), kTrainingPatience);
        GraphSettings settings = quickTraining();
        settings.training.training.epochs = 100'000;
        stand.page->form().setSettings(settings);
        QTest::mouseClick(stand.button("Run"), Qt::LeftButton);
        QTRY_VERIFY(stand.button("Stop"));
        QElapsedTimer clock;
        clock.start();
        QTest::mouseClick(stand.button("Stop"), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(!stand.page->isAtWork(), 5000);
        QCOMPARE(stand.page->runs().rowCount(), 0);
        QVERIFY(stand.page->hasFocus() || stand.page->graphView().picture());
    }

    /// 22,470 nodes and 170,823 edges: read, placed, trained on, played and dragged.
    void facebook()
    {
        NEED_SHARED("data/graphs/musae/facebook_edges.csv");
        Stand stand;
        UiWatchdog watchdog;
        GraphSettings settings = quickTraining();
        settings.graph.ofLibrary = false;
        settings.graph.files.path = sharedDir() / "data/graphs/musae";
        settings.training.seeds = 1;
        settings.training.training.epochs = 3;
        settings.training.training.stages = 2;
        stand.page->form().setSettings(settings);
        QElapsedTimer clock;
        clock.start();
        QTRY_VERIFY_WITH_TIMEOUT(stand.page->headline().contains("22,470 nodes"), kTrainingPatience);
        const double read = double(clock.restart()) / 1000;
        QTRY_VERIFY_WITH_TIMEOUT(stand.page->isPlaced(), kTrainingPatience);
        const double placed = double(clock.restart()) / 1000;
        const int beforeRun = watchdog.longestMs();
        stand.runToTheEnd();
        const double ran = double(clock.restart()) / 1000;
        QTRY_VERIFY_WITH_TIMEOUT(stand.page->graphView().isDrawn(), kTrainingPatience);
        GraphView& view = stand.page->graphView();
        clock.restart();
        QTest::mousePress(&view, Qt::LeftButton, {}, QPoint(300, 150));
        const int frames = 60;
        for (int i = 1; i <= frames; ++i) {
            QMouseEvent move(QEvent::MouseMove, QPointF(300 + 3 * i, 150 + i),
                view.mapToGlobal(QPointF(300 + 3 * i, 150 + i)), Qt::NoButton, Qt::LeftButton, {});
            QApplication::sendEvent(&view, &move);
            view.repaint();
            QApplication::processEvents();
        }
        const int silent = watchdog.longestMs();
        const double rate = frames * 1e3 / double(std::max<qint64>(1, clock.elapsed()));
        QTest::mouseRelease(&view, Qt::LeftButton, {}, QPoint(480, 210));
        clock.restart();
        const qsizetype bytes = figureBytes(view, FigureFormat::Svg, {}).size();
        qInfo("as SVG: %.1f MB in %lld ms", double(bytes) / 1e6, static_cast<long long>(clock.elapsed()));
        qInfo("read in %.1f s, placed in %.1f s, two methods with 3 epochs a stage in %.1f s; dragged at %.0f frames a "
              "second; longest silence %d ms, %d ms of it before the run",
            read, placed, ran, rate, silent, beforeRun);
        QVERIFY(rate >= 20);
        QVERIFY2(silent < kBusyMs, qPrintable(QString::number(silent)));
    }
};

QTEST_MAIN(TestGraphPage)
#include "tst_graph_page.moc"
