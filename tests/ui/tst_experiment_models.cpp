// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/figures_view.h"
#include "experiment/run_comparison_dialog.h"
#include "jobs/job_manager.h"
#include "models/figures_model.h"
#include "models/run_comparison_model.h"
#include "models/runs_model.h"
#include "models/thumbnail_cache.h"
#include "models/video_list_model.h"
#include "probe/probe_results.h"
#include "shell/undo_history.h"
#include "test_library.h"

#include <QAbstractItemModelTester>
#include <QCheckBox>
#include <QClipboard>
#include <QGuiApplication>
#include <QSignalSpy>
#include <QTest>

using namespace clipscope;
using namespace clipscope::test;

class ExperimentModelsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void runs()
    {
        RunsModel model([](const RunRecord& record) {
            return RunLines{QString::fromStdString(record.kind), QStringLiteral("seed %1").arg(record.seed)};
        });
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        StoredRun first;
        first.id = 4;
        first.record.kind = "probe";
        first.record.seed = 9;
        StoredRun named = first;
        named.id = 5;
        named.name = "with better labels";
        model.setRuns({first});
        model.put(named);
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(model.index(0).data().toString(), QString("with better labels"));
        QCOMPARE(model.index(1).data().toString(), QString("probe"));
        QCOMPARE(model.index(1).data(RunsModel::DetailRole).toString(), QString("seed 9"));
        QSignalSpy renamed(&model, &RunsModel::renamed);
        QVERIFY(model.setData(model.index(1), " the first "));
        QVERIFY(!model.setData(model.index(1), "the first")); // is its name already
        QCOMPARE(renamed.size(), 1);
        QCOMPARE(renamed.front(), (QVariantList{qint64(4), "the first"}));
        model.remove({5, 77});
        QCOMPARE(model.rowCount(), 1);
        model.put(named); // back in its place
        QCOMPARE(model.rowOf(5), 0);
        model.put(first); // anew: its name is gone
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(model.rowOf(4), 1);
        QCOMPARE(model.rowOf(6), -1);
        QCOMPARE(model.index(1).data(Qt::AccessibleTextRole).toString(), QString("probe, seed 9"));
        model.setRuns({});
        QCOMPARE(model.rowCount(), 0);
    }

    /// Differences only, the seeds together.
    void comparison()
    {
        std::vector<StoredRun> runs(3);
        for (size_t i = 0; i < 3; ++i) {
            runs[i].id = int64_t(i) + 1;
            runs[i].record.kind = "probe";
            runs[i].record.config = {
                {"aggregation", i == 2 ? "other" : "mean"}, {"draws", 20}, {"methods", {"linear", "lp++"}}};
            runs[i].record.seed = i == 2 ? 0 : i;
            runs[i].record.results = {{"accuracy", .5 + .1 * double(i)}};
        }
        RunComparisonDialog dialog(runs);
        RunComparisonModel& model = dialog.model();
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QCOMPARE(model.columnCount(), 3); // two groups
        QVERIFY(model.asText().contains("config.aggregation\tmean\tother"));
        QVERIFY(!model.asText().contains("config.draws"));
        QVERIFY2(model.asText().contains("accuracy\t0.55 \u00b1 0.071 (2 seeds)\t0.7"), qPrintable(model.asText()));
        const auto boxes = dialog.findChildren<QCheckBox*>();
        for (QCheckBox* box : boxes)
            box->click();
        QVERIFY(model.asText().contains("config.draws\t20\t20\t20"));
        QVERIFY(model.asText().contains("config.methods\tlinear, lp++\t"));
        // A run's name stands over its numbers.
        QCOMPARE(model.headerData(1, Qt::Horizontal, Qt::TextAlignmentRole),
            model.index(model.rowCount() - 1, 1).data(Qt::TextAlignmentRole));
        QCOMPARE(model.columnCount(), 4);
    }

    void videoLists()
    {
        JobManager jobs;
        ThumbnailCache thumbnails(jobs);
        VideoListModel model(thumbnails);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setRows({{record(3, "/v/bear.mp4"), "in 2 of 5 draws"}, {record(8, "/v/fox.mp4"), "in 1 of 5 draws"}});
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(model.videoAt(1), VideoId(8));
        QCOMPARE(model.index(0).data().toString(), QString("bear.mp4"));
        QCOMPARE(model.index(0).data(Qt::AccessibleTextRole).toString(), QString("bear.mp4, in 2 of 5 draws"));
        model.setRows({});
        QCOMPARE(model.rowCount(), 0);
    }

    void figures()
    {
        FiguresModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setTable({{"Label", "Accuracy"}, {{{"fight"}, {"40.0 %", .4}}, {{"guitar"}, {"100.0 %", 1}}}});
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(model.columnCount(), 2);
        QCOMPARE(model.index(0, 1).data(FiguresModel::ShareRole).toDouble(), .4);
        QVERIFY(!model.index(0, 0).data(FiguresModel::ShareRole).isValid());
        QCOMPARE(model.asText(), QString("Label\tAccuracy\nfight\t40.0 %\nguitar\t100.0 %\n"));
        FiguresView view(&model, "figures");
        view.resize(400, 200);
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        view.selectRow(1);
        QTest::keyClick(&view, Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(QGuiApplication::clipboard()->text(), QString("Label\tAccuracy\nguitar\t100.0 %\n"));
    }

    /// The bar of a share ends before its text begins, however long that is.
    void bars()
    {
        FiguresModel model;
        FiguresView view(&model, "figures");
        const Tokens& tokens = tokensFor(view.palette());
        view.resize(500, 200);
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        for (const QString text : {"100 %", "100.0 % \u00b1 12.3 of many"}) {
            model.setTable({{"Label", "Accuracy", "Seconds"}, {{{"fight"}, {text, 1}, {"3"}}}});
            const QRect cell = view.visualRect(model.index(0, 1));
            const QImage image = view.viewport()->grab().toImage();
            int end = -1;
            for (int x = cell.left(); x <= cell.right(); ++x)
                if (image.pixelColor(x, cell.center().y()) == tokens.accent)
                    end = x;
            QVERIFY(end > cell.left() + 40);
            QVERIFY2(end < cell.right() - view.fontMetrics().horizontalAdvance(text), qPrintable(text));
        }
    }

    /// Records come from files that anybody may have written.
    void oddRecords_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::newRow("nothing") << QByteArray("{}");
        QTest::newRow("wrong types") << QByteArray(
            R"({"classes": 3, "shots": {"k": 1}, "zeroShot": [], "crossingInterval": [1], "predictions": "x"})");
        QTest::newRow("out of bounds") << QByteArray(
            R"({"classes": ["a"], "predictions": [{"label": 7}, {"label": -1}, {"label": 0, "taken": [[5, 1], [0], "y"]}]})");
        QTest::newRow("points of nothing") << QByteArray(R"({"classes": ["a"], "shots": [{}, 4, {"k": "all"}]})");
    }
    void oddRecords()
    {
        QFETCH(QByteArray, json);
        RunRecord record;
        record.results = record.arrays = Json::parse(json.toStdString());
        const ProbeResults results = probeResultsOf(record);
        for (const auto& row : results.confusions())
            for (const double cell : row)
                QVERIFY(cell >= 0);
        QVERIFY(results.tested.size() <= 1);
    }

    void undoAndRedo()
    {
        UndoHistory history;
        QString did;
        const auto act = [&](const QString& name) {
            history.push({name, [&did, name] { did += "-" + name; }, [&did, name] { did += "+" + name; }});
        };
        QSignalSpy changed(&history, &UndoHistory::changed);
        history.undo();
        history.redo();
        QCOMPARE(changed.size(), 0);
        act("a");
        act("b");
        QCOMPARE(history.undoText(), QString("b"));
        history.undo();
        QCOMPARE(history.undoText(), QString("a"));
        QCOMPARE(history.redoText(), QString("b"));
        history.undo();
        history.redo();
        history.redo();
        QCOMPARE(did, QString("-b-a+a+b"));
        history.undo();
        act("c"); // b can no longer be done again
        QCOMPARE(history.redoText(), QString());
        history.redo();
        QCOMPARE(did, QString("-b-a+a+b-b"));
        history.clear();
        QCOMPARE(history.undoText(), QString());
        for (int i = 0; i < 300; ++i)
            act(QString::number(i));
        int kept = 0;
        for (; !history.undoText().isEmpty(); ++kept)
            history.undo();
        QCOMPARE(kept, 100);
    }
};

QTEST_MAIN(ExperimentModelsTest)
#include "tst_experiment_models.moc"
