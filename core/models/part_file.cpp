// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/part_file_internal.h"

#include "base/disk_steps.h"
#include "base/error.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr int64_t kHandOver = 16 << 20;

} // namespace

PartFile::PartFile(const fs::path& path)
    : m_path(path)
    , m_fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644))
{
    if (m_fd < 0)
        throwStorageError("cannot be written", path, errno);
    struct stat st;
    if (::fstat(m_fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        ::close(m_fd);
        throw Error(ErrorKind::Storage, "is not a regular file", path.string());
    }
    m_held = m_handedOver = st.st_size;
}

PartFile::~PartFile()
{
    ::close(m_fd);
}

bool PartFile::truncate()
{
    if (::ftruncate(m_fd, 0) != 0) {
        m_fault = errno;
        return false;
    }
    m_held = m_handedOver = 0;
    return true;
}

bool PartFile::append(const char* bytes, size_t count)
{
    const size_t written = writeBytes(m_fd, bytes, count, m_held);
    m_held += int64_t(written);
    if (written < count) {
        m_fault = errno;
        return false;
    }
    if (m_held - m_handedOver >= kHandOver) { // a hint: whatever it returns, sync() has the last word
        ::sync_file_range(m_fd, m_handedOver, m_held - m_handedOver, SYNC_FILE_RANGE_WRITE);
        m_handedOver = m_held;
    }
    return true;
}

void PartFile::sync() const
{
    if (!syncFile(m_fd))
        throwStorageError("cannot be written", m_path, errno);
}

} // namespace clipscope
