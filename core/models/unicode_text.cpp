// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/unicode_text_internal.h"

#include "base/normal_form.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utf8proc.h>

namespace clipscope {

namespace {

constexpr char32_t kReplacement = 0xFFFD;
/// Below the first combining mark every text is its own NFC.
constexpr char32_t kFirstMark = 0x300;

bool categoryIn(char32_t point, utf8proc_category_t first, utf8proc_category_t last)
{
    const auto category = utf8proc_category(utf8proc_int32_t(point));
    return category >= first && category <= last;
}

/// The valid values of the second byte and the number of bytes that follow a first byte (table 3-7 of the standard).
struct Lead {
    int following = 0;
    uint8_t low = 0x80;
    uint8_t high = 0xBF;
};

Lead leadOf(uint8_t byte)
{
    if (byte >= 0xC2 && byte <= 0xDF)
        return {1};
    if (byte >= 0xE0 && byte <= 0xEF)
        return {2, uint8_t(byte == 0xE0 ? 0xA0 : 0x80), uint8_t(byte == 0xED ? 0x9F : 0xBF)};
    if (byte >= 0xF0 && byte <= 0xF4)
        return {3, uint8_t(byte == 0xF0 ? 0x90 : 0x80), uint8_t(byte == 0xF4 ? 0x8F : 0xBF)};
    return {};
}

} // namespace

std::u32string decodeUtf8(std::string_view bytes)
{
    std::u32string out;
    out.reserve(bytes.size());
    for (size_t i = 0; i < bytes.size();) {
        const auto first = uint8_t(bytes[i++]);
        if (first < 0x80) {
            out += char32_t(first);
            continue;
        }
        const Lead lead = leadOf(first);
        char32_t point = first & (0x3FU >> lead.following);
        int got = 0;
        for (; got < lead.following && i < bytes.size(); ++got, ++i) {
            const auto next = uint8_t(bytes[i]);
            if (next < (got == 0 ? lead.low : 0x80) || next > (got == 0 ? lead.high : 0xBF))
                break;
            point = point << 6 | (next & 0x3FU);
        }
        out += lead.following > 0 && got == lead.following ? point : kReplacement;
    }
    return out;
}

void appendUtf8(char32_t point, std::string& to)
{
    std::array<utf8proc_uint8_t, 4> bytes;
    const auto n = utf8proc_encode_char(utf8proc_int32_t(point), bytes.data());
    to.append(reinterpret_cast<const char*>(bytes.data()), size_t(n));
}

std::u32string nfd(std::u32string_view text)
{
    return normalForm(text, {});
}

std::u32string nfc(std::u32string_view text)
{
    if (std::all_of(text.begin(), text.end(), [](char32_t point) { return point < kFirstMark; }))
        return std::u32string(text);
    return normalForm(text, {.composes = true});
}

std::u32string lowerCase(std::u32string_view text)
{
    constexpr char32_t kCapitalIWithDot = 0x130; // the one capital whose small form is two characters
    std::u32string out;
    out.reserve(text.size());
    for (const char32_t point : text) {
        if (point == kCapitalIWithDot)
            out += U"i\u0307";
        else
            out += char32_t(utf8proc_tolower(utf8proc_int32_t(point)));
    }
    return out;
}

bool isLetter(char32_t point)
{
    return categoryIn(point, UTF8PROC_CATEGORY_LU, UTF8PROC_CATEGORY_LO);
}

bool isNumber(char32_t point)
{
    return categoryIn(point, UTF8PROC_CATEGORY_ND, UTF8PROC_CATEGORY_NO);
}

bool isSpace(char32_t point)
{
    return (point >= 0x09 && point <= 0x0D) || point == 0x20 || point == 0x85 || point == 0xA0 || point == 0x1680
        || (point >= 0x2000 && point <= 0x200A) || point == 0x2028 || point == 0x2029 || point == 0x202F
        || point == 0x205F || point == 0x3000;
}

bool isNonSpacingMark(char32_t point)
{
    return categoryIn(point, UTF8PROC_CATEGORY_MN, UTF8PROC_CATEGORY_MN);
}

bool isPunctuation(char32_t point)
{
    return categoryIn(point, UTF8PROC_CATEGORY_PC, UTF8PROC_CATEGORY_PO);
}

bool isControl(char32_t point)
{
    return categoryIn(point, UTF8PROC_CATEGORY_CC, UTF8PROC_CATEGORY_CO);
}

} // namespace clipscope
