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
    /// At most `maxTokens` ids: longer texts are cut so that the end token is kept. Any bytes are accepted.
    virtual std::vector<int32_t> encode(std::string_view text, size_t maxTokens) const = 0;
    virtual int32_t vocabularySize() const = 0;
    virtual int32_t startToken() const = 0;
    virtual int32_t endToken() const = 0;
};

/// CLIP's byte-pair encoding: vocab.json + merges.txt (CRLF, byte order mark and a "#version" line are accepted). Equal to
/// transformers' CLIPTokenizer: NFC, white space collapsed, lower case, <|startoftext|> ... <|endoftext|>.
/// Throws Error(Model).
std::unique_ptr<Tokenizer> loadClipTokenizer(const std::filesystem::path& vocab, const std::filesystem::path& merges);

/// BERT's WordPiece: vocab.txt. Equal to transformers' BertTokenizer (uncased: NFD, accents stripped, lower case; CJK split):
/// [CLS] ... [SEP]. Throws Error(Model).
std::unique_ptr<Tokenizer> loadWordPieceTokenizer(const std::filesystem::path& vocab, bool lowerCase = true);

/// The tokenizer a model folder holds: vocab.json + merges.txt, or vocab.txt. Throws Error(Model) when it has none.
std::unique_ptr<Tokenizer> loadTokenizer(const std::filesystem::path& modelFolder);

/// Learns a byte-pair vocabulary of at most `vocabularySize` tokens (256 bytes, 256 end-of-word bytes, merges, two specials)
/// from texts and writes vocab.json and merges.txt in CLIP's layout. Deterministic. Sennrich et al. 2016.
void trainClipTokenizer(const std::vector<std::string>& texts, int vocabularySize, const std::filesystem::path& folder);

} // namespace clipscope
