// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/media_descriptor_internal.h"

#include "base/error.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace clipscope {

void Descriptor::close()
{
    if (m_fd >= 0)
        ::close(m_fd);
    m_fd = -1;
}

Descriptor openMediaFile(const fs::path& path)
{
    const auto refuse = [&](ErrorKind kind, const std::string& happened, const std::string& remedy = {}) {
        throw Error(kind, happened, path.string(), remedy);
    };
    // A name that cannot hold bytes would be cut at its first NUL and open another file.
    if (path.string().find('\0') != std::string::npos)
        refuse(ErrorKind::Storage, "has a name that cannot exist");
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file) {
        const int error = errno;
        std::error_code ignored;
        if (error == ELOOP)
            refuse(ErrorKind::Storage, "is a link that leads back to itself");
        if (error == ENOENT && fs::is_symlink(fs::symlink_status(path, ignored)))
            refuse(ErrorKind::Storage, "is a link to a file that does not exist",
                "Bring the file back or remove the link.");
        if (error == ENOENT)
            refuse(ErrorKind::Storage, "does not exist", "It may have been moved or its drive may be disconnected.");
        if (error == EACCES || error == EPERM)
            refuse(ErrorKind::Storage, "may not be read by you", "Change its permissions.");
        refuse(ErrorKind::Storage, std::string("cannot be opened: ") + std::strerror(error));
    }
    struct stat st = {};
    const bool known = ::fstat(file.get(), &st) == 0;
    if (!known || !S_ISREG(st.st_mode))
        refuse(ErrorKind::Media,
            known && S_ISDIR(st.st_mode)        ? "is a folder, not a file"
                : known && S_ISFIFO(st.st_mode) ? "is a pipe, not a file"
                                                : "is a device, not a file");
    if (st.st_size == 0)
        refuse(ErrorKind::Media, "is empty (0 bytes)", "Copy it again from its source.");
    return file;
}

} // namespace clipscope
