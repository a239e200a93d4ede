// SPDX-License-Identifier: GPL-3.0-or-later
// Opening libraries and loading their search engines; importing, embedding and removing stand in
// library_session_work.cpp.
#include "library/library_session.h"

#include "base/files.h"
#include "jobs/job_manager.h"
#include "library/damaged_library.h"
#include "library/engine_loader.h"
#include "library/folder_watcher.h"
#include "library/library_repair.h"
#include "models/display_text.h"
#include "models/library_model.h"
#include "models/thumbnail_cache.h"
#include "retrieval/imported_encoder.h"
#include "sample/sample_world.h"

#include <utility>

namespace fs = std::filesystem;

namespace clipscope {

namespace {
constexpr int kRefreshMs = 1500;
constexpr int kActivities = 192; ///< videos of the sample with a label each
const char* const kMadeOfSetting = "window.madeOf";
constexpr int kSameName = 100; // libraries of one name before we give up looking for a free one

/// Where the library of `source` stands, or is to stand. Folders of the same name get libraries of their own.
fs::path libraryFor(const fs::path& source)
{
    const std::string name = source.filename().empty() ? "videos" : source.filename().string();
    fs::path folder;
    for (int i = 1; i <= kSameName; ++i) {
        std::string numbered = name;
        if (i > 1)
            numbered.append(1, ' ').append(std::to_string(i));
        folder = dataHome() / numbered.append(".clipscope");
        if (!fs::exists(folder))
            return folder;
        if (VideoLibrary::exists(folder)
            && VideoLibrary::open(folder)->setting(kMadeOfSetting).value_or(std::string()) == source.string())
            return folder;
    }
    return folder;
}

QString repairText(const RepairReport& report)
{
    QString text =
        LibrarySession::tr("The library is whole again: %1, %2 and %3 were found.")
            .arg(countedVideos(qint64(report.videos)),
                counted(qint64(report.captions), LibrarySession::tr("caption"), LibrarySession::tr("captions")),
                counted(qint64(report.shards), LibrarySession::tr("embedding"), LibrarySession::tr("embeddings")));
    if (!report.missing.empty())
        text += QLatin1Char(' ')
            + LibrarySession::tr("%1 could not be read again.").arg(countedFiles(qint64(report.missing.size())));
    if (!report.setAside.empty())
        text +=
            QLatin1Char(' ') + LibrarySession::tr("The damaged file is kept as %1.").arg(displayPath(report.setAside));
    return text;
}
} // namespace

struct LibrarySession::Opened {
    std::shared_ptr<VideoLibrary> library;
    std::shared_ptr<SearchEngine> names;
    std::vector<VideoRecord> videos;
    FailedImports failed;
    std::string keyModel;
    QString damage; ///< why there is nothing of the above: repair() mends it
    std::vector<WatchedFolder> watched;
};

LibrarySession::LibrarySession(JobManager& jobs, ThumbnailCache& thumbnails, LibraryModel& model, QObject* parent)
    : QObject(parent)
    , m_jobs(jobs)
    , m_thumbnails(thumbnails)
    , m_model(model)
    , m_shelf(std::make_shared<EncoderShelf>())
    , m_watcher(new FolderWatcher(jobs, this))
{
    connect(m_watcher, &FolderWatcher::looked, this, [this](const WatchScan& scan) {
        m_lastLook = scan;
        m_model.setMissing(scan.missing);
        Q_EMIT watchedChanged();
        Q_EMIT countsChanged();
    });
    connect(m_watcher, &FolderWatcher::arrived, this, [this](const std::vector<Arrivals>& arrivals) {
        Plan plan;
        plan.arrivals = arrivals;
        import(m_library, plan);
    });
    connect(m_watcher, &FolderWatcher::failed, this, &LibrarySession::jobFailed);
    m_refreshTimer.setSingleShot(true);
    m_refreshTimer.setInterval(kRefreshMs);
    connect(&m_refreshTimer, &QTimer::timeout, this, &LibrarySession::refresh);
}

LibrarySession::~LibrarySession() = default;

fs::path LibrarySession::sampleFolder(Sample sample)
{
    return dataHome() / (sample == Sample::Mixed ? "sample.clipscope" : "sample-activities.clipscope");
}

bool LibrarySession::isSample() const
{
    return m_library
        && (m_library->folder() == sampleFolder(Sample::Mixed)
            || m_library->folder() == sampleFolder(Sample::Activities));
}

QString LibrarySession::name() const
{
    if (!m_library)
        return {};
    if (isSample())
        return m_library->folder() == sampleFolder(Sample::Mixed) ? tr("Sample library") : tr("Sample actions");
    fs::path folder = m_library->folder();
    if (folder.filename().empty())
        folder = folder.parent_path();
    return fileName(folder.extension() == ".clipscope" ? folder.stem() : folder);
}

void LibrarySession::open(const fs::path& folder)
{
    open(folder, {});
}

void LibrarySession::open(const fs::path& folder, Plan plan)
{
    JobRequest request;
    request.title = tr("Opening %1").arg(fileName(folder));
    request.topic = QStringLiteral("open");
    m_jobs.start(
        request,
        [folder](JobContext&) {
            Opened opened;
            try {
                opened.library = VideoLibrary::open(folder);
                opened.videos = opened.library->videos();
            } catch (const DamagedLibrary& e) {
                opened.damage = QString::fromUtf8(e.what());
                return opened;
            }
            opened.failed = FailedImports::load(*opened.library);
            opened.watched = watchedFolders(*opened.library);
            const std::vector<EmbeddingKey> keys = opened.library->embeddingKeys();
            opened.keyModel = keys.empty() ? std::string() : keys.back().model;
            opened.names = std::make_shared<SearchEngine>(opened.library, nullptr, EmbeddingKey());
            return opened;
        },
        this,
        [this, folder, plan = std::move(plan)](Opened opened) {
            m_damaged = opened.damage.isEmpty() ? fs::path() : folder;
            if (opened.damage.isEmpty())
                take(std::move(opened), plan);
            else
                Q_EMIT problem(opened.damage, QStringLiteral("library.repair"));
        },
        [this](const JobFailure& failure) { failed(failure); });
}

void LibrarySession::repair()
{
    if (m_damaged.empty())
        return;
    JobRequest request;
    request.title = tr("Repairing %1").arg(fileName(m_damaged));
    request.lane = Lane::Decode;
    request.topic = QStringLiteral("open");
    request.unit = tr("videos");
    m_jobs.start(
        request, [folder = m_damaged](JobContext& context) { return repairLibrary(folder, context); }, this,
        [this, folder = m_damaged](const RepairReport& report) {
            open(folder, {{}, {}, report.damaged ? repairText(report) : QString()});
        },
        [this](const JobFailure& failure) { Q_EMIT problem(failure.text(), QStringLiteral("library.repair")); });
}

void LibrarySession::create(const fs::path& folder)
{
    create(folder, {});
}

void LibrarySession::create(const fs::path& folder, Plan plan)
{
    JobRequest request;
    request.title = tr("Making %1").arg(fileName(folder));
    request.topic = QStringLiteral("open");
    m_jobs.start(
        request,
        [folder](JobContext&) {
            fs::create_directories(folder.parent_path());
            return VideoLibrary::openOrCreate(folder);
        },
        this, [this, folder, plan = std::move(plan)](const std::shared_ptr<VideoLibrary>&) { open(folder, plan); },
        [this](const JobFailure& failure) { failed(failure); });
}

void LibrarySession::createFor(const Paths& paths)
{
    if (paths.empty())
        return;
    JobRequest request;
    request.title = tr("Making a library of %1").arg(fileName(paths.front()));
    request.topic = QStringLiteral("open");
    m_jobs.start(
        request,
        [first = paths.front()](JobContext&) {
            const fs::path source = fs::is_directory(first) ? first : first.parent_path();
            fs::create_directories(dataHome());
            const fs::path folder = libraryFor(source);
            VideoLibrary::openOrCreate(folder)->setSetting(kMadeOfSetting, source.string());
            return folder;
        },
        this,
        [this, paths](const fs::path& folder) {
            open(folder, {paths, {}, {}});
        },
        [this](const JobFailure& failure) { failed(failure); });
}

void LibrarySession::openSample(Sample sample)
{
    SampleWorldOptions options;
    if (sample == Sample::Activities) {
        options.kind = SampleKind::Activities;
        options.videos = kActivities;
    }
    const fs::path world = dataHome() / (sample == Sample::Mixed ? "sample-world" : "sample-activities");
    const fs::path unfinished = fs::path(world).concat(".unfinished");
    JobRequest request;
    request.title = tr("Rendering the sample videos");
    request.lane = Lane::Decode;
    request.topic = QStringLiteral("sample");
    request.unit = tr("videos");
    m_jobs.start(
        request,
        [world, unfinished, options](JobContext& context) {
            if (fs::exists(world))
                return;
            fs::remove_all(unfinished);
            fs::create_directories(unfinished.parent_path());
            createSampleWorld(unfinished, options, context);
            fs::rename(unfinished, world);
        },
        this,
        [this, world, sample] {
            // Known videos are skipped: a start that was cut off goes on where it was.
            create(sampleFolder(sample), {{world / "videos"}, {world / "captions.json", world / "labels.csv"}, {}});
        },
        [this](const JobFailure& failure) { failed(failure); });
}

void LibrarySession::take(Opened result, const Plan& plan)
{
    m_library = std::move(result.library);
    m_engine = std::move(result.names);
    m_engineModel.clear();
    m_keyModel = result.keyModel;
    m_state = EngineState::NamesOnly;
    m_encoderTitle.clear();
    m_encoderNote.clear();
    m_encoderComputation.clear();
    m_watched = std::move(result.watched);
    m_lastLook = {};
    m_searched = 0;
    m_failed = std::move(result.failed);
    m_encoder.reset();
    m_key = {};
    m_embedding.clear();
    m_refreshTimer.stop();
    m_thumbnails.reset(m_library);
    m_model.setMissing({});
    m_model.setVideos(std::move(result.videos));
    Q_EMIT this->opened();
    if (!plan.said.isEmpty())
        Q_EMIT problem(plan.said, {});
    if (!m_keyModel.empty())
        load();
    else
        Q_EMIT engineChanged();
    if (!plan.import.empty())
        import(m_library, plan);
    m_watcher->setLibrary(m_library);
}

void LibrarySession::load()
{
    m_state = EngineState::Loading;
    m_encoderTitle = QString::fromStdString(m_keyModel);
    Q_EMIT engineChanged();
    JobRequest request;
    request.title = tr("Loading %1").arg(m_encoderTitle);
    request.topic = QStringLiteral("engine");
    // The io lane, not the model lane: a long embedding run must not keep another library from being searched. The
    // encoder itself takes one call at a time.
    m_jobs.start(
        request,
        [library = m_library, model = m_keyModel, shelf = m_shelf](
            JobContext& context) { return loadEngine(library, model, *shelf, context); },
        this, [this, library = m_library](LoadedEngine loaded) { take(library, std::move(loaded)); },
        [this, library = m_library](const JobFailure& failure) {
            LoadedEngine loaded;
            loaded.problem = failure.text();
            take(library, std::move(loaded));
        });
}

void LibrarySession::take(const std::shared_ptr<VideoLibrary>& library, LoadedEngine loaded)
{
    if (library != m_library)
        return;
    const bool opening = m_state == EngineState::Loading;
    if (loaded.engine) {
        m_engine = std::move(loaded.engine);
        m_engineModel = loaded.model;
        m_encoder = loaded.encoder;
        m_key = loaded.key;
        m_encoderTitle = loaded.title;
        m_encoderNote = loaded.note;
        m_encoderComputation = loaded.computation;
        m_searched = loaded.searched;
        m_state = EngineState::Ready;
        const qint64 missing = qint64(m_model.videos().size()) - m_searched;
        if (opening && missing > 0 && m_embedding.empty() && !isImported(m_key))
            Q_EMIT problem(tr("%1 cannot be searched by picture yet.").arg(countedVideos(missing)),
                QStringLiteral("library.embed"));
    } else if (m_engineModel.empty()) {
        m_state = EngineState::NamesOnly;
        m_encoderTitle.clear();
    }
    if (!loaded.problem.isEmpty())
        Q_EMIT problem(loaded.problem, loaded.remedy);
    Q_EMIT engineChanged();
    Q_EMIT countsChanged();
}

void LibrarySession::refreshSoon()
{
    if (!m_refreshTimer.isActive())
        m_refreshTimer.start();
}

void LibrarySession::refresh()
{
    // Never two at once: the next one waits for this one instead of starving it.
    if (m_refreshing) {
        m_refreshAgain = true;
        return;
    }
    if (!m_library)
        return;
    m_refreshing = true;
    const std::string wanted = !m_embedding.empty() ? m_embedding : m_keyModel;
    const bool same = wanted == m_engineModel;
    JobRequest request;
    request.title = tr("Refreshing the search");
    request.quiet = true;
    const auto next = [this] {
        m_refreshing = false;
        if (std::exchange(m_refreshAgain, false))
            refreshSoon();
    };
    m_jobs.start(
        request,
        [library = m_library, current = m_engine, wanted, same, shelf = m_shelf](JobContext& context) {
            bool embedded = false;
            for (const EmbeddingKey& key : library->embeddingKeys())
                embedded = embedded || key.model == wanted;
            if (!same && embedded)
                return loadEngine(library, wanted, *shelf, context);
            current->refresh(context);
            LoadedEngine loaded;
            loaded.model = wanted;
            loaded.searched = same && !wanted.empty() ? current->searchedVideos() : 0;
            return loaded;
        },
        this,
        [this, next, library = m_library, same](LoadedEngine loaded) {
            next();
            if (library != m_library)
                return;
            if (same)
                m_searched = loaded.searched;
            if (loaded.engine)
                m_keyModel = loaded.model;
            take(library, std::move(loaded));
        },
        [next](const JobFailure&) { next(); });
}

void LibrarySession::failed(const JobFailure& failure)
{
    Q_EMIT jobFailed(failure.text());
}

} // namespace clipscope
