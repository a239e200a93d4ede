// SPDX-License-Identifier: GPL-3.0-or-later
#include "jobs/job_manager.h"
#include "models/search_results_model.h"
#include "models/thumbnail_cache.h"
#include "search/cut_off_slider.h"
#include "search/result_grid.h"
#include "search/search_page.h"

#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>

#include <atomic>
#include <thread>

using namespace clipscope;

namespace {

Query words(const std::string& text)
{
    Query query;
    query.positives.push_back(QueryTerm::text(text));
    return query;
}

/// Three hits a query; the best one's score tells the length of the words.
SearchResult answer(const Query& query)
{
    SearchResult result;
    result.encoder = "Fake";
    result.index = "exact scan";
    result.frames = 1056;
    result.searched = 3;
    result.total = 4;
    for (int i = 0; i < 3; ++i) {
        Hit hit;
        hit.video = i + 1;
        hit.path = "/v/" + query.positives.at(0).words + std::to_string(i) + ".mp4";
        hit.startSec = i;
        hit.endSec = i + 2;
        hit.score = 1.0 / (i + 1);
        hit.why = {Reason::Picture};
        result.hits.push_back(hit);
    }
    return result;
}

} // namespace

class SearchPageTest : public QObject {
    Q_OBJECT

    struct Page {
        JobManager jobs;
        ThumbnailCache thumbnails{jobs};
        SearchPage page{jobs, thumbnails};
        QSignalSpy answered{&page, &SearchPage::answered};
        QSignalSpy chosen{&page, &SearchPage::hitChosen};
        Page()
        {
            page.resize(800, 600);
            page.show();
        }
        QString first() { return page.model().index(0).data().toString(); }
    };

private Q_SLOTS:
    void theNewestQueryWinsAndOldResultsStay()
    {
        Page p;
        std::atomic<int> asked = 0;
        std::atomic<int> milliseconds = 0;
        p.page.setSearchFunction(
            [&](const Query& query, const JobContext& context) {
                ++asked;
                for (int i = 0; i < milliseconds; ++i) {
                    context.throwIfStopped();
                    std::this_thread::sleep_for(std::chrono::milliseconds(1));
                }
                return answer(query);
            },
            false);
        p.page.search(words("bear"));
        QTRY_COMPARE(p.answered.size(), 1);
        QCOMPARE(p.first(), QStringLiteral("bear0.mp4"));
        milliseconds = 60;
        QString typed;
        for (char letter : std::string("brown fox!")) {
            typed += QLatin1Char(letter);
            p.page.search(words(typed.toStdString()));
            QCOMPARE(p.first(), QStringLiteral("bear0.mp4"));
            QVERIFY(p.page.isSearching());
            QTest::qWait(5);
        }
        QTRY_COMPARE(p.answered.size(), 2);
        QCOMPARE(p.first(), QStringLiteral("brown fox!0.mp4"));
        QTest::qWait(100);
        QCOMPARE(p.answered.size(), 2);
        QVERIFY(!p.page.isSearching());
    }

    void theBestHitIsShownAtOnceAndEnterPlays()
    {
        Page p;
        p.page.setSearchFunction([](const Query& query, const JobContext&) { return answer(query); }, false);
        p.page.search(words("bear"));
        p.page.focusGrid(); // asked before there is an answer
        QTRY_COMPARE(p.chosen.size(), 1);
        QCOMPARE(p.chosen[0][1].toBool(), false);
        QVERIFY(p.page.currentHit());
        QTRY_VERIFY(p.page.grid().hasFocus() || p.page.focusWidget() == &p.page.grid());
        QTest::keyClick(&p.page.grid(), Qt::Key_Right);
        QCOMPARE(p.chosen.size(), 2);
        QCOMPARE(p.page.grid().currentIndex().row(), 1);
        QTest::keyClick(&p.page.grid(), Qt::Key_Return);
        QCOMPARE(p.chosen.size(), 3);
        QCOMPARE(p.chosen[2][1].toBool(), true);
        QCOMPARE(p.chosen[2][0].value<Hit>().video, VideoId(2));
        QSignalSpy left(&p.page, &SearchPage::leaveAsked);
        QTest::keyClick(&p.page.grid(), Qt::Key_Escape);
        QCOMPARE(left.size(), 1);
    }

    void aRepeatedSearchLeavesTheUserWhereHeIs()
    {
        Page p;
        const auto search = [](const Query& query, const JobContext&) { return answer(query); };
        p.page.setSearchFunction(search, false);
        p.page.search(words("bear"));
        QTRY_COMPARE(p.answered.size(), 1);
        p.page.grid().setCurrentIndex(p.page.model().index(2));
        const auto shown = p.chosen.size();
        p.page.setSearchFunction(search, true); // more videos were embedded
        QTRY_COMPARE(p.answered.size(), 2);
        QCOMPARE(p.page.grid().currentIndex().row(), 2);
        QCOMPARE(p.chosen.size(), shown);
    }

    void failureNoteAndEmptyAnswers()
    {
        Page p;
        QSignalSpy failed(&p.page, &SearchPage::failed);
        QSignalSpy noted(&p.page, &SearchPage::noteChanged);
        p.page.setIdleText("Type what you look for.", true);
        QVERIFY(label(p, "Type what you look for."));
        p.page.setSearchFunction(
            [](const Query& query, const JobContext&) {
                if (query.positives[0].words == "bad")
                    throw Error(ErrorKind::Storage, "is locked", "library.db", "Close the other program.");
                SearchResult nothing;
                nothing.note = "The Starter engine knows English only.";
                return nothing;
            },
            false);
        p.page.search(words("bad"));
        QTRY_COMPARE(failed.size(), 1);
        QCOMPARE(failed[0][0].toString(), QStringLiteral("library.db: is locked. Close the other program."));
        p.page.search(words("none"));
        QTRY_COMPARE(p.answered.size(), 1);
        QCOMPARE(noted.last()[0].toString(), QStringLiteral("The Starter engine knows English only."));
        QVERIFY(label(p, "No moment fits"));
        p.page.search({});
        QVERIFY(label(p, "Type what you look for."));
        QCOMPARE(noted.last()[0].toString(), QString());
    }

    void weakHitsCanBeCutOff()
    {
        Page p;
        p.page.setSearchFunction([](const Query& query, const JobContext&) { return answer(query); }, false);
        p.page.search(words("bear"));
        QTRY_COMPARE(p.answered.size(), 1);
        auto* slider = p.page.findChild<CutOffSlider*>();
        QVERIFY(slider->isVisible());
        QTest::keyClick(slider, Qt::Key_Right);
        QCOMPARE(p.page.model().rowCount(), 2); // the scores are 1, 1/2 and 1/3
        for (int i = 0; i < 30; ++i)
            QTest::keyClick(slider, Qt::Key_Right);
        QCOMPARE(p.page.model().rowCount(), 1); // the best one always stays
        QVERIFY(label(p, "<b>1 of 3 moments</b>"));
        QTest::mouseClick(slider, Qt::LeftButton, {}, QPoint(0, 10));
        QCOMPARE(p.page.model().rowCount(), 3);
        p.page.search(words("fox"));
        QTRY_COMPARE(p.answered.size(), 2);
        QCOMPARE(p.page.model().rowCount(), 3);
    }

    void matchByIsAsked()
    {
        Page p;
        std::atomic<int> by = -1;
        p.page.setSearchFunction(
            [&by](const Query& query, const JobContext&) {
                by = int(query.by);
                return answer(query);
            },
            false);
        p.page.setMatchBy(MatchBy::Names);
        p.page.search(words("bear"));
        QTRY_COMPARE(by.load(), int(MatchBy::Names));
    }

private:
    static bool label(Page& p, const QString& start)
    {
        for (const QLabel* candidate : p.page.findChildren<QLabel*>()) {
            if (candidate->isVisible() && candidate->text().startsWith(start))
                return true;
        }
        return false;
    }
};

QTEST_MAIN(SearchPageTest)
#include "tst_search_page.moc"
