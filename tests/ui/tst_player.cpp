// SPDX-License-Identifier: GPL-3.0-or-later
#include "player/heat_strip.h"
#include "player/moment_list.h"
#include "player/playback.h"
#include "player/player_widget.h"
#include "test_library.h"
#include "ui_watchdog.h"

#include <QSignalSpy>
#include <QTest>

#include <fstream>

using namespace clipscope;
using namespace clipscope::test;

namespace {
constexpr int kFrames = 48; // four seconds
constexpr int kFps = 12;
} // namespace

class PlayerTest : public QObject {
    Q_OBJECT

    TempDir m_box;
    std::filesystem::path m_clip;

    /// Frames shown, by what their picture tells.
    struct Watched {
        Playback playback;
        std::vector<int> frames;
        QSignalSpy failed{&playback, &Playback::failed};
        QSignalSpy ended{&playback, &Playback::ended};
        Watched()
        {
            connect(&playback, &Playback::frameShown, &playback, [this](const QImage& image) {
                frames.push_back(frameOfGrey(qRed(image.pixel(image.width() / 2, image.height() / 2))));
            });
        }
    };

private Q_SLOTS:
    void initTestCase()
    {
        m_clip = m_box / "clip.mp4";
        writeClip(m_clip, kFrames, kFps);
    }

    void opensAtTheMomentPaused()
    {
        Watched w;
        w.playback.open(m_clip, 2, false);
        QVERIFY(!w.playback.isOpen()); // nothing is waited for
        QTRY_COMPARE(w.frames, std::vector<int>{24});
        QVERIFY(w.playback.isOpen() && !w.playback.isPlaying());
        QCOMPARE(w.playback.frameIndex(), qint64(24));
        QVERIFY(qAbs(w.playback.timeSec() - 2) < 1e-6);
        QVERIFY(qAbs(w.playback.info().durationSec - 4) < .1);
    }

    void stepsAreFrameExact()
    {
        Watched w;
        w.playback.open(m_clip, 1, false);
        QTRY_COMPARE(w.playback.frameIndex(), qint64(12));
        QTRY_COMPARE(w.frames.size(), size_t(1));
        for (int i = 0; i < 3; ++i)
            w.playback.step(1);
        QTRY_COMPARE(w.frames.back(), 15);
        w.playback.step(-2);
        QTRY_COMPARE(w.frames.back(), 13);
        w.playback.step(-100);
        QTRY_COMPARE(w.frames.back(), 0);
        w.playback.step(1000);
        QTRY_COMPARE(w.frames.back(), kFrames - 1);
        QCOMPARE(w.playback.frameIndex(), qint64(kFrames - 1));
    }

    void theNewestSeekWins()
    {
        Watched w;
        w.playback.open(m_clip, 0, false);
        QTRY_VERIFY(w.playback.isOpen());
        for (int i = 0; i < 30; ++i)
            w.playback.seek(i * .1);
        w.playback.seek(3.5);
        QTRY_COMPARE(w.playback.frameIndex(), qint64(42));
        QTRY_COMPARE(w.frames.back(), 42);
        w.playback.seek(1e9);
        QTRY_COMPARE(w.frames.back(), kFrames - 1);
        w.playback.seek(-5);
        QTRY_COMPARE(w.frames.back(), 0);
    }

    void playsInTimeToTheEnd()
    {
        Watched w;
        QElapsedTimer timer;
        w.playback.open(m_clip, 2, true);
        QTRY_VERIFY(!w.frames.empty());
        timer.start();
        QTRY_COMPARE_WITH_TIMEOUT(w.ended.size(), 1, 15000);
        QVERIFY2(timer.elapsed() > 1500, qPrintable(QString::number(timer.elapsed())));
        QVERIFY(std::is_sorted(w.frames.begin(), w.frames.end()));
        QCOMPARE(w.frames.front(), 24);
        QVERIFY(w.frames.back() >= kFrames - 2);
        QVERIFY(!w.playback.isPlaying());
        // Once more plays from the start.
        w.frames.clear();
        w.playback.play();
        QTRY_VERIFY(!w.frames.empty());
        QVERIFY(w.frames.front() < 3);
    }

    void playsBackwards()
    {
        Watched w;
        w.playback.open(m_clip, 1.5, false);
        QTRY_COMPARE(w.frames.size(), size_t(1));
        w.frames.clear();
        w.playback.play(-1);
        QTRY_COMPARE_WITH_TIMEOUT(w.ended.size(), 1, 15000);
        QVERIFY(w.frames.size() >= 3);
        QVERIFY(std::is_sorted(w.frames.rbegin(), w.frames.rend()));
        QCOMPARE(w.playback.frameIndex(), qint64(0));
    }

    void pauseHoldsTheFrame()
    {
        Watched w;
        w.playback.open(m_clip, 0, true);
        QTRY_VERIFY(w.frames.size() >= 3);
        w.playback.pause();
        const qint64 held = w.playback.frameIndex();
        const size_t shown = w.frames.size();
        QTest::qWait(200);
        QCOMPARE(w.playback.frameIndex(), held);
        QCOMPARE(w.frames.size(), shown);
        w.playback.step(1);
        QTRY_COMPARE(w.frames.back(), int(held) + 1);
    }

    void pausedWhileOpeningStillShowsAPicture()
    {
        Watched w;
        w.playback.open(m_clip, 1, true);
        w.playback.pause();
        QTRY_VERIFY(!w.frames.empty());
        QCOMPARE(w.frames.back(), 12);
        QVERIFY(!w.playback.isPlaying());
    }

    void aFileThatCannotBePlayedSaysWhy()
    {
        std::ofstream(m_box / "bad.mp4") << "this is not a video";
        Watched w;
        w.playback.open(m_box / "bad.mp4", 0, true);
        QTRY_COMPARE(w.failed.size(), 1);
        QVERIFY(!w.failed[0][0].toString().isEmpty());
        QVERIFY(!w.playback.isPlaying());
        w.playback.open(m_clip, 0, false); // and the next one goes on
        QTRY_COMPARE(w.frames, std::vector<int>{0});
    }

    void manyFilesInARow()
    {
        Watched w;
        UiWatchdog watchdog;
        for (int i = 0; i < 40; ++i) {
            w.playback.open(i % 2 == 0 ? m_clip : m_box / "bad.mp4", i * .05, i % 3 == 0);
            QTest::qWait(i % 5);
        }
        w.playback.open(m_clip, 3, false);
        QTRY_VERIFY(!w.frames.empty() && w.frames.back() == 36);
        w.playback.close();
        QVERIFY(!w.playback.isOpen());
        QVERIFY2(watchdog.longestMs() < 100, qPrintable(QString::number(watchdog.longestMs())));
    }

    void keys()
    {
        PlayerWidget player;
        player.resize(320, 240);
        player.show();
        Playback& playback = player.playback();
        playback.open(m_clip, 1, false);
        QTRY_VERIFY(!player.image().isNull());
        QTest::keyClick(&player, Qt::Key_Right);
        QTRY_COMPARE(playback.frameIndex(), qint64(13));
        QTest::keyClick(&player, Qt::Key_Left);
        QTest::keyClick(&player, Qt::Key_Right, Qt::ShiftModifier);
        QTRY_COMPARE(playback.frameIndex(), qint64(24));
        QTest::keyClick(&player, Qt::Key_End);
        QTRY_COMPARE(playback.frameIndex(), qint64(kFrames - 1));
        QTest::keyClick(&player, Qt::Key_Home);
        QTRY_COMPARE(playback.frameIndex(), qint64(0));
        player.playFaster();
        QCOMPARE(playback.speed(), 1.0);
        player.playFaster();
        player.playFaster();
        player.playFaster();
        QCOMPARE(playback.speed(), 4.0);
        player.stop();
        QVERIFY(!playback.isPlaying());
        player.playFaster(); // after K, L plays at normal speed
        QCOMPARE(playback.speed(), 1.0);
        player.playBackwards();
        QCOMPARE(playback.speed(), -1.0);
        player.playBackwards();
        QCOMPARE(playback.speed(), -2.0);
        QTest::keyClick(&player, Qt::Key_Comma);
        QCOMPARE(playback.speed(), 1.0);
        QTest::keyClick(&player, Qt::Key_Comma);
        QCOMPARE(playback.speed(), .5);
        QSignalSpy left(&player, &PlayerWidget::leaveAsked);
        QTest::keyClick(&player, Qt::Key_Escape);
        QCOMPARE(left.size(), 1);
        QTest::mouseClick(&player, Qt::LeftButton);
        QVERIFY(!playback.isPlaying());
        player.clear();
        QVERIFY(player.image().isNull());
    }

    void heatStripSeeksByTime()
    {
        HeatStrip strip;
        strip.resize(400, 44);
        strip.setDuration(20);
        strip.setScores({1, 5, 9, 13, 17}, {.1F, .2F, .9F, .2F, .1F});
        strip.setMoment(7, 11);
        strip.show();
        QSignalSpy scrubbed(&strip, &HeatStrip::scrubbed);
        QSignalSpy over(&strip, &HeatStrip::scrubEnded);
        QTest::mousePress(&strip, Qt::LeftButton, {}, QPoint(100, 20));
        QTest::mouseMove(&strip, QPoint(200, 20));
        QTest::mouseRelease(&strip, Qt::LeftButton, {}, QPoint(300, 20));
        QVERIFY(scrubbed.size() >= 1);
        QVERIFY(qAbs(scrubbed[0][0].toDouble() - 5) < .1);
        QCOMPARE(over.size(), 1);
        // Bars, the frame and the position are drawn; an empty strip as well.
        QVERIFY(!strip.grab().isNull());
        strip.setScores({}, {});
        strip.setDuration(0);
        QVERIFY(!strip.grab().isNull());
    }

    void momentsOfAVideoDoNotOverlap()
    {
        VideoRecord video = record(1, "/v/a.mp4");
        video.info.durationSec = 20;
        Hit hit;
        hit.video = 1;
        hit.startSec = 12;
        hit.endSec = 14;
        Hit elsewhere = hit;
        elsewhere.video = 2;
        SearchEngine::HeatStrip heat;
        for (int i = 0; i < 20; ++i) {
            heat.timesSec.push_back(i + .5);
            heat.scores.push_back(i == 4 || i == 12 ? .9F : .1F);
        }
        const auto moments = momentsOfVideo(video, nullptr, {hit, elsewhere}, heat);
        QVERIFY(moments.size() >= 2);
        QVERIFY(!moments[0].ranked);
        QVERIFY(moments[0].hit.startSec <= 4.5 && moments[0].hit.endSec >= 4.5);
        int ranked = 0;
        for (size_t i = 0; i < moments.size(); ++i) {
            ranked += moments[i].ranked ? 1 : 0;
            if (i > 0)
                QVERIFY(moments[i - 1].hit.endSec <= moments[i].hit.startSec + 1e-9);
        }
        QCOMPARE(ranked, 1);
        MomentList list;
        list.setMoments(moments, 1);
        list.show();
        QCOMPARE(list.rowCount(), int(moments.size()));
        QCOMPARE(list.item(0, 1)->text(), QStringLiteral("\u2013"));
        QVERIFY(momentsOfVideo(video, nullptr, {}, {}).empty());
    }
};

QTEST_MAIN(PlayerTest)
#include "tst_player.moc"
