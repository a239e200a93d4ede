// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/install_folder_internal.h"

#include "base/disk_steps.h"
#include "base/error.h"
#include "models/part_file_internal.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

struct Descriptor {
    int fd;
    ~Descriptor()
    {
        if (fd >= 0)
            ::close(fd);
    }
};

} // namespace

InstallLock::InstallLock(const fs::path& home, const std::string& name)
{
    const fs::path file = home / ("." + name + ".lock");
    m_fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (m_fd < 0)
        throwStorageError("cannot be written", file, errno);
    if (::flock(m_fd, LOCK_EX | LOCK_NB) == 0)
        return;
    const int error = errno;
    ::close(m_fd);
    if (error == EWOULDBLOCK)
        throw Error(ErrorKind::Resource, "is being installed by another Clipscope at this moment", name,
            "Wait until that one is done.");
    throwStorageError("cannot be locked", file, error);
}

InstallLock::~InstallLock()
{
    ::close(m_fd); // gives the lock back; the empty file stays, removing it would let two hold "the" lock
}

InstallFolder::InstallFolder(const fs::path& home, const std::string& name)
    : m_home(home)
    , m_staging(home / ("." + name + ".staging"))
    , m_target(home / name)
{
    fs::create_directories(m_staging);
}

void InstallFolder::keepOnly(const std::vector<std::string>& names) const
{
    std::vector<fs::path> others;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(m_staging))
        if (!entry.is_directory()
            && std::find(names.begin(), names.end(), fs::relative(entry.path(), m_staging).string()) == names.end())
            others.push_back(entry.path());
    for (const fs::path& path : others)
        fs::remove(path);
}

void InstallFolder::appear() const
{
    const fs::path before = m_staging.string() + ".before";
    std::error_code ignored;
    fs::remove_all(before, ignored);
    syncFolder(m_staging);
    // Where there is a target the two change places in one step: a crash finds the old model or the new one there.
    const bool replaces = fs::exists(fs::symlink_status(m_target, ignored));
    if (replaces && exchangeFiles(m_staging, m_target)) {
        ::rename(m_staging.c_str(), before.c_str());
    } else {
        if (replaces && !renameFile(m_target, before))
            throwStorageError("cannot be moved away", m_target, errno);
        if (!renameFile(m_staging, m_target)) {
            const int error = errno;
            if (replaces)
                ::rename(before.c_str(), m_target.c_str());
            throwStorageError("cannot be put in its place", m_target, error);
        }
    }
    syncFolder(m_home);
    fs::remove_all(before, ignored);
}

void InstallFolder::sweep(const fs::path& home, const std::string& name)
{
    std::error_code ignored;
    for (const char* ending : {".staging", ".staging.before"})
        fs::remove_all(home / ("." + name + ending), ignored);
}

void copyStoppable(const fs::path& from, const fs::path& to, const JobContext& context,
    const std::function<void(int64_t, int64_t)>& onBytes)
{
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    const Descriptor in{::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    struct stat st;
    if (in.fd < 0 || ::fstat(in.fd, &st) != 0)
        throwStorageError("cannot be opened", from, errno);
    if (!S_ISREG(st.st_mode))
        throw Error(ErrorKind::Storage, "is not a regular file", from.string());
    PartFile out(to);
    std::vector<char> buffer(1 << 20);
    bool fine = out.truncate();
    while (fine) {
        context.throwIfStopped();
        const ssize_t n = ::read(in.fd, buffer.data(), buffer.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            throwStorageError("cannot be read", from, errno);
        if (n == 0)
            break;
        fine = out.append(buffer.data(), size_t(n));
        onBytes(out.held(), st.st_size);
    }
    if (!fine)
        throwStorageError("cannot be written", to, out.fault());
    out.sync();
}

} // namespace clipscope
