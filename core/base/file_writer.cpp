// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/file_writer.h"

#include "base/disk_steps.h"
#include "base/error.h"

#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr std::string_view kMark = ".unfinished-";
constexpr size_t kRandomCharacters = 6;

} // namespace

FileWriter::FileWriter(const fs::path& path)
    : m_path(path)
{
    // The lock tells removeUnfinished() that somebody is at it. One that came between the making and the locking has
    // taken the file away: another is made.
    struct stat st = {};
    do {
        if (m_fd >= 0)
            ::close(m_fd);
        m_temporary = path.string() + std::string(kMark) + std::string(kRandomCharacters, 'X');
        m_fd = createTemporary(m_temporary);
        if (m_fd < 0)
            throwStorageError("cannot be written", path, errno);
        ::flock(m_fd, LOCK_EX);
    } while (::fstat(m_fd, &st) == 0 && st.st_nlink == 0);
    ::fchmod(m_fd, 0644);
}

FileWriter::~FileWriter()
{
    if (m_fd >= 0) {
        ::unlink(m_temporary.c_str());
        ::close(m_fd);
    }
}

void FileWriter::write(const void* bytes, size_t count)
{
    if (writeBytes(m_fd, bytes, count) != count)
        throwStorageError("cannot be written", m_path, errno);
}

void FileWriter::commit()
{
    if (!syncFile(m_fd))
        throwStorageError("cannot be written", m_path, errno);
    if (!renameFile(m_temporary, m_path))
        throwStorageError("cannot be replaced", m_path, errno);
    ::close(m_fd);
    m_fd = -1;
    syncFolder(m_path.parent_path());
}

std::string finishedName(const std::string& name)
{
    constexpr size_t kTail = kMark.size() + kRandomCharacters;
    if (name.size() <= kTail || name.compare(name.size() - kTail, kMark.size(), kMark) != 0)
        return {};
    return name.substr(0, name.size() - kTail);
}

void removeUnfinished(const fs::path& folder)
{
    std::error_code failed;
    std::vector<fs::path> found;
    for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
        if (!finishedName(it->path().filename().string()).empty())
            found.push_back(it->path());
    }
    for (const fs::path& path : found) {
        const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0)
            continue;
        struct stat st = {};
        if (::fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && ::flock(fd, LOCK_EX | LOCK_NB) == 0)
            ::unlink(path.c_str());
        ::close(fd);
    }
}

} // namespace clipscope
