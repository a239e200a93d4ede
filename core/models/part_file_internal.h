// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace clipscope {

/// The bytes of a file that have come so far. Throws Error(Storage) when it cannot be opened.
class PartFile {
public:
    explicit PartFile(const std::filesystem::path& path);
    ~PartFile();
    PartFile(const PartFile&) = delete;
    PartFile& operator=(const PartFile&) = delete;

    int64_t held() const { return m_held; }
    /// False, and the reason in fault(), when the disk does not take it. The disk is kept busy along the way, so that
    /// sync() does not take long at the end.
    bool append(const char* bytes, size_t count);
    bool truncate();
    int fault() const { return m_fault; } ///< errno of the last write, 0 when all went well
    void sync() const; ///< throws Error(Storage)

private:
    std::filesystem::path m_path;
    int m_fd;
    int64_t m_held = 0;
    int64_t m_handedOver = 0; ///< given to the disk, without waiting for it
    int m_fault = 0;
};

} // namespace clipscope
