// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace clipscope {

/// SIGINT and SIGTERM as a file descriptor to wait on: the first one makes fd() readable and does nothing else, a
/// second one ends the process at once with status 1. Children get the usual signals back when they start. Made once,
/// in main, before the first thread.
class TerminationSignals {
public:
    TerminationSignals();
    TerminationSignals(const TerminationSignals&) = delete;
    TerminationSignals& operator=(const TerminationSignals&) = delete;

    int fd() const;
};

} // namespace clipscope
