// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/late_function.h"

#include "base/error.h"

#include <dlfcn.h>

#include <filesystem>
#include <mutex>
#include <string>

namespace clipscope {

namespace {

/// It stands beside the library that this is in. By its whole path: what asks the loader in between, as
/// AddressSanitizer does, looks in its own folders.
std::filesystem::path lateLibrary()
{
    const std::filesystem::path name = "libclipscope-late.so";
    Dl_info core{};
    if (dladdr(reinterpret_cast<const void*>(&openLateLibrary), &core) == 0 || !core.dli_fname)
        return name;
    return std::filesystem::path(core.dli_fname).parent_path() / name;
}

} // namespace

void openLateLibrary()
{
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    // It stays open to the end. Opened again, it is the same one.
    const std::filesystem::path library = lateLibrary();
    if (!dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL)) {
        const char* reason = dlerror();
        throw Error(ErrorKind::Resource, std::string("cannot be opened: ") + (reason ? reason : "no reason is given"),
            library.string(), "Run packaging/setup again: it builds and installs what is missing.");
    }
}

} // namespace clipscope
