// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/shared_pixels_internal.h"

#include "base/error.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <new>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace clipscope {

namespace {

/// The counter has pages of its own: pictures move when they grow. A multiple of every page size in use.
constexpr size_t kCounterBytes = 1 << 16;
static_assert(std::atomic<uint64_t>::is_always_lock_free);

void* mapOrThrow(int fd, size_t bytes, size_t offset)
{
    void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, off_t(offset));
    if (memory == MAP_FAILED)
        throw std::bad_alloc();
    return memory;
}

} // namespace

SharedPixels::SharedPixels(size_t bytes)
    : m_descriptor(::memfd_create("clipscope-pixels", MFD_CLOEXEC | MFD_ALLOW_SEALING))
{
    // Were it to shrink, touching what is gone would end this process.
    if (!m_descriptor || ::ftruncate(m_descriptor.get(), off_t(kCounterBytes + bytes)) != 0
        || ::fcntl(m_descriptor.get(), F_ADD_SEALS, F_SEAL_SHRINK) != 0)
        throw Error(ErrorKind::Resource, std::string("no memory to share with a decoder: ") + std::strerror(errno), {},
            "Close other programs and try again.");
    map();
}

SharedPixels::SharedPixels(Descriptor descriptor)
    : m_descriptor(std::move(descriptor))
{
    map();
}

SharedPixels::~SharedPixels()
{
    if (m_pixels)
        ::munmap(m_pixels, m_bytes);
    if (m_progress)
        ::munmap(m_progress, kCounterBytes);
}

void SharedPixels::map()
{
    struct stat st = {};
    if (::fstat(m_descriptor.get(), &st) != 0 || size_t(st.st_size) <= kCounterBytes)
        throw std::bad_alloc();
    if (!m_progress)
        m_progress = static_cast<std::atomic<uint64_t>*>(mapOrThrow(m_descriptor.get(), kCounterBytes, 0));
    const size_t bytes = size_t(st.st_size) - kCounterBytes;
    if (m_pixels)
        ::munmap(m_pixels, m_bytes);
    m_pixels = nullptr;
    m_bytes = 0;
    m_pixels = static_cast<uint8_t*>(mapOrThrow(m_descriptor.get(), bytes, kCounterBytes));
    m_bytes = bytes;
}

void SharedPixels::grow(size_t bytes)
{
    if (bytes <= m_bytes)
        return;
    if (::ftruncate(m_descriptor.get(), off_t(kCounterBytes + bytes)) != 0)
        throw std::bad_alloc();
    map();
}

void SharedPixels::remap()
{
    map();
}

} // namespace clipscope
