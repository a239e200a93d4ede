// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <utility>

namespace clipscope {

/// Owner of one file descriptor; -1: none.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int fd)
        : m_fd(fd)
    {
    }
    ~Descriptor() { close(); }
    Descriptor(Descriptor&& other) noexcept
        : m_fd(std::exchange(other.m_fd, -1))
    {
    }
    Descriptor& operator=(Descriptor&& other) noexcept
    {
        if (this != &other) {
            close();
            m_fd = std::exchange(other.m_fd, -1);
        }
        return *this;
    }

    explicit operator bool() const { return m_fd >= 0; }
    int get() const { return m_fd; }
    void close();

private:
    int m_fd = -1;
};

/// A media file, opened for reading. Only regular files that are not empty: no devices, no pipes (opening one never
/// blocks), no folders. Throws Error(Storage | Media) naming the file.
Descriptor openMediaFile(const std::filesystem::path& path);

} // namespace clipscope
