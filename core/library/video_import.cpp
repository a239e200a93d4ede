// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/video_import.h"

#include "base/disk_steps.h"
#include "base/file_time.h"
#include "base/files.h"
#include "base/text.h"
#include "library/import_reading.h"
#include "library/library_lock.h"
#include "library/media_walk.h"
#include "library/subtitles.h"
#include "media/thumbnail_maker.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <new>
#include <sys/stat.h>
#include <thread>
#include <unordered_map>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr int kWorkers = 2;

struct Task {
    MediaCandidate candidate;
    std::vector<fs::path> subtitles;
};

bool sameLines(const std::vector<Caption>& a, const std::vector<Caption>& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Caption& x, const Caption& y) {
        return x.text == y.text && x.startSec == y.startSec && x.endSec == y.endSec;
    });
}

/// The lines of every readable file, in time order, each once: the same cues often come as .srt and as .vtt.
std::vector<Caption> readLines(const std::vector<fs::path>& files, const JobContext& context)
{
    std::vector<Caption> lines;
    for (const fs::path& file : files) {
        try {
            const std::vector<Caption> more = readSubtitles(file);
            lines.insert(lines.end(), more.begin(), more.end());
        } catch (const Error& e) {
            context.log(LogLevel::Warning, validUtf8(e.what()));
        }
    }
    std::stable_sort(lines.begin(), lines.end(), [](const Caption& a, const Caption& b) {
        return std::tie(a.startSec, a.endSec, a.text) < std::tie(b.startSec, b.endSec, b.text);
    });
    lines.erase(std::unique(lines.begin(), lines.end(),
                    [](const Caption& a, const Caption& b) {
                        return a.startSec == b.startSec && a.endSec == b.endSec && a.text == b.text;
                    }),
        lines.end());
    return lines;
}

void storeSubtitles(VideoLibrary& library, VideoId id, const std::vector<fs::path>& files, const JobContext& context)
{
    const std::vector<Caption> lines = readLines(files, context);
    std::vector<Caption> stored = library.captions(id);
    std::erase_if(stored, [](const Caption& c) { return c.source != CaptionSource::Subtitle; });
    std::stable_sort(stored.begin(), stored.end(), [](const Caption& a, const Caption& b) {
        return std::tie(a.startSec, a.endSec, a.text) < std::tie(b.startSec, b.endSec, b.text);
    });
    if (!sameLines(lines, stored))
        library.setCaptions(id, CaptionSource::Subtitle, lines);
}

/// Two threads that take one task after the other.
class ImportCrew {
public:
    ImportCrew(VideoLibrary& library, const ImportOptions& options, const std::vector<Task>& tasks,
        ImportReport& report, const JobContext& context)
        : m_library(library)
        , m_options(options)
        , m_tasks(tasks)
        , m_report(report)
        , m_context(context)
    {
        m_context.stop = m_stop.get_token();
    }

    /// Throws the first error of the library itself, or Cancelled.
    void run(const std::stop_token& user)
    {
        const std::stop_callback forward(user, [this] { m_stop.request_stop(); });
        {
            std::vector<std::jthread> threads;
            for (int i = 0; i < kWorkers; ++i)
                threads.emplace_back([this, i] { work(i); });
        }
        if (m_fatal)
            std::rethrow_exception(m_fatal);
        if (m_done < std::ssize(m_tasks))
            throw Cancelled();
    }

private:
    /// The first worker stays whatever the limit; the others leave when it is lowered.
    void work(int number)
    {
        while (!m_context.stopped() && (number == 0 || number < m_options.threads.cut(kWorkers))) {
            const size_t next = m_next++;
            if (next >= m_tasks.size())
                return;
            try {
                import(m_tasks[next]);
            } catch (const Cancelled&) {
                return;
            } catch (...) {
                const std::lock_guard lock(m_mutex);
                if (!m_fatal)
                    m_fatal = std::current_exception();
                m_stop.request_stop();
                return;
            }
        }
    }

    /// Errors of the file end in the report; those of the library's disk leave.
    void import(const Task& task)
    {
        const std::string name = validUtf8(task.candidate.path.filename().string());
        m_context.progress(m_done, std::ssize(m_tasks), "importing " + name);
        ReadVideo video;
        std::string thumbnail, strip, reason;
        try {
            video = readForImport(task.candidate.path, m_options.sampler, m_context);
            thumbnail = encodeJpeg(video.thumbnail);
            strip = encodeJpeg(video.strip);
        } catch (const Error& e) {
            reason = e.reason();
        } catch (const Cancelled&) {
            throw;
        } catch (const std::bad_alloc&) {
            reason = "needs more memory than there is";
        } catch (const std::exception& e) {
            reason = std::string("cannot be read (") + e.what() + ")";
        }
        if (reason.empty())
            store(task, video.record, thumbnail, strip);
        else
            fail(task, reason);
        const int64_t done = ++m_done;
        m_context.progress(done, std::ssize(m_tasks), name);
    }

    void store(const Task& task, VideoRecord& record, const std::string& thumbnail, const std::string& strip)
    {
        m_context.throwIfStopped();
        record.importRoot = m_options.root.empty() ? task.candidate.root : m_options.root;
        m_context.onceThereIsSpace([&] {
            // The row comes last: a video that is in the library has its pictures.
            writeFileAtomically(m_library.thumbnailPath(record), thumbnail);
            writeFileAtomically(m_library.stripPath(record), strip);
            m_library.storeMedia(record);
            storeSubtitles(m_library, record.id, task.subtitles, m_context);
        });
        {
            const std::lock_guard lock(m_mutex);
            ++m_report.ok;
            m_report.sampleError.add(record.sampleError);
            if (record.damaged())
                m_report.damaged.push_back({record.path, record.usableFrames, record.sampledFrames});
        }
        m_context.partial(record);
    }

    void fail(const Task& task, const std::string& reason)
    {
        const ImportReport::Failed failed{task.candidate.path, reason};
        {
            const std::lock_guard lock(m_mutex);
            m_report.failed.push_back(failed);
        }
        m_context.partial(failed);
    }

    VideoLibrary& m_library;
    const ImportOptions& m_options;
    const std::vector<Task>& m_tasks;
    std::stop_source m_stop;
    std::atomic<size_t> m_next = 0;
    std::atomic<int64_t> m_done = 0;
    std::mutex m_mutex; ///< guards the two below
    ImportReport& m_report;
    std::exception_ptr m_fatal;
    JobContext m_context; ///< the caller's, stopped by an error too
};

/// Leaves the unchanged ones out of the candidates: counted, and their subtitles brought up to date.
std::vector<Task> tasksOf(VideoLibrary& library, std::vector<MediaCandidate> candidates, const ImportOptions& options,
    ImportReport& report, const JobContext& context)
{
    std::unordered_map<std::string, VideoRecord> known;
    for (VideoRecord& record : library.videos())
        known.emplace(record.path.native(), std::move(record));
    SidecarFinder sidecars;
    std::vector<Task> tasks;
    int64_t otherSampler = 0;
    for (MediaCandidate& candidate : candidates) {
        context.throwIfStopped();
        std::vector<fs::path> subtitles = sidecars.of(candidate.path);
        const auto found = known.find(candidate.path.native());
        if (found == known.end() || !isUnchanged(found->second)) {
            tasks.push_back({std::move(candidate), std::move(subtitles)});
            continue;
        }
        ++report.skipped;
        otherSampler += !(found->second.sampler == options.sampler);
        context.onceThereIsSpace([&] { storeSubtitles(library, found->second.id, subtitles, context); });
    }
    if (otherSampler > 0)
        context.log(LogLevel::Info,
            std::to_string(otherSampler) + " videos that are there already keep their own way of sampling frames.");
    return tasks;
}

void makeFolder(const fs::path& folder)
{
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (failed)
        throwStorageError("cannot be made", folder, failed.value());
}

} // namespace

bool isUnchanged(const VideoRecord& known)
{
    struct stat st = {};
    return ::stat(known.path.c_str(), &st) == 0 && st.st_size == known.bytes && modifiedNs(st) == known.modifiedNs;
}

ImportReport importVideos(
    VideoLibrary& library, const std::vector<fs::path>& paths, const ImportOptions& options, JobContext& context)
{
    ImportReport report;
    const LibraryLock turn(library.folder(), context);
    context.onceThereIsSpace([&] { makeFolder(library.folder() / "thumbnails"); });

    const std::vector<Task> tasks =
        tasksOf(library, findMedia(paths, library.folder(), context), options, report, context);
    if (!tasks.empty())
        ImportCrew(library, options, tasks, report, context).run(context.stop);
    if (report.ok > 0)
        library.keepBackup(context);

    const auto byPath = [](const auto& a, const auto& b) { return a.path < b.path; };
    std::sort(report.failed.begin(), report.failed.end(), byPath);
    std::sort(report.damaged.begin(), report.damaged.end(), byPath);
    return report;
}

} // namespace clipscope
