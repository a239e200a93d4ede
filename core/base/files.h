// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace clipscope {

/// The whole of a regular file. Throws Error(Storage) when it cannot be read, Error(Input) when it is larger than
/// `maxBytes` or not a regular file (a FIFO or device is never opened).
std::string readFile(const std::filesystem::path& path, int64_t maxBytes = int64_t(1) << 30);

/// Old content or new content, never a mix: temporary file in the same folder, fsync, rename, fsync of the folder.
/// Throws Error(Storage), DiskFull.
void writeFileAtomically(const std::filesystem::path& path, std::string_view bytes);

/// Lower-case hexadecimal SHA-256.
std::string sha256(std::string_view bytes);
/// SHA-256 of a file's content, read in pieces. Throws Error(Storage).
std::string sha256File(const std::filesystem::path& path);
/// A quick identity for large media: SHA-256 over size, the first and the last MiB and 16 pieces of 64 KiB between.
std::string contentHash(const std::filesystem::path& path);

/// XDG folders of Clipscope ($XDG_DATA_HOME/clipscope, ...); not created.
std::filesystem::path dataHome();
std::filesystem::path cacheHome();
std::filesystem::path configHome();
/// Where models.json, icons and the shipped sample model stand: $CLIPSCOPE_RESOURCES, else beside the installed
/// program, else the source tree it was built from.
std::filesystem::path resourceDir();
/// Where models are installed: dataHome()/models.
std::filesystem::path modelsHome();

} // namespace clipscope
