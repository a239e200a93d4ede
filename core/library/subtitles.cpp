// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/subtitles.h"

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"

#include <array>
#include <cctype>
#include <cstdint>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr int64_t kMostBytes = int64_t(16) << 20; // a film has a tenth of a megabyte
/// What is open for longer is no tag; the search for its end must not take the square of the length.
constexpr size_t kLongestTag = 256;

void appendUtf8(std::string& out, uint32_t c)
{
    if (c == 0 || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
        c = 0xFFFD;
    if (c < 0x80) {
        out += char(c);
    } else if (c < 0x800) {
        out += char(0xC0 | c >> 6);
        out += char(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        out += char(0xE0 | c >> 12);
        out += char(0x80 | (c >> 6 & 0x3F));
        out += char(0x80 | (c & 0x3F));
    } else {
        out += char(0xF0 | c >> 18);
        out += char(0x80 | (c >> 12 & 0x3F));
        out += char(0x80 | (c >> 6 & 0x3F));
        out += char(0x80 | (c & 0x3F));
    }
}

std::string fromUtf16(std::string_view bytes, bool bigEndian)
{
    const auto unit = [&](size_t at) {
        const auto first = uint8_t(bytes[at]), second = uint8_t(bytes[at + 1]);
        return uint32_t(bigEndian ? first << 8 | second : second << 8 | first);
    };
    std::string out;
    for (size_t at = 0; at + 1 < bytes.size(); at += 2) {
        uint32_t c = unit(at);
        if (c >= 0xD800 && c < 0xDC00 && at + 3 < bytes.size()) {
            const uint32_t low = unit(at + 2);
            if (low >= 0xDC00 && low < 0xE000) {
                c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
                at += 2;
            }
        }
        appendUtf8(out, c);
    }
    return out;
}

std::string fromWindows1252(std::string_view bytes)
{
    // 0x80 to 0x9F; the rest is Latin-1.
    static constexpr std::array<uint16_t, 32> kHigh{0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
        0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178};
    std::string out;
    for (const char byte : bytes) {
        const auto c = uint8_t(byte);
        appendUtf8(out, c >= 0x80 && c < 0xA0 ? kHigh[c - 0x80] : c);
    }
    return out;
}

std::string asUtf8(std::string bytes)
{
    if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF"))
        return fromUtf16(std::string_view(bytes).substr(2), bytes[0] == '\xFE');
    if (bytes.starts_with("\xEF\xBB\xBF"))
        return validUtf8(std::string_view(bytes).substr(3));
    return isValidUtf8(bytes) ? validUtf8(bytes) : fromWindows1252(bytes);
}

std::vector<std::string_view> linesOf(std::string_view text)
{
    std::vector<std::string_view> lines;
    for (size_t at = 0; at < text.size();) {
        const size_t end = std::min(text.find_first_of("\r\n", at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + (text.substr(end).starts_with("\r\n") ? 2 : 1);
    }
    return lines;
}

/// "1:02:03,456", "02:03.4", "62": hours and fraction may be missing; nothing where there is no time.
std::optional<double> parseTime(std::string_view text)
{
    std::array<double, 3> parts{};
    size_t count = 0;
    size_t at = 0;
    const auto number = [&](double& value) {
        const size_t first = at;
        for (; at < text.size() && at - first < 9 && std::isdigit(uint8_t(text[at])); ++at)
            value = value * 10 + (text[at] - '0');
        return at > first;
    };
    for (;;) {
        if (count == parts.size() || !number(parts[count++]))
            return {};
        if (at == text.size() || text[at] != ':')
            break;
        ++at;
    }
    double seconds = 0;
    for (size_t i = 0; i < count; ++i)
        seconds = seconds * 60 + parts[i];
    if (at < text.size() && (text[at] == '.' || text[at] == ',')) {
        ++at;
        double scale = .1;
        for (; at < text.size() && std::isdigit(uint8_t(text[at])); ++at, scale /= 10)
            seconds += scale * (text[at] - '0');
    }
    if (at != text.size())
        return {};
    return seconds;
}

struct Times {
    double startSec = 0;
    double endSec = 0;
};

/// "00:01.000 --> 00:02.000 line:0": what stands behind the second time are settings.
std::optional<Times> parseTimes(std::string_view line)
{
    const size_t arrow = line.find("-->");
    if (arrow == std::string_view::npos)
        return {};
    const auto start = parseTime(trimmed(line.substr(0, arrow)));
    const std::string rest = trimmed(line.substr(arrow + 3));
    const auto end = parseTime(std::string_view(rest).substr(0, rest.find_first_of(" \t")));
    if (!start || !end || *end < *start)
        return {};
    return Times{*start, *end};
}

/// The character that an entity stands for, appended; how many bytes of `text` it takes, 0 when it is none.
size_t appendEntity(std::string& out, std::string_view text)
{
    struct Entity {
        std::string_view name;
        std::string_view character;
    };
    static constexpr std::array<Entity, 8> kEntities{{{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&nbsp;", " "},
        {"&quot;", "\""}, {"&#39;", "'"}, {"&lrm;", ""}, {"&rlm;", ""}}};
    for (const Entity& entity : kEntities) {
        if (text.starts_with(entity.name)) {
            out += entity.character;
            return entity.name.size();
        }
    }
    return 0;
}

/// Without <i>, <v Anna>, <00:01.000> and {\an8}; entities become characters.
std::string withoutTags(std::string_view text)
{
    std::string out;
    for (size_t at = 0; at < text.size();) {
        const std::string_view rest = text.substr(at);
        const std::string_view near = rest.substr(0, kLongestTag);
        const char next = rest.size() > 1 ? rest[1] : ' ';
        size_t end = std::string_view::npos;
        if (rest[0] == '<' && (std::isalnum(uint8_t(next)) || next == '/'))
            end = near.find('>');
        else if (rest[0] == '{' && next == '\\')
            end = near.find('}');
        if (end != std::string_view::npos) {
            at += end + 1;
            continue;
        }
        if (const size_t n = rest[0] == '&' ? appendEntity(out, rest) : 0) {
            at += n;
            continue;
        }
        out += rest[0];
        ++at;
    }
    return trimmed(out);
}

bool isNumber(std::string_view line)
{
    const std::string text = trimmed(line);
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

} // namespace

std::vector<Caption> readSubtitles(const fs::path& path)
{
    const std::string text = asUtf8(readFile(path, kMostBytes));
    const std::vector<std::string_view> lines = linesOf(text);
    std::vector<Caption> cues;
    for (size_t i = 0; i < lines.size();) {
        const auto times = parseTimes(lines[i++]);
        if (!times)
            continue;
        // A cue ends at an empty line; where that is missing, before the number and times of the next one.
        const size_t first = i;
        while (i < lines.size() && !trimmed(lines[i]).empty() && lines[i].find("-->") == std::string_view::npos)
            ++i;
        size_t last = i;
        if (i < lines.size() && last > first && lines[i].find("-->") != std::string_view::npos
            && isNumber(lines[last - 1]))
            --last;
        std::string words;
        for (size_t line = first; line < last; ++line) {
            const std::string piece = withoutTags(lines[line]);
            if (!piece.empty())
                words += (words.empty() ? "" : " ") + piece;
        }
        if (!words.empty())
            cues.push_back({0, std::move(words), times->startSec, times->endSec, CaptionSource::Subtitle});
    }
    if (cues.empty())
        throw Error(ErrorKind::Input, "holds no subtitle that can be read", path.string(),
            "Subtitles are text files with times, SubRip (.srt) or WebVTT (.vtt).");
    return cues;
}

} // namespace clipscope
