// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/search_words.h"

#include "base/normal_form.h"
#include "base/text.h"

#include <algorithm>
#include <set>
#include <utf8proc.h>

namespace clipscope {

namespace {

constexpr size_t kMostWords = 32;
/// Of one word in a query: longer ones are no words, and a phrase of a million letters would only cost time.
constexpr size_t kLongestWord = 256;

const std::set<std::string_view> kFunctionWords{"a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "in",
    "into", "is", "it", "its", "of", "on", "or", "over", "that", "the", "their", "then", "there", "this", "to", "under",
    "was", "were", "while", "with"};

enum class Letter { None, Lower, Upper, Digit, Mark, Spaceless };

/// A word and its parts, folded. Parts has one entry when the word is not made of several.
struct Word {
    std::string whole;
    std::vector<std::string> parts;
    bool spaceless = false;
};

/// Without case and without the marks of Latin, Greek and Cyrillic letters (U+0300 to U+036F); SQLite's tokenizer knows
/// the Latin ones alone. Marks of other scripts are letters of their own and stay.
std::string folded(const std::string& utf8)
{
    const std::string apart = normalForm(utf8, {.foldsCase = true});
    std::string bare;
    for (size_t i = 0; i < apart.size(); ++i) {
        const auto byte = uint8_t(apart[i]);
        const auto next = i + 1 < apart.size() ? uint8_t(apart[i + 1]) : 0;
        if (byte == 0xCC || (byte == 0xCD && next < 0xB0))
            ++i;
        else
            bare += apart[i];
    }
    return normalForm(bare, {.composes = true});
}

/// Scripts that write no spaces between words.
bool isSpaceless(utf8proc_int32_t c)
{
    const auto in = [c](int first, int last) { return c >= first && c <= last; };
    return in(0x0E00, 0x0EFF) || in(0x1000, 0x109F) || in(0x1780, 0x17FF) || in(0x3040, 0x30FF) || in(0x31F0, 0x31FF)
        || in(0x3400, 0x4DBF) || in(0x4E00, 0x9FFF) || in(0xF900, 0xFAFF) || in(0x20000, 0x3FFFF);
}

Letter letterOf(utf8proc_int32_t c)
{
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LT:
        return Letter::Upper;
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
        return isSpaceless(c) ? Letter::Spaceless : Letter::Lower;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return Letter::Digit;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
        return Letter::Mark;
    default:
        return Letter::None;
    }
}

/// Cuts text into words and calls `add` with each; stops when it returns false.
template <class Add> void cut(std::string_view text, Add&& add)
{
    const std::string clean = normalForm(validUtf8(text), {.composes = true, .compatible = true});
    Word word;
    std::string part;
    Letter last = Letter::None;
    bool lastTwoUpper = false;
    size_t lastLetterAt = 0; ///< where in `part` its last letter begins
    const auto endPart = [&] {
        if (!part.empty())
            word.parts.push_back(folded(part));
        part.clear();
    };
    const auto endWord = [&] {
        endPart();
        bool more = true;
        if (!word.parts.empty()) {
            for (const std::string& p : word.parts)
                word.whole += p;
            more = add(std::move(word));
        }
        word = {};
        last = Letter::None;
        return more;
    };
    for (size_t at = 0; at < clean.size();) {
        utf8proc_int32_t c = 0;
        const auto n = std::max<utf8proc_ssize_t>(1,
            utf8proc_iterate(
                reinterpret_cast<const utf8proc_uint8_t*>(clean.data()) + at, utf8proc_ssize_t(clean.size() - at), &c));
        const std::string_view bytes = std::string_view(clean).substr(at, size_t(n));
        at += size_t(n);
        const Letter letter = letterOf(c);
        if (letter == Letter::Mark && last != Letter::None) {
            part += bytes;
            continue;
        }
        if (letter == Letter::None || letter == Letter::Mark) {
            if (!endWord())
                return;
            continue;
        }
        if (last != Letter::None && (last == Letter::Spaceless) != (letter == Letter::Spaceless) && !endWord())
            return;
        if (letter == Letter::Spaceless) {
            endPart();
            word.spaceless = true;
        } else if (last != Letter::None) {
            if ((last == Letter::Digit) != (letter == Letter::Digit)
                || (last == Letter::Lower && letter == Letter::Upper)) {
                endPart();
            } else if (lastTwoUpper && letter == Letter::Lower) {
                // "HTMLPage": the last capital begins the next part.
                const std::string capital = part.substr(lastLetterAt);
                part.resize(lastLetterAt);
                endPart();
                part = capital;
            }
        }
        lastTwoUpper = last == Letter::Upper && letter == Letter::Upper;
        lastLetterAt = part.size();
        part += bytes;
        last = letter;
    }
    endWord();
}

std::string joined(const std::vector<std::string>& parts)
{
    std::string out;
    for (const std::string& part : parts)
        out += (out.empty() ? "" : " ") + part;
    return out;
}

} // namespace

std::string indexedText(std::string_view text)
{
    std::string out;
    cut(text, [&](const Word& word) {
        if (!out.empty())
            out += ' ';
        if (!word.spaceless && word.parts.size() > 1)
            out += word.whole + ' ';
        out += joined(word.parts);
        return true;
    });
    return out;
}

std::string indexedPath(const std::filesystem::path& path)
{
    const std::string extension = folded(validUtf8(path.extension().string()));
    const std::string name = indexedText((path.parent_path() / path.stem()).string());
    return extension.size() > 1 ? name + ' ' + extension.substr(1) : name;
}

std::vector<std::string> wordExpressions(std::string_view query)
{
    std::vector<std::string> words;
    std::vector<std::string> functionWords;
    std::set<std::string> seen;
    cut(query, [&](const Word& word) {
        if (word.whole.size() > kLongestWord || !seen.insert(word.whole).second)
            return true;
        // Letters and digits alone are left in a word, so the quotes cannot be broken out of.
        const std::string phrase = '"' + joined(word.parts) + "\"*";
        std::string expression = phrase;
        if (!word.spaceless && word.parts.size() > 1)
            expression = "(\"" + word.whole + "\"* OR " + phrase + ')';
        (kFunctionWords.contains(word.whole) ? functionWords : words).push_back(std::move(expression));
        return words.size() < kMostWords && seen.size() < 4 * kMostWords;
    });
    if (words.empty())
        words = std::move(functionWords);
    return words;
}

} // namespace clipscope
