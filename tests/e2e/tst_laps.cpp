// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench.h"

#include "base/error.h"

#include <QTest>

#include <chrono>
#include <thread>

using namespace clipscope;

/// The machinery that every bench measures with.
class LapsTest : public QObject {
    Q_OBJECT

    static Laps lapsOf(const std::vector<double>& seconds)
    {
        Laps laps;
        for (const double s : seconds)
            laps.add({s, 2 * s});
        return laps;
    }

private Q_SLOTS:
    void medians()
    {
        const Laps odd = lapsOf({5, 1, 3});
        QCOMPARE(odd.wallSec(), 3.);
        QCOMPARE(odd.cpuSec(), 6.);
        QCOMPARE(odd.fastestSec(), 1.);
        QCOMPARE(odd.slowestSec(), 5.);
        QCOMPARE(lapsOf({4, 1, 2, 100}).wallSec(), 3.);
        QCOMPARE(Laps().wallSec(), 0.);
    }

    void turns()
    {
        std::string order;
        const Contender contenders[] = {{"a", [&] { order += 'a'; }}, {"b", [&] { order += 'b'; }}};
        std::vector<std::string> told;
        JobContext context;
        context.onProgress = [&](const Progress& p) { told.push_back(p.text + std::to_string(p.done)); };
        const std::vector<Laps> laps = measureInTurns(contenders, 3, 1, context);
        QCOMPARE(order, std::string("abababab"));
        QCOMPARE(laps.size(), size_t(2));
        QCOMPARE(laps[0].all().size(), size_t(3));
        QCOMPARE(told.front(), std::string("a0"));
        QCOMPARE(told.back(), std::string("b7"));
    }

    void wallAndCpuAreTwoThings()
    {
        const Lap slept = timed([] { std::this_thread::sleep_for(std::chrono::milliseconds(60)); });
        QVERIFY(slept.wallSec >= .06);
        QVERIFY2(slept.cpuSec < .05, std::to_string(slept.cpuSec).c_str());
        const Lap worked = timed([] {
            const auto used = [] {
                timespec t{};
                ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
                return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
            };
            for (const double until = used() + .05; used() < until;) { }
        });
        QVERIFY2(worked.cpuSec >= .05 && worked.cpuSec < worked.wallSec + .02, std::to_string(worked.cpuSec).c_str());
    }

    void stopsBetweenLaps()
    {
        std::stop_source stop;
        JobContext context;
        context.stop = stop.get_token();
        int runs = 0;
        const Contender contender{"a", [&] {
                                      if (++runs == 2)
                                          stop.request_stop();
                                  }};
        QVERIFY_THROWS_EXCEPTION(Cancelled, measureInTurns({&contender, 1}, 5, 0, context));
        QCOMPARE(runs, 2);
    }

    void sharedOut()
    {
        std::vector<int> done(50);
        sideBySide(50, 3, [&](int i) { ++done[size_t(i)]; });
        QCOMPARE(done, std::vector<int>(50, 1));
        QVERIFY_THROWS_EXCEPTION(Error, sideBySide(4, 2, [](int i) {
            if (i == 1)
                throw Error(ErrorKind::Media, "is broken", "b.mp4");
        }));
    }

    void figures()
    {
        BenchRow slow = rateRow("slow", 12, "frames/s", lapsOf({2, 2, 2}));
        BenchRow fast = rateRow("fast", 12, "frames/s", lapsOf({1, .5, .75}));
        compareCpu(fast, slow);
        QCOMPARE(slow.value, 6.);
        QCOMPARE(fast.value, 16.);
        QVERIFY(std::abs(fast.ratio - 4 / 1.5) < 1e-9);
        QCOMPARE(latencyRow("query", 5, lapsOf({.01, .01, .01})).value, 2.);
        const BenchRow rows[] = {slow, fast};
        const Json json = benchJson(rows);
        QCOMPARE(json[0].value("name", ""), std::string("slow"));
        QVERIFY(!json[0].contains("ratio"));
        QCOMPARE(json[1].value("cpuSeconds", 0.), 1.5);
        QCOMPARE(json[1].value("runs", 0), 3);
        QCOMPARE(json[1].value("against", ""), std::string("slow, CPU"));
        const std::string table = benchTable(rows);
        QVERIFY2(table.find("0.750 (0.500-1.00)") != std::string::npos, table.c_str());
    }
};

QTEST_APPLESS_MAIN(LapsTest)
#include "tst_laps.moc"
