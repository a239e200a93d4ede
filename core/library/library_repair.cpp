// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/library_repair.h"

#include "base/disk_steps.h"
#include "base/file_time.h"
#include "base/files.h"
#include "library/damaged_library.h"
#include "library/embedding_store.h"
#include "library/import_reading.h"
#include "library/library_lock.h"
#include "library/salvage_internal.h"
#include "library/sqlite_internal.h"
#include "library/video_library_internal.h"
#include "media/thumbnail_maker.h"
#include "media/video_reader.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <fstream>
#include <set>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <unordered_map>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

bool isSound(const fs::path& folder)
{
    try {
        const auto library = VideoLibrary::open(folder);
        library->videos();
        library->allCaptions();
        library->runs();
        return true;
    } catch (const DamagedLibrary&) {
        return false;
    }
}

/// The process that has the database open, 0 for none. SQLite holds a lock from this byte on as long as it is open; the
/// kernel's list is read, since to open the file and close it again would give our own locks away.
int processAt(const fs::path& database)
{
    constexpr long long kSqliteLocks = 0x40000000;
    struct stat st = {};
    if (::stat(database.c_str(), &st) != 0)
        return 0;
    std::ifstream locks("/proc/locks");
    for (std::string line; std::getline(locks, line);) {
        int process = 0;
        unsigned int major = 0;
        unsigned int minor = 0;
        unsigned long long inode = 0;
        long long start = 0;
        // "1: POSIX  ADVISORY  READ 4711 08:01:123456 1073741826 1073742335"
        if (std::sscanf(line.c_str(), "%*d: POSIX %*s %*s %d %x:%x:%llu %lld", &process, &major, &minor, &inode, &start)
                == 5
            && inode == st.st_ino && major == ::major(st.st_dev) && minor == ::minor(st.st_dev)
            && start >= kSqliteLocks)
            return process;
    }
    return 0;
}

void refuseOpen(const fs::path& database)
{
    const int process = processAt(database);
    if (process == ::getpid())
        throw Error(ErrorKind::Resource, "is open in this program", database.string(),
            "Open another library, then repair this one.");
    if (process != 0)
        throw Error(ErrorKind::Resource, "is open in another program (process " + std::to_string(process) + ")",
            database.string(), "Close it there, then repair it.");
}

std::string timeStamp()
{
    const std::time_t now = std::time(nullptr);
    std::tm utc = {};
    ::gmtime_r(&now, &utc);
    char text[32];
    std::strftime(text, sizeof text, "%Y%m%d-%H%M%S", &utc);
    return text;
}

/// One repair: everything that is told of the library, then a new one of it, then the change of places.
class Repair {
public:
    Repair(const fs::path& folder, JobContext& context)
        : m_folder(folder)
        , m_database(folder / kLibraryDatabase)
        , m_building(buildingName(m_database))
        , m_context(context)
    {
    }
    ~Repair()
    {
        std::error_code ignored;
        fs::remove_all(m_building, ignored);
    }
    Repair(const Repair&) = delete;
    Repair& operator=(const Repair&) = delete;

    RepairReport run()
    {
        m_report.damaged = true;
        m_context.progress(0, 0, "reading what the damaged library still gives");
        std::error_code failed;
        fs::create_directory(m_building, failed);
        if (failed)
            throwStorageError("cannot be made", m_building, failed.value());
        collect();
        build();
        changePlaces();
        return std::move(m_report);
    }

private:
    static bool isFile(const fs::path& path)
    {
        std::error_code absent;
        return fs::is_regular_file(path, absent);
    }

    void collect()
    {
        m_known.whole = m_known.captionsWhole = m_known.runsWhole = false;
        if (isFile(m_database))
            m_known = salvage(m_database, m_building / "salvage", m_context);
        const fs::path backup = m_folder / kLibraryBackup;
        Salvage older;
        if (isFile(backup))
            older = salvage(backup, m_building / "salvage", m_context);
        mendPaths(older);
        addOlder(std::move(older));
        for (VideoRecord& video : m_known.videos) {
            if (!isBelow(video.path, video.importRoot))
                video.importRoot.clear();
        }
    }

    static bool isBelow(const fs::path& path, const fs::path& root)
    {
        return std::mismatch(root.begin(), root.end(), path.begin(), path.end()).first == root.end();
    }

    /// A row may have been read from a damaged page: the copy knows where its content lay.
    void mendPaths(const Salvage& older)
    {
        std::unordered_map<std::string, const VideoRecord*> byPath;
        std::unordered_map<std::string, const VideoRecord*> byHash;
        for (const VideoRecord& known : older.videos) {
            byPath.emplace(known.path.native(), &known);
            byHash.emplace(known.hash, &known);
        }
        for (VideoRecord& video : m_known.videos) {
            auto known = byPath.find(video.path.native());
            if (known == byPath.end() && !isFile(video.path)) {
                known = byHash.find(video.hash);
                if (known == byHash.end())
                    continue;
                video.path = known->second->path;
            } else if (known == byPath.end()) {
                continue;
            }
            if (!isBelow(video.path, video.importRoot))
                video.importRoot = known->second->importRoot;
        }
    }

    /// What only the copy knows was lost, unless the damaged file could be read to its end: then it had been removed.
    void addOlder(Salvage older)
    {
        if (m_known.keys.empty())
            m_known.keys = std::move(older.keys);
        if (m_known.settings.empty())
            m_known.settings = std::move(older.settings);
        if (!m_known.runsWhole) {
            std::set<int64_t> told;
            for (const RunRow& run : m_known.runs)
                told.insert(run.id);
            for (RunRow& run : older.runs) {
                if (!told.contains(run.id))
                    m_known.runs.push_back(std::move(run));
            }
            std::ranges::sort(m_known.runs, {}, &RunRow::id);
        }
        std::unordered_map<std::string, VideoId> idOfPath;
        VideoId next = 1;
        for (const VideoRecord& video : m_known.videos) {
            idOfPath.emplace(video.path.native(), video.id);
            next = std::max(next, video.id + 1);
        }
        std::unordered_map<VideoId, VideoId> ids; // of the copy, to ours
        for (VideoRecord& video : older.videos) {
            const auto [ours, isNew] = idOfPath.try_emplace(video.path.native(), next);
            if (isNew && m_known.whole)
                continue;
            ids.emplace(video.id, ours->second);
            if (isNew) {
                video.id = next++;
                m_known.videos.push_back(std::move(video));
            }
        }
        if (m_known.captionsWhole)
            return;
        std::set<std::pair<VideoId, CaptionSource>> told;
        for (const Caption& caption : m_known.captions)
            told.emplace(caption.video, caption.source);
        for (Caption& caption : older.captions) {
            const auto ours = ids.find(caption.video);
            if (ours == ids.end() || told.contains({ours->second, caption.source}))
                continue;
            caption.video = ours->second;
            m_known.captions.push_back(std::move(caption));
        }
    }

    void build()
    {
        const auto library = VideoLibrary::openOrCreate(m_building / "new");
        std::unordered_map<VideoId, VideoId> ids;
        int64_t done = 0;
        for (VideoRecord& video : m_known.videos) {
            const std::string name = video.path.filename().string();
            m_context.progress(done++, std::ssize(m_known.videos), "reading " + name + " again");
            m_context.throwIfStopped();
            const VideoId before = video.id;
            readAgain(video);
            if (library->videoByPath(video.path))
                continue;
            video.id = 0;
            m_context.onceThereIsSpace([&] { library->store(video); });
            ids.emplace(before, video.id);
            m_report.labelled += !video.label.empty();
        }
        std::unordered_map<VideoId, std::array<std::vector<Caption>, 2>> captions;
        for (Caption& caption : m_known.captions) {
            if (const auto video = ids.find(caption.video); video != ids.end())
                captions[video->second][size_t(caption.source)].push_back(std::move(caption));
        }
        for (const auto& [video, sources] : captions) {
            for (const CaptionSource source : {CaptionSource::Caption, CaptionSource::Subtitle})
                m_context.onceThereIsSpace([&] { library->setCaptions(video, source, sources[size_t(source)]); });
        }
        std::vector<EmbeddingKey> keys = EmbeddingStore::keysIn(m_folder);
        keys.insert(keys.end(), m_known.keys.begin(), m_known.keys.end());
        for (EmbeddingKey& key : keys)
            m_context.onceThereIsSpace([&] { library->storeKey(key); });
        for (const auto& [name, value] : m_known.settings)
            m_context.onceThereIsSpace([&] { library->setSetting(name, value); });
        for (RunRow& run : m_known.runs)
            m_context.onceThereIsSpace([&] { library->storeRun(run); });

        m_report.videos = library->videoCount();
        m_report.captions = std::ssize(library->allCaptions());
        m_report.runs = std::ssize(library->runs());
        for (const EmbeddingKey& key : library->embeddingKeys()) {
            const EmbeddingStore store(m_folder, key);
            for (const VideoRecord& video : library->videos())
                m_report.shards += store.has(video);
        }
    }

    /// What the file itself tells of it. The pictures and the count of usable frames stay where the content is the
    /// same.
    void readAgain(VideoRecord& video)
    {
        try {
            const fs::path thumbnail = m_folder / "thumbnails" / (video.hash + ".jpg");
            if (isFile(thumbnail) && contentHash(video.path) == video.hash && probe(video))
                return;
            ReadVideo read = readForImport(video.path, video.sampler, m_context);
            read.record.label = video.label;
            read.record.split = video.split;
            read.record.importRoot = video.importRoot;
            video = std::move(read.record);
            const fs::path pictures = m_folder / "thumbnails";
            std::error_code failed;
            fs::create_directories(pictures, failed);
            m_context.onceThereIsSpace([&] {
                writeFileAtomically(pictures / (video.hash + ".jpg"), encodeJpeg(read.thumbnail));
                writeFileAtomically(pictures / (video.hash + "-strip.jpg"), encodeJpeg(read.strip));
            });
        } catch (const DiskFull&) {
            throw;
        } catch (const Error& e) {
            m_report.missing.push_back({video.path, e.reason()});
        }
    }

    /// False when the sampler now asks for another number of frames than was counted.
    bool probe(VideoRecord& video) const
    {
        struct stat st = {};
        if (::stat(video.path.c_str(), &st) != 0)
            throwStorageError("cannot be read", video.path, errno);
        VideoReader reader(video.path, m_context);
        const SampledFrames frames = sampleFrames(video.sampler, reader.timeline());
        if (std::ssize(frames.indices) != video.sampledFrames)
            return false;
        video.sampleError = frames.error;
        video.info = reader.info();
        video.bytes = st.st_size;
        video.modifiedNs = modifiedNs(st);
        return true;
    }

    void changePlaces()
    {
        m_context.throwIfStopped();
        refuseOpen(m_database);
        const std::string before = m_database.string();
        if (isFile(m_database)) {
            m_report.setAside = before + ".damaged-" + timeStamp();
            for (int i = 2; fs::exists(m_report.setAside); ++i)
                m_report.setAside = before + ".damaged-" + timeStamp() + "-" + std::to_string(i);
            const std::string aside = m_report.setAside.string();
            // By a link, so that there is a database at any moment; file systems without links get a copy.
            std::error_code failed;
            if (::link(before.c_str(), aside.c_str()) != 0 && !fs::copy_file(m_database, m_report.setAside, failed))
                throwStorageError("cannot be set aside", m_database, failed.value());
            // SQLite would play the old journal into the new database.
            if (isFile(before + "-wal") && !renameFile(before + "-wal", aside + "-wal"))
                throwStorageError("cannot be set aside", before + "-wal", errno);
            fs::remove(before + "-shm", failed);
            syncFolder(m_folder);
        }
        if (!renameFile(m_building / "new" / kLibraryDatabase, m_database))
            throwStorageError("cannot be put in its place", m_database, errno);
        syncFolder(m_folder);
    }

    const fs::path m_folder;
    const fs::path m_database;
    const fs::path m_building;
    JobContext& m_context;
    Salvage m_known;
    RepairReport m_report;
};

} // namespace

RepairReport repairLibrary(const fs::path& folder, JobContext& context)
{
    const fs::path path = fs::absolute(folder);
    std::error_code absent;
    if (!VideoLibrary::exists(path) && !fs::exists(path / kLibraryBackup, absent))
        throw Error(ErrorKind::Storage, "there is no library", path.string(), "Name the folder that holds library.db.");
    const LibraryLock turn(path, context);
    if (isSound(path))
        return {};
    refuseOpen(path / kLibraryDatabase);
    return Repair(path, context).run();
}

} // namespace clipscope
