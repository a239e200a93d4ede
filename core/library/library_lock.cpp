// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/library_lock.h"

#include "base/disk_steps.h"
#include "base/text.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <map>
#include <mutex>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace fs = std::filesystem;

namespace clipscope {

struct LibraryLock::Held {
    explicit Held(int file)
        : fd(file)
    {
    }
    ~Held() { ::close(fd); } // gives the lock back; the file stays, removing it would let two hold "the" lock
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

    int fd;
    pid_t process = ::getpid(); ///< a fork inherits the memory, not the turn
};

namespace {

constexpr auto kLook = std::chrono::milliseconds(100);

std::string thisProgram()
{
    std::error_code ignored;
    const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
    std::array<char, 256> host{};
    ::gethostname(host.data(), host.size() - 1);
    return program.filename().string() + ", process " + std::to_string(::getpid()) + " on " + host.data();
}

std::string writtenIn(int fd)
{
    std::array<char, 512> text{};
    const ssize_t n = ::pread(fd, text.data(), text.size(), 0);
    return n > 0 ? validUtf8(trimmed(std::string(text.data(), size_t(n)))) : "another program";
}

} // namespace

LibraryLock::LibraryLock(const fs::path& folder, const JobContext& context)
{
    // A lock belongs to an open file, so that two of one process would shut each other out.
    static std::mutex mutex;
    static std::map<std::pair<dev_t, ino_t>, std::weak_ptr<Held>> held;

    const fs::path file = folder / "library.lock";
    std::string waitsFor;
    for (;; std::this_thread::sleep_for(kLook)) {
        context.throwIfStopped();
        const std::lock_guard lock(mutex);
        const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
        struct stat st = {};
        if (fd < 0 || ::fstat(fd, &st) != 0)
            throwStorageError("cannot be written", file, errno);
        auto mine = std::make_shared<Held>(fd);
        std::weak_ptr<Held>& known = held[{st.st_dev, st.st_ino}];
        if (m_held = known.lock(); m_held && m_held->process == ::getpid())
            return;
        if (::flock(fd, LOCK_EX | LOCK_NB) == 0) {
            const std::string name = thisProgram() + "\n";
            if (::ftruncate(fd, 0) == 0)
                writeBytes(fd, name.data(), name.size(), 0); // for people: the lock holds without it
            known = m_held = std::move(mine);
            return;
        }
        if (errno != EWOULDBLOCK) {
            m_held = std::move(mine);
            return;
        }
        const std::string holder = writtenIn(fd);
        if (holder != std::exchange(waitsFor, holder)) {
            const std::string text = "waiting for " + holder + ", which works on this library";
            context.log(LogLevel::Warning, folder.string() + ": " + text);
            context.progress(0, 0, text);
        }
    }
}

LibraryLock::~LibraryLock() = default;

} // namespace clipscope
