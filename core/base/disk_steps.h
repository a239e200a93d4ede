// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace clipscope {

/// The steps by which Clipscope itself changes a disk. Whatever core writes goes through the functions below, so that a
/// test can make each of them fail in turn; SQLite's writes go through its VFS, FFmpeg's through its own protocols.
enum class DiskStep { Create, Write, Sync, Rename };

/// For tests alone, null in the programs (the price there: one load a step). Asked before each step from whatever
/// thread makes it; returns 0, or the errno with which the step fails. A write that fails has written half.
inline std::atomic<int (*)(DiskStep)> diskFault = nullptr;

/// Each does what the system call of its name does: false, or fewer bytes than asked for, leaves the reason in errno.
/// An interrupted call is made again.
/// Makes a file of a name that nobody has yet: `pattern` ends in XXXXXX, which become the free name. -1 on failure.
int createTemporary(std::string& pattern);
/// The bytes written; `at` < 0: where the descriptor stands.
size_t writeBytes(int fd, const void* bytes, size_t count, int64_t at = -1);
bool syncFile(int fd);
bool renameFile(const std::filesystem::path& from, const std::filesystem::path& to);
/// The two change places in one step. False where the file system cannot do that.
bool exchangeFiles(const std::filesystem::path& a, const std::filesystem::path& b);
/// Makes the names in a folder last. A file system that cannot do that is no reason to fail.
void syncFolder(const std::filesystem::path& folder);

/// Throws Error(Storage): "WHAT: REASON"; DiskFull where free space mends it: a quota and a limit of a file's size are
/// met by a user as a full disk, and mended in the same way.
[[noreturn]] void throwStorageError(const std::string& what, const std::filesystem::path& path, int systemError);

} // namespace clipscope
