// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/tokenizer.h"

#include "base/error.h"
#include "models/token_files_internal.h"
#include "models/unicode_text_internal.h"

#include <algorithm>
#include <optional>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

/// The reference takes longer words for unknown without looking at them.
constexpr size_t kLongestWord = 100;
constexpr std::string_view kContinued = "##";

/// The blocks of ideographs as the reference has them. Kana, Hangul and the rest are written with spaces or as words.
bool isIdeograph(char32_t point)
{
    return (point >= 0x4E00 && point <= 0x9FFF) || (point >= 0x3400 && point <= 0x4DBF)
        || (point >= 0x20000 && point <= 0x2A6DF) || (point >= 0x2A700 && point <= 0x2B73F)
        || (point >= 0x2B740 && point <= 0x2B81F) || (point >= 0x2B920 && point <= 0x2CEAF)
        || (point >= 0xF900 && point <= 0xFAFF) || (point >= 0x2F800 && point <= 0x2FA1F);
}

bool isDropped(char32_t point)
{
    if (point == U'\t' || point == U'\n' || point == U'\r')
        return false;
    return point == 0 || point == 0xFFFD || isControl(point);
}

/// Every printable ASCII character that is no letter or digit counts, symbols like $ and + too.
bool separates(char32_t point)
{
    if (point < 0x80)
        return (point >= 0x21 && point <= 0x2F) || (point >= 0x3A && point <= 0x40) || (point >= 0x5B && point <= 0x60)
            || (point >= 0x7B && point <= 0x7E);
    return isPunctuation(point);
}

class WordPieceTokenizer : public Tokenizer {
public:
    WordPieceTokenizer(const fs::path& vocabulary, bool lowerCase)
        : m_ids(readVocabularyLines(vocabulary))
        , m_lowerCase(lowerCase)
    {
        auto required = [&](const char* token) {
            const auto found = m_ids.find(token);
            if (found == m_ids.end())
                throw Error(ErrorKind::Model, std::string("has no token ") + token + ", which BERT needs",
                    vocabulary.string(), "The file is damaged or belongs to another kind of model.");
            return found->second;
        };
        m_unknown = required("[UNK]");
        m_start = required("[CLS]");
        m_end = required("[SEP]");
        for (const char* token : {"[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"}) {
            if (const auto found = m_ids.find(token); found != m_ids.end())
                m_specials.emplace_back(decodeUtf8(token), found->second);
        }
        for (const auto& [token, id] : m_ids)
            m_longest = std::max(m_longest, decodeUtf8(token).size());
    }

    std::vector<int32_t> encode(std::string_view text, size_t maxTokens) const override
    {
        if (maxTokens == 0)
            return {};
        const size_t room = maxTokens - 1;
        std::vector<int32_t> ids{m_start};
        const std::u32string points = decodeUtf8(text);
        std::u32string_view rest = points;
        while (!rest.empty() && ids.size() < room) {
            // The names of the special tokens are known before anything else looks at the text.
            const auto [at, special] = findSpecial(rest);
            addWords(normalised(rest.substr(0, at)), room, ids);
            if (!special)
                break;
            ids.push_back(special->second);
            rest.remove_prefix(at + special->first.size());
        }
        ids.resize(std::min(ids.size(), room));
        ids.push_back(m_end);
        return ids;
    }
    int32_t vocabularySize() const override { return int32_t(m_ids.size()); }
    int32_t startToken() const override { return m_start; }
    int32_t endToken() const override { return m_end; }

private:
    using Special = std::pair<std::u32string, int32_t>;

    std::pair<size_t, const Special*> findSpecial(std::u32string_view text) const
    {
        for (size_t at = text.find(U'['); at != std::u32string_view::npos; at = text.find(U'[', at + 1)) {
            for (const Special& special : m_specials) {
                if (text.substr(at).starts_with(special.first))
                    return {at, &special};
            }
        }
        return {text.size(), nullptr};
    }
    std::u32string normalised(std::u32string_view text) const
    {
        std::u32string clean;
        clean.reserve(text.size());
        for (const char32_t point : text) {
            if (isDropped(point))
                continue;
            if (isIdeograph(point))
                clean.append({U' ', point, U' '});
            else
                clean += isSpace(point) ? U' ' : point;
        }
        if (!m_lowerCase)
            return clean;
        clean = nfd(clean);
        std::erase_if(clean, isNonSpacingMark);
        return clipscope::lowerCase(clean);
    }
    void addWords(std::u32string_view text, size_t room, std::vector<int32_t>& ids) const
    {
        for (size_t i = 0; i < text.size() && ids.size() < room;) {
            if (isSpace(text[i])) {
                ++i;
                continue;
            }
            size_t end = i + 1;
            if (!separates(text[i])) {
                while (end < text.size() && !isSpace(text[end]) && !separates(text[end]))
                    ++end;
            }
            addPieces(text.substr(i, end - i), ids);
            i = end;
        }
    }
    /// The longest token that starts the word, then the longest that goes on, and so forth; all or nothing.
    void addPieces(std::u32string_view word, std::vector<int32_t>& ids) const
    {
        const size_t before = ids.size();
        bool known = word.size() <= kLongestWord;
        for (size_t from = 0; known && from < word.size();) {
            std::string piece(from == 0 ? "" : kContinued);
            std::vector<size_t> ends; // bytes of the piece after each code point
            for (const char32_t point : word.substr(from, m_longest)) {
                appendUtf8(point, piece);
                ends.push_back(piece.size());
            }
            known = false;
            for (; !known && !ends.empty(); ends.pop_back()) {
                piece.resize(ends.back());
                if (const auto found = m_ids.find(piece); found != m_ids.end()) {
                    ids.push_back(found->second);
                    from += ends.size();
                    known = true;
                }
            }
        }
        if (!known) {
            ids.resize(before);
            ids.push_back(m_unknown);
        }
    }

    TokenIds m_ids;
    bool m_lowerCase;
    std::vector<Special> m_specials;
    size_t m_longest = 0;
    int32_t m_unknown = 0;
    int32_t m_start = 0;
    int32_t m_end = 0;
};

} // namespace

std::unique_ptr<Tokenizer> loadWordPieceTokenizer(const fs::path& vocab, bool lowerCase)
{
    return std::make_unique<WordPieceTokenizer>(vocab, lowerCase);
}

} // namespace clipscope
