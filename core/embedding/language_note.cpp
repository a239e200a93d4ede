// SPDX-License-Identifier: GPL-3.0-or-later
#include "embedding/language_note.h"

#include <utf8proc.h>

namespace clipscope {

bool mostlyOutsideLatin(const std::string& text)
{
    int latin = 0, other = 0;
    const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
    for (size_t at = 0; at < text.size();) {
        utf8proc_int32_t point = 0;
        const utf8proc_ssize_t length = utf8proc_iterate(bytes + at, utf8proc_ssize_t(text.size() - at), &point);
        if (length <= 0) {
            ++at; // a broken byte is no letter
            continue;
        }
        at += size_t(length);
        const utf8proc_category_t category = utf8proc_category(point);
        if (category < UTF8PROC_CATEGORY_LU || category > UTF8PROC_CATEGORY_LO)
            continue;
        if (point < 0x250 || (point >= 0x1e00 && point < 0x1f00))
            ++latin;
        else
            ++other;
    }
    return other > latin;
}

} // namespace clipscope
