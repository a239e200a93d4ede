// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/parallel_tasks_internal.h"

#include "base/machine.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace clipscope {

void runTasks(size_t count, int threads, const JobContext& context,
    const std::function<void(size_t task, const JobContext& quiet)>& task)
{
    std::stop_source stop;
    const std::stop_callback passOn(context.stop, [&] { stop.request_stop(); });
    JobContext quiet;
    quiet.stop = stop.get_token();
    std::atomic<size_t> next = 0;
    std::mutex mutex;
    std::exception_ptr failure;
    const auto work = [&] {
        for (size_t i; (i = next++) < count;) {
            try {
                quiet.throwIfStopped();
                task(i, quiet);
            } catch (...) {
                const std::lock_guard lock(mutex);
                if (!failure)
                    failure = std::current_exception();
                stop.request_stop();
                return;
            }
        }
    };
    std::vector<std::jthread> others;
    const auto wanted = size_t(std::max(1, threads > 0 ? threads : machine().cores));
    for (size_t i = 1; i < std::min(wanted, count); ++i)
        others.emplace_back(work);
    work();
    others.clear();
    if (failure)
        std::rethrow_exception(failure);
}

} // namespace clipscope
