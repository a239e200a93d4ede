// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace clipscope {

/// One of Unicode's normal forms: {} is NFD, {.composes} NFC, {.composes, .compatible} NFKC.
struct NormalForm {
    bool composes = false; ///< marks join their letters where one character stands for both
    bool compatible = false; ///< ligatures, full-width letters and their like become plain ones
    bool foldsCase = false;
};

/// Code points in this form. n log n in the longest run of combining marks (utf8proc's own sorting takes the square).
std::u32string normalForm(std::u32string_view text, NormalForm form);
/// The same of valid UTF-8.
std::string normalForm(std::string_view utf8, NormalForm form);

} // namespace clipscope
