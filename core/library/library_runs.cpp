// SPDX-License-Identifier: GPL-3.0-or-later
// The experiments that a library keeps.
#include "base/error.h"
#include "base/text.h"
#include "library/video_library_internal.h"

namespace clipscope {

namespace {

RunRow readRun(Statement& select)
{
    RunRow row;
    row.id = select.integer();
    row.kind = select.text();
    row.name = select.text();
    row.notes = select.text();
    row.record = select.text();
    row.arrays = select.text();
    return row;
}

std::optional<RunRow> runOf(Database& database, int64_t id)
{
    Statement select(database, "SELECT id, kind, name, notes, record, arrays FROM runs WHERE id = ?");
    if (!select.bind(id).step())
        return {};
    return readRun(select);
}

} // namespace

void VideoLibrary::Impl::needChangedRun(int64_t id) const
{
    if (database.changes() == 0)
        throw Error(ErrorKind::Input, "has no run number " + std::to_string(id), folder.string(),
            "It was probably deleted meanwhile.");
}

std::vector<RunRow> VideoLibrary::runs() const
{
    const std::lock_guard lock(m_impl->mutex);
    Statement select(m_impl->database, "SELECT id, kind, name, notes, record, '' FROM runs ORDER BY id DESC");
    std::vector<RunRow> out;
    while (select.step())
        out.push_back(readRun(select));
    return out;
}

std::optional<RunRow> VideoLibrary::run(int64_t id) const
{
    const std::lock_guard lock(m_impl->mutex);
    return runOf(m_impl->database, id);
}

void VideoLibrary::storeRun(RunRow& row)
{
    const std::lock_guard lock(m_impl->mutex);
    Database& database = m_impl->database;
    Transaction transaction(database);
    bool isOwn = row.id > 0;
    if (isOwn) {
        Statement taken(database, "SELECT 1 FROM runs WHERE id = ?");
        isOwn = !taken.bind(row.id).step();
    }
    Statement insert(database,
        std::string("INSERT INTO runs (id, kind, name, notes, record, arrays) VALUES (") + (isOwn ? "?" : "NULL")
            + ", ?, ?, ?, ?, ?)");
    if (isOwn)
        insert.bind(row.id);
    insert.bind(validUtf8(row.kind)).bind(validUtf8(row.name)).bind(validUtf8(row.notes));
    insert.bind(validUtf8(row.record)).bind(validUtf8(row.arrays));
    insert.run();
    const int64_t id = database.lastRowId();
    transaction.commit();
    row.id = id;
}

std::vector<RunRow> VideoLibrary::removeRuns(const std::vector<int64_t>& ids)
{
    const std::lock_guard lock(m_impl->mutex);
    Database& database = m_impl->database;
    std::vector<RunRow> removed;
    Transaction transaction(database);
    for (const int64_t id : ids) {
        std::optional<RunRow> row = runOf(database, id);
        if (!row)
            continue;
        removed.push_back(std::move(*row));
        Statement(database, "DELETE FROM runs WHERE id = ?").bind(id).run();
    }
    transaction.commit();
    return removed;
}

void VideoLibrary::setRunName(int64_t id, const std::string& name)
{
    const std::lock_guard lock(m_impl->mutex);
    Statement(m_impl->database, "UPDATE runs SET name = ? WHERE id = ?").bind(validUtf8(name)).bind(id).run();
    m_impl->needChangedRun(id);
}

void VideoLibrary::setRunNotes(int64_t id, const std::string& notes)
{
    const std::lock_guard lock(m_impl->mutex);
    Statement(m_impl->database, "UPDATE runs SET notes = ? WHERE id = ?").bind(validUtf8(notes)).bind(id).run();
    m_impl->needChangedRun(id);
}

} // namespace clipscope
