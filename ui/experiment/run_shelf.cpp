// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/run_shelf.h"

#include "jobs/job_manager.h"
#include "models/display_text.h"

namespace clipscope {

namespace {
JobRequest quietly(const QString& title)
{
    JobRequest request;
    request.title = title;
    request.quiet = true;
    return request;
}
} // namespace

RunShelf::RunShelf(std::vector<std::string> kinds, RunsModel& model, JobManager& jobs, Page& page)
    : QObject(&page)
    , m_kinds(std::move(kinds))
    , m_model(model)
    , m_jobs(jobs)
    , m_page(page)
{
    connect(
        &model, &RunsModel::renamed, this, [this](qint64 id, const QString& name) { rename(id, name.toStdString()); });
}

void RunShelf::setLibrary(const std::shared_ptr<VideoLibrary>& library)
{
    if (library == m_library)
        return;
    m_library = library;
    m_whole.clear();
    m_model.setRuns({});
    refresh();
}

void RunShelf::refresh()
{
    if (!m_library)
        return;
    m_jobs.start(
        quietly(tr("Listing runs")),
        [library = m_library, kinds = m_kinds](JobContext&) {
            std::vector<StoredRun> runs;
            for (const std::string& kind : kinds)
                for (StoredRun& run : RunStore(library).list(kind))
                    runs.push_back(std::move(run));
            return runs;
        },
        this,
        [this, library = m_library](const std::vector<StoredRun>& runs) {
            if (library != m_library)
                return;
            for (const StoredRun& run : runs)
                if (m_model.rowOf(run.id) < 0)
                    m_model.put(run);
        },
        [this](const JobFailure& failure) { Q_EMIT m_page.failed(failure.text()); });
}

void RunShelf::load(int64_t id)
{
    if (!m_library || m_model.rowOf(id) < 0)
        return;
    if (!m_model.run(m_model.rowOf(id)).record.arrays.empty()) {
        Q_EMIT loaded(id);
        return;
    }
    if (!m_whole.insert(id).second)
        return; // on its way, or it has none
    m_jobs.start(
        quietly(tr("Reading a run")), [library = m_library, id](JobContext&) { return RunStore(library).load(id); },
        this,
        [this, library = m_library, id](StoredRun run) {
            if (library != m_library || m_model.rowOf(id) < 0)
                return;
            m_model.put(std::move(run));
            Q_EMIT loaded(id);
        },
        [this](const JobFailure& failure) { Q_EMIT m_page.failed(failure.text()); });
}

void RunShelf::rename(int64_t id, const std::string& name)
{
    m_jobs.start(
        quietly(tr("Renaming a run")),
        [library = m_library, id, name](JobContext&) { RunStore(library).rename(id, name); }, this, [] {},
        [this](const JobFailure& failure) { Q_EMIT m_page.failed(failure.text()); });
}

void RunShelf::remove(const std::vector<int64_t>& ids, bool again)
{
    if (!m_library || ids.empty())
        return;
    m_jobs.start(
        quietly(tr("Removing runs")), [library = m_library, ids](JobContext&) { return RunStore(library).remove(ids); },
        this,
        [this, library = m_library, ids, again](const std::vector<StoredRun>& removed) {
            if (library != m_library || removed.empty())
                return;
            for (const int64_t id : ids)
                m_whole.erase(id);
            m_model.remove(ids);
            if (!again)
                Q_EMIT m_page.acted({tr("remove %1").arg(counted(qint64(removed.size()), tr("run"), tr("runs"))),
                    [this, removed] { restore(removed); }, [this, ids] { remove(ids, true); }});
        },
        [this](const JobFailure& failure) { Q_EMIT m_page.failed(failure.text()); });
}

void RunShelf::restore(const std::vector<StoredRun>& runs)
{
    m_jobs.start(
        quietly(tr("Bringing back runs")),
        [library = m_library, back = std::vector<StoredRun>(runs)](JobContext&) mutable {
            for (StoredRun& run : back)
                RunStore(library).save(run);
            return back;
        },
        this,
        [this, library = m_library](const std::vector<StoredRun>& back) {
            if (library != m_library)
                return;
            for (const StoredRun& run : back)
                m_model.put(run);
        },
        [this](const JobFailure& failure) { Q_EMIT m_page.failed(failure.text()); });
}

} // namespace clipscope
