// SPDX-License-Identifier: GPL-3.0-or-later
#include "termination_signals.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace clipscope {

namespace {

// A signal handler can reach nothing else.
int pipeEnds[2] = {-1, -1};
std::atomic<bool> asked = false;
static_assert(std::atomic<bool>::is_always_lock_free);

void onSignal(int)
{
    if (asked.exchange(true))
        ::_exit(1);
    const int saved = errno;
    const char byte = 1;
    [[maybe_unused]] const ssize_t written = ::write(pipeEnds[1], &byte, 1);
    errno = saved;
}

} // namespace

TerminationSignals::TerminationSignals()
{
    if (::pipe2(pipeEnds, O_CLOEXEC | O_NONBLOCK) != 0)
        throw std::system_error(errno, std::generic_category(), "a pipe cannot be made");
    struct sigaction action { };
    action.sa_handler = onSignal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
}

int TerminationSignals::fd() const
{
    return pipeEnds[0];
}

} // namespace clipscope
