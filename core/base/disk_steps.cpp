// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/disk_steps.h"

#include "base/error.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace clipscope {

namespace {

/// True when a test has this step fail; errno is set.
bool faulted(DiskStep step)
{
    const auto fault = diskFault.load(std::memory_order_relaxed);
    const int error = fault ? fault(step) : 0;
    if (error != 0)
        errno = error;
    return error != 0;
}

} // namespace

int createTemporary(std::string& pattern)
{
    return faulted(DiskStep::Create) ? -1 : ::mkostemp(pattern.data(), O_CLOEXEC);
}

size_t writeBytes(int fd, const void* bytes, size_t count, int64_t at)
{
    int fault = 0;
    if (faulted(DiskStep::Write)) {
        fault = errno;
        count /= 2;
    }
    const auto* from = static_cast<const char*>(bytes);
    size_t done = 0;
    while (done < count) {
        const ssize_t n = at < 0 ? ::write(fd, from + done, count - done)
                                 : ::pwrite(fd, from + done, count - done, at + int64_t(done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return done;
        if (n == 0) { // never seen on a file; to try for ever would be worse than to say the likeliest reason
            errno = ENOSPC;
            return done;
        }
        done += size_t(n);
    }
    errno = fault;
    return done;
}

bool syncFile(int fd)
{
    if (faulted(DiskStep::Sync))
        return false;
    int result = 0;
    do {
        result = ::fsync(fd);
    } while (result != 0 && errno == EINTR);
    return result == 0;
}

bool renameFile(const std::filesystem::path& from, const std::filesystem::path& to)
{
    return !faulted(DiskStep::Rename) && ::rename(from.c_str(), to.c_str()) == 0;
}

bool exchangeFiles(const std::filesystem::path& a, const std::filesystem::path& b)
{
    return !faulted(DiskStep::Rename) && ::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0;
}

void syncFolder(const std::filesystem::path& folder)
{
    const std::filesystem::path named = folder.empty() ? std::filesystem::path(".") : folder;
    if (const int fd = ::open(named.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); fd >= 0) {
        syncFile(fd);
        ::close(fd);
    }
}

void throwStorageError(const std::string& what, const std::filesystem::path& path, int systemError)
{
    if (systemError == ENOSPC || systemError == EDQUOT || systemError == EFBIG)
        throw DiskFull(what + ": no space left on the disk", path.string());
    throw Error(ErrorKind::Storage, what + ": " + std::strerror(systemError), path.string());
}

} // namespace clipscope
