// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "library/disk_use.h"
#include "library/disk_use_internal.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <unistd.h>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

/// The files of the choice. A key that is the newest is no choice.
std::vector<DiskFile> chosenFiles(const VideoLibrary& library, const CleanChoice& choice, const JobContext& context)
{
    std::vector<EmbeddingKey> keys = keysNewestFirst(library);
    for (const int64_t id : choice.keys) {
        const auto found =
            std::find_if(keys.begin(), keys.end(), [id](const EmbeddingKey& key) { return key.id == id; });
        if (found == keys.end() || found == keys.begin())
            throw Error(ErrorKind::Input,
                found == keys.end()
                    ? "there are no embeddings with the number " + std::to_string(id)
                    : "the embeddings with the number " + std::to_string(id) + " are those searches use",
                library.folder().string(), "Only embeddings of an earlier model or setting can be deleted.");
    }
    // Shards that two keys share stay as long as one of them does.
    const auto goes = [&](const EmbeddingKey& key) {
        return std::find(choice.keys.begin(), choice.keys.end(), key.id) != choice.keys.end();
    };
    std::stable_partition(keys.begin(), keys.end(), [&](const EmbeddingKey& key) { return !goes(key); });
    std::vector<DiskFile> out = findDiskFiles(library, keys, context);
    std::erase_if(out, [&](const DiskFile& file) {
        switch (file.kind) {
        case DiskFileKind::Shard:
        case DiskFileKind::About:
            return !goes(keys[file.key]);
        case DiskFileKind::Removed:
            return !choice.removed;
        case DiskFileKind::Damaged:
            return !choice.damaged;
        case DiskFileKind::OlderDatabase:
            return !choice.olderDatabases;
        case DiskFileKind::SearchCache:
            return !choice.searchCache;
        case DiskFileKind::Cache:
            return !choice.caches;
        default:
            return true;
        }
    });
    return out;
}

} // namespace

CleanReport planCleaning(const VideoLibrary& library, const CleanChoice& choice, JobContext& context)
{
    CleanReport out;
    for (const DiskFile& file : chosenFiles(library, choice, context))
        out.freed.add(file.bytes);
    return out;
}

CleanReport cleanLibrary(VideoLibrary& library, const CleanChoice& choice, JobContext& context)
{
    const std::vector<DiskFile> files = chosenFiles(library, choice, context);
    for (const int64_t id : choice.keys)
        library.removeKey(id);
    CleanReport out;
    int64_t done = 0;
    std::set<fs::path> emptied;
    for (const DiskFile& file : files) {
        context.throwIfStopped();
        // unlink, not remove: should a folder have taken the name, it stays.
        if (::unlink(file.path.c_str()) == 0)
            out.freed.add(file.bytes);
        else if (errno != ENOENT)
            out.failed.push_back({file.path, std::strerror(errno)});
        if (file.kind != DiskFileKind::Cache && file.path.parent_path() != library.folder())
            emptied.insert(file.path.parent_path());
        context.progress(++done, std::ssize(files), "deleting");
    }
    // Folders that are empty now; one with anything in it refuses.
    for (const fs::path& folder : emptied)
        ::rmdir(folder.c_str());
    return out;
}

} // namespace clipscope
