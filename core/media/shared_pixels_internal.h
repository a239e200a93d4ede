// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "media/media_descriptor_internal.h"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace clipscope {

/// Memory that a program and its decoder both see: a counter of the decoder's progress, and room for pictures. It can
/// grow but never shrink, so that touching it is safe whatever the other end does; its content is whatever that end
/// wrote.
class SharedPixels {
public:
    /// New memory with room for `bytes`. Throws Error(Resource).
    explicit SharedPixels(size_t bytes);
    /// The memory that another process made. Throws std::bad_alloc.
    explicit SharedPixels(Descriptor descriptor);
    ~SharedPixels();
    SharedPixels(const SharedPixels&) = delete;
    SharedPixels& operator=(const SharedPixels&) = delete;

    int fd() const { return m_descriptor.get(); }
    uint8_t* data() { return m_pixels; }
    size_t bytes() const { return m_bytes; }
    std::atomic<uint64_t>& progress() { return *m_progress; }
    /// Makes room for `bytes` in one piece; data() moves. Throws std::bad_alloc.
    void grow(size_t bytes);
    /// Sees what the other process has grown it to; data() moves. Throws std::bad_alloc.
    void remap();

private:
    void map();

    Descriptor m_descriptor;
    std::atomic<uint64_t>* m_progress = nullptr;
    uint8_t* m_pixels = nullptr;
    size_t m_bytes = 0;
};

} // namespace clipscope
