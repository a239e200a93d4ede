// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/low_priority.h"
#include "base/power_supply.h"
#include "base/thread_limit.h"
#include "support/test_data.h"

#include <QTest>

#include <fstream>
#include <map>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

namespace {

int niceness()
{
    return ::getpriority(PRIO_PROCESS, 0);
}

int diskPriority()
{
    return int(::syscall(SYS_ioprio_get, 1, 0));
}

using Facts = std::map<std::string, std::string>;

void makeSupply(const fs::path& supplies, const std::string& name, const Facts& facts)
{
    fs::create_directories(supplies / name);
    for (const auto& [file, text] : facts)
        std::ofstream(supplies / name / file) << text << "\n";
}

const Facts kMainsOn{{"type", "Mains"}, {"online", "1"}};
const Facts kMainsOff{{"type", "Mains"}, {"online", "0"}};
const Facts kEmptied{{"type", "Battery"}, {"status", "Discharging"}};
const Facts kFull{{"type", "Battery"}, {"status", "Full"}};
const Facts kMouse{{"type", "Battery"}, {"status", "Discharging"}, {"scope", "Device"}};

} // namespace

/// How background work makes room: threads, priority, battery.
class BackgroundWorkTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void onlyTheThreadThatAsksBecomesLow()
    {
        const int here = niceness();
        int there = 0, child = 0, disk = 0;
        bool done = false;
        std::thread([&] {
            done = setLowPriority(true);
            there = niceness();
            disk = diskPriority();
            std::thread([&] { child = niceness(); }).join();
        }).join();
        QVERIFY(done);
        QCOMPARE(there, std::max(10, here));
        QCOMPARE(child, there); // what it starts is as low
        QCOMPARE(disk & 7, 7);
        QCOMPARE(niceness(), here);
    }

    void takingItBack()
    {
        if (niceness() != 0)
            QSKIP("the tests themselves run at another priority");
        std::thread([] {
            QVERIFY(setLowPriority(false)); // it is not low: nothing to do
            QVERIFY(setLowPriority(true));
            // Only the system's administrator may take it back; either way the answer is the truth.
            QCOMPARE(setLowPriority(false), niceness() == 0);
        }).join();
    }

    void supplies_data()
    {
        using Supplies = std::map<std::string, Facts>;
        QTest::addColumn<std::map<std::string, Facts>>("supplies");
        QTest::addColumn<bool>("onBattery");
        const auto row = [](const char* name, const Supplies& supplies, bool onBattery) {
            QTest::newRow(name) << supplies << onBattery;
        };
        row("a desktop computer", {}, false);
        row("unplugged", {{"AC", kMainsOff}, {"BAT0", kEmptied}}, true);
        row("plugged in", {{"AC", kMainsOn}, {"BAT0", kFull}}, false);
        row("plugged in, too weak to charge", {{"AC", kMainsOn}, {"BAT0", kEmptied}}, false);
        row("charged through USB", {{"AC", kMainsOff}, {"BAT0", kFull}, {"ucsi", {{"type", "USB"}, {"online", "1"}}}},
            false);
        row("no adapter is listed", {{"BAT0", kEmptied}}, true);
        row("two batteries, one in use", {{"BAT0", kFull}, {"BAT1", kEmptied}, {"AC", kMainsOff}}, true);
        row("the mouse's battery", {{"hidpp_battery_0", kMouse}}, false);
        row("a UPS that takes over", {{"ups", {{"type", "UPS"}, {"status", "Discharging"}}}}, true);
        row("nothing readable", {{"BAT0", {}}}, false);
    }
    void supplies()
    {
        using Supplies = std::map<std::string, Facts>;
        QFETCH(Supplies, supplies);
        QFETCH(bool, onBattery);
        const TempDir box;
        for (const auto& [name, facts] : supplies)
            makeSupply(box.path(), name, facts);
        QCOMPARE(runsOnBattery(box.path()), onBattery);
    }

    void noSuchFolder() { QVERIFY(!runsOnBattery("/nowhere/power_supply")); }

    void threadLimit()
    {
        ThreadLimit limit;
        const ThreadLimit copy = limit;
        QCOMPARE(copy.cut(8), 8);
        limit.set(3);
        QCOMPARE(copy.get(), 3);
        QCOMPARE(copy.cut(8), 3);
        QCOMPARE(copy.cut(2), 2);
        limit.set(-5);
        QCOMPARE(copy.get(), 0);
    }
};

QTEST_GUILESS_MAIN(BackgroundWorkTest)
#include "tst_background_work.moc"
