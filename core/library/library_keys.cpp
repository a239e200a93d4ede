// SPDX-License-Identifier: GPL-3.0-or-later
// What embeddings a library has, and its settings.
#include "base/error.h"
#include "library/video_library_internal.h"

namespace clipscope {

namespace {

constexpr const char* kKeyColumns =
    "SELECT id, model, model_hash, sampler, patch_dropout, seed, joint_dim, feature_dim FROM embedding_keys";

/// The column model_hash holds the hash, and behind a plus the precision unless it is fp32: what was embedded before
/// there was a choice reads as fp32.
std::string hashColumn(const EmbeddingKey& key)
{
    return key.precision == "fp32" ? key.modelHash : key.modelHash + "+" + key.precision;
}

EmbeddingKey readKey(Statement& select)
{
    EmbeddingKey key;
    key.id = select.integer();
    key.model = select.text();
    key.modelHash = select.text();
    if (const size_t plus = key.modelHash.find('+'); plus != std::string::npos) {
        key.precision = key.modelHash.substr(plus + 1);
        key.modelHash.resize(plus);
    }
    key.sampler = select.text();
    key.patchDropout = select.real();
    key.seed = uint64_t(select.integer());
    key.jointDim = int(select.integer());
    key.featureDim = int(select.integer());
    return key;
}

std::string keysBy(const char* clauses)
{
    std::string out = kKeyColumns;
    out += clauses;
    return out;
}

} // namespace

std::vector<EmbeddingKey> VideoLibrary::embeddingKeys() const
{
    const std::lock_guard lock(m_impl->mutex);
    Statement select(m_impl->database, keysBy(" ORDER BY last_stored"));
    std::vector<EmbeddingKey> out;
    while (select.step())
        out.push_back(readKey(select));
    return out;
}

EmbeddingKey VideoLibrary::embeddingKey(const std::string& model) const
{
    const std::lock_guard lock(m_impl->mutex);
    Statement select(m_impl->database, keysBy(" WHERE model = ?1 OR ?1 = '' ORDER BY last_stored DESC LIMIT 1"));
    if (select.bind(model).step())
        return readKey(select);
    const std::string folder = m_impl->folder.string();
    const std::string command = "clipscope-cli embed --library " + folder;
    if (model.empty())
        throw Error(ErrorKind::Input, "no video is embedded yet", folder, "Run: " + command);
    throw Error(
        ErrorKind::Input, "has no embeddings of '" + model + "'", folder, "Run: " + command + " --model " + model);
}

void VideoLibrary::storeKey(EmbeddingKey& key)
{
    const std::lock_guard lock(m_impl->mutex);
    Database& database = m_impl->database;
    Transaction transaction(database);
    Statement store(database,
        "INSERT INTO embedding_keys (model, model_hash, sampler, patch_dropout, seed, joint_dim, feature_dim, "
        "last_stored) VALUES (?, ?, ?, ?, ?, ?, ?, (SELECT coalesce(max(last_stored), 0) + 1 FROM embedding_keys)) "
        "ON CONFLICT (model, model_hash, sampler, patch_dropout, seed) DO UPDATE SET joint_dim = excluded.joint_dim, "
        "feature_dim = excluded.feature_dim, last_stored = excluded.last_stored RETURNING id");
    store.bind(key.model).bind(hashColumn(key)).bind(key.sampler).bind(key.patchDropout).bind(int64_t(key.seed));
    store.bind(key.jointDim).bind(key.featureDim);
    store.step();
    const int64_t id = store.integer();
    store.run();
    transaction.commit();
    key.id = id;
}

void VideoLibrary::removeKey(int64_t id)
{
    const std::lock_guard lock(m_impl->mutex);
    Database& database = m_impl->database;
    Transaction transaction(database);
    Statement remove(database,
        "DELETE FROM embedding_keys WHERE id = ? AND last_stored < (SELECT max(last_stored) FROM embedding_keys)");
    remove.bind(id).run();
    if (database.changes() == 0)
        throw Error(ErrorKind::Input,
            "the embeddings that searches use, or none, have the number " + std::to_string(id), m_impl->folder.string(),
            "Only embeddings of an earlier model or setting can be deleted.");
    transaction.commit();
}

std::optional<std::string> VideoLibrary::setting(const std::string& name) const
{
    const std::lock_guard lock(m_impl->mutex);
    Statement select(m_impl->database, "SELECT value FROM settings WHERE name = ?");
    if (!select.bind(name).step())
        return {};
    return select.text();
}

void VideoLibrary::setSetting(const std::string& name, const std::string& value)
{
    const std::lock_guard lock(m_impl->mutex);
    Statement store(m_impl->database,
        "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value");
    store.bind(name).bind(value).run();
}

} // namespace clipscope
