// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/machine.h"
#include "support/test_data.h"

#include <chrono>
#include <csignal>
#include <cstring>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace clipscope;

namespace {

double wallSeconds()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Computes until this thread has used so many CPU seconds.
void compute(double seconds)
{
    timespec t{};
    do {
        for (volatile int i = 0; i < 10000;) {
            const int next = i + 1;
            i = next;
        }
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    } while (double(t.tv_sec) + 1e-9 * double(t.tv_nsec) < seconds);
}

} // namespace

/// What run records and benches say about the machine's use.
class MachineTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sleepingCostsNothing()
    {
        const double before = processCpuSeconds();
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        const double used = processCpuSeconds() - before;
        QVERIFY2(used < .08, std::to_string(used).c_str());
    }

    void everyThreadCounts()
    {
        const double before = processCpuSeconds();
        {
            std::jthread first(compute, .1), second(compute, .1);
        }
        const double used = processCpuSeconds() - before;
        QVERIFY2(used >= .2 && used < .4, std::to_string(used).c_str());
    }

    /// A running child counts, and goes on counting the same when it has ended.
    void childrenCount()
    {
        const double before = processCpuSeconds();
        int done[2];
        QCOMPARE(::pipe(done), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            compute(.2);
            char byte = 0;
            if (::write(done[1], &byte, 1) == 1)
                for (;;)
                    ::pause();
            ::_exit(1);
        }
        char byte = 0;
        QCOMPARE(::read(done[0], &byte, 1), 1);
        const double running = processCpuSeconds() - before;
        ::kill(child, SIGKILL);
        QCOMPARE(::waitpid(child, nullptr, 0), child);
        const double ended = processCpuSeconds() - before;
        QVERIFY2(running >= .2 && running < .4, std::to_string(running).c_str());
        QVERIFY2(std::abs(ended - running) < .05, std::to_string(ended).c_str());
        ::close(done[0]);
        ::close(done[1]);
    }

    void peakMemory()
    {
        constexpr size_t kBytes = 64 << 20;
        forgetPeakMemory();
        const int64_t before = peakMemoryBytes();
        if (before == 0)
            QSKIP("this system does not tell how much memory is used");
        {
            std::vector<char> memory(kBytes);
            std::memset(memory.data(), int(wallSeconds()) | 1, memory.size());
            QVERIFY(memory[kBytes / 2] != 0);
        }
        const int64_t peak = peakMemoryBytes();
        QVERIFY2(peak - before >= int64_t(kBytes) * 9 / 10, std::to_string(peak - before).c_str());
#if defined(__SANITIZE_ADDRESS__)
        QSKIP("AddressSanitizer keeps what is freed for a while");
#endif
        forgetPeakMemory();
        QVERIFY(peakMemoryBytes() < peak - int64_t(kBytes) / 2);
    }
};

QTEST_APPLESS_MAIN(MachineTest)
#include "tst_machine.moc"
