// SPDX-License-Identifier: GPL-3.0-or-later
// Input: a shard of embeddings (.cse). It is read as it is, and once more with its checksum put right, so that the
// checks behind the checksum are reached.
#include "base/files.h"
#include "fuzz/fuzz_input.h"
#include "library/embedding_shard.h"

using namespace clipscope;
using namespace clipscope::fuzz;

namespace {

void decode(std::string_view bytes)
{
    static const std::string identity(64, '7');
    const auto length = shardBytes(bytes.substr(0, kShardHeaderBytes), identity);
    accepted([&] {
        const VideoEmbedding embedding = decodeShard(bytes, identity);
        require(length == bytes.size(), "the length of a shard stands in its header");
        require(encodeShard(embedding, identity) == bytes, "what was read is written again byte for byte");
    });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    std::string bytes(textOf(data, size));
    decode(bytes);
    if (bytes.size() < 64)
        return 0;
    bytes.resize(bytes.size() - 64);
    bytes += sha256(bytes);
    decode(bytes);
    return 0;
}
