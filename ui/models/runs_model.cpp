// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/runs_model.h"

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
        return row.lines.title;
    case DetailRole:
        return row.lines.detail;
    case Qt::ToolTipRole:
    case Qt::AccessibleTextRole:
        return row.lines.title + QStringLiteral(", ") + row.lines.detail;
    case IdRole:
        return QVariant::fromValue<qlonglong>(row.run.id);
    default:
        return {};
    }
}

RunsModel::Row RunsModel::rowFor(ShownRun run) const
{
    RunLines lines = m_describe(run.record);
    if (!run.name.empty())
        lines.title = QString::fromStdString(run.name);
    return {std::move(run), std::move(lines)};
}

void RunsModel::setRuns(std::vector<ShownRun> runs)
{
    beginResetModel();
    m_runs.clear();
    for (ShownRun& run : runs)
        m_runs.push_back(rowFor(std::move(run)));
    endResetModel();
}

void RunsModel::addFirst(ShownRun run)
{
    beginInsertRows({}, 0, 0);
    m_runs.insert(m_runs.begin(), rowFor(std::move(run)));
    endInsertRows();
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
