// SPDX-License-Identifier: GPL-3.0-or-later
#include "jobs/job_manager.h"
#include "models/display_text.h"
#include "models/library_model.h"
#include "models/search_results_model.h"
#include "models/thumbnail_cache.h"
#include "test_library.h"

#include <QAbstractItemModelTester>
#include <QItemSelectionModel>
#include <QSignalSpy>
#include <QTest>

using namespace clipscope;
using namespace clipscope::test;

namespace {
constexpr auto kReport = QAbstractItemModelTester::FailureReportingMode::QtTest;

QStringList names(const LibraryModel& model)
{
    QStringList list;
    for (int row = 0; row < model.rowCount(); ++row)
        list << model.index(row).data().toString();
    return list;
}
} // namespace

class ModelsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void libraryRows()
    {
        JobManager jobs;
        ThumbnailCache thumbnails(jobs);
        LibraryModel model(thumbnails);
        const QAbstractItemModelTester tester(&model, kReport);
        model.setVideos({record(1, "/v/a.mp4"), record(2, "/v/b.mp4"), record(3, "/v/c.mp4")});
        VideoRecord damaged = record(2, "/v/b.mp4");
        damaged.usableFrames = 7;
        model.add({damaged, record(4, "/v/d.mp4")});
        QCOMPARE(names(model), (QStringList{"a.mp4", "b.mp4", "c.mp4", "d.mp4"}));
        QCOMPARE(model.damagedCount(), 1);
        QCOMPARE(model.index(1).data(LibraryModel::DamageRole).toString(), QStringLiteral("7 of 12 frames usable"));
        QCOMPARE(model.index(0).data(LibraryModel::DurationRole).toString(), QStringLiteral("1:05"));
        QVERIFY(model.index(0).data(LibraryModel::DetailRole).toString().contains("640"));
        QVERIFY(model.index(0).data(Qt::ToolTipRole).toString().contains("Frames looked at: 12 (uniform:12)"));
        QVERIFY(!model.index(0).data(Qt::ToolTipRole).toString().contains("off the exact moment"));
        VideoRecord snapped = record(4, "/v/d.mp4");
        snapped.sampler = SamplerSpec::parse("uniform:12@keyframe");
        snapped.sampleError = {12, 156, 5'200'000'000, 27, 900'000'000};
        model.add({snapped});
        QVERIFY(model.index(3)
                    .data(Qt::ToolTipRole)
                    .toString()
                    .contains("0.43 s off the exact moment on average, "
                              "0.90 s at most"));
        QVERIFY(model.index(1).data(Qt::AccessibleTextRole).toString().contains("damaged"));
        model.remove({4, 1, 2, 99});
        QCOMPARE(names(model), QStringList{"c.mp4"});
        QCOMPARE(model.rowOf(3), 0);
        QCOMPARE(model.rowOf(1), -1);
        QVERIFY(!model.videoById(2));
    }

    void theEndOfAnImportKeepsTheSelection()
    {
        JobManager jobs;
        ThumbnailCache thumbnails(jobs);
        LibraryModel model(thumbnails);
        const QAbstractItemModelTester tester(&model, kReport);
        model.setVideos({record(5, "/v/z.mp4"), record(6, "/v/a.mp4"), record(7, "/v/k.mp4")});
        QItemSelectionModel selection(&model);
        selection.select(model.index(0), QItemSelectionModel::Select);
        const QPersistentModelIndex chosen = model.index(0);
        QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
        model.setVideos({record(6, "/v/a.mp4"), record(7, "/v/k.mp4"), record(5, "/v/z.mp4")});
        QCOMPARE(reset.size(), 0);
        QCOMPARE(chosen.row(), 2);
        QCOMPARE(selection.selectedIndexes().value(0).row(), 2);
        model.setVideos({record(6, "/v/a.mp4")});
        QCOMPARE(reset.size(), 1);
    }

    void hits()
    {
        JobManager jobs;
        ThumbnailCache thumbnails(jobs);
        SearchResultsModel model(thumbnails);
        const QAbstractItemModelTester tester(&model, kReport);
        Hit first;
        first.video = 1;
        first.path = "/v/bear.mp4";
        first.startSec = 5.9;
        first.endSec = 8.9;
        first.score = .7123;
        first.why = {Reason::Picture, Reason::Name};
        first.matchedText = "bear.mp4";
        Hit second = first;
        second.startSec = 15.8;
        second.endSec = 17;
        second.score = .3562;
        Hit third = second;
        third.video = 2;
        third.score = -.1;
        model.setHits({first, second, third});
        QCOMPARE(model.videoCount(), 2);
        const QModelIndex top = model.index(0);
        QCOMPARE(top.data(SearchResultsModel::SpanRole).toString(), QStringLiteral("0:05.9 \u2013 0:08.9"));
        QCOMPARE(top.data(SearchResultsModel::ScoreRole).toString(), QStringLiteral("0.71"));
        QCOMPARE(top.data(SearchResultsModel::ReasonsRole).toStringList(), (QStringList{"picture", "name"}));
        QVERIFY(qAbs(model.index(1).data(SearchResultsModel::FractionRole).toDouble() - .5) < .01);
        QCOMPARE(model.index(2).data(SearchResultsModel::FractionRole).toDouble(), 0.0);
        QVERIFY(top.data(Qt::ToolTipRole).toString().contains("matches: bear.mp4"));
        model.setHits({});
        QCOMPARE(model.rowCount(), 0);
    }

    void thumbnailsComeLaterAndAreAskedOnce()
    {
        const TempDir box;
        writeClip(box / "a.mp4", 24);
        JobManager jobs;
        ThumbnailCache thumbnails(jobs);
        QSignalSpy arrived(&thumbnails, &ThumbnailCache::arrived);
        QVERIFY(thumbnails.moment(box / "a.mp4", 1).isNull());
        QVERIFY(thumbnails.moment(box / "missing.mp4", 1).isNull());
        QTRY_VERIFY(!thumbnails.moment(box / "a.mp4", 1).isNull());
        QTRY_VERIFY(thumbnails.failed(box / "missing.mp4", 1));
        QVERIFY(arrived.size() >= 1);
        // The picture is that of the moment, not the first one: frame 12 of 12 a second.
        const QColor middle = thumbnails.moment(box / "a.mp4", 1).toImage().pixelColor(20, 20);
        QVERIFY2(qAbs(middle.red() - (16 + 4 * 12)) <= 3, qPrintable(middle.name()));
        QTRY_VERIFY(jobs.isIdle());
        thumbnails.moment(box / "missing.mp4", 1);
        QVERIFY(jobs.isIdle());
    }

    void texts()
    {
        QCOMPARE(timeText(7.44), QStringLiteral("0:07.4"));
        QCOMPARE(durationText(3725), QStringLiteral("1:02:05"));
        QCOMPARE(durationText(59.6), QStringLiteral("1:00"));
        QCOMPARE(countedVideos(1), QStringLiteral("1 video"));
        QCOMPARE(countedVideos(0), QStringLiteral("0 videos"));
        const std::filesystem::path odd("/v/\xff\xfe caf\xc3\xa9.mp4");
        QVERIFY(!displayPath(odd).isEmpty());
        QCOMPARE(toPath(displayPath("/v/caf\xc3\xa9.mp4")), std::filesystem::path("/v/caf\xc3\xa9.mp4"));
    }
};

QTEST_MAIN(ModelsTest)
#include "tst_models.moc"
