// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace clipscope {

/// A file written in pieces: it appears under its name, or takes the place of the one there, with commit() (fsync,
/// rename, fsync of the folder), or not at all. Until then it stands beside it as NAME.unfinished-XXXXXX, which goes
/// with this object; what a killed process leaves, removeUnfinished() finds. Throws Error(Storage).
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

/// What an unfinished file of this name was to become; empty for the name of any other file.
std::string finishedName(const std::string& name);

/// Removes the unfinished files in a folder (not below it) that no living FileWriter holds, of any process. A folder
/// that cannot be read or written is left as it is.
void removeUnfinished(const std::filesystem::path& folder);

} // namespace clipscope
