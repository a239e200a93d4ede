// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include <atomic>
#include <thread>

namespace clipscope::test {

/// Watches whether the thread it was made on keeps answering: another thread asks every 5 ms. Time that the machine did
/// not give the thread although it wanted to run (it waited in the run queue) does not count: a busy test machine is no
/// blocked window.
class UiWatchdog : public QObject {
    Q_OBJECT
public:
    explicit UiWatchdog(QObject* parent = nullptr);
    ~UiWatchdog() override;
    /// The longest time without an answer, in milliseconds, since it was made or reset.
    int longestMs() const { return m_longestMs; }
    int answers() const { return m_answers; }
    void reset();

private:
    void answer(qint64 askedNs, qint64 waitedBeforeNs);
    static qint64 waitedNs(int threadId);

    std::atomic<bool> m_pending = false;
    int m_longestMs = 0;
    int m_answers = 0;
    int m_threadId = 0;
    std::jthread m_thread;
};

} // namespace clipscope::test
