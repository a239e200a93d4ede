// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "base/random.h"
#include "retrieval/moments.h"
#include "support/test_data.h"

#include <algorithm>
#include <cmath>

using namespace clipscope;
using clipscope::test::errorOf;

namespace {

/// Middles of n equal parts of [0, duration).
std::vector<double> middles(int n, double duration)
{
    std::vector<double> out;
    for (int i = 0; i < n; ++i)
        out.push_back((i + .5) * duration / n);
    return out;
}

double overlapOverUnion(const Moment& m, double start, double end)
{
    const double both = std::max(0.0, std::min(m.endSec, end) - std::max(m.startSec, start));
    return both / (std::max(m.endSec, end) - std::min(m.startSec, start));
}

} // namespace

class TestMoments : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void smoothingAveragesInsideTheWindow()
    {
        const std::vector<double> times = {0, .5, 1, 1.5, 5};
        const std::vector<float> scores = {0, 3, 0, 6, 9};
        // +- .75 s reaches one neighbour at a spacing of .5 s; the frame at 5 s stands alone.
        QCOMPARE(smoothScores(times, scores), std::vector<float>({1.5F, 1, 3, 3, 9}));
        QCOMPARE(smoothScores(times, scores, 0), scores);
        QCOMPARE(smoothScores(std::vector<double>{0, .75}, std::vector<float>{1, 3}), std::vector<float>({2, 2}));
        QVERIFY(smoothScores({}, {}).empty());
    }
    void aPlateauIsFoundWithItsEnds()
    {
        const std::vector<double> times = middles(20, 10);
        std::vector<float> scores(20, .1F);
        for (int i = 8; i < 12; ++i)
            scores[size_t(i)] = .9F;
        const std::vector<Moment> m = findMoments(times, scores, 10, 3);
        QCOMPARE(m.size(), size_t(1));
        QCOMPARE(m[0].startSec, 4.0);
        QCOMPARE(m[0].endSec, 6.0);
        QCOMPARE(m[0].peakSec, 4.25);
        QCOMPARE(float(m[0].score), .9F);
    }
    void growthStopsAtHalfTheHeightAboveTheMean()
    {
        const std::vector<double> times = middles(8, 8);
        const std::vector<float> scores = {0, 0, .3F, 1, .6F, 0, 0, 0};
        // mean .2375, half height .61875: .6 is just outside.
        const std::vector<Moment> m = findMoments(times, scores, 8, 1);
        QCOMPARE(m[0].startSec, 3.0);
        QCOMPARE(m[0].endSec, 4.0);
        QCOMPARE(momentAround(times, scores, 8, 4).endSec, 5.0);
        QCOMPARE(momentAround(times, scores, 8, 4).startSec, 3.0);
    }
    void severalPeaksComeBestFirstAndApart()
    {
        const std::vector<double> times = middles(12, 12);
        const std::vector<float> scores = {0, .7F, .7F, 0, 0, 0, 0, .9F, 0, 0, .5F, 0};
        const std::vector<Moment> m = findMoments(times, scores, 12, 5);
        QCOMPARE(m.size(), size_t(3));
        QCOMPARE(m[0].startSec, 7.0);
        QCOMPARE(m[1].startSec, 1.0);
        QCOMPARE(m[1].endSec, 3.0);
        QCOMPARE(m[2].startSec, 10.0);
        QCOMPARE(findMoments(times, scores, 12, 2).size(), size_t(2));
        QVERIFY(findMoments(times, scores, 12, 0).empty());
    }
    void theSlopeOfAPeakIsNoPeak()
    {
        const std::vector<double> times = middles(9, 9);
        const std::vector<float> scores = {0, .1F, .2F, .4F, 1, .4F, .2F, .1F, 0};
        QCOMPARE(findMoments(times, scores, 9, 5).size(), size_t(1));
    }
    void equalScoresAreTheWholeClip()
    {
        for (const float level : {0.F, .3F, -.7F, .1F}) {
            const std::vector<Moment> m = findMoments(middles(7, 3.5), std::vector<float>(7, level), 3.5, 3);
            QCOMPARE(m.size(), size_t(1));
            QCOMPARE(m[0].startSec, 0.0);
            QCOMPARE(m[0].endSec, 3.5);
        }
    }
    void oneFrameIsTheWholeClip()
    {
        const std::vector<Moment> m = findMoments(std::vector<double>{.5}, std::vector<float>{.2F}, 1, 3);
        QCOMPARE(m.size(), size_t(1));
        QCOMPARE(m[0].startSec, 0.0);
        QCOMPARE(m[0].endSec, 1.0);
        QCOMPARE(m[0].peakSec, .5);
        QVERIFY(findMoments({}, {}, 1, 3).empty());
    }
    void anyTimesAndScoresGiveSoundMoments()
    {
        // Irregular spacing, repeated times, durations that lie, in 5,000 random clips.
        Random random(20);
        for (int round = 0; round < 5000; ++round) {
            const size_t n = size_t(random.integer(1, 30));
            std::vector<double> times(n);
            std::vector<float> scores(n);
            double t = random.chance(.3) ? 0 : random.uniform(0, 2);
            for (size_t i = 0; i < n; ++i) {
                times[i] = t;
                t += random.chance(.1) ? 0 : random.uniform(0, 3);
                scores[i] = random.chance(.2) ? .5F : float(random.uniform(-1, 1));
            }
            const double claimed = random.chance(.2) ? 0 : random.chance(.2) ? times.back() : t;
            const std::vector<float> smooth = smoothScores(times, scores);
            const std::vector<Moment> moments = findMoments(times, smooth, claimed, 4);
            QVERIFY(!moments.empty());
            for (size_t i = 0; i < moments.size(); ++i) {
                const Moment& m = moments[i];
                QVERIFY(m.startSec >= 0 && m.startSec < m.endSec);
                QVERIFY(m.endSec <= std::max(claimed, times.back() + .05));
                QVERIFY(m.peakSec >= m.startSec && m.peakSec <= m.endSec);
                QVERIFY(i == 0 || m.score <= moments[i - 1].score);
            }
            const std::vector<Moment> again = findMoments(times, smooth, claimed, 4);
            QCOMPARE(again.size(), moments.size());
            for (size_t i = 0; i < moments.size(); ++i)
                QVERIFY(again[i].startSec == moments[i].startSec && again[i].endSec == moments[i].endSec);
        }
    }
    void noisyEventsAreFound()
    {
        // Events of 2 to 8 s in 30 s clips at two frames a second, noise a fifth of the height: the shape of the sample
        // world.
        Random random(21);
        int found = 0;
        const int rounds = 400;
        for (int round = 0; round < rounds; ++round) {
            const std::vector<double> times = middles(60, 30);
            const double length = random.uniform(2, 8);
            const double start = random.uniform(0, 30 - length);
            std::vector<float> scores;
            for (const double t : times)
                scores.push_back(float((t >= start && t < start + length ? 1 : 0) + .2 * random.normal()));
            const std::vector<Moment> m = findMoments(times, smoothScores(times, scores), 30, 1);
            found += overlapOverUnion(m[0], start, start + length) >= .5;
        }
        QVERIFY2(found >= rounds * 9 / 10, qPrintable(QString("%1 of %2").arg(found).arg(rounds)));
    }
    void sizesThatDoNotFitAreRefused()
    {
        const std::vector<double> times = {1, 2};
        const std::vector<float> one = {1};
        QVERIFY(!errorOf<Error>([&] { smoothScores(times, one); }).empty());
        QVERIFY(!errorOf<Error>([&] { findMoments(times, one, 3, 1); }).empty());
        QVERIFY(!errorOf<Error>([&] { momentAround(std::vector<double>{1}, one, 3, 1); }).empty());
    }
};

QTEST_GUILESS_MAIN(TestMoments)
#include "tst_moments.moc"
