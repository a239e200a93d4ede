// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"

#include <cstddef>
#include <functional>

namespace clipscope {

/// Calls task(0) to task(count - 1), `threads` at a time (0: one a processor), with a context that stops when the
/// caller's does or when another task failed, and says nothing: what is told is the study's. The first exception is
/// thrown once all have ended.
void runTasks(size_t count, int threads, const JobContext& context,
    const std::function<void(size_t task, const JobContext& quiet)>& task);

} // namespace clipscope
