// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/normal_form.h"

#include <algorithm>
#include <array>
#include <utf8proc.h>
#include <vector>

namespace clipscope {

namespace {

using Points = std::vector<utf8proc_int32_t>;

utf8proc_option_t optionsOf(NormalForm form)
{
    return utf8proc_option_t(UTF8PROC_STABLE | (form.composes ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE)
        | (form.compatible ? UTF8PROC_COMPAT : 0) | (form.foldsCase ? UTF8PROC_CASEFOLD : 0));
}

void decompose(utf8proc_int32_t point, utf8proc_option_t options, Points& to)
{
    std::array<utf8proc_int32_t, 32> parts; // the longest has 18
    int boundary = 0;
    const auto n = utf8proc_decompose_char(point, parts.data(), parts.size(), options, &boundary);
    to.insert(to.end(), parts.begin(), parts.begin() + std::clamp<utf8proc_ssize_t>(n, 0, parts.size()));
}

/// Marks that follow each other in the order of their classes, equal ones as they came.
void orderMarks(Points& points)
{
    const auto classOf = [](utf8proc_int32_t point) { return utf8proc_get_property(point)->combining_class; };
    for (auto at = points.begin(); at != points.end();) {
        const auto start = std::find_if(at, points.end(), [&](auto point) { return classOf(point) != 0; });
        at = std::find_if(start, points.end(), [&](auto point) { return classOf(point) == 0; });
        if (at - start > 1)
            std::stable_sort(start, at, [&](auto a, auto b) { return classOf(a) < classOf(b); });
    }
}

void finish(Points& points, NormalForm form)
{
    orderMarks(points);
    if (!form.composes)
        return;
    const auto n = utf8proc_normalize_utf32(points.data(), utf8proc_ssize_t(points.size()), optionsOf(form));
    points.resize(size_t(std::max<utf8proc_ssize_t>(n, 0)));
}

} // namespace

std::u32string normalForm(std::u32string_view text, NormalForm form)
{
    Points points;
    points.reserve(text.size() + 16);
    for (const char32_t point : text)
        decompose(utf8proc_int32_t(point), optionsOf(form), points);
    finish(points, form);
    return {points.begin(), points.end()};
}

std::string normalForm(std::string_view utf8, NormalForm form)
{
    Points points;
    points.reserve(utf8.size() + 16);
    const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(utf8.data());
    for (size_t at = 0; at < utf8.size();) {
        utf8proc_int32_t point = 0;
        const auto n = utf8proc_iterate(bytes + at, utf8proc_ssize_t(utf8.size() - at), &point);
        at += size_t(std::max<utf8proc_ssize_t>(n, 1));
        if (n > 0)
            decompose(point, optionsOf(form), points);
    }
    finish(points, form);
    std::string out;
    out.reserve(utf8.size());
    for (const utf8proc_int32_t point : points) {
        std::array<utf8proc_uint8_t, 4> encoded;
        const auto n = utf8proc_encode_char(point, encoded.data());
        out.append(reinterpret_cast<const char*>(encoded.data()), size_t(n));
    }
    return out;
}

} // namespace clipscope
