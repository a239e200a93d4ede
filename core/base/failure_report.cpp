// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/failure_report.h"

#include "base/machine.h"
#include "base/text.h"

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr size_t kMostItems = 100;
constexpr size_t kMostLogLines = 60;
constexpr size_t kHeadBytes = 16;

/// One line of valid UTF-8: a file name may hold line ends.
std::string line(const std::string& text)
{
    std::string out = validUtf8(text);
    std::replace_if(
        out.begin(), out.end(), [](char c) { return (c >= 0 && c < 32) || c == 127; }, ' ');
    return out;
}

/// What the first bytes are the mark of; whether the rest keeps that promise is another question.
std::string containerOf(std::string_view head)
{
    using namespace std::string_view_literals;
    if (head.size() >= 12 && head.substr(4, 4) == "ftyp")
        return "MP4 or QuickTime";
    if (head.size() >= 12 && head.starts_with("RIFF") && head.substr(8, 3) == "AVI")
        return "AVI";
    static constexpr std::pair<std::string_view, const char*> kMarks[] = {{"\x1A\x45\xDF\xA3"sv, "Matroska or WebM"},
        {"OggS"sv, "Ogg"}, {"FLV\x01"sv, "Flash video"}, {"GIF8"sv, "GIF"}, {"\x30\x26\xB2\x75"sv, "ASF (WMV)"},
        {"\x00\x00\x01\xBA"sv, "MPEG program stream"}, {"\x00\x00\x01\xB3"sv, "MPEG video"},
        {"G"sv, "perhaps MPEG transport stream"}};
    for (const auto& [mark, name] : kMarks) {
        if (head.starts_with(mark))
            return name;
    }
    return "no known container";
}

/// The container, and the bytes themselves: hexadecimal and, where they can be printed, as characters.
std::string firstBytes(int descriptor)
{
    char head[kHeadBytes];
    const ssize_t got = ::pread(descriptor, head, sizeof head, 0);
    if (got <= 0)
        return "no byte can be read";
    static const char* digits = "0123456789abcdef";
    std::string hex, plain;
    for (ssize_t i = 0; i < got; ++i) {
        const auto byte = static_cast<unsigned char>(head[i]);
        hex += digits[byte >> 4];
        hex += digits[byte & 15];
        hex += ' ';
        plain += byte >= 32 && byte < 127 ? char(byte) : '.';
    }
    return "begins like " + containerOf({head, size_t(got)}) + ": " + hex + "\"" + plain + "\"";
}

std::string fileFacts(const fs::path& path)
{
    struct stat st = {};
    if (::stat(path.c_str(), &st) != 0)
        return std::string("cannot be looked at: ") + std::strerror(errno);
    if (!S_ISREG(st.st_mode))
        return "no regular file";
    std::string out = std::to_string(st.st_size) + " bytes";
    // O_NONBLOCK: what was a file a moment ago may be a FIFO now.
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return out + ", cannot be opened: " + std::strerror(errno);
    out += ", " + firstBytes(descriptor);
    ::close(descriptor);
    return out;
}

std::string kernel()
{
    utsname name = {};
    if (::uname(&name) != 0)
        return "unknown";
    return std::string(name.sysname) + " " + name.release + " " + name.machine;
}

} // namespace

std::string reportText(const FailureReport& report)
{
    std::string out = "Clipscope report\n\n" + line(report.happened) + "\n";
    if (!report.items.empty()) {
        out += "\nFiles that could not be used: " + std::to_string(report.items.size()) + "\n";
        for (size_t i = 0; i < std::min(report.items.size(), kMostItems); ++i) {
            const FailureReport::Item& item = report.items[i];
            out += "- " + line(item.path.string()) + "\n  " + line(item.reason) + "\n  " + fileFacts(item.path) + "\n";
            if (!item.facts.empty())
                out += "  " + line(item.facts) + "\n";
        }
        if (report.items.size() > kMostItems)
            out += "- and " + std::to_string(report.items.size() - kMostItems) + " more\n";
    }
    if (!report.log.empty()) {
        const size_t first = report.log.size() - std::min(report.log.size(), kMostLogLines);
        out += first > 0 ? "\nLog (the last " + std::to_string(kMostLogLines) + " lines)\n" : "\nLog\n";
        for (size_t i = first; i < report.log.size(); ++i)
            out += "  " + line(report.log[i]) + "\n";
    }
    const Machine& here = machine();
    out += "\nVersions\n  Clipscope " + codeVersion() + "\n";
    for (const auto& [name, version] : report.versions)
        out += "  " + name + " " + line(version) + "\n";
    out += "  " + line(kernel()) + "\n\nComputer\n  " + line(here.processor) + ", " + std::to_string(here.cores)
        + (here.cores == 1 ? " core\n" : " cores\n");
    out += "  instruction sets:";
    for (const std::string& flag : here.cpuFlags)
        out += " " + flag;
    out += here.cpuFlags.empty() ? " none of those used\n\n" : "\n\n";
    out += "Library: " + (report.library.empty() ? std::string("none open") : line(report.library.string())) + "\n";
    out += "Encoder: " + (report.encoder.empty() ? std::string("none loaded") : line(report.encoder)) + "\n\n";
    out += "This text holds the paths of the files above and of the library, the first " + std::to_string(kHeadBytes)
        + " bytes of those files, the log, and the\nversions and the processor of this computer; nothing else of it. "
          "It was sent nowhere.\n";
    return out;
}

} // namespace clipscope
