// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/text.h"

#include "base/normal_form.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utf8proc.h>

namespace clipscope {

namespace {
/// Length of the valid sequence at `at`, 0 where there is none.
size_t sequenceLength(std::string_view bytes, size_t at)
{
    utf8proc_int32_t point;
    const auto n = utf8proc_iterate(
        reinterpret_cast<const utf8proc_uint8_t*>(bytes.data()) + at, utf8proc_ssize_t(bytes.size() - at), &point);
    return n > 0 && point != 0 ? size_t(n) : 0;
}
} // namespace

std::string validUtf8(std::string_view bytes)
{
    std::string out;
    out.reserve(bytes.size());
    for (size_t i = 0; i < bytes.size();) {
        if (const size_t n = sequenceLength(bytes, i)) {
            out.append(bytes.substr(i, n));
            i += n;
        } else {
            out += "\xEF\xBF\xBD";
            ++i;
        }
    }
    return out;
}

bool isValidUtf8(std::string_view bytes)
{
    for (size_t i = 0; i < bytes.size();) {
        const size_t n = bytes[i] == 0 ? 1 : sequenceLength(bytes, i);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

std::string composed(std::string_view utf8)
{
    return normalForm(utf8, {.composes = true});
}

std::string trimmed(std::string_view text)
{
    const char* space = " \t\r\n\v\f";
    const size_t first = text.find_first_not_of(space);
    if (first == std::string_view::npos)
        return {};
    return std::string(text.substr(first, text.find_last_not_of(space) - first + 1));
}

std::string formatTime(double seconds)
{
    // A damaged file may say anything; NaN counts as 0.
    const long tenths = std::lround(std::clamp(seconds > 0 ? seconds : 0.0, 0.0, 1e12) * 10);
    const long h = tenths / 36000;
    const long m = tenths / 600 % 60;
    const long s = tenths / 10 % 60;
    char text[64];
    if (h > 0)
        std::snprintf(text, sizeof text, "%ld:%02ld:%02ld.%ld", h, m, s, tenths % 10);
    else
        std::snprintf(text, sizeof text, "%ld:%02ld.%ld", m, s, tenths % 10);
    return text;
}

std::string formatBytes(double bytes)
{
    static const char* units[] = {"B", "kB", "MB", "GB", "TB"};
    int unit = 0;
    for (; bytes >= 1000 && unit < 4; ++unit)
        bytes /= 1000;
    char text[64];
    std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
    return text;
}

} // namespace clipscope
