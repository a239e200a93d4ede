// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/thread_limit.h"
#include "jobs/job.h"
#include "library/failed_imports.h"
#include "library/removed_videos.h"
#include "library/video_library.h"
#include "library/watched_folders.h"
#include "models/video_mark.h"
#include "retrieval/search_engine.h"

#include <QObject>
#include <QTimer>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace clipscope {

class EncoderShelf;
class FolderWatcher;
class JobManager;
class LibraryModel;
struct LoadedEngine;
class ThumbnailCache;

/// The open library and everything that is done to it: opening, importing, embedding, removing, and keeping the search
/// engine up to date while they run. All of it happens in jobs; the signals come in the GUI thread.
class LibrarySession : public QObject {
    Q_OBJECT
public:
    enum class EngineState {
        None, ///< no library
        Loading, ///< the encoder is on its way; names can be searched already
        NamesOnly, ///< nothing is embedded, or the encoder is not installed
        Ready
    };
    using Paths = std::vector<std::filesystem::path>;
    /// Libraries that the program renders by itself.
    enum class Sample {
        Mixed, ///< 60 videos, stories and single actions
        Activities, ///< 192 single actions, eight a label: enough for probes
    };

    LibrarySession(JobManager& jobs, ThumbnailCache& thumbnails, LibraryModel& model, QObject* parent = nullptr);
    ~LibrarySession() override;

    void open(const std::filesystem::path& folder);
    void create(const std::filesystem::path& folder);
    /// Makes a library in dataHome() named after the folder of the first path and imports them there; the library made
    /// of the same folder before is opened and brought up to date.
    void createFor(const Paths& paths);
    /// Makes the library whole that was found damaged by the last open(), and opens it.
    void repair();
    bool canRepair() const { return !m_damaged.empty(); }
    /// Opens a sample library; the first time it is rendered, imported and embedded.
    void openSample(Sample sample = Sample::Mixed);
    static std::filesystem::path sampleFolder(Sample sample = Sample::Mixed);

    void importPaths(const Paths& paths);
    /// Imports what failed before once more.
    void retryFailed();
    /// Embeds what has no embedding yet with the library's newest model, else the Starter (the sample library: its own
    /// model).
    void embed();
    void installStarter();
    /// New videos of this folder join the library by themselves from now on; those that are there join at once.
    void watch(const std::filesystem::path& folder);
    /// Its videos stay in the library.
    void unwatch(const std::filesystem::path& folder);
    void lookAtWatchedFolders();
    void stopWatching(); ///< until another library is opened
    /// Of importing and embedding; holds for what runs as well.
    void setThreadLimit(int threads) { m_threads.set(threads); }
    void remove(const std::vector<VideoId>& ids);
    void restore(const RemovedVideos& removed);
    /// The same videos once more after restore(); removed() is not told.
    void removeAgain(const RemovedVideos& removed);
    /// Gives labels and splits; marked() follows unless `what` is empty.
    void mark(const VideoMarks& marks, const QString& what);

    const std::shared_ptr<VideoLibrary>& library() const { return m_library; }
    const std::shared_ptr<SearchEngine>& engine() const { return m_engine; }
    /// What the newest embeddings were made with; null while there is none that works.
    const std::shared_ptr<Encoder>& encoder() const { return m_encoder; }
    const EmbeddingKey& embeddingKey() const { return m_key; }
    QString name() const;
    bool isSample() const; ///< any of them
    EngineState engineState() const { return m_state; }
    QString encoderTitle() const { return m_encoderTitle; }
    QString encoderNote() const { return m_encoderNote; }
    QString encoderComputation() const { return m_encoderComputation; } ///< "int8 on cpu"
    qint64 searchedVideos() const { return m_searched; }
    const std::vector<FailedItem>& failedImports() const { return m_failed.items(); }
    const std::vector<WatchedFolder>& watched() const { return m_watched; }
    /// Of the last look at the watched folders.
    const WatchScan& lastLook() const { return m_lastLook; }
    /// Some of them are on a network drive or too many for the kernel: changes there are found every few minutes.
    bool watchesByLookingOnly() const;

Q_SIGNALS:
    void opened();
    void engineChanged(); ///< another engine, or the same with more videos
    void countsChanged(); ///< videos, searchable videos or failed imports
    /// Something the user should know; `action` is an id of the action registry that mends it, or empty.
    void problem(const QString& text, const QString& action);
    /// A job of this library could not do its work.
    void jobFailed(const QString& text);
    /// Videos came from a folder that is not watched.
    void folderImported(const std::filesystem::path& folder, qint64 videos);
    void watchedChanged(); ///< the list of watched folders, or what the last look found
    void removed(const clipscope::RemovedVideos& videos); ///< restore() brings them back
    /// What was marked, and with what it had been marked before.
    void marked(const clipscope::VideoMarks& before, const clipscope::VideoMarks& after, const QString& what);

private:
    struct Opened;
    /// What follows once the library is open.
    struct Plan {
        Paths import;
        Paths annotations;
        QString said; ///< is told when it is open
        std::vector<Arrivals> arrivals{}; ///< instead of `import`: from watched folders
    };

    void open(const std::filesystem::path& folder, Plan plan);
    void create(const std::filesystem::path& folder, Plan plan);
    void take(Opened opened, const Plan& plan);
    void load();
    void take(const std::shared_ptr<VideoLibrary>& library, LoadedEngine loaded);
    void import(const std::shared_ptr<VideoLibrary>& library, const Plan& plan);
    void takeImported(const std::shared_ptr<VideoLibrary>& library, const std::vector<VideoRecord>& records,
        const std::vector<FailedItem>& failed);
    void embed(const std::shared_ptr<VideoLibrary>& library);
    void refreshSoon();
    void refresh();
    void saveFailed();
    void changeWatched(const QString& title, std::function<void(VideoLibrary&)> change);
    void remove(const std::shared_ptr<VideoLibrary>& library, const std::vector<VideoId>& ids, bool again);
    void takeRemoved(const RemovedVideos& result, bool again);
    void failed(const JobFailure& failure);
    std::string modelToEmbedWith() const;

    JobManager& m_jobs;
    ThumbnailCache& m_thumbnails;
    LibraryModel& m_model;
    std::shared_ptr<EncoderShelf> m_shelf;
    FolderWatcher* m_watcher;
    ThreadLimit m_threads;

    std::shared_ptr<VideoLibrary> m_library;
    std::shared_ptr<SearchEngine> m_engine;
    std::shared_ptr<Encoder> m_encoder;
    EmbeddingKey m_key;
    std::string m_engineModel; ///< of m_engine; empty: names only
    std::string m_keyModel; ///< newest embeddings of the library
    EngineState m_state = EngineState::None;
    QString m_encoderTitle;
    QString m_encoderNote;
    QString m_encoderComputation;
    std::vector<WatchedFolder> m_watched;
    WatchScan m_lastLook;
    qint64 m_searched = 0;
    FailedImports m_failed;
    std::filesystem::path m_damaged; ///< what repair() is to mend, empty: nothing

    std::string m_embedding; ///< model being embedded with, empty: none
    QTimer m_refreshTimer;
    bool m_refreshing = false;
    bool m_refreshAgain = false;
};

} // namespace clipscope
