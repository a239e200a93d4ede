// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace clipscope {

/// Lets LibTorch's worker threads sleep where they would spin. Between two parallel pieces of work GNU's OpenMP runtime
/// spins for up to 3 ms, on the very cores that the decoders, the window or another program need; measured on two
/// cores, embedding beside other work was 8 to 24 times slower for it. The runtime spins 3,000 times less while it
/// manages more threads than there are cores (GOMP_SPINCOUNT in its manual), so one group of threads more than cores is
/// started here and sleeps for good. OMP_WAIT_POLICY or GOMP_SPINCOUNT of the user's win; another runtime is left
/// alone. Called once, in main.
void letIdleThreadsSleep();

} // namespace clipscope
