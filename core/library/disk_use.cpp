// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/disk_use.h"

#include "base/error.h"
#include "base/files.h"
#include "library/disk_use_internal.h"
#include "library/embedding_store.h"
#include "library/sqlite_internal.h"
#include "library/video_library_internal.h"

#include <algorithm>
#include <chrono>
#include <sys/stat.h>
#include <unordered_map>
#include <unordered_set>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr int64_t kUnfinishedSec =
    24 * 3600; ///< a run without a key of its own that has written nothing for so long is over
constexpr int64_t kFreshSec = 600; ///< thumbnails and temporary files are there before the row that they belong to
constexpr size_t kHashDigits = 64;
constexpr size_t kFolderDigits = 16; ///< of folders below search-cache
constexpr size_t kBlockDigits = 16;

int64_t nowSec()
{
    return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

/// What stands in `folder`, one level or all below.
template <class Iterator> std::vector<DiskFile> filesIn(const fs::path& folder, const JobContext& context)
{
    std::vector<DiskFile> out;
    std::error_code failed;
    for (Iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
        context.throwIfStopped();
        struct stat st = {};
        if (::lstat(it->path().c_str(), &st) == 0 && S_ISREG(st.st_mode))
            out.push_back({it->path(), st.st_size, int64_t(st.st_mtim.tv_sec)});
    }
    if (failed && failed != std::errc::no_such_file_or_directory)
        throw Error(ErrorKind::Storage, "cannot be looked through: " + failed.message(), folder.string());
    return out;
}

bool isHex(const std::string& text, size_t digits)
{
    return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

bool isHash(const std::string& text)
{
    return isHex(text, kHashDigits);
}

/// "NAME.abc123": what an atomic write that was cut off leaves beside NAME, which begins with so many digits.
bool isHalfWritten(const std::string& name, const std::string& ending, size_t digits = kHashDigits)
{
    const size_t at = name.rfind(ending + ".");
    return at != std::string::npos && name.size() == at + ending.size() + 7 && isHex(name.substr(0, digits), digits);
}

/// Somebody may be at work on it still.
DiskFileKind halfWrittenKind(const DiskFile& file, int64_t now)
{
    return now - file.modifiedSec > kFreshSec ? DiskFileKind::Damaged : DiskFileKind::Unfinished;
}

/// Where the shards of the library's videos belong: folder name -> key and the hashes that are expected there.
struct ShardFolder {
    size_t key = 0;
    std::unordered_set<std::string> hashes;
};

std::unordered_map<std::string, ShardFolder> shardFolders(
    const VideoLibrary& library, const std::vector<VideoRecord>& videos, const std::vector<EmbeddingKey>& keys)
{
    std::unordered_map<std::string, ShardFolder> out;
    for (size_t key = 0; key < keys.size(); ++key) {
        const EmbeddingStore store(library.folder(), keys[key]);
        // The folder depends on the video only by its way of sampling: one checksum for each of these.
        std::unordered_map<std::string, std::string> folderOf;
        for (const VideoRecord& video : videos) {
            std::string& folder = folderOf[video.sampler.toString()];
            if (folder.empty())
                folder = store.path(video).parent_path().filename().string();
            const auto [place, isNew] = out.try_emplace(folder);
            if (isNew)
                place->second.key = key; // the newest of those that share it
            place->second.hashes.insert(video.hash);
        }
    }
    return out;
}

void judgeShard(DiskFile& file, const std::unordered_map<std::string, ShardFolder>& folders, int64_t now)
{
    const std::string name = file.path.filename().string();
    const std::string hash = name.substr(0, kHashDigits);
    if (name == hash + ".cse.damaged" && isHash(hash)) {
        file.kind = DiskFileKind::Damaged;
    } else if (isHalfWritten(name, ".cse")) {
        file.kind = halfWrittenKind(file, now);
    } else if (name == hash + ".cse" && isHash(hash)) {
        const auto folder = folders.find(file.path.parent_path().filename().string());
        if (folder == folders.end()) {
            file.kind = now - file.modifiedSec > kUnfinishedSec ? DiskFileKind::Removed : DiskFileKind::Unfinished;
        } else {
            file.kind = folder->second.hashes.contains(hash) ? DiskFileKind::Shard : DiskFileKind::Removed;
            file.key = folder->second.key;
        }
    }
}

bool isAbout(const std::string& name)
{
    return name == kShardsAbout || name == kShardsTexts;
}

/// What stands beside the shards tells of them and goes with them; in a folder without a key, where
/// they were last written at `newestSec`, it is theirs as long as a run may still go on.
void judgeAbout(
    DiskFile& file, const std::unordered_map<std::string, ShardFolder>& folders, int64_t newestSec, int64_t now)
{
    if (!isAbout(file.path.filename())) {
        file.kind = halfWrittenKind(file, now);
        return;
    }
    const auto folder = folders.find(file.path.parent_path().filename().string());
    if (folder != folders.end()) {
        file.kind = DiskFileKind::About;
        file.key = folder->second.key;
    } else {
        file.kind = now - newestSec > kUnfinishedSec ? DiskFileKind::Removed : DiskFileKind::Unfinished;
    }
}

void judgeBlock(DiskFile& file, int64_t now)
{
    const std::string name = file.path.filename().string();
    if (!isHex(file.path.parent_path().filename().string(), kFolderDigits))
        return;
    if (isHalfWritten(name, ".block", kBlockDigits))
        file.kind = halfWrittenKind(file, now);
    else if (isHex(name.substr(0, kBlockDigits), kBlockDigits) && name.substr(kBlockDigits) == ".block")
        file.kind = DiskFileKind::SearchCache;
}

void judgeThumbnail(DiskFile& file, const std::unordered_set<std::string>& hashes, int64_t now)
{
    const std::string name = file.path.filename().string();
    const std::string hash = name.substr(0, kHashDigits);
    const bool fresh = now - file.modifiedSec <= kFreshSec;
    if (!isHash(hash))
        return;
    if (isHalfWritten(name, ".jpg"))
        file.kind = fresh ? DiskFileKind::Thumbnail : DiskFileKind::Damaged;
    else if (name == hash + ".jpg" || name == hash + "-strip.jpg")
        file.kind = fresh || hashes.contains(hash) ? DiskFileKind::Thumbnail : DiskFileKind::Removed;
}

/// With what SQLite keeps beside it while it is open.
bool isDatabase(const std::string& name)
{
    const std::string database = kLibraryDatabase;
    return name == database || name == database + "-wal" || name == database + "-shm" || name == kLibraryBackup
        || name == "library.lock";
}

} // namespace

int64_t DiskUse::libraryBytes() const
{
    int64_t sum = database.bytes + olderDatabases.bytes + unfinished.bytes + thumbnails.bytes + removed.bytes
        + damaged.bytes + searchCache.bytes + other.bytes;
    for (const Embeddings& kind : embeddings)
        sum += kind.shards.bytes + kind.about.bytes;
    return sum;
}

std::vector<EmbeddingKey> keysNewestFirst(const VideoLibrary& library)
{
    std::vector<EmbeddingKey> keys = library.embeddingKeys();
    std::reverse(keys.begin(), keys.end());
    return keys;
}

std::vector<DiskFile> findDiskFiles(
    const VideoLibrary& library, const std::vector<EmbeddingKey>& keys, const JobContext& context)
{
    const fs::path& folder = library.folder();
    const int64_t now = nowSec();
    // Files before rows: what another program stores in between is known by its row, not taken for an orphan.
    std::vector<DiskFile> all = filesIn<fs::recursive_directory_iterator>(folder, context);
    context.progress(0, 0, "comparing with the library");
    const std::vector<VideoRecord> videos = library.videos();
    const auto folders = shardFolders(library, videos, keys);
    std::unordered_set<std::string> hashes;
    for (const VideoRecord& video : videos)
        hashes.insert(video.hash);
    std::vector<DiskFile*> abouts;
    std::unordered_map<std::string, int64_t> newestSec; ///< shard of each folder
    for (DiskFile& file : all) {
        const fs::path inside = file.path.lexically_relative(folder);
        const std::string name = file.path.filename().string();
        const std::string top = inside.begin()->string();
        const auto depth = std::distance(inside.begin(), inside.end());
        if (isBuildingName(top, kLibraryDatabase) || isBuildingName(top, kLibraryBackup)) {
            file.kind = DiskFileKind::Unfinished;
        } else if (depth == 1 && isDatabase(name)) {
            file.kind = DiskFileKind::Database;
        } else if (depth == 1 && name.starts_with(kLibraryDatabase)) {
            file.kind = DiskFileKind::OlderDatabase;
        } else if (depth == 3 && top == "embeddings"
            && (isAbout(name) || isHalfWritten(name, kShardsAbout, 0) || isHalfWritten(name, kShardsTexts, 0))) {
            abouts.push_back(&file);
        } else if (depth == 3 && top == "embeddings") {
            judgeShard(file, folders, now);
            int64_t& newest = newestSec[file.path.parent_path().native()];
            newest = std::max(newest, file.modifiedSec);
        } else if (depth == 3 && top == "search-cache") {
            judgeBlock(file, now);
        } else if (depth == 2 && top == "thumbnails") {
            judgeThumbnail(file, hashes, now);
        }
    }
    for (DiskFile* file : abouts) {
        const auto newest = newestSec.find(file->path.parent_path().native());
        judgeAbout(*file, folders, newest == newestSec.end() ? file->modifiedSec : newest->second, now);
    }
    for (DiskFile& file : filesIn<fs::recursive_directory_iterator>(cacheHome(), context)) {
        file.kind = DiskFileKind::Cache;
        all.push_back(std::move(file));
    }
    return all;
}

DiskUse measureDiskUse(const VideoLibrary& library, JobContext& context)
{
    DiskUse out;
    const std::vector<EmbeddingKey> keys = keysNewestFirst(library);
    for (size_t i = 0; i < keys.size(); ++i)
        out.embeddings.push_back({keys[i], i == 0, {}, 0, {}});
    for (const DiskFile& file : findDiskFiles(library, keys, context)) {
        switch (file.kind) {
        case DiskFileKind::Database:
            out.database.add(file.bytes);
            break;
        case DiskFileKind::OlderDatabase:
            out.olderDatabases.add(file.bytes);
            break;
        case DiskFileKind::Shard:
            out.embeddings[file.key].shards.add(file.bytes);
            out.embeddings[file.key].lastWrittenSec =
                std::max(out.embeddings[file.key].lastWrittenSec, file.modifiedSec);
            break;
        case DiskFileKind::About:
            out.embeddings[file.key].about.add(file.bytes);
            break;
        case DiskFileKind::SearchCache:
            out.searchCache.add(file.bytes);
            break;
        case DiskFileKind::Unfinished:
            out.unfinished.add(file.bytes);
            break;
        case DiskFileKind::Thumbnail:
            out.thumbnails.add(file.bytes);
            break;
        case DiskFileKind::Removed:
            out.removed.add(file.bytes);
            break;
        case DiskFileKind::Damaged:
            out.damaged.add(file.bytes);
            break;
        case DiskFileKind::Other:
            out.other.add(file.bytes);
            break;
        case DiskFileKind::Cache:
            out.caches.add(file.bytes);
            break;
        }
    }
    return out;
}

} // namespace clipscope
