// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/file_writer_internal.h"

#include "base/error.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace clipscope {

void throwStorageError(const std::string& what, const std::filesystem::path& path, int systemError)
{
    // A quota and a file size limit are met by a user as a full disk, and mended in the same way.
    if (systemError == ENOSPC || systemError == EDQUOT || systemError == EFBIG)
        throw Error(ErrorKind::Storage, what + ": no space left on the disk", path.string(),
            "Free some space and start the same step again; nothing finished is lost.");
    throw Error(ErrorKind::Storage, what + ": " + std::strerror(systemError), path.string());
}

FileWriter::FileWriter(const std::filesystem::path& path)
    : m_path(path)
    , m_temporary(path.string() + ".XXXXXX")
    , m_fd(::mkstemp(m_temporary.data()))
{
    if (m_fd < 0)
        throwStorageError("cannot be written", path, errno);
    ::fchmod(m_fd, 0644);
}

FileWriter::~FileWriter()
{
    if (m_fd >= 0) {
        ::close(m_fd);
        ::unlink(m_temporary.c_str());
    }
}

void FileWriter::write(const void* bytes, size_t count)
{
    const auto* from = static_cast<const char*>(bytes);
    while (count > 0) {
        const ssize_t n = ::write(m_fd, from, count);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            throwStorageError("cannot be written", m_path, errno);
        from += n;
        count -= size_t(n);
    }
}

void FileWriter::commit()
{
    if (::fsync(m_fd) != 0)
        throwStorageError("cannot be written", m_path, errno);
    if (::rename(m_temporary.c_str(), m_path.c_str()) != 0)
        throwStorageError("cannot be replaced", m_path, errno);
    ::close(m_fd);
    m_fd = -1;
    const std::filesystem::path folder = m_path.has_parent_path() ? m_path.parent_path() : std::filesystem::path(".");
    if (const int parent = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); parent >= 0) {
        ::fsync(parent);
        ::close(parent);
    }
}

} // namespace clipscope
