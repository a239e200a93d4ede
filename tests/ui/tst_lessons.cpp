// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/files.h"
#include "base/run_record.h"
#include "desk.h"
#include "experiment_pages.h"
#include "graph/graph_page.h"
#include "inside/inside_page.h"
#include "inside/patch_panel.h"
#include "inside/patch_view.h"
#include "lessons/lesson_panel.h"
#include "lessons/lesson_player.h"
#include "lessons/lessons.h"
#include "lessons/spotlight.h"
#include "models/search_results_model.h"
#include "probe/probe_page.h"
#include "retrieval/retrieval_page.h"
#include "sample/sample_world.h"
#include "search/query_bar.h"
#include "search/search_page.h"
#include "shell/welcome_page.h"
#include "shell/window_stage.h"
#include "test_library.h"

#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>

#include <fstream>

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

namespace {

constexpr int kVideos = 8;
constexpr int kRunPatience = 240000;

/// Does nothing; the test says what it looks like.
struct StillStage : LessonStage {
    void openLibrary(Library) override { asked << "open"; }
    void showPage(const QString& id) override { asked << "page " + id; }
    void search(const QString& words) override { asked << "search " + words; }
    void lookInside(const QString& words) override { asked << "inside " + words; }
    void setAggregation(const QString& spelling) override { asked << "by " + spelling; }
    void setPatchDraw(double, quint64) override { asked << "patches"; }
    void fillIn(const QString& page, const RunRecord&) override { asked << "fill " + page; }
    void run(const QString& page) override { asked << "run " + page; }
    bool isOpen(Library) const override { return open; }
    bool isAtWork() const override { return work; }
    bool isAnswered() const override { return answered; }
    bool isInside() const override { return true; }
    bool isRunning(const QString&) const override { return running; }
    QString newestRun(const QString&) const override { return newest; }
    LessonFacts facts() const override { return told; }
    QWidget* part(const QString&) const override { return nullptr; }

    QStringList asked;
    bool open = false, work = false, answered = true, running = false;
    QString newest = "3";
    LessonFacts told;
};

Lesson twoSteps(LessonStep::Wait wait)
{
    LessonStep first;
    first.title = "First";
    first.text = "Text";
    first.button = "Do";
    first.act = [](LessonStage& stage) { stage.run("probe"); };
    first.wait = wait;
    first.page = "probe";
    first.afterwards = "It was {figure}.";
    LessonStep second = first;
    second.title = "Second";
    return {"two", "Two", "Two steps", {first, second}};
}

int paragraphs(const QString& text)
{
    return int(text.split("\n\n", Qt::SkipEmptyParts).size());
}

/// A window whose sample libraries are small worlds that are there already, so that nothing is rendered.
struct School : Desk {
    School()
        : Desk(experimentPages())
    {
        window->resize(1500, 850);
    }
    LessonPlayer& player() { return part<LessonPlayer>(); }
    LessonPanel& panel() { return part<LessonPanel>(); }
    static fs::path data() { return dataHome(); }
    void press(QPushButton& button)
    {
        QVERIFY2(button.isEnabled() && button.isVisible(), qPrintable(button.text()));
        QTest::mouseClick(&button, Qt::LeftButton);
    }
    /// Presses the step's button and waits until it is done; all of what is told afterwards has its figures.
    void doStep()
    {
        const LessonStep& step = player().currentStep();
        QVERIFY(panel().text().contains(step.text));
        if (player().state() != LessonPlayer::State::Done && !step.button.isEmpty()) {
            press(panel().actButton());
            QTRY_VERIFY2_WITH_TIMEOUT(
                player().state() == LessonPlayer::State::Done, qPrintable(step.title), kRunPatience);
            // On by keys, unless somebody writes.
            const auto isWritten = [](const QWidget* widget) {
                const auto* field = qobject_cast<const QLineEdit*>(widget);
                return field && !field->text().isEmpty();
            };
            QTRY_VERIFY2(focus() == &panel().nextButton() || isWritten(focus()), qPrintable(step.title));
        }
        QVERIFY2(!player().afterwards().contains('{'), qPrintable(player().afterwards()));
        QVERIFY2(paragraphs(player().afterwards()) == paragraphs(step.afterwards),
            qPrintable(step.title + ": " + player().afterwards()));
        QVERIFY(panel().text().contains(player().afterwards()));
        if (!step.pointAt.isEmpty()) {
            QWidget* target = part<Spotlight>().target();
            QVERIFY2(target, qPrintable(step.pointAt));
            QVERIFY2(target->isVisible(), qPrintable(step.pointAt));
            QTRY_VERIFY(part<Spotlight>().isVisible());
        }
    }
    void next() { press(panel().nextButton()); }
};

} // namespace

class LessonsTest : public QObject {
    Q_OBJECT

    TempDir m_worlds;

    void giveSample(School& school)
    {
        fs::create_directories(school.data());
        fs::copy(m_worlds / "world", school.data() / "sample-world", fs::copy_options::recursive);
    }

    /// Two actions, told apart by their grey; every `mislabelled`th video has the other's label, 0: none.
    static void giveActivities(const School& school, int videos, int mislabelled)
    {
        const fs::path world = school.data() / "sample-activities";
        fs::create_directories(world / "videos");
        std::ofstream labels(world / "labels.csv");
        std::ofstream(world / "captions.json")
            << R"({"clip_0": {"duration": 0.5, "timestamps": [[0, 0.5]], "sentences": ["it falls"]}})";
        labels << "path,label,split\n";
        for (int i = 0; i < videos; ++i) {
            const std::string name = "clip_" + std::to_string(i) + ".mp4";
            const bool rises = i % 2, other = mislabelled > 0 && i % mislabelled == 0;
            writeClip(world / "videos" / name, rises ? 30 : 6, 12, 64, 48);
            labels << "videos/" << name << ',' << (rises != other ? "rise" : "fall") << ','
                   << (3 * i < 2 * videos ? "train" : "test") << '\n';
        }
    }

private Q_SLOTS:
    void initTestCase()
    {
        SampleWorldOptions options;
        options.videos = kVideos;
        options.kind = SampleKind::Stories;
        JobContext context;
        createSampleWorld(m_worlds / "world", options, context);
    }

    void factsArePutIn()
    {
        const LessonFacts facts{{"a", "1"}, {"b.c", "2 %"}};
        QCOMPARE(withFacts("x {a} y {b.c}.", facts), QString("x 1 y 2 %."));
        QCOMPARE(withFacts("no facts", {}), QString("no facts"));
        // A paragraph that would have a hole is left out, the others stay.
        QCOMPARE(withFacts("one {a}\n\ntwo {gone}\n\nthree", facts), QString("one 1\n\nthree"));
        QCOMPARE(withFacts("{gone}", facts), QString());
    }

    void aStepWaitsForItsRun()
    {
        StillStage stage;
        LessonPlayer player({twoSteps(LessonStep::Wait::Run)}, stage);
        using State = LessonPlayer::State;
        player.start("nothing");
        QVERIFY(!player.current());
        player.start("two");
        QVERIFY(player.state() == State::Ready);
        player.act();
        QCOMPARE(stage.asked, QStringList("run probe"));
        QVERIFY(player.state() == State::Undone); // nothing runs: without a library, say
        stage.running = true;
        Q_EMIT stage.changed();
        QVERIFY(player.state() == State::Busy);
        player.act(); // not twice
        QCOMPARE(stage.asked.size(), 1);
        // Stopped: the run before is still the newest, and its figures are not told.
        stage.running = false;
        stage.told = {{"figure", "old"}};
        Q_EMIT stage.changed();
        QVERIFY(player.state() == State::Undone);
        QVERIFY(player.afterwards().isEmpty());
        player.act();
        stage.running = true;
        Q_EMIT stage.changed();
        stage.running = false;
        stage.newest = "4";
        stage.told = {{"figure", "0.5"}};
        Q_EMIT stage.changed();
        QVERIFY(player.state() == State::Done);
        QCOMPARE(player.afterwards(), QString("It was 0.5."));
        stage.told = {{"figure", "another run's"}};
        Q_EMIT stage.changed();
        QCOMPARE(player.afterwards(), QString("It was 0.5.")); // of the run just made
    }

    void progressIsKept()
    {
        StillStage stage;
        LessonPlayer player({twoSteps(LessonStep::Wait::Nothing)}, stage);
        QSignalSpy progressed(&player, &LessonPlayer::progressed);
        player.start("two");
        player.goTo(1);
        QCOMPARE(player.progress().at("two"), 1);
        player.leave();
        player.start("two");
        QCOMPARE(player.step(), 1);
        player.goTo(0);
        QCOMPARE(player.step(), 0);
        player.goTo(2); // behind the last one
        QVERIFY(!player.current());
        QVERIFY(player.isFinished("two"));
        QVERIFY(progressed.size() >= 4);
        player.start("two"); // once more from the beginning
        QCOMPARE(player.step(), 0);
        player.setProgress({{"two", 99}}); // of another version
        player.start("two");
        QCOMPARE(player.step(), 0);
    }

    void aLibraryThatIsOpenNeedNotBeOpened()
    {
        StillStage stage;
        LessonPlayer player({twoSteps(LessonStep::Wait::Library)}, stage);
        player.start("two");
        QVERIFY(player.state() == LessonPlayer::State::Ready);
        player.act();
        stage.work = true;
        Q_EMIT stage.changed();
        stage.work = false; // between two jobs
        Q_EMIT stage.changed();
        QVERIFY(player.state() == LessonPlayer::State::Undone);
        stage.work = true;
        Q_EMIT stage.changed();
        QVERIFY(player.state() == LessonPlayer::State::Busy);
        stage.work = false;
        stage.open = true;
        Q_EMIT stage.changed();
        QVERIFY(player.state() == LessonPlayer::State::Done);
        player.goTo(1);
        QVERIFY(player.state() == LessonPlayer::State::Done);
    }

    void lessonsAreSound()
    {
        School school;
        const auto& stage = school.part<WindowStage>();
        QSet<QString> ids;
        for (const Lesson& lesson : lessons()) {
            QVERIFY(!lesson.title.isEmpty() && !lesson.summary.isEmpty() && !ids.contains(lesson.id));
            ids << lesson.id;
            QVERIFY(lesson.steps.size() >= 3);
            QVERIFY(lesson.steps.front().wait == LessonStep::Wait::Library); // it makes what it needs
            for (const LessonStep& step : lesson.steps) {
                QVERIFY2(!step.title.isEmpty() && !step.text.isEmpty(), qPrintable(step.title));
                QVERIFY2(step.button.isEmpty() == !step.act, qPrintable(step.title));
                QVERIFY2(step.pointAt.isEmpty() || stage.part(step.pointAt), qPrintable(step.pointAt));
                QVERIFY2(step.wait != LessonStep::Wait::Run || !step.page.isEmpty(), qPrintable(step.title));
                // No figure stands in a text: what is measured comes from the run.
                QVERIFY2(!step.afterwards.contains(QRegularExpression("\\d+\\.\\d")), qPrintable(step.afterwards));
            }
            QVERIFY(school.action(qPrintable("lesson." + lesson.id)));
        }
        QVERIFY(!stage.part("nothing"));
        QVERIFY(!stage.part("probe.nothing"));
    }

    /// From the welcome page to the end, by the buttons of the panel.
    void whatAnEmbeddingIs()
    {
        School school;
        giveSample(school);
        QPushButton* entry = nullptr;
        for (QPushButton* button : school.part<WelcomePage>().findChildren<QPushButton*>())
            if (button->text() == lessons().front().title)
                entry = button;
        QVERIFY(entry);
        school.press(*entry);
        QVERIFY(school.panel().isVisible());
        const Lesson& lesson = *school.player().current();
        QCOMPARE(lesson.id, QString("embedding"));
        for (size_t step = 0; step < lesson.steps.size(); ++step) {
            QCOMPARE(school.player().step(), int(step));
            school.doStep();
            if (QTest::currentTestFailed())
                return;
            if (step == 1) {
                QCOMPARE(school.part<QueryBar>().words(), QString("a red ball bounces"));
                // What is told is what the search found.
                SearchPage& search = school.part<SearchPage>();
                QVERIFY(search.currentHit());
                QVERIFY(school.player().afterwards().contains(QString::number(search.currentHit()->score, 'f', 2)));
            }
            if (step == 3)
                QVERIFY(school.part<InsidePage>().isVisible());
            school.next();
        }
        QVERIFY(!school.player().current());
        QVERIFY(school.player().isFinished("embedding"));
        school.window->close();
        QTRY_VERIFY_WITH_TIMEOUT(!school.window->isVisible(), kPatience);
        QCOMPARE(Settings::load(school.settings.file).lessons.at("embedding"), 5);
    }

    void moreFrames()
    {
        School school;
        giveSample(school);
        school.action("lesson.frames")->trigger();
        const Lesson& lesson = *school.player().current();
        for (size_t step = 0; step < lesson.steps.size(); ++step) {
            school.doStep();
            if (QTest::currentTestFailed())
                return;
            if (lesson.steps[step].wait == LessonStep::Wait::Run) {
                // The figures are those of the run just made.
                const RetrievalPage& page = school.part<RetrievalPage>();
                const std::map<QString, QString> facts = page.facts();
                QCOMPARE(facts.at("study.queries"), QString::number(kVideos));
                QCOMPARE(facts.at("study.fewest.frames"), QString("1"));
                QCOMPARE(facts.at("study.most.frames"), QString("12"));
                QVERIFY(school.player().afterwards().contains(facts.at("study.most.r1")));
            }
            school.next();
        }
        QVERIFY(school.player().isFinished("frames"));
        QCOMPARE(school.part<RetrievalPage>().runs().rowCount(), 2);
    }

    /// All but the training; that is begun and stopped.
    void patchDropout()
    {
        School school;
        giveSample(school);
        school.action("lesson.patches")->trigger();
        const Lesson& lesson = *school.player().current();
        std::vector<std::vector<int>> kept;
        for (size_t step = 0; step + 1 < lesson.steps.size(); ++step) {
            school.doStep();
            if (QTest::currentTestFailed())
                return;
            if (lesson.steps[step].pointAt == QLatin1String("inside.patches"))
                kept.push_back(school.part<InsidePage>().patches().view().kept());
            school.next();
        }
        QCOMPARE(kept.size(), size_t(3));
        QCOMPARE(kept[0].size(), size_t(36));
        QCOMPARE(kept[1].size(), size_t(18));
        QCOMPARE(kept[2].size(), size_t(18));
        QVERIFY(kept[1] != kept[2]);
        school.press(school.panel().actButton());
        QVERIFY(school.player().state() == LessonPlayer::State::Busy);
        const RetrievalPage& page = school.part<RetrievalPage>();
        QVERIFY(page.isAtWork());
        QVERIFY(!school.panel().actButton().isEnabled());
        for (const JobView& job : school.jobs.jobs())
            school.jobs.cancel(job.id);
        QTRY_VERIFY_WITH_TIMEOUT(school.player().state() == LessonPlayer::State::Undone, kPatience);
        QVERIFY(school.panel().text().contains("Press the button once more"));
        QVERIFY(school.panel().actButton().isEnabled());
    }

    void fewShots()
    {
        School school;
        giveActivities(school, 18, 0); // six training and three test videos of each action
        school.action("lesson.shots")->trigger();
        const Lesson& lesson = *school.player().current();
        for (size_t step = 0; step < lesson.steps.size(); ++step) {
            if (lesson.steps[step].pointAt == QLatin1String("probe.below"))
                break; // these two are never confused
            school.doStep();
            if (QTest::currentTestFailed())
                return;
            school.next();
        }
        const std::map<QString, QString> facts = school.part<ProbePage>().facts();
        QCOMPARE(facts.at("probe.labels"), QString("2"));
        QCOMPARE(facts.at("probe.test"), QString("6"));
        QCOMPARE(facts.at("probe.first.shots"), QString("1"));
        QCOMPARE(facts.at("probe.last.shots"), QString("4"));
        // The last step goes without figures that are not there.
        school.press(school.panel().actButton());
        QTRY_VERIFY(school.player().state() == LessonPlayer::State::Done);
        QVERIFY(!school.player().afterwards().contains('{'));
        school.next();
        QVERIFY(school.player().isFinished("shots"));
    }

    void wrongNodes()
    {
        School school;
        giveActivities(school, 40, 3); // many of which have the other's label: errors there must be
        school.action("lesson.quiet")->trigger();
        const Lesson& lesson = *school.player().current();
        const auto& page = school.part<GraphPage>();
        for (size_t step = 0; step < lesson.steps.size(); ++step) {
            school.doStep();
            if (QTest::currentTestFailed())
                return;
            school.next();
        }
        QVERIFY(school.player().isFinished("quiet"));
        // What was told is what the run found.
        QCOMPARE(page.runs().rowCount(), 1);
        const std::map<QString, QString> facts = page.facts();
        const int silent = facts.at("graph.silent").toInt(), wrong = facts.at("graph.silent.wrong").toInt();
        QVERIFY(silent > 0 && wrong >= 0 && wrong <= silent);
        QVERIFY(QStringList({"rise", "fall"}).contains(facts.at("graph.error.answer")));
        QVERIFY(facts.at("graph.error").endsWith(".mp4"));
    }

    void thePanelIsKeptOutOfTheWay()
    {
        School school;
        QVERIFY(!school.panel().isVisible());
        school.action("lessons.all")->trigger();
        QVERIFY(school.panel().isVisible());
        QTRY_COMPARE(school.panel().findChildren<QPushButton*>("entry").size(), qsizetype(lessons().size()));
        school.action("lesson.shots")->trigger();
        school.action("lessons.all")->trigger(); // closes it
        QVERIFY(!school.panel().isVisible());
        QVERIFY(!school.part<Spotlight>().isVisible());
    }
};

QTEST_MAIN(LessonsTest)
#include "tst_lessons.moc"
