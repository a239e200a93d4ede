// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/tokenizer.h"

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "models/clip_words_internal.h"
#include "models/unicode_text_internal.h"

#include <algorithm>
#include <map>
#include <queue>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr int kBytes = 256;
constexpr int kSpecials = 2;
/// A pair seen once says nothing about the next text.
constexpr int64_t kFewestOccurrences = 2;

struct Word {
    std::vector<int32_t> symbols;
    int64_t count = 0;
};

struct Pair {
    int64_t count = 0;
    int32_t left = 0;
    int32_t right = 0;
};

/// The most frequent first; of equally frequent ones that of the smaller ids, so that equal texts give equal files on
/// every machine.
struct LessFrequent {
    bool operator()(const Pair& a, const Pair& b) const
    {
        return std::tuple(-a.count, a.left, a.right) > std::tuple(-b.count, b.left, b.right);
    }
};

class BpeTrainer {
public:
    BpeTrainer(const std::vector<std::string>& texts, size_t tokens)
        : m_room(tokens - kSpecials)
    {
        addBytes();
        std::map<std::string, int64_t> counts;
        for (const std::string& text : texts) {
            cutClipWords(decodeUtf8(text), [&](std::string_view word) {
                ++counts[std::string(word)];
                return true;
            });
        }
        for (const auto& [word, count] : counts)
            addWord(word, count);
    }

    void learn()
    {
        for (const auto& [key, place] : m_places)
            push(key);
        while (m_tokens.size() < m_room && !m_queue.empty()) {
            const Pair best = m_queue.top();
            m_queue.pop();
            const auto place = m_places.find(keyOf(best.left, best.right));
            if (place == m_places.end())
                continue;
            if (place->second.count != best.count) {
                push(place->first); // its count fell since it was queued
                continue;
            }
            std::string product = m_tokens[size_t(best.left)] + m_tokens[size_t(best.right)];
            // Two ways to one token would make two ids for it, or a merge without a token: the earlier way stays alone.
            if (!m_known.insert(product).second) {
                m_places.erase(place);
                continue;
            }
            m_merges.emplace_back(best.left, best.right);
            m_tokens.push_back(std::move(product));
            merge(best.left, best.right);
        }
    }

    void write(const fs::path& folder) const
    {
        std::string vocabulary = "{";
        auto addToken = [&, id = 0](std::string_view token) mutable {
            vocabulary += id == 0 ? "" : ", ";
            vocabulary += Json(token).dump();
            vocabulary += ": ";
            vocabulary += std::to_string(id++);
        };
        for (const std::string& token : m_tokens)
            addToken(token);
        addToken(kClipStart);
        addToken(kClipEnd);
        vocabulary += "}\n";
        std::string merges = "#version: 0.2\n";
        for (const auto& [left, right] : m_merges)
            merges += m_tokens[size_t(left)] + ' ' + m_tokens[size_t(right)] + '\n';
        writeFileAtomically(folder / "vocab.json", vocabulary);
        writeFileAtomically(folder / "merges.txt", merges);
    }

private:
    /// How often a pair occurs, and the words that hold it or once held it.
    struct Place {
        int64_t count = 0;
        std::vector<size_t> words;
    };

    static uint64_t keyOf(int32_t left, int32_t right) { return uint64_t(uint32_t(left)) << 32 | uint32_t(right); }
    void push(uint64_t key)
    {
        const int64_t count = m_places.at(key).count;
        if (count >= kFewestOccurrences)
            m_queue.push({count, int32_t(key >> 32), int32_t(key & 0xFFFFFFFFU)});
    }
    void addBytes()
    {
        for (const bool last : {false, true}) {
            for (const char byte : bytesInClipOrder()) {
                m_idOfByte[last][uint8_t(byte)] = int32_t(m_tokens.size());
                m_tokens.push_back(byteSymbol(uint8_t(byte)) + std::string(last ? kEndOfWord : ""));
            }
        }
        m_known.insert(m_tokens.begin(), m_tokens.end());
    }
    void addWord(const std::string& bytes, int64_t count)
    {
        Word word;
        word.count = count;
        for (const char byte : bytes)
            word.symbols.push_back(m_idOfByte[0][uint8_t(byte)]);
        word.symbols.back() = m_idOfByte[1][uint8_t(bytes.back())];
        m_words.push_back(std::move(word));
        for (size_t i = 1; i < m_words.back().symbols.size(); ++i) {
            Place& place = m_places[keyOf(m_words.back().symbols[i - 1], m_words.back().symbols[i])];
            place.count += count;
            place.words.push_back(m_words.size() - 1);
        }
    }
    void merge(int32_t left, int32_t right)
    {
        const auto place = m_places.find(keyOf(left, right));
        std::vector<size_t> words = std::move(place->second.words);
        m_places.erase(place);
        std::sort(words.begin(), words.end());
        words.erase(std::unique(words.begin(), words.end()), words.end());
        const auto product = int32_t(m_tokens.size() - 1);
        std::vector<uint64_t> changed;
        for (const size_t index : words)
            rewrite(index, left, right, product, changed);
        std::sort(changed.begin(), changed.end());
        changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
        for (const uint64_t key : changed)
            push(key);
    }
    /// Puts `product` in place of the pair in one word and counts the pairs beside it anew; those are `created`.
    void rewrite(size_t index, int32_t left, int32_t right, int32_t product, std::vector<uint64_t>& created)
    {
        Word& word = m_words[index];
        std::vector<int32_t> after;
        for (size_t i = 0; i < word.symbols.size(); ++i) {
            const bool here = i + 1 < word.symbols.size() && word.symbols[i] == left && word.symbols[i + 1] == right;
            after.push_back(here ? product : word.symbols[i]);
            i += here;
        }
        for (size_t i = 1; i < word.symbols.size(); ++i) {
            if (const auto place = m_places.find(keyOf(word.symbols[i - 1], word.symbols[i])); place != m_places.end())
                place->second.count -= word.count;
        }
        word.symbols = std::move(after);
        for (size_t i = 1; i < word.symbols.size(); ++i) {
            const uint64_t key = keyOf(word.symbols[i - 1], word.symbols[i]);
            const bool fresh = word.symbols[i - 1] == product || word.symbols[i] == product;
            const auto place = fresh ? m_places.try_emplace(key).first : m_places.find(key);
            if (place == m_places.end())
                continue; // another way to a known token
            place->second.count += word.count;
            if (fresh) {
                place->second.words.push_back(index);
                created.push_back(key);
            }
        }
    }

    size_t m_room;
    int32_t m_idOfByte[2][kBytes] = {};
    std::vector<std::string> m_tokens;
    std::unordered_set<std::string> m_known;
    std::vector<std::pair<int32_t, int32_t>> m_merges;
    std::vector<Word> m_words;
    std::unordered_map<uint64_t, Place> m_places;
    std::priority_queue<Pair, std::vector<Pair>, LessFrequent> m_queue;
};

} // namespace

void trainClipTokenizer(const std::vector<std::string>& texts, int vocabularySize, const fs::path& folder)
{
    constexpr int kSmallest = 2 * kBytes + kSpecials;
    if (vocabularySize < kSmallest)
        throw Error(ErrorKind::Input, "a vocabulary of " + std::to_string(vocabularySize) + " tokens is too small",
            "vocabulary size", "CLIP's layout needs at least " + std::to_string(kSmallest) + " tokens.");
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (failed)
        throw Error(ErrorKind::Storage, "cannot be made: " + failed.message(), folder.string());
    BpeTrainer trainer(texts, size_t(vocabularySize));
    trainer.learn();
    trainer.write(folder);
}

} // namespace clipscope
