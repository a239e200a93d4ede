// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <sys/stat.h>

namespace clipscope {

/// When the file was last written, in nanoseconds since 1970: how the library remembers and compares files.
inline int64_t modifiedNs(const struct stat& status)
{
    return int64_t(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
}

} // namespace clipscope
