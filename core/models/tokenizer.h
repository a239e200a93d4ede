// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace clipscope {

/// Text to token ids, special tokens included, no padding. Immutable and safe to share between threads.
class Tokenizer {
public:
    virtual ~Tokenizer() = default;
    /// At most `maxTokens` ids: longer texts are cut so that the end token is kept. Any bytes are accepted: what is not
    /// UTF-8 counts as U+FFFD (as Python's decode(errors="replace")), and a text may name the special tokens, as in the
    /// references. Linear in the text, n log n in the longest word.
    virtual std::vector<int32_t> encode(std::string_view text, size_t maxTokens) const = 0;
    virtual int32_t vocabularySize() const = 0;
    virtual int32_t startToken() const = 0;
    virtual int32_t endToken() const = 0;
};

/// CLIP's byte-pair encoding: vocab.json + merges.txt (CRLF, byte order mark and a "#version" line are accepted). Equal
/// to transformers' CLIPTokenizer (the one on Rust's tokenizers, the only one since version 5; the older one in Python
/// first mends texts with ftfy where that is installed): NFC, white space collapsed, lower case, <|startoftext|> ...
/// <|endoftext|>.
/// Throws Error(Model): ids that are not 0 to n - 1, tokens said twice, merges of unknown tokens, lost merges.
std::unique_ptr<Tokenizer> loadClipTokenizer(const std::filesystem::path& vocab, const std::filesystem::path& merges);

/// BERT's WordPiece: vocab.txt. Equal to transformers' BertTokenizer (uncased: NFD, accents stripped, lower case; CJK
/// split): [CLS] ... [SEP]. Throws Error(Model): an empty line, a token said twice, no [UNK], [CLS] or [SEP].
std::unique_ptr<Tokenizer> loadWordPieceTokenizer(const std::filesystem::path& vocab, bool lowerCase = true);

/// The tokenizer a model folder holds: vocab.json + merges.txt, or vocab.txt (lower case unless tokenizer_config.json
/// says "do_lower_case": false). Throws Error(Model) when it has none.
std::unique_ptr<Tokenizer> loadTokenizer(const std::filesystem::path& modelFolder);

/// Learns a byte-pair vocabulary of at most `vocabularySize` tokens (256 bytes, 256 end-of-word bytes, merges, two
/// specials) from texts and writes vocab.json and merges.txt in CLIP's layout into `folder`, which is made.
/// Deterministic, whatever the order of the texts; pairs seen once are not learned. 20,000 captions take a tenth of a
/// second. Sennrich et al. 2016. Throws Error(Input) when `vocabularySize` is below 514, Error(Storage).
void trainClipTokenizer(const std::vector<std::string>& texts, int vocabularySize, const std::filesystem::path& folder);

} // namespace clipscope
