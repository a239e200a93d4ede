// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/video_library.h"

#include "base/error.h"
#include "base/text.h"
#include "library/library_schema.h"
#include "library/video_library_internal.h"
#include "library/video_rows_internal.h"

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr const char* kDatabaseName = "library.db";

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

/// Anything but what a creation that was cut off has left.
bool holdsOtherThings(const fs::path& folder)
{
    std::error_code failed;
    for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
        if (!it->path().filename().string().starts_with(std::string(kDatabaseName) + ".new-"))
            return true;
    }
    if (failed)
        cannotMake(folder, failed.message());
    return false;
}

std::string checked(Database& database)
{
    Statement check(database, "PRAGMA quick_check(1)");
    return check.step() ? check.text() : "ok";
}

} // namespace

VideoLibrary::Impl::Impl(const fs::path& libraryFolder)
    : folder(libraryFolder)
    , database(libraryFolder / kDatabaseName, Database::Mode::Open)
{
    database.execute("PRAGMA cell_size_check = ON; PRAGMA foreign_keys = ON");
    migrateLibrary(database);
    checkSchema(database);
    if (const std::string problem = checked(database); problem != "ok")
        throw Error(ErrorKind::Storage, "is damaged (" + problem + ")", database.file().string(),
            "Import the videos into a new library; the media files are untouched.");
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
    return fs::is_regular_file(folder / kDatabaseName, ignored);
}

std::shared_ptr<VideoLibrary> VideoLibrary::open(const fs::path& folder)
{
    const fs::path path = absoluteFolder(folder);
    if (!exists(path))
        throw Error(ErrorKind::Storage, "there is no library", path.string(),
            "Make one with: clipscope-cli import --library " + path.string() + " FOLDER");
    checkLibraryFile(path / kDatabaseName);
    return std::shared_ptr<VideoLibrary>(new VideoLibrary(path));
}

std::shared_ptr<VideoLibrary> VideoLibrary::openOrCreate(const fs::path& folder)
{
    const fs::path path = absoluteFolder(folder);
    if (!exists(path)) {
        std::error_code failed;
        if (fs::exists(path, failed) && !fs::is_directory(path, failed))
            cannotMake(path, "it is a file, not a folder");
        fs::create_directories(path, failed);
        if (failed)
            cannotMake(path, failed.message());
        // Looked at again: another instance may be making the same library.
        if (holdsOtherThings(path) && !exists(path))
            throw Error(ErrorKind::Storage, "holds other things and no library", path.string(),
                "Choose an empty or a new folder.");
        if (!exists(path))
            createLibraryFile(path / kDatabaseName);
    }
    return open(path);
}

const fs::path& VideoLibrary::folder() const
{
    return m_impl->folder;
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

void VideoLibrary::store(VideoRecord& record)
{
    const std::lock_guard lock(m_impl->mutex);
    Database& database = m_impl->database;
    VideoRecord stored = record;
    Transaction transaction(database);
    if (Statement same(database, "SELECT id FROM videos WHERE path = ?"); same.bind(record.path).step()) {
        stored.id = same.integer();
    } else if (stored.id != 0) {
        // Numbers are never given twice, so a free one that was given before is this video's own.
        Statement taken(database,
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM videos WHERE id = ?) OR ? > (SELECT "
            "coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'videos')");
        if (taken.bind(stored.id).bind(stored.id).step())
            stored.id = 0;
    }
    writeVideo(database, stored);
    m_impl->storeName(stored);
    transaction.commit();
    record.id = stored.id;
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
