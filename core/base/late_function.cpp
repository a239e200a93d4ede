// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/late_function.h"

#include "base/error.h"

#include <dlfcn.h>

#include <mutex>

namespace clipscope {

void openLateLibrary()
{
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    // It stands beside core, which looks for libraries in its own folder, and stays open to the end. Opened again, it
    // is the same one.
    if (!dlopen("libclipscope-late.so", RTLD_NOW | RTLD_LOCAL)) {
        const char* reason = dlerror();
        throw Error(ErrorKind::Resource, std::string("cannot be opened: ") + (reason ? reason : "no reason is given"),
            "libclipscope-late.so", "Run packaging/setup again: it builds and installs what is missing.");
    }
}

} // namespace clipscope
