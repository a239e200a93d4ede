// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "media/video_reader.h"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace clipscope {

/// How the decoding of one item ended; `failure` is empty when its frames are whole.
struct ItemEnd {
    double durationSec = 0;
    int askedFrames = 0;
    SampleError sampleError;
    size_t source = 0; ///< which of the item's equal files was read
    std::vector<std::string> failures; ///< of the files before `source`, and of this one when it failed too
    bool failed = false;
};

/// One thing that comes out of the window: a frame of an item, or its end.
struct WindowEvent {
    size_t item = 0;
    std::optional<VideoFrame> frame;
    ItemEnd end; ///< counts when there is no frame
};

/// The bounded queue between decoders and encoder. Several decoders, each with one item (a video) at a time, put frames
/// in as they come; they come out item by item in the order of their numbers, so that the batches, and with them the
/// last bits of every vector, do not depend on the number of decoders. Items must be begun in ascending order. Decoders
/// run ahead of the encoder until `capacity` frames wait; the item that is due next may always add up to `reserve` of
/// its own, so nobody waits in a circle. Safe from any thread; waiting ends with a stop.
class FrameWindow {
public:
    FrameWindow(size_t items, size_t capacity, size_t reserve);
    /// Waits for room. Throws Cancelled.
    void push(size_t item, VideoFrame&& frame, const std::stop_token& stop);
    /// After the item's last push.
    void finish(size_t item, ItemEnd end);
    /// The next event in order; nothing after the end of the last item. Throws Cancelled.
    std::optional<WindowEvent> pop(const std::stop_token& stop);
    /// The most frames that were ever inside.
    size_t peak() const;

private:
    struct Item {
        std::deque<VideoFrame> frames;
        std::optional<ItemEnd> end;
    };

    const size_t m_count;
    const size_t m_capacity;
    const size_t m_reserve;
    mutable std::mutex m_mutex;
    std::condition_variable_any m_roomMade;
    std::condition_variable_any m_eventCame;
    std::map<size_t, Item> m_items; ///< begun and not yet taken out
    size_t m_due = 0; ///< the item whose events come out now
    size_t m_frames = 0; ///< inside, of all items
    size_t m_peak = 0;
};

} // namespace clipscope
