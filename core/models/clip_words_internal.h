// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace clipscope {

/// CLIP's special tokens, as they stand in vocab.json and as a text may spell them.
inline constexpr std::string_view kClipStart = "<|startoftext|>";
inline constexpr std::string_view kClipEnd = "<|endoftext|>";
inline constexpr std::string_view kEndOfWord = "</w>";

/// How vocab.json and merges.txt write the byte `byte` (0 to 255): as one printable character, so that a vocabulary of
/// bytes is readable text (GPT-2's table).
std::string byteSymbol(int byte);
/// The 256 bytes in the order of CLIP's vocabulary: printable ones first.
const std::string& bytesInClipOrder();

/// Cuts a text into the words that CLIP's byte-pair encoding works on: NFC, lower case, then runs of letters, single
/// digits, English clitics ('s, 't, 're ...), runs of anything else; white space separates. `word` gets each word's
/// UTF-8 bytes and says whether it wants more.
void cutClipWords(std::u32string_view text, const std::function<bool(std::string_view)>& word);

} // namespace clipscope
