// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/decoder_lifeline_internal.h"

#include <algorithm>
#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>

namespace clipscope {

Lifeline::Lifeline(Descriptor descriptor)
    : m_descriptor(std::move(descriptor))
    , m_thread([this] { listen(); })
{
}

std::stop_token Lifeline::begin(uint64_t ticket)
{
    const std::scoped_lock lock(m_mutex);
    m_ticket = ticket;
    m_stop = std::stop_source();
    // The order to stop goes another way than the question and may be faster.
    if (m_cancelled >= ticket)
        m_stop.request_stop();
    return m_stop.get_token();
}

void Lifeline::listen()
{
    for (;;) {
        uint64_t ticket = 0;
        const ssize_t n = ::recv(m_descriptor.get(), &ticket, sizeof ticket, MSG_WAITALL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n != ssize_t(sizeof ticket))
            ::_exit(0);
        const std::scoped_lock lock(m_mutex);
        m_cancelled = std::max(m_cancelled, ticket);
        if (m_cancelled >= m_ticket)
            m_stop.request_stop();
    }
}

} // namespace clipscope
