// SPDX-License-Identifier: GPL-3.0-or-later
#include "embedding/embedding_pipeline.h"
#include "jobs/job_manager.h"
#include "library/disk_use_dialog.h"
#include "library/video_import.h"
#include "models/disk_use_model.h"
#include "patience.h"
#include "test_library.h"

#include <QAbstractItemModelTester>
#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QTableView>
#include <QTest>

#include <chrono>
#include <fstream>

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

namespace {
QPushButton* button(QWidget& parent, const QString& text)
{
    for (QPushButton* candidate : parent.findChildren<QPushButton*>()) {
        if (candidate->text() == text)
            return candidate;
    }
    return nullptr;
}

bool says(QWidget& parent, const QString& text)
{
    for (const QLabel* label : parent.findChildren<QLabel*>()) {
        if (label->text().contains(text))
            return true;
    }
    return false;
}

int rowOf(const DiskUseModel& model, const QString& text)
{
    for (int row = 0; row < model.rowCount(); ++row) {
        if (model.index(row, 0).data().toString().contains(text))
            return row;
    }
    return -1;
}
} // namespace

class DiskUseTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { qputenv("XDG_CACHE_HOME", QByteArray::fromStdString((m_box / "cache").string())); }

    void theModel()
    {
        DiskUseModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        DiskUse use;
        use.database = {2, 1000};
        use.embeddings.resize(2);
        use.embeddings[0].key.id = 7;
        use.embeddings[0].key.model = "clip";
        use.embeddings[0].current = true;
        use.embeddings[0].shards = {3, 3000};
        use.embeddings[0].lastWrittenSec = 1700000000;
        use.embeddings[1].key.id = 4;
        use.embeddings[1].key.model = "starter";
        use.embeddings[1].shards = {3, 500};
        use.removed = {2, 40};
        use.caches = {1, 8};
        model.setUse(use);
        QCOMPARE(model.chosen().bytes, 40); // what is surely useless is ticked
        QVERIFY(rowOf(model, "Damaged") < 0); // no rows of nothing
        const QModelIndex old = model.index(rowOf(model, "Embeddings of starter"), 0);
        QVERIFY(old.flags() & Qt::ItemIsUserCheckable);
        QVERIFY(!(model.index(rowOf(model, "in use"), 0).flags() & Qt::ItemIsUserCheckable));
        QVERIFY(!model.setData(model.index(rowOf(model, "in use"), 0), Qt::Checked, Qt::CheckStateRole));
        QVERIFY(!model.setData(model.index(rowOf(model, "Database"), 0), Qt::Checked, Qt::CheckStateRole));
        QVERIFY(model.setData(old, Qt::Checked, Qt::CheckStateRole));
        QCOMPARE(model.chosen().bytes, 540);
        QCOMPARE(model.choice().keys, std::vector<int64_t>{4});
        QVERIFY(model.choice().removed && !model.choice().caches && !model.choice().damaged);
    }

    void measureTickClean()
    {
        const fs::path folder = makeLibrary(m_box / "a", {"bear.mp4"}, "");
        // Another film: of the same one, the files would stay for the other video.
        writeClip(m_box / "a" / "media" / "fox.mp4", 24);
        const std::shared_ptr<VideoLibrary> library = VideoLibrary::open(folder);
        JobContext context;
        importVideos(*library, {m_box / "a" / "media"}, ImportOptions(), context);
        embedLibrary(*library, *makeEncoder("fake"), EmbedOptions(), context);
        const VideoRecord removed = library->videos().at(1);
        QVERIFY(removed.hash != library->videos().at(0).hash);
        library->remove({removed.id});
        for (const fs::path& file : {library->thumbnailPath(removed), library->stripPath(removed)})
            fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::hours(1));
        JobManager jobs;
        DiskUseDialog dialog(jobs, library, {folder, m_box / "gone.clipscope"});
        dialog.show();
        DiskUseModel& model = dialog.model();
        QTRY_VERIFY_WITH_TIMEOUT(model.rowCount() > 0, kPatience);
        QVERIFY(says(dialog, "on the disk"));
        const int row = rowOf(model, "removed videos");
        QVERIFY(row >= 0);
        QCOMPARE(model.index(row, DiskUseModel::Files).data().toString(), QStringLiteral("3"));
        QVERIFY(says(dialog, "Frees " + model.index(row, DiskUseModel::Size).data().toString() + " in 3 files."));
        // By keys: space takes the tick away, space brings it back.
        auto* table = dialog.findChild<QTableView*>();
        table->setFocus();
        table->setCurrentIndex(model.index(row, 0));
        QTest::keyClick(table, Qt::Key_Space);
        QVERIFY(!button(dialog, "Clean up")->isEnabled());
        QVERIFY(says(dialog, "Tick what is to be deleted."));
        QTest::keyClick(table, Qt::Key_Space);
        QVERIFY(button(dialog, "Clean up")->isEnabled());
        button(dialog, "Clean up")->click();
        QTRY_VERIFY_WITH_TIMEOUT(rowOf(model, "removed videos") < 0 && model.rowCount() > 0, kPatience);
        QVERIFY(!fs::exists(library->thumbnailPath(removed)));
        QVERIFY(fs::exists(removed.path));
        QVERIFY(says(dialog, "There is nothing to clean up."));

        // A library of lately that is gone says so and can do nothing.
        dialog.findChild<QComboBox*>()->setCurrentIndex(1);
        QTRY_VERIFY_WITH_TIMEOUT(says(dialog, "cannot be measured"), kPatience);
        QVERIFY(says(dialog, "gone.clipscope"));
        QVERIFY(!button(dialog, "Clean up")->isEnabled());
    }

    void withoutAnyLibrary()
    {
        JobManager jobs;
        DiskUseDialog dialog(jobs, nullptr, {});
        dialog.show();
        QVERIFY(says(dialog, "No library yet"));
        QVERIFY(!button(dialog, "Clean up")->isEnabled());
    }

private:
    TempDir m_box;
};

QTEST_MAIN(DiskUseTest)
#include "tst_disk_use.moc"
