// SPDX-License-Identifier: GPL-3.0-or-later
#include "jobs/job_bar.h"
#include "jobs/job_manager.h"
#include "jobs/jobs_model.h"
#include "jobs/jobs_panel.h"

#include <QAbstractItemModelTester>
#include <QPushButton>
#include <QTableView>
#include <QTest>
#include <QToolButton>

#include <thread>

using namespace clipscope;

namespace {

JobRequest request(const QString& title)
{
    JobRequest made;
    made.title = title;
    made.unit = QStringLiteral("videos");
    return made;
}

void untilStopped(JobContext& context)
{
    for (int64_t i = 3;; ++i) {
        context.throwIfStopped();
        context.progress(std::min<int64_t>(i, 12), 80, "bear.mp4");
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

QPushButton* button(QWidget& parent, const QString& text)
{
    for (QPushButton* candidate : parent.findChildren<QPushButton*>()) {
        if (candidate->text() == text)
            return candidate;
    }
    return nullptr;
}

} // namespace

class JobsModelsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theModelFollowsTheJobs()
    {
        JobManager jobs;
        JobsModel model(jobs);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QObject owner;
        const JobId first = jobs.start(request("Importing clips"), untilStopped, &owner, [] {});
        QCOMPARE(model.rowCount(), 1);
        QTRY_COMPARE(model.index(0, JobsModel::State).data().toString(), QStringLiteral("Running"));
        QTRY_COMPARE(model.index(0, JobsModel::Done).data().toString(), QStringLiteral("12 of 80"));
        jobs.start(
            request("Opening"), [](JobContext&) { throw Error(ErrorKind::Storage, "is locked", "lib"); }, &owner,
            [] {});
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(model.index(0, 0).data().toString(), QStringLiteral("Opening")); // newest first
        QTRY_COMPARE(model.index(0, JobsModel::State).data().toString(), QStringLiteral("Failed: lib: is locked"));
        JobRequest quiet = request("Search");
        quiet.quiet = true;
        bool searched = false;
        jobs.start(
            quiet, [](JobContext&) {}, &owner, [&] { searched = true; });
        QTRY_VERIFY(searched);
        QCOMPARE(model.rowCount(), 2);
        jobs.clearFinished();
        QCOMPARE(model.rowCount(), 1);
        jobs.cancel(first);
        QTRY_COMPARE(model.index(0, JobsModel::State).data().toString(), QStringLiteral("Cancelled"));
        QVERIFY(model.index(0, JobsModel::Left).data().toString().startsWith(QStringLiteral("took ")));
        jobs.clearFinished();
        QCOMPARE(model.rowCount(), 0);
    }

    void oldFinishedJobsLeaveTheList()
    {
        JobManager jobs;
        JobsModel model(jobs);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QObject owner;
        int done = 0;
        for (int i = 0; i < 70; ++i)
            jobs.start(
                request(QString::number(i)), [](JobContext&) {}, &owner, [&] { ++done; });
        QTRY_COMPARE(done, 70);
        QCOMPARE(model.rowCount(), 50);
        QCOMPARE(model.index(0, 0).data().toString(), QStringLiteral("69"));
    }

    void texts()
    {
        JobView job;
        job.state = JobState::Running;
        job.unit = QStringLiteral("videos");
        job.rate = 4.23;
        QCOMPARE(jobRateText(job), QStringLiteral("4.2 videos/s"));
        job.rate = 0.05;
        QCOMPARE(jobRateText(job), QStringLiteral("20 s for one"));
        job.secondsLeft = 61.2;
        QCOMPARE(jobLeftText(job), QStringLiteral("1:01 left"));
        job.state = JobState::Paused;
        QVERIFY(jobRateText(job).isEmpty() && jobLeftText(job).isEmpty());
        QCOMPARE(jobStateText(job), QStringLiteral("Paused"));
        job.pausedFor = QStringLiteral("on battery");
        QCOMPARE(jobStateText(job), QStringLiteral("Paused: on battery"));
        job.state = JobState::Done;
        job.failedItems.resize(2);
        QCOMPARE(jobStateText(job), QStringLiteral("Done, 2 failed"));
    }

    void thePanelListsFailedFilesAndKeepsItsPlace()
    {
        JobManager jobs;
        JobsModel model(jobs);
        JobsPanel panel(jobs, model);
        panel.resize(900, 230);
        panel.show();
        QObject owner;
        const JobId id = jobs.start(request("Importing"), untilStopped, &owner, [] {});
        std::vector<FailedItem> items;
        for (int i = 0; i < 40; ++i)
            items.push_back({QStringLiteral("/v/%1.mp4").arg(i), QStringLiteral("no video stream")});
        jobs.addFailedItems(id, items);
        const auto tables = panel.findChildren<QTableView*>();
        QTableView* failed = nullptr;
        for (QTableView* table : tables) {
            if (qobject_cast<FailedItemsModel*>(table->model()))
                failed = table;
        }
        QVERIFY(failed);
        const QAbstractItemModelTester tester(failed->model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        QTRY_COMPARE(failed->model()->rowCount(), 40);
        failed->selectRow(30);
        QTest::qWait(350); // three progress reports later
        QCOMPARE(failed->currentIndex().row(), 30);
        std::vector<FailureReport> reports;
        connect(
            &panel, &JobsPanel::reportAsked, &owner, [&](const FailureReport& report) { reports.push_back(report); });
        button(panel, "Copy report")->click(); // of the whole job
        QCOMPARE(reports.back().items.size(), size_t(40));
        QCOMPARE(reports.back().items[30].reason, std::string("no video stream"));
        QVERIFY(reports.back().happened.starts_with("Importing: "));
        QTest::keyClick(failed, Qt::Key_C, Qt::ControlModifier); // of the chosen file
        QCOMPARE(reports.size(), size_t(2));
        QCOMPARE(reports.back().items.size(), size_t(1));
        QCOMPARE(reports.back().items[0].path, std::filesystem::path("/v/30.mp4"));
        button(panel, "Cancel")->click();
        QTRY_COMPARE(jobs.job(id)->state, JobState::Cancelled);
        QVERIFY(!button(panel, "Cancel")->isEnabled());
    }

    void theBarShowsOneJobAndGivesWay()
    {
        JobManager jobs;
        JobsModel model(jobs);
        JobBar bar(jobs, model);
        bar.setHints("F1 keys");
        bar.resize(700, 32);
        bar.show();
        const auto* line = bar.findChild<QToolButton*>();
        QCOMPARE(line->text(), QStringLiteral("No jobs"));
        QObject owner;
        const QString name(300, QLatin1Char('x'));
        jobs.start(request(name), untilStopped, &owner, [] {});
        QTRY_VERIFY(line->toolTip().contains(name));
        QVERIFY2(bar.minimumSizeHint().width() < 700, qPrintable(QString::number(bar.minimumSizeHint().width())));
        QTRY_VERIFY(line->toolTip().contains("12 of 80"));
        button(bar, "Cancel")->click();
        QTRY_VERIFY(line->toolTip().contains("Cancelled"));
        QVERIFY(!button(bar, "Cancel")->isVisible());
    }
};

QTEST_MAIN(JobsModelsTest)
#include "tst_jobs_models.moc"
