// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui_watchdog.h"

#include <QFile>

#include <algorithm>
#include <chrono>
#include <sys/syscall.h>
#include <unistd.h>

namespace clipscope::test {

namespace {
qint64 nowNs()
{
    return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}
} // namespace

UiWatchdog::UiWatchdog(QObject* parent)
    : QObject(parent)
    , m_threadId(int(::syscall(SYS_gettid)))
{
    m_thread = std::jthread([this](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            if (!m_pending.exchange(true)) {
                const qint64 asked = nowNs();
                const qint64 waited = waitedNs(m_threadId);
                QMetaObject::invokeMethod(
                    this, [this, asked, waited] { answer(asked, waited); }, Qt::QueuedConnection);
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    });
}

UiWatchdog::~UiWatchdog()
{
    m_thread.request_stop();
    m_thread.join();
}

void UiWatchdog::reset()
{
    m_longestMs = 0;
    m_answers = 0;
}

void UiWatchdog::answer(qint64 askedNs, qint64 waitedBeforeNs)
{
    const qint64 starved = waitedNs(m_threadId) - waitedBeforeNs;
    m_longestMs = std::max(m_longestMs, int((nowNs() - askedNs - starved) / 1000000));
    ++m_answers;
    m_pending = false;
}

/// The second figure of schedstat: time spent waiting on a run queue.
qint64 UiWatchdog::waitedNs(int threadId)
{
    QFile file(QStringLiteral("/proc/self/task/%1/schedstat").arg(threadId));
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    const QList<QByteArray> figures = file.readAll().simplified().split(' ');
    return figures.size() >= 2 ? figures[1].toLongLong() : 0;
}

} // namespace clipscope::test
