// SPDX-License-Identifier: GPL-3.0-or-later
// What is done to the open library: importing, embedding, installing the Starter, removing.
#include "embedding/embedding_pipeline.h"
#include "embedding/precision_choice.h"
#include "jobs/job_manager.h"
#include "library/engine_loader.h"
#include "library/folder_watcher.h"
#include "library/library_session.h"
#include "library/video_import.h"
#include "library/watched_folders.h"
#include "models/display_text.h"
#include "models/library_model.h"
#include "models/model_catalogue.h"
#include "retrieval/caption_readers.h"
#include "retrieval/imported_encoder.h"

#include <utility>

namespace fs = std::filesystem;

namespace clipscope {

namespace {
const char* const kSampleModel = "sample-clip";
constexpr size_t kListedMarks = 200; // fewer are over before anybody looks

struct Imported {
    ImportReport report;
    std::vector<VideoRecord> videos;
    fs::path folder; ///< the one that was named, alone; else empty
};
} // namespace

void LibrarySession::importPaths(const Paths& paths)
{
    if (m_library && !paths.empty())
        import(m_library, {paths, {}, {}});
}

void LibrarySession::retryFailed()
{
    importPaths(m_failed.paths());
}

void LibrarySession::import(const std::shared_ptr<VideoLibrary>& library, const Plan& plan)
{
    const auto id = std::make_shared<JobId>(0);
    JobRequest request;
    int64_t arrived = 0;
    for (const Arrivals& group : plan.arrivals)
        arrived += std::ssize(group.files);
    request.title = arrived > 0   ? tr("Importing %1").arg(counted(arrived, tr("new file"), tr("new files")))
        : plan.import.size() == 1 ? tr("Importing %1").arg(fileName(plan.import.front()))
                                  : tr("Importing %1").arg(countedFiles(qint64(plan.import.size())));
    request.lane = Lane::Decode;
    request.unit = tr("videos");
    request.onPartials = [this, library, id](const std::vector<std::any>& partials) {
        std::vector<VideoRecord> records;
        std::vector<FailedItem> items;
        for (const std::any& partial : partials) {
            if (const auto* record = std::any_cast<VideoRecord>(&partial))
                records.push_back(*record);
            else if (const auto* item = std::any_cast<ImportReport::Failed>(&partial))
                items.push_back({displayPath(item->path), QString::fromStdString(item->reason)});
        }
        m_jobs.addFailedItems(*id, items);
        takeImported(library, records, items);
    };
    *id = m_jobs.start(
        request,
        [library, plan, threads = m_threads](JobContext& context) {
            ImportOptions options;
            options.threads = threads;
            const ImportReport report = plan.arrivals.empty()
                ? importVideos(*library, plan.import, options, context)
                : importArrivals(*library, plan.arrivals, options, context);
            for (const fs::path& file : plan.annotations)
                context.onceThereIsSpace([&] { applyAnnotations(*library, readAnnotations(file), plan.import); });
            Imported out{report, library->videos(), {}};
            if (plan.import.size() == 1 && fs::is_directory(plan.import.front()))
                out.folder = plan.import.front();
            return out;
        },
        this,
        [this, library](Imported result) {
            if (library == m_library) {
                saveFailed();
                m_model.setVideos(std::move(result.videos));
                Q_EMIT countsChanged();
                if (!result.report.failed.empty())
                    Q_EMIT problem(
                        tr("%1 could not be imported.").arg(countedFiles(qint64(result.report.failed.size()))),
                        QStringLiteral("library.showFailed"));
                else if (result.report.ok == 0 && result.report.skipped == 0)
                    Q_EMIT problem(tr("No videos were found there."), QStringLiteral("library.addFolder"));
                else if (result.report.ok > 0 && !result.folder.empty() && !isSample())
                    Q_EMIT folderImported(result.folder, result.report.ok);
                refreshSoon(); // names match at once
            }
            if (result.report.ok + result.report.skipped > 0)
                embed(library);
        },
        [this, library](const JobFailure& failure) {
            if (library == m_library)
                saveFailed();
            failed(failure);
        });
}

void LibrarySession::takeImported(const std::shared_ptr<VideoLibrary>& library, const std::vector<VideoRecord>& records,
    const std::vector<FailedItem>& failed)
{
    if (library != m_library)
        return;
    for (const VideoRecord& record : records)
        m_failed.recovered(record.path);
    m_failed.add(failed);
    m_model.add(records);
    Q_EMIT countsChanged();
}

void LibrarySession::saveFailed()
{
    JobRequest request;
    request.title = tr("Keeping the list of failed files");
    request.quiet = true;
    m_jobs.start(
        request, [library = m_library, save = m_failed.takeUnsaved()](JobContext&) { save(*library); }, this, [] {},
        [this](const JobFailure& failure) { failed(failure); });
}

std::string LibrarySession::modelToEmbedWith() const
{
    if (!m_keyModel.empty() && !isImported(m_keyModel)) // what made imported vectors is not here
        return m_keyModel;
    return isSample() ? kSampleModel : kStarterModel;
}

void LibrarySession::embed()
{
    if (m_library)
        embed(m_library);
}

void LibrarySession::embed(const std::shared_ptr<VideoLibrary>& library)
{
    const bool here = library == m_library;
    if (here && m_model.videos().empty())
        return;
    const std::string model = here ? modelToEmbedWith() : std::string();
    if (here)
        m_embedding = model;
    const auto id = std::make_shared<JobId>(0);
    JobRequest request;
    request.title = model.empty() ? tr("Embedding")
        : model == kStarterModel  ? tr("Embedding with Starter")
        : model == kSampleModel   ? tr("Embedding with the sample model")
                                  : tr("Embedding with %1").arg(QString::fromStdString(model));
    request.lane = Lane::Model;
    request.unit = tr("frames");
    request.onPartials = [this, library](const std::vector<std::any>&) {
        if (library == m_library)
            refreshSoon();
    };
    *id = m_jobs.start(
        request,
        [library, model, shelf = m_shelf, threads = m_threads](JobContext& context) {
            std::string name = model;
            if (name.empty()) {
                const std::vector<EmbeddingKey> keys = library->embeddingKeys();
                name = keys.empty() || isImported(keys.back()) ? kStarterModel : keys.back().model;
            }
            context.progress(0, 0, "loading " + name);
            const std::shared_ptr<Encoder> encoder = shelf->get(name, precisionToGoOnIn(*library, name, "auto"));
            EmbedOptions options;
            options.threads = threads;
            return embedLibrary(*library, *encoder, options, context);
        },
        this,
        [this, library, id](const EmbedReport& report) {
            std::vector<FailedItem> items;
            for (const EmbedReport::Failed& item : report.failed)
                items.push_back({displayPath(item.path), QString::fromStdString(item.reason)});
            m_jobs.addFailedItems(*id, items);
            if (library != m_library)
                return;
            m_embedding.clear();
            m_keyModel = report.key.model;
            if (!items.empty())
                Q_EMIT problem(tr("%1 could not be embedded.").arg(countedVideos(qint64(items.size()))),
                    QStringLiteral("view.jobs"));
            refresh();
        },
        [this, library, model](const JobFailure& failure) {
            if (library != m_library)
                return;
            m_embedding.clear();
            const bool missing = failure.kind == ErrorKind::Model && model == kStarterModel;
            if (missing)
                Q_EMIT problem(failure.text(), QStringLiteral("models.installStarter"));
            else
                failed(failure);
            Q_EMIT engineChanged();
        });
    Q_EMIT engineChanged();
}

void LibrarySession::installStarter()
{
    JobRequest request;
    request.title = tr("Installing the Starter engine");
    request.topic = QStringLiteral("install");
    m_jobs.start(
        request, [](JobContext& context) { installModel(kStarterModel, {}, context); }, this,
        [this] {
            if (!m_library)
                return;
            if (m_keyModel == kStarterModel && m_engineModel.empty())
                load();
            embed();
        },
        [this](const JobFailure& failure) { failed(failure); });
}

void LibrarySession::watch(const fs::path& folder)
{
    changeWatched(
        tr("Watching %1").arg(fileName(folder)), [folder](VideoLibrary& library) { watchFolder(library, folder); });
}

void LibrarySession::unwatch(const fs::path& folder)
{
    changeWatched(tr("No longer watching %1").arg(fileName(folder)),
        [folder](VideoLibrary& library) { unwatchFolder(library, folder); });
}

void LibrarySession::changeWatched(const QString& title, std::function<void(VideoLibrary&)> change)
{
    if (!m_library)
        return;
    JobRequest request;
    request.title = title;
    request.quiet = true;
    m_jobs.start(
        request,
        [library = m_library, change = std::move(change)](JobContext&) {
            change(*library);
            return watchedFolders(*library);
        },
        this,
        [this, library = m_library](std::vector<WatchedFolder> folders) {
            if (library != m_library)
                return;
            m_watched = std::move(folders);
            Q_EMIT watchedChanged();
            lookAtWatchedFolders();
        },
        [this](const JobFailure& failure) { failed(failure); });
}

void LibrarySession::lookAtWatchedFolders()
{
    m_watcher->look();
}

void LibrarySession::stopWatching()
{
    m_watcher->setLibrary(nullptr);
}

bool LibrarySession::watchesByLookingOnly() const
{
    return m_lastLook.hasRemote || !m_watcher->watchesAll();
}

void LibrarySession::remove(const std::vector<VideoId>& ids)
{
    if (m_library && !ids.empty())
        remove(m_library, ids, false);
}

void LibrarySession::removeAgain(const RemovedVideos& removed)
{
    std::vector<VideoId> ids;
    for (const VideoRecord& record : removed.records)
        ids.push_back(record.id);
    remove(removed.library, ids, true);
}

void LibrarySession::remove(const std::shared_ptr<VideoLibrary>& library, const std::vector<VideoId>& ids, bool again)
{
    JobRequest request;
    request.title = tr("Removing %1 from the library").arg(countedVideos(qint64(ids.size())));
    request.quiet = true;
    m_jobs.start(
        request, [library, ids](JobContext&) { return removeVideos(library, ids); }, this,
        [this, again](const RemovedVideos& result) { takeRemoved(result, again); },
        [this](const JobFailure& failure) { failed(failure); });
}

void LibrarySession::takeRemoved(const RemovedVideos& result, bool again)
{
    if (result.library != m_library || result.records.empty())
        return;
    std::vector<VideoId> ids;
    for (const VideoRecord& record : result.records)
        ids.push_back(record.id);
    m_model.remove(ids);
    if (!again)
        Q_EMIT removed(result);
    Q_EMIT countsChanged();
    refresh();
}

void LibrarySession::restore(const RemovedVideos& removed)
{
    JobRequest request;
    request.title = tr("Bringing back removed videos");
    request.quiet = true;
    m_jobs.start(
        request,
        [removed](JobContext&) {
            restoreVideos(removed);
            return std::pair(removed.library, removed.library->videos());
        },
        this,
        [this](std::pair<std::shared_ptr<VideoLibrary>, std::vector<VideoRecord>> result) {
            if (result.first != m_library)
                return;
            m_model.setVideos(std::move(result.second));
            Q_EMIT countsChanged();
            refresh();
        },
        [this](const JobFailure& failure) { failed(failure); });
}

namespace {
struct Marked {
    VideoMarks before;
    std::vector<VideoRecord> videos;
};

/// Videos that are no longer there are passed over.
Marked markVideos(VideoLibrary& library, const VideoMarks& marks, const JobContext& context)
{
    Marked out;
    for (const VideoMark& mark : marks) {
        context.throwIfStopped();
        context.progress(std::ssize(out.before), std::ssize(marks));
        std::optional<VideoRecord> video = library.video(mark.video);
        if (!video)
            continue;
        VideoMark before{mark.video, {}, {}};
        if (mark.label) {
            library.setLabel(mark.video, *mark.label);
            before.label = std::exchange(video->label, *mark.label);
        }
        if (mark.split) {
            library.setSplit(mark.video, *mark.split);
            before.split = std::exchange(video->split, *mark.split);
        }
        out.before.push_back(std::move(before));
        out.videos.push_back(*std::move(video));
    }
    return out;
}
} // namespace

void LibrarySession::mark(const VideoMarks& marks, const QString& what)
{
    if (!m_library || marks.empty())
        return;
    JobRequest request;
    request.title = tr("Marking %1").arg(countedVideos(qint64(marks.size())));
    request.quiet = marks.size() < kListedMarks;
    request.unit = tr("videos");
    m_jobs.start(
        request, [library = m_library, marks](JobContext& context) { return markVideos(*library, marks, context); },
        this,
        [this, library = m_library, marks, what](const Marked& result) {
            if (library != m_library)
                return;
            m_model.update(result.videos);
            if (!what.isEmpty() && !result.before.empty())
                Q_EMIT marked(result.before, marks, what);
            Q_EMIT countsChanged();
        },
        [this](const JobFailure& failure) { failed(failure); });
}

} // namespace clipscope
