// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "media/media_descriptor_internal.h"

#include <cstdint>
#include <mutex>
#include <stop_token>
#include <thread>

namespace clipscope {

/// A decoder's tie to the program that started it: a socket that a thread of its own listens to. When the other end
/// goes, however it went, the whole process ends at once, even while another thread hangs inside a library. A ticket
/// that comes stops the question of that number.
class Lifeline {
public:
    explicit Lifeline(Descriptor descriptor);
    /// The stop token of question number `ticket`. Tickets ascend.
    std::stop_token begin(uint64_t ticket);

private:
    [[noreturn]] void listen();

    Descriptor m_descriptor;
    std::mutex m_mutex;
    uint64_t m_ticket = 0;
    uint64_t m_cancelled = 0;
    std::stop_source m_stop;
    std::thread m_thread; ///< never ends but with the process
};

} // namespace clipscope
