// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/run_store.h"

#include <utility>

namespace clipscope {

namespace {

std::string textOf(const Json& json)
{
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string subjectOf(const VideoLibrary& library, int64_t id)
{
    return library.folder().string() + ", run " + std::to_string(id);
}

StoredRun readRow(const VideoLibrary& library, RunRow row)
{
    StoredRun out;
    out.id = row.id;
    out.name = std::move(row.name);
    out.notes = std::move(row.notes);
    try {
        const std::string subject = subjectOf(library, row.id);
        Json json = parseJson(row.record, subject);
        if (!row.arrays.empty() && json.is_object())
            json["arrays"] = parseJson(row.arrays, subject);
        out.record = RunRecord::fromJson(json, subject);
    } catch (const Error& e) {
        out.record = {};
        out.unreadable = e.reason();
    }
    out.record.kind = std::move(row.kind);
    return out;
}

} // namespace

RunStore::RunStore(std::shared_ptr<VideoLibrary> library)
    : m_library(std::move(library))
{
}

std::vector<StoredRun> RunStore::list(const std::string& kind) const
{
    std::vector<StoredRun> out;
    for (RunRow& row : m_library->runs()) {
        if (kind.empty() || row.kind == kind)
            out.push_back(readRow(*m_library, std::move(row)));
    }
    return out;
}

StoredRun RunStore::load(int64_t id) const
{
    std::optional<RunRow> row = m_library->run(id);
    if (!row)
        throw Error(ErrorKind::Input, "has no run number " + std::to_string(id), m_library->folder().string(),
            "`clipscope-cli runs list --library " + m_library->folder().string() + "` shows those there are.");
    StoredRun out = readRow(*m_library, std::move(*row));
    if (!out.unreadable.empty())
        throw Error(ErrorKind::Input, out.unreadable, subjectOf(*m_library, id),
            "Another program has changed it; run the experiment again.");
    return out;
}

void RunStore::save(StoredRun& run)
{
    RunRecord record = run.record;
    RunRow row{run.id, run.record.kind, run.name, run.notes, {}, textOf(std::exchange(record.arrays, Json::object()))};
    row.record = textOf(record.toJson());
    m_library->storeRun(row);
    run.id = row.id;
}

std::vector<StoredRun> RunStore::remove(const std::vector<int64_t>& ids)
{
    std::vector<StoredRun> out;
    for (RunRow& row : m_library->removeRuns(ids))
        out.push_back(readRow(*m_library, std::move(row)));
    return out;
}

void RunStore::rename(int64_t id, const std::string& name)
{
    m_library->setRunName(id, name);
}

void RunStore::setNotes(int64_t id, const std::string& notes)
{
    m_library->setRunNotes(id, notes);
}

std::optional<int64_t> keepRun(
    const std::shared_ptr<VideoLibrary>& library, const RunRecord& record, const JobContext& context)
{
    const auto notKept = [&](const std::string& reason) {
        context.log(LogLevel::Warning, "The run is not kept in the library: " + reason);
        return std::nullopt;
    };
    if (library->readOnly())
        return notKept(library->folder().string() + " cannot be written.");
    try {
        StoredRun run;
        run.record = record;
        RunStore store(library);
        context.onceThereIsSpace([&] { store.save(run); });
        return run.id;
    } catch (const Error& e) {
        return notKept(e.what());
    }
}

} // namespace clipscope
