// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/embedding_store.h"

#include "base/disk_steps.h"
#include "base/error.h"
#include "base/file_time.h"
#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "library/embedding_shard.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sys/stat.h>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr int64_t kMostKeyBytes = 64 << 10;

/// How each video is sampled: by the key, or by itself.
std::string samplerOf(const EmbeddingKey& key, const VideoRecord& video)
{
    return key.sampler == "video" ? video.sampler.toString() : key.sampler;
}

/// How embeddings with this key came about: what must agree for a shard to be used.
std::string recipe(const EmbeddingKey& key, const std::string& sampler)
{
    char dropout[32];
    const auto end = std::to_chars(dropout, dropout + sizeof dropout, key.patchDropout).ptr;
    const std::string model = key.modelHash.empty() ? "name " + key.model : "hash " + key.modelHash;
    // fp32 goes without saying: shards made before there was a choice stay good.
    const std::string precision = key.precision == "fp32" ? std::string() : " " + key.precision;
    return model + precision + "\n" + sampler + "\n" + std::string(dropout, end) + "\n" + std::to_string(key.seed);
}

std::string recipe(const EmbeddingKey& key, const VideoRecord& video)
{
    return recipe(key, samplerOf(key, video));
}

std::string folderName(const std::string& recipe)
{
    return sha256(recipe).substr(0, 16);
}

Json keyJson(const EmbeddingKey& key, const std::string& sampler)
{
    return {{"model", validUtf8(key.model)}, {"modelHash", validUtf8(key.modelHash)}, {"precision", key.precision},
        {"sampler", key.sampler}, {"videoSampler", sampler}, {"patchDropout", key.patchDropout}, {"seed", key.seed},
        {"jointDim", key.jointDim}, {"featureDim", key.featureDim}};
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
    return m_folder / folderName(recipe(m_key, video)) / (video.hash + ".cse");
}

fs::path EmbeddingStore::textsPath() const
{
    return m_folder / folderName(recipe(m_key, m_key.sampler)) / kShardsTexts;
}

std::optional<ShardStamp> EmbeddingStore::stamp(const VideoRecord& video) const
{
    struct stat status = {};
    if (::stat(path(video).c_str(), &status) != 0 || !S_ISREG(status.st_mode))
        return {};
    return ShardStamp{uint64_t(status.st_size), modifiedNs(status)};
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
        throwStorageError("cannot be made", file.parent_path(), failed.value());
    // With it the shards tell what they are when library.db is lost.
    const fs::path about = file.parent_path() / kShardsAbout;
    if (!fs::exists(about, failed))
        writeFileAtomically(about, keyJson(m_key, samplerOf(m_key, video)).dump(1) + "\n");
    writeFileAtomically(file, bytes);
}

std::vector<EmbeddingKey> EmbeddingStore::keysIn(const fs::path& libraryFolder)
{
    std::vector<std::pair<fs::file_time_type, EmbeddingKey>> found;
    std::error_code failed;
    for (fs::directory_iterator it(libraryFolder / "embeddings", failed), end; !failed && it != end;
         it.increment(failed)) {
        try {
            const Json about = readJsonFile(it->path() / kShardsAbout, kMostKeyBytes);
            EmbeddingKey key;
            key.model = about.at("model");
            key.modelHash = about.at("modelHash");
            key.precision = about.value("precision", std::string("fp32"));
            key.sampler = about.at("sampler");
            key.patchDropout = about.at("patchDropout");
            key.seed = about.at("seed");
            key.jointDim = about.at("jointDim");
            key.featureDim = about.at("featureDim");
            // The folder's name proves that this is how its shards came about.
            if (folderName(recipe(key, about.at("videoSampler").get<std::string>())) == it->path().filename())
                found.emplace_back(fs::last_write_time(it->path() / kShardsAbout), std::move(key));
        } catch (const std::exception&) {
            continue; // made by an older Clipscope, or damaged: embed finds these shards all the same
        }
    }
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<EmbeddingKey> keys;
    for (auto& [time, key] : found)
        keys.push_back(std::move(key));
    return keys;
}

} // namespace clipscope
