// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/video_library.h"

#include "base/disk_steps.h"
#include "base/file_writer.h"
#include "base/text.h"
#include "library/damaged_library.h"
#include "library/library_schema.h"
#include "library/video_library_internal.h"
#include "library/video_rows_internal.h"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

fs::path absoluteFolder(const fs::path& folder)
{
    // SQLite takes names that begin with "file:" for addresses; an absolute one never does.
    fs::path path = fs::absolute(folder);
    return path.has_filename() ? path : path.parent_path();
}

[[noreturn]] void cannotMake(const fs::path& folder, const std::string& reason)
{
    throw Error(
        ErrorKind::Storage, "cannot be made into a library: " + reason, folder.string(), "Choose another folder.");
}

bool isBuildingFile(const fs::path& path)
{
    return isBuildingName(path.filename().string(), kLibraryDatabase);
}

/// Anything but what a creation that was cut off has left.
bool holdsOtherThings(const fs::path& folder)
{
    std::error_code failed;
    for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
        if (!isBuildingFile(it->path()))
            return true;
    }
    if (failed)
        cannotMake(folder, failed.message());
    return false;
}

/// A library without its database that has a backup of it was damaged by somebody.
void refuseLost(const fs::path& folder)
{
    std::error_code ignored;
    if (!fs::exists(fs::symlink_status(folder / kLibraryDatabase, ignored))
        && fs::is_regular_file(folder / kLibraryBackup, ignored))
        throw DamagedLibrary("is not there any more", folder / kLibraryDatabase);
}

std::string checked(Database& database)
{
    Statement check(database, "PRAGMA quick_check(1)");
    return check.step() ? check.text() : "ok";
}

bool cannotBeWritten(const fs::path& folder)
{
    const auto writable = [](const fs::path& path) {
        return ::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) == 0;
    };
    return !writable(folder) || !writable(folder / kLibraryDatabase);
}

/// What killed processes have left. Whoever may not write here leaves it to others.
void sweep(const fs::path& folder)
{
    removeBuilding(folder / kLibraryDatabase);
    removeBuilding(folder / kLibraryBackup);
    removeUnfinished(folder / "thumbnails");
    std::error_code failed;
    for (fs::directory_iterator it(folder / "embeddings", failed), end; !failed && it != end; it.increment(failed))
        removeUnfinished(it->path());
}

} // namespace

VideoLibrary::Impl::Impl(const fs::path& libraryFolder)
    : folder(libraryFolder)
    , readOnly(cannotBeWritten(libraryFolder))
    , database(libraryFolder / kLibraryDatabase, readOnly ? Database::Mode::ReadOnly : Database::Mode::Open)
{
    checkLibraryHeader(database);
    database.execute("PRAGMA cell_size_check = ON; PRAGMA foreign_keys = ON");
    const int64_t version = schemaVersion(database);
    const bool older = version < kLibrarySchema;
    if (older && readOnly)
        database = copyInMemory(database); // nobody can bring the file up to date here
    else if (older)
        copyDatabase(database, database.file().string() + ".version-" + std::to_string(version));
    migrateLibrary(database);
    if (older && readOnly)
        database.execute("PRAGMA query_only = ON"); // what is written there would be lost
    checkSchema(database);
    if (const std::string problem = checked(database); problem != "ok")
        throw DamagedLibrary("is damaged (" + problem + ")", database.file());
    if (!readOnly)
        sweep(folder);
}

void VideoLibrary::Impl::need(VideoId id)
{
    Statement find(database, "SELECT 1 FROM videos WHERE id = ?");
    if (!find.bind(id).step())
        throw Error(ErrorKind::Input, "has no video number " + std::to_string(id), folder.string(),
            "It was probably removed meanwhile.");
}

VideoLibrary::VideoLibrary(const fs::path& folder)
    : m_impl(std::make_unique<Impl>(folder))
{
}

VideoLibrary::~VideoLibrary() = default;

bool VideoLibrary::exists(const fs::path& folder)
{
    std::error_code ignored;
    return fs::is_regular_file(folder / kLibraryDatabase, ignored);
}

std::shared_ptr<VideoLibrary> VideoLibrary::open(const fs::path& folder)
{
    const fs::path path = absoluteFolder(folder);
    refuseLost(path);
    if (!exists(path))
        throw Error(ErrorKind::Storage, "there is no library", path.string(),
            "Make one with: clipscope-cli import --library " + path.string() + " FOLDER");
    return std::shared_ptr<VideoLibrary>(new VideoLibrary(path));
}

std::shared_ptr<VideoLibrary> VideoLibrary::openOrCreate(const fs::path& folder)
{
    const fs::path path = absoluteFolder(folder);
    refuseLost(path);
    if (!exists(path)) {
        std::error_code failed;
        if (fs::exists(path, failed) && !fs::is_directory(path, failed))
            cannotMake(path, "it is a file, not a folder");
        if (buildingName(path / kLibraryBackup).native().size() > longestDatabaseName())
            cannotMake(path, "its path is too long");
        fs::create_directories(path, failed);
        if (failed.value() == ENOSPC)
            throwStorageError("cannot be made into a library", path, ENOSPC);
        if (failed)
            cannotMake(path, failed.message());
        // Looked at again: another instance may be making the same library.
        if (holdsOtherThings(path) && !exists(path))
            throw Error(ErrorKind::Storage, "holds other things and no library", path.string(),
                "Choose an empty or a new folder.");
        if (!exists(path))
            createLibraryFile(path / kLibraryDatabase);
    }
    return open(path);
}

const fs::path& VideoLibrary::folder() const
{
    return m_impl->folder;
}

bool VideoLibrary::readOnly() const
{
    return m_impl->readOnly;
}

void VideoLibrary::keepBackup(const JobContext& context)
{
    const std::lock_guard lock(m_impl->mutex);
    try {
        copyDatabase(m_impl->database, m_impl->folder / kLibraryBackup);
    } catch (const DamagedLibrary&) {
        throw;
    } catch (const Error& e) {
        // What was asked for is done, and the older copy still stands.
        context.log(LogLevel::Warning, std::string("No new copy of the library was kept: ") + e.what());
    }
}

fs::path VideoLibrary::thumbnailPath(const VideoRecord& video) const
{
    return m_impl->folder / "thumbnails" / (video.hash + ".jpg");
}

fs::path VideoLibrary::stripPath(const VideoRecord& video) const
{
    return m_impl->folder / "thumbnails" / (video.hash + "-strip.jpg");
}

std::vector<VideoRecord> VideoLibrary::videos() const
{
    const std::lock_guard lock(m_impl->mutex);
    Statement select(m_impl->database, selectVideos() + " ORDER BY path");
    std::vector<VideoRecord> out;
    while (select.step())
        out.push_back(readVideo(select, m_impl->database));
    return out;
}

std::optional<VideoRecord> VideoLibrary::video(VideoId id) const
{
    const std::lock_guard lock(m_impl->mutex);
    Statement select(m_impl->database, selectVideos() + " WHERE id = ?");
    if (!select.bind(id).step())
        return {};
    return readVideo(select, m_impl->database);
}

std::optional<VideoRecord> VideoLibrary::videoByPath(const fs::path& path) const
{
    const std::lock_guard lock(m_impl->mutex);
    Statement select(m_impl->database, selectVideos() + " WHERE path = ?");
    if (!select.bind(path).step())
        return {};
    return readVideo(select, m_impl->database);
}

int64_t VideoLibrary::videoCount() const
{
    const std::lock_guard lock(m_impl->mutex);
    Statement count(m_impl->database, "SELECT count(*) FROM videos");
    count.step();
    return count.integer();
}

void VideoLibrary::Impl::store(VideoRecord& record, bool keepAnnotations)
{
    VideoRecord stored = record;
    Transaction transaction(database);
    if (Statement same(database, "SELECT id, label, split FROM videos WHERE path = ?"); same.bind(record.path).step()) {
        stored.id = same.integer();
        if (keepAnnotations) {
            stored.label = same.text();
            stored.split = same.text();
        }
    } else if (stored.id != 0) {
        // Numbers are never given twice, so a free one that was given before is this video's own.
        Statement taken(database,
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM videos WHERE id = ?) OR ? > (SELECT "
            "coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'videos')");
        if (taken.bind(stored.id).bind(stored.id).step())
            stored.id = 0;
    }
    writeVideo(database, stored);
    storeName(stored);
    transaction.commit();
    record = std::move(stored);
}

void VideoLibrary::store(VideoRecord& record)
{
    const std::lock_guard lock(m_impl->mutex);
    m_impl->store(record, false);
}

void VideoLibrary::storeMedia(VideoRecord& record)
{
    const std::lock_guard lock(m_impl->mutex);
    m_impl->store(record, true);
}

std::vector<VideoRecord> VideoLibrary::remove(const std::vector<VideoId>& ids)
{
    const std::lock_guard lock(m_impl->mutex);
    Database& database = m_impl->database;
    std::vector<VideoRecord> removed;
    Transaction transaction(database);
    for (const VideoId id : ids) {
        Statement select(database, selectVideos() + " WHERE id = ?");
        if (!select.bind(id).step())
            continue;
        removed.push_back(readVideo(select, database));
        Statement(database, "DELETE FROM videos WHERE id = ?").bind(id).run();
    }
    transaction.commit();
    return removed;
}

void VideoLibrary::setLabel(VideoId id, const std::string& label)
{
    const std::lock_guard lock(m_impl->mutex);
    m_impl->need(id);
    Statement(m_impl->database, "UPDATE videos SET label = ? WHERE id = ?").bind(validUtf8(label)).bind(id).run();
}

void VideoLibrary::setSplit(VideoId id, const std::string& split)
{
    const std::lock_guard lock(m_impl->mutex);
    m_impl->need(id);
    Statement(m_impl->database, "UPDATE videos SET split = ? WHERE id = ?").bind(validUtf8(split)).bind(id).run();
}

} // namespace clipscope
