// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/tokenizer.h"

#include "base/error.h"
#include "base/text.h"
#include "models/byte_pair_merges_internal.h"
#include "models/clip_words_internal.h"
#include "models/token_files_internal.h"
#include "models/unicode_text_internal.h"

#include <algorithm>
#include <array>
#include <optional>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr const char* kRemedy = "Take vocab.json and merges.txt from the same model: fetch the model again.";

std::string inQuotes(const std::string& token)
{
    std::string quoted(1, '"');
    quoted += validUtf8(token);
    return quoted += '"';
}

class ClipTokenizer : public Tokenizer {
public:
    ClipTokenizer(const fs::path& vocabulary, const fs::path& merges)
    {
        const TokenIds ids = readVocabularyJson(vocabulary);
        m_size = int32_t(ids.size());
        m_start = idOfSpecial(ids, kClipStart, vocabulary);
        m_end = idOfSpecial(ids, kClipEnd, vocabulary);
        std::vector<bool> reachable(ids.size());
        const bool allBytes = readBytes(ids, reachable);
        readPairs(ids, merges, reachable);
        if (allBytes)
            checkAllReachable(ids, reachable, merges);
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
            addWords(rest.substr(0, at), room, ids);
            if (!special)
                break;
            ids.push_back(*special);
            rest.remove_prefix(at + (*special == m_start ? kClipStart : kClipEnd).size());
        }
        ids.resize(std::min(ids.size(), room));
        ids.push_back(m_end);
        return ids;
    }
    int32_t vocabularySize() const override { return m_size; }
    int32_t startToken() const override { return m_start; }
    int32_t endToken() const override { return m_end; }

private:
    static int32_t idOfSpecial(const TokenIds& ids, std::string_view token, const fs::path& path)
    {
        const auto found = ids.find(std::string(token));
        if (found == ids.end())
            throw Error(ErrorKind::Model, "has no token " + inQuotes(std::string(token)) + ", which CLIP needs",
                path.string(), "This vocabulary belongs to another kind of model.");
        return found->second;
    }
    /// A byte that the vocabulary lacks becomes the unknown token, which is CLIP's end token. True when none is
    /// lacking.
    bool readBytes(const TokenIds& ids, std::vector<bool>& reachable)
    {
        bool all = true;
        auto take = [&](const std::string& symbol) {
            const auto found = ids.find(symbol);
            if (found == ids.end()) {
                all = false;
                return m_end;
            }
            reachable[size_t(found->second)] = true;
            return found->second;
        };
        for (int byte = 0; byte < 256; ++byte) {
            m_bytes[size_t(byte)] = take(byteSymbol(byte));
            m_lastBytes[size_t(byte)] = take(byteSymbol(byte).append(kEndOfWord));
        }
        return all;
    }
    void readPairs(const TokenIds& ids, const fs::path& path, std::vector<bool>& reachable)
    {
        for (const auto& [left, right] : readMerges(path)) {
            auto idOf = [&, &leftToken = left, &rightToken = right](const std::string& token) {
                const auto found = ids.find(token);
                if (found == ids.end())
                    throw Error(ErrorKind::Model,
                        "merges " + inQuotes(leftToken) + " and " + inQuotes(rightToken)
                            + ", but the vocabulary has no token " + inQuotes(token),
                        path.string(), kRemedy);
                return found->second;
            };
            const int32_t product = idOf(left + right);
            m_merges.add(idOf(left), idOf(right), product);
            reachable[size_t(product)] = true;
        }
    }
    /// In a vocabulary that knows every byte, each other token was made by a merge; one that was not shows that
    /// merges.txt lost lines, which would cut words into other tokens than the model learned.
    static void checkAllReachable(const TokenIds& ids, const std::vector<bool>& reachable, const fs::path& path)
    {
        size_t lost = 0;
        std::optional<int32_t> first;
        std::string name;
        for (const auto& [token, id] : ids) {
            const bool special = (token.starts_with("<") && token.ends_with(">") && !token.ends_with(kEndOfWord))
                || (token.starts_with("[") && token.ends_with("]"));
            if (reachable[size_t(id)] || special)
                continue;
            ++lost;
            if (!first || id < *first) {
                first = id;
                name = token;
            }
        }
        if (lost > 0)
            throw Error(ErrorKind::Model,
                "has no merges for " + std::to_string(lost) + " tokens of the vocabulary, the first is "
                    + inQuotes(name),
                path.string(), kRemedy);
    }
    std::pair<size_t, std::optional<int32_t>> findSpecial(std::u32string_view text) const
    {
        for (size_t at = text.find(U"<|"); at != std::u32string_view::npos; at = text.find(U"<|", at + 1)) {
            if (text.substr(at).starts_with(U"<|startoftext|>"))
                return {at, m_start};
            if (text.substr(at).starts_with(U"<|endoftext|>"))
                return {at, m_end};
        }
        return {text.size(), std::nullopt};
    }
    void addWords(std::u32string_view text, size_t room, std::vector<int32_t>& ids) const
    {
        std::vector<int32_t> symbols;
        cutClipWords(text, [&](std::string_view word) {
            symbols.clear();
            for (const char byte : word)
                symbols.push_back(m_bytes[uint8_t(byte)]);
            symbols.back() = m_lastBytes[uint8_t(word.back())];
            m_merges.apply(symbols);
            ids.insert(ids.end(), symbols.begin(), symbols.end());
            return ids.size() < room;
        });
    }

    BytePairMerges m_merges;
    std::array<int32_t, 256> m_bytes{};
    std::array<int32_t, 256> m_lastBytes{};
    int32_t m_size = 0;
    int32_t m_start = 0;
    int32_t m_end = 0;
};

} // namespace

std::unique_ptr<Tokenizer> loadClipTokenizer(const fs::path& vocab, const fs::path& merges)
{
    return std::make_unique<ClipTokenizer>(vocab, merges);
}

} // namespace clipscope
