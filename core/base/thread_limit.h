// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>

namespace clipscope {

/// How many threads one kind of background work may use. Copies share the number: it can be changed while the work
/// runs, from any thread, and the work follows at its next unit. Never less than one thread for each stage that needs
/// one.
class ThreadLimit {
public:
    explicit ThreadLimit(int threads = 0) { set(threads); }
    void set(int threads) { *m_threads = std::max(0, threads); }
    int get() const { return *m_threads; } ///< 0: no limit
    /// What work that would take `wished` threads may take.
    int cut(int wished) const { return get() == 0 ? wished : std::min(wished, get()); }

private:
    std::shared_ptr<std::atomic<int>> m_threads = std::make_shared<std::atomic<int>>(0);
};

} // namespace clipscope
