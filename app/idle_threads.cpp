// SPDX-License-Identifier: GPL-3.0-or-later
#include "idle_threads.h"

#include "base/machine.h"

#include <cstdlib>
#include <dlfcn.h>
#include <thread>
#include <unistd.h>

namespace clipscope {

void letIdleThreadsSleep()
{
    // The variable would do the same, but the runtime reads it before main.
    if (std::getenv("OMP_WAIT_POLICY") || std::getenv("GOMP_SPINCOUNT"))
        return;
    // What `#pragma omp parallel` compiles to. Asked for by name: the runtime that LibTorch brought is the one meant.
    using Parallel = void (*)(void (*)(void*), void*, unsigned, unsigned);
    const auto parallel = reinterpret_cast<Parallel>(::dlsym(RTLD_DEFAULT, "GOMP_parallel"));
    if (!parallel)
        return;
    std::thread([parallel] {
        parallel([](void*) {}, nullptr, unsigned(machine().cores) + 1, 0);
        // The group lives as long as the thread that started it.
        for (;;)
            ::pause();
    }).detach();
}

} // namespace clipscope
