// SPDX-License-Identifier: GPL-3.0-or-later
#include "embedding/frame_window_internal.h"

#include <algorithm>

namespace clipscope {

FrameWindow::FrameWindow(size_t items, size_t capacity, size_t reserve)
    : m_count(items)
    , m_capacity(capacity)
    , m_reserve(std::max<size_t>(1, reserve))
{
}

void FrameWindow::push(size_t item, VideoFrame&& frame, const std::stop_token& stop)
{
    std::unique_lock lock(m_mutex);
    const auto room = [&] {
        return m_frames < m_capacity || (item == m_due && m_items[item].frames.size() < m_reserve);
    };
    if (!m_roomMade.wait(lock, stop, room) || stop.stop_requested())
        throw Cancelled();
    m_items[item].frames.push_back(std::move(frame));
    m_peak = std::max(m_peak, ++m_frames);
    if (item == m_due)
        m_eventCame.notify_one();
}

void FrameWindow::finish(size_t item, ItemEnd end)
{
    const std::scoped_lock lock(m_mutex);
    m_items[item].end = std::move(end);
    if (item == m_due)
        m_eventCame.notify_one();
}

std::optional<WindowEvent> FrameWindow::pop(const std::stop_token& stop)
{
    std::unique_lock lock(m_mutex);
    if (m_due == m_count)
        return {};
    Item& due = m_items[m_due];
    if (!m_eventCame.wait(lock, stop, [&] { return !due.frames.empty() || due.end; }) || stop.stop_requested())
        throw Cancelled();
    WindowEvent event;
    event.item = m_due;
    if (due.frames.empty()) {
        event.end = std::move(*due.end);
        m_items.erase(m_due);
        ++m_due; // the next item may use the reserve now
    } else {
        event.frame = std::move(due.frames.front());
        due.frames.pop_front();
        --m_frames;
    }
    m_roomMade.notify_all();
    return event;
}

size_t FrameWindow::peak() const
{
    const std::scoped_lock lock(m_mutex);
    return m_peak;
}

} // namespace clipscope
