// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace clipscope::fuzz {

/// A file in memory with a path that the parsers open like any other.
class MemoryFile {
public:
    MemoryFile();
    ~MemoryFile();
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    void set(std::string_view bytes);
    const std::filesystem::path& path() const { return m_path; }

private:
    int m_fd;
    std::filesystem::path m_path;
};

/// A folder of its own, in memory where the machine has such a file system; removed at the end of its life.
class ScratchFolder {
public:
    ScratchFolder();
    ~ScratchFolder();
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    const std::filesystem::path& path() const { return m_path; }
    std::filesystem::path operator/(const std::string& name) const { return m_path / name; }

private:
    std::filesystem::path m_path;
};

/// Old content is replaced, without the flush to the disk that the program's own writer makes.
void writeQuickly(const std::filesystem::path& path, std::string_view bytes);

inline std::string_view textOf(const uint8_t* data, size_t size)
{
    return {reinterpret_cast<const char*>(data), size};
}

/// Several files in one input, a record separator (byte 0x1e) between them; the last takes what is left.
template <size_t N> std::array<std::string_view, N> parts(std::string_view input)
{
    std::array<std::string_view, N> out;
    for (size_t i = 0; i + 1 < N; ++i) {
        const size_t end = input.find('\x1e');
        out[i] = input.substr(0, end);
        input.remove_prefix(end == std::string_view::npos ? input.size() : end + 1);
    }
    out[N - 1] = input;
    return out;
}

/// Error and Cancelled are what a parser may throw; anything else goes on up and is a finding. True: it returned.
template <class Function> bool accepted(Function&& function)
{
    try {
        function();
        return true;
    } catch (const Error&) {
    } catch (const Cancelled&) {
    }
    return false;
}

/// The file as it is, and once more with the length of its header put right, so that a change of the header's size does
/// not end every run at the length check. What `open` throws is treated as accepted() does.
void openSafetensors(std::string_view bytes, void (*open)(const std::filesystem::path& path));

/// A promise of a parser that must hold for whatever it accepts: a broken one is a finding.
void require(bool holds, const char* promise);

} // namespace clipscope::fuzz
