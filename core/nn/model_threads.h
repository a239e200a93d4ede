// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/late_function.h"

namespace clipscope {

/// Threads LibTorch's own kernels use in calls from any thread; 0 = as many as at the start (OMP_NUM_THREADS, else one
/// for each core). Sets a process-wide number.
extern LateFunction<void(int threads)> setModelThreads;

} // namespace clipscope
