// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz/fuzz_input.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <sys/mman.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace clipscope::fuzz {

namespace {

/// The driver cannot go on without its files.
[[noreturn]] void giveUp(const char* what)
{
    std::perror(what);
    std::exit(2);
}

void writeAll(int fd, std::string_view bytes)
{
    for (size_t done = 0; done < bytes.size();) {
        const ssize_t n = ::write(fd, bytes.data() + done, bytes.size() - done);
        if (n <= 0)
            giveUp("an input cannot be written");
        done += size_t(n);
    }
}

} // namespace

MemoryFile::MemoryFile()
    : m_fd(::memfd_create("fuzz", MFD_CLOEXEC))
    , m_path("/proc/self/fd/" + std::to_string(m_fd))
{
    if (m_fd < 0)
        giveUp("no file in memory");
}

MemoryFile::~MemoryFile()
{
    ::close(m_fd);
}

void MemoryFile::set(std::string_view bytes)
{
    if (::ftruncate(m_fd, 0) != 0 || ::lseek(m_fd, 0, SEEK_SET) != 0)
        giveUp("a file in memory cannot be emptied");
    writeAll(m_fd, bytes);
}

ScratchFolder::ScratchFolder()
{
    const bool inMemory = ::access("/dev/shm", W_OK) == 0;
    std::string pattern =
        ((inMemory ? fs::path("/dev/shm") : fs::temp_directory_path()) / "clipscope-fuzz-XXXXXX").string();
    if (!::mkdtemp(pattern.data()))
        giveUp("no scratch folder");
    m_path = pattern;
}

ScratchFolder::~ScratchFolder()
{
    std::error_code ignored;
    fs::remove_all(m_path, ignored);
}

void writeQuickly(const fs::path& path, std::string_view bytes)
{
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        giveUp(path.c_str());
    writeAll(fd, bytes);
    ::close(fd);
}

void openSafetensors(std::string_view bytes, void (*open)(const fs::path& path))
{
    static MemoryFile file;
    file.set(bytes);
    accepted([&] { open(file.path()); });
    std::string mended(bytes);
    const size_t end = mended.rfind('}');
    uint64_t length = 0;
    if (end == std::string::npos || end < sizeof length)
        return;
    length = end + 1 - sizeof length;
    if (std::memcmp(mended.data(), &length, sizeof length) == 0)
        return;
    std::memcpy(mended.data(), &length, sizeof length);
    file.set(mended);
    accepted([&] { open(file.path()); });
}

void require(bool holds, const char* promise)
{
    if (holds)
        return;
    std::fprintf(stderr, "a promise is broken: %s\n", promise);
    std::abort();
}

} // namespace clipscope::fuzz
