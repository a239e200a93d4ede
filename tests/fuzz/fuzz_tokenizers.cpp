// SPDX-License-Identifier: GPL-3.0-or-later
// Input: vocab.json, merges.txt, vocab.txt and a text, a record separator between them. The text goes through the
// tokenizers that the files make and through those of the tests' own vocabularies.
#include "fuzz/fuzz_input.h"
#include "models/tokenizer.h"

#include <algorithm>

using namespace clipscope;
using namespace clipscope::fuzz;

namespace {

void encode(const Tokenizer& tokenizer, std::string_view text)
{
    const std::vector<int32_t> all = tokenizer.encode(text, text.size() * 4 + 2);
    require(all.size() >= 2 && all.front() == tokenizer.startToken() && all.back() == tokenizer.endToken(),
        "a text stands between the start and the end token");
    require(std::all_of(all.begin(), all.end(), [&](int32_t id) { return id >= 0 && id < tokenizer.vocabularySize(); }),
        "every token is one of the vocabulary");
    require(all.size() <= text.size() * 4 + 2, "a text has no more tokens than four a byte");
    const std::vector<int32_t> cut = tokenizer.encode(text, 77);
    require(cut.size() == std::min<size_t>(77, all.size()) && cut.back() == tokenizer.endToken()
            && std::equal(cut.begin(), cut.end() - 1, all.begin()),
        "a long text is cut before its end token");
    for (const size_t few : {0, 1, 2})
        require(tokenizer.encode(text, few).size() == few, "no more tokens than asked for");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    static const std::filesystem::path reference = FUZZ_TOKENIZERS;
    static const auto clip = loadClipTokenizer(reference / "vocab.json", reference / "merges.txt");
    static const auto wordPiece = loadWordPieceTokenizer(reference / "vocab.txt");
    static MemoryFile vocabularyJson, merges, vocabularyLines;
    const auto [json, pairs, lines, text] = parts<4>(textOf(data, size));
    vocabularyJson.set(json);
    merges.set(pairs);
    vocabularyLines.set(lines);
    const std::string_view words = text;
    accepted([&] { encode(*loadClipTokenizer(vocabularyJson.path(), merges.path()), words); });
    for (const bool lowerCase : {true, false})
        accepted([&] { encode(*loadWordPieceTokenizer(vocabularyLines.path(), lowerCase), words); });
    encode(*clip, words);
    encode(*wordPiece, words);
    return 0;
}
