// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace clipscope {

/// What tokenizers need of Unicode, as utf8proc knows it. Every function is linear in the length of its text, or n log
/// n where marks must be sorted, for any text: a caption may be a book, or a million combining marks. The Python
/// references carry older tables, some of Unicode 8 and 9: a few hundred marks and signs that Unicode got since (in
/// scripts like Sogdian or Vedic Sanskrit) are ordered, dropped or split otherwise there.

/// Code points of any bytes. Invalid UTF-8 becomes U+FFFD, one for each longest valid start of a sequence, which is
/// what Python's bytes.decode("utf-8", errors="replace") gives. NUL stays NUL.
std::u32string decodeUtf8(std::string_view bytes);
/// `point` is no surrogate (decodeUtf8 never gives one).
void appendUtf8(char32_t point, std::string& to);

/// Canonical composition and decomposition (NFC, NFD).
std::u32string nfc(std::u32string_view text);
std::u32string nfd(std::u32string_view text);

/// Character by character without context: a capital sigma at the end of a word becomes the ordinary small one.
std::u32string lowerCase(std::u32string_view text);

bool isLetter(char32_t point); ///< \p{L}
bool isNumber(char32_t point); ///< \p{N}
bool isSpace(char32_t point); ///< the property White_Space
bool isNonSpacingMark(char32_t point); ///< \p{Mn}
bool isPunctuation(char32_t point); ///< \p{P}
bool isControl(char32_t point); ///< \p{Cc} \p{Cf} \p{Co}: control, format and private use

} // namespace clipscope
