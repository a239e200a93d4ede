// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace clipscope {

/// SHA-256 of a regular file, lower-case hexadecimal. `onBytes` is told how far it is. Stops within a few milliseconds.
/// Throws Error(Storage); Cancelled.
std::string sha256Stoppable(
    const std::filesystem::path& path, const JobContext& context, const std::function<void(int64_t)>& onBytes = {});

/// The SHA-256 of large files of one time kept for the next, in cacheHome()/file-hashes.json: an entry counts as long
/// as path, size, inode and time of change are the same. A cache: what cannot be read or written is worked out again.
/// Saves itself at the end of its life. Not to be shared between threads.
class FileHashes {
public:
    FileHashes();
    ~FileHashes();
    FileHashes(const FileHashes&) = delete;
    FileHashes& operator=(const FileHashes&) = delete;

    /// Throws Error(Storage).
    std::string sha256Of(const std::filesystem::path& path);
    /// For whoever has just worked it out.
    void remember(const std::filesystem::path& path, const std::string& sha256);

private:
    struct Entry {
        int64_t bytes = 0;
        int64_t modifiedNs = 0;
        uint64_t inode = 0;
        std::string sha256;
    };
    static bool stateOf(const std::filesystem::path& path, Entry& out);

    std::filesystem::path m_file;
    std::map<std::string, Entry> m_entries;
    bool m_changed = false;
};

/// The files that decide what a model computes (configurations, weights, tokenizer), relative to its folder, sorted.
std::vector<std::string> filesOfModel(const std::filesystem::path& folder);
/// SHA-256 over the names and the SHA-256 of filesOfModel(). Throws Error(Storage).
std::string hashOfModel(const std::filesystem::path& folder);

} // namespace clipscope
