// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/experiment_frame.h"
#include "experiment/explain_panel.h"
#include "experiment/figures_view.h"
#include "experiment_pages.h"
#include "graph/graph_page.h"
#include "graph/graph_trace.h"
#include "graph/graph_view.h"
#include "graph/node_panel.h"
#include "graph/proposal_bar.h"
#include "graph_probe.h"
#include "jobs/job_manager.h"
#include "labelled_library.h"
#include "library_graph.h"
#include "models/figures_model.h"
#include "models/library_model.h"
#include "models/thumbnail_cache.h"
#include "shell/action_registry.h"
#include "support/test_data.h"

#include <QComboBox>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>

#include <algorithm>

using namespace clipscope;
using namespace clipscope::test;

namespace {
constexpr int kTrainingPatience = 120'000;
constexpr int kEach = 20; ///< videos of each of the three labels

/// The page over a library of which every fifth video has a label, with what a window does about marks.
struct Stand {
    TempDir box;
    LabelledLibrary made;
    std::map<VideoId, std::string> truth;
    JobManager jobs;
    ThumbnailCache thumbnails{jobs};
    LibraryModel videos{thumbnails};
    ActionRegistry actions;
    std::unique_ptr<GraphPage> page;
    std::vector<UndoableAct> acts;
    QStringList marked; ///< what the marks were

    Stand()
        : made(makeLabelled(box.path(), kEach / 2, kEach / 2))
    {
        int number = 0;
        for (const VideoRecord& video : made.library->videos()) {
            truth[video.id] = video.label;
            if (video.label.empty() || number++ % 5 > 0)
                made.library->setLabel(video.id, "");
        }
        for (const PageEntry& entry : experimentPages())
            if (entry.id == "graph")
                page.reset(qobject_cast<GraphPage*>(entry.make({jobs, videos, thumbnails})));
        page->addActions(actions);
        QObject::connect(page.get(), &Page::acted, page.get(), [this](const UndoableAct& act) { acts.push_back(act); });
        QObject::connect(
            page.get(), &Page::marksAsked, page.get(), [this](const VideoMarks& marks, const QString& what) {
                marked << what;
                for (const VideoMark& mark : marks)
                    made.library->setLabel(mark.video, *mark.label);
                tell();
            });
        tell();
        page->resize(1400, 900);
        page->show();
    }
    void tell()
    {
        videos.setVideos(made.library->videos());
        page->setLibrary({made.library, made.encoder, made.key, qint64(made.library->videoCount()), false});
    }
    QPushButton* button(const QString& text)
    {
        for (QPushButton* button : page->findChildren<QPushButton*>())
            if (button->text() == text && button->isVisible())
                return button;
        return nullptr;
    }
    FiguresModel& rows() { return *qobject_cast<FiguresModel*>(page->list().model()); }
    QString cell(int row, int column) { return rows().index(row, column).data().toString(); }
    void choose(int first, int last)
    {
        page->list().setCurrentIndex(rows().index(first, 0));
        for (int row = first + 1; row <= last; ++row)
            page->list().selectionModel()->select(
                rows().index(row, 0), QItemSelectionModel::Select | QItemSelectionModel::Rows);
    }
    std::string labelOf(const QString& name)
    {
        for (const VideoRecord& video : made.library->videos())
            if (QString::fromStdString(video.path.filename().string()) == name)
                return video.label;
        return "?";
    }
    void spread()
    {
        GraphSettings settings;
        settings.experiment = GraphExperiment::Proposals;
        settings.proposals.members = 3;
        settings.proposals.training.epochs = 30;
        page->form().setSettings(settings);
        QTRY_VERIFY_WITH_TIMEOUT(page->isPlaced(), kTrainingPatience);
        QTest::mouseClick(button("Run"), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(rows().rowCount() > 0, kTrainingPatience);
    }
};
} // namespace

class TestProposedLabels : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// The list is proposeLabels()'s, and accepting, rejecting and naming otherwise do what they say.
    void decisions()
    {
        Stand stand;
        stand.spread();
        const RunRecord record = stand.page->runs().run(0).record;
        QCOMPARE(record.kind, std::string("proposals"));
        const Graph graph = libraryGraph(*stand.made.library, stand.made.key, 10, {}).graph;
        LabelProposalOptions options;
        options.members = 3;
        options.training.epochs = 30;
        options.featureProbe = probeNodes;
        const std::vector<LabelProposal> direct = proposeLabels(graph, options, {}).nodes;
        QCOMPARE(stand.rows().rowCount(), int(direct.size()));
        for (int row = 0; row < stand.rows().rowCount(); ++row) {
            QCOMPARE(stand.cell(row, 0), QString::fromStdString(graph.nodeName(direct[size_t(row)].node)));
            QCOMPARE(stand.cell(row, 1), QString::fromStdString(graph.classes[size_t(direct[size_t(row)].label)]));
        }
        QVERIFY(stand.page->command().contains("fastrain propose --library"));
        QVERIFY(stand.page->command().contains("--members 3 --epochs 30"));
        QVERIFY(!stand.page->command().contains("--network"));
        QCOMPARE(stand.page->facts().at("graph.proposals"), QString::number(direct.size()));
        QVERIFY(stand.page->frame().explain().plainText().contains("Nothing is written into the library"));

        // Two are accepted with the key; the third is the next to decide about, and the run is still shown.
        const int all = stand.rows().rowCount();
        const QString first = stand.cell(0, 0), second = stand.cell(1, 0), third = stand.cell(2, 0);
        const std::string proposed = stand.cell(0, 1).toStdString();
        QCOMPARE(stand.labelOf(first), std::string());
        stand.choose(0, 1);
        QTest::keyClick(&stand.page->list(), Qt::Key_A);
        stand.actions.action("graph.accept")->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(stand.rows().rowCount(), all - 2, kTrainingPatience);
        QCOMPARE(stand.marked, QStringList("accept 2 proposed labels"));
        QCOMPARE(stand.labelOf(first), proposed);
        QCOMPARE(stand.cell(0, 0), third);
        QCOMPARE(stand.page->list().currentIndex().row(), 0);
        QVERIFY2(!stand.page->headline().contains("another graph"), qPrintable(stand.page->headline()));
        QVERIFY(stand.page->node().text().contains("proposed"));
        // Taken back in the library, it waits again in its place.
        for (const VideoRecord& video : stand.made.library->videos())
            if (QString::fromStdString(video.path.filename().string()) == second)
                stand.made.library->setLabel(video.id, "");
        stand.tell();
        QTRY_COMPARE_WITH_TIMEOUT(stand.rows().rowCount(), all - 1, kTrainingPatience);
        QCOMPARE(stand.cell(0, 0), second);

        // Another label than the proposed one.
        stand.choose(0, 0);
        auto& labels = *stand.page->decisions().findChild<QComboBox*>();
        const QString other = stand.cell(0, 1) == "red" ? "blue" : "red";
        labels.setCurrentIndex(labels.findText(other));
        Q_EMIT labels.activated(labels.currentIndex());
        QTRY_COMPARE_WITH_TIMEOUT(stand.rows().rowCount(), all - 2, kTrainingPatience);
        QCOMPARE(stand.labelOf(second), other.toStdString());
        QCOMPARE(labels.currentIndex(), 0);

        // Rejected ones are gone until that is undone; the library knows nothing of it.
        stand.choose(0, 2);
        stand.actions.action("graph.reject")->trigger();
        QCOMPARE(stand.rows().rowCount(), all - 5);
        QCOMPARE(stand.labelOf(third), std::string());
        QCOMPARE(stand.acts.size(), size_t(1));
        QCOMPARE(stand.acts[0].text, QString("reject 3 proposed labels"));
        stand.acts[0].undo();
        QCOMPARE(stand.rows().rowCount(), all - 2);
        QCOMPARE(stand.cell(0, 0), third);
        stand.acts[0].redo();
        QCOMPARE(stand.rows().rowCount(), all - 5);

        // All that are sure enough at once; most of them are right.
        auto& confidence = *stand.page->decisions().findChild<QSpinBox*>();
        const auto trace = traceOf(record.arrays.at("trace"), graph.nodes(), int(graph.classes.size()));
        QVERIFY(trace);
        const std::vector<float>& sureness = trace->methods[0].stages[0].confidences;
        const int threshold = int(100 * sureness[size_t(trace->proposed[trace->proposed.size() / 2])]);
        confidence.setValue(threshold);
        const auto sure = int(std::count_if(trace->proposed.begin() + 5, trace->proposed.end(),
            [&](int node) { return sureness[size_t(node)] >= float(threshold) / 100; })); // five are decided about
        int right = 0;
        QPushButton* accept = stand.button(QString("Accept %1 from").arg(sure));
        QVERIFY(accept && sure > 1);
        QTest::mouseClick(accept, Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(stand.rows().rowCount(), all - 5 - sure, kTrainingPatience);
        int given = 0;
        for (const VideoRecord& video : stand.made.library->videos())
            if (!video.label.empty()) {
                ++given;
                right += video.label == stand.truth.at(video.id);
            }
        QVERIFY2(right >= given * 3 / 4, qPrintable(QString("%1 of %2").arg(right).arg(given)));
        QVERIFY(stand.button("Accept 0 from") && !stand.button("Accept 0 from")->isEnabled());
        // The accepted ones are ringed in the graph.
        const auto& looks = stand.page->graphView().picture()->looks;
        QCOMPARE(std::ranges::count_if(looks, [](const NodeLook& look) { return look.marks & NodeLook::Added; }), sure + 2);
    }

    void onlyOfALibrary()
    {
        Stand stand;
        GraphSettings settings;
        settings.experiment = GraphExperiment::Proposals;
        settings.graph.ofLibrary = false;
        settings.graph.files.path = stand.box.path();
        stand.page->form().setSettings(settings);
        QVERIFY(stand.page->form().problem().contains("this library's videos"));
        QVERIFY(!stand.page->decisions().isVisible());
        QVERIFY(stand.page->command().isEmpty());
    }
};

QTEST_MAIN(TestProposedLabels)
#include "tst_proposed_labels.moc"
