// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace clipscope {

/// Throws Error(Storage): "WHAT: no space left on the disk" and the like.
[[noreturn]] void throwStorageError(const std::string& what, const std::filesystem::path& path, int systemError);

/// A large file written in pieces: it appears under its name with commit() (fsync, rename), or not at all.
/// Throws Error(Storage).
class FileWriter {
public:
    explicit FileWriter(const std::filesystem::path& path);
    ~FileWriter();
    FileWriter(const FileWriter&) = delete;
    FileWriter& operator=(const FileWriter&) = delete;

    void write(const void* bytes, size_t count);
    void commit();

private:
    std::filesystem::path m_path;
    std::string m_temporary;
    int m_fd = -1;
};

} // namespace clipscope
