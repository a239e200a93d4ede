// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/embedding_store.h"

#include "base/error.h"
#include "base/files.h"
#include "library/embedding_shard.h"

#include <charconv>
#include <fstream>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

/// How embeddings with this key came about, for this video: what must agree for a shard to be used.
std::string recipe(const EmbeddingKey& key, const VideoRecord& video)
{
    char dropout[32];
    const auto end = std::to_chars(dropout, dropout + sizeof dropout, key.patchDropout).ptr;
    const std::string model = key.modelHash.empty() ? "name " + key.model : "hash " + key.modelHash;
    const std::string sampler = key.sampler == "video" ? video.sampler.toString() : key.sampler;
    // fp32 goes without saying: shards made before there was a choice stay good.
    const std::string precision = key.precision == "fp32" ? std::string() : " " + key.precision;
    return model + precision + "\n" + sampler + "\n" + std::string(dropout, end) + "\n" + std::to_string(key.seed);
}

bool fits(const VideoEmbedding& embedding, const EmbeddingKey& key)
{
    return (key.jointDim == 0 && key.featureDim == 0)
        || (embedding.joint.dim == key.jointDim && embedding.features.dim == key.featureDim);
}

} // namespace

EmbeddingStore::EmbeddingStore(fs::path libraryFolder, EmbeddingKey key)
    : m_folder(std::move(libraryFolder) / "embeddings")
    , m_key(std::move(key))
{
}

std::string EmbeddingStore::identity(const VideoRecord& video) const
{
    return sha256(recipe(m_key, video) + "\n" + video.hash);
}

fs::path EmbeddingStore::path(const VideoRecord& video) const
{
    return m_folder / sha256(recipe(m_key, video)).substr(0, 16) / (video.hash + ".cse");
}

bool EmbeddingStore::has(const VideoRecord& video) const
{
    const fs::path file = path(video);
    std::error_code failed;
    if (!fs::is_regular_file(file, failed))
        return false;
    std::string header(kShardHeaderBytes, '\0');
    std::ifstream in(file, std::ios::binary);
    if (!in.read(header.data(), std::streamsize(header.size())))
        return false;
    const auto bytes = shardBytes(header, identity(video));
    return bytes && *bytes == fs::file_size(file, failed) && !failed;
}

std::optional<VideoEmbedding> EmbeddingStore::read(const VideoRecord& video) const
{
    const fs::path file = path(video);
    std::error_code failed;
    if (fs::symlink_status(file, failed).type() == fs::file_type::not_found)
        return {};
    try {
        VideoEmbedding embedding = decodeShard(readFile(file), identity(video));
        if (fits(embedding, m_key))
            return embedding;
    } catch (const Error& e) {
        // Another instance may have set it aside between the look and the reading.
        if (e.kind() != ErrorKind::Input && fs::exists(file, failed))
            throw;
    }
    fs::rename(file, file.string() + ".damaged", failed);
    return {};
}

void EmbeddingStore::write(const VideoRecord& video, const VideoEmbedding& embedding)
{
    if (!fits(embedding, m_key))
        throw Error(ErrorKind::Internal, "embeddings cannot be stored: they have other dimensions than their key",
            video.path.string());
    const fs::path file = path(video);
    const std::string bytes = encodeShard(embedding, identity(video));
    std::error_code failed;
    fs::create_directories(file.parent_path(), failed);
    if (failed)
        throw Error(ErrorKind::Storage, "cannot be made: " + failed.message(), file.parent_path().string(),
            "Check the space on the disk and the permissions of the library's folder.");
    writeFileAtomically(file, bytes);
}

} // namespace clipscope
