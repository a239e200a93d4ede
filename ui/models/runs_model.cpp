// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/runs_model.h"

#include <algorithm>
#include <utility>

namespace clipscope {

RunsModel::RunsModel(Describe describe, QObject* parent)
    : QAbstractListModel(parent)
    , m_describe(std::move(describe))
{
}

int RunsModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_runs.size());
}

QVariant RunsModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const Row& row = m_runs[size_t(index.row())];
    switch (role) {
    case Qt::DisplayRole:
    case Qt::EditRole:
        return row.lines.title;
    case DetailRole:
        return row.lines.detail;
    case Qt::ToolTipRole:
        return tr("Run %1: %2\n%3\nF2 renames it, Delete removes it")
            .arg(row.run.id)
            .arg(row.lines.title, row.lines.detail);
    case Qt::AccessibleTextRole:
        return row.lines.title + QStringLiteral(", ") + row.lines.detail;
    case IdRole:
        return QVariant::fromValue<qlonglong>(row.run.id);
    default:
        return {};
    }
}

bool RunsModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (role != Qt::EditRole || !index.isValid() || index.row() >= rowCount())
        return false;
    Row& row = m_runs[size_t(index.row())];
    const QString name = value.toString().trimmed();
    if (name == row.lines.title)
        return false;
    StoredRun run = row.run;
    run.name = name.toStdString();
    row = rowFor(std::move(run));
    Q_EMIT dataChanged(index, index);
    Q_EMIT renamed(row.run.id, name);
    return true;
}

Qt::ItemFlags RunsModel::flags(const QModelIndex& index) const
{
    return QAbstractListModel::flags(index) | (index.isValid() ? Qt::ItemIsEditable : Qt::NoItemFlags);
}

RunsModel::Row RunsModel::rowFor(StoredRun run) const
{
    RunLines lines = run.unreadable.empty()
        ? m_describe(run.record)
        : RunLines{tr("Run %1").arg(run.id), QString::fromStdString(run.unreadable)};
    if (!run.name.empty())
        lines.title = QString::fromStdString(run.name);
    return {std::move(run), std::move(lines)};
}

void RunsModel::setRuns(std::vector<StoredRun> runs)
{
    beginResetModel();
    m_runs.clear();
    for (StoredRun& run : runs)
        m_runs.push_back(rowFor(std::move(run)));
    endResetModel();
}

void RunsModel::put(StoredRun run)
{
    if (const int row = rowOf(run.id); row >= 0) {
        m_runs[size_t(row)] = rowFor(std::move(run));
        Q_EMIT dataChanged(index(row), index(row));
        return;
    }
    const auto place =
        std::find_if(m_runs.begin(), m_runs.end(), [&run](const Row& other) { return other.run.id < run.id; });
    const int row = int(place - m_runs.begin());
    beginInsertRows({}, row, row);
    m_runs.insert(place, rowFor(std::move(run)));
    endInsertRows();
}

void RunsModel::remove(const std::vector<int64_t>& ids)
{
    for (const int64_t id : ids) {
        const int row = rowOf(id);
        if (row < 0)
            continue;
        beginRemoveRows({}, row, row);
        m_runs.erase(m_runs.begin() + row);
        endRemoveRows();
    }
}

int RunsModel::rowOf(int64_t id) const
{
    for (size_t i = 0; i < m_runs.size(); ++i) {
        if (m_runs[i].run.id == id)
            return int(i);
    }
    return -1;
}

} // namespace clipscope
