// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/seen_frames_model.h"

#include "models/display_text.h"

#include <algorithm>
#include <cmath>

namespace clipscope {

int SeenFramesModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

QVariant SeenFramesModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const Row& row = m_rows[size_t(index.row())];
    const auto orNone = [](const std::optional<float>& value) { return value ? QVariant(double(*value)) : QVariant(); };
    switch (role) {
    case Qt::DisplayRole:
        return timeText(row.timeSec);
    case Qt::DecorationRole:
        return row.picture;
    case ScoreRole:
        return orNone(row.score);
    case WeightRole:
        return orNone(row.weight);
    case HeightRole:
        return row.weight && m_heaviest > 0 ? QVariant(double(*row.weight / m_heaviest)) : QVariant();
    case Qt::AccessibleTextRole:
    case Qt::ToolTipRole: {
        QStringList parts{tr("frame at %1").arg(timeText(row.timeSec))};
        if (row.score)
            parts << tr("score %1").arg(scoreText(double(*row.score)));
        if (row.weight)
            parts << tr("weight %1").arg(percentText(double(*row.weight)));
        return parts.join(QStringLiteral(", "));
    }
    default:
        return {};
    }
}

void SeenFramesModel::setRows(std::vector<Row> rows)
{
    const bool sameRows = !m_rows.empty() && rows.size() == m_rows.size();
    if (!sameRows)
        beginResetModel();
    m_rows = std::move(rows);
    m_heaviest = 0;
    for (const Row& row : m_rows)
        m_heaviest = std::max(m_heaviest, row.weight.value_or(0.F));
    if (!sameRows)
        endResetModel();
    else
        Q_EMIT dataChanged(index(0), index(rowCount() - 1));
}

int SeenFramesModel::nearestTo(double timeSec) const
{
    const auto nearest =
        std::ranges::min_element(m_rows, {}, [timeSec](const Row& row) { return std::fabs(row.timeSec - timeSec); });
    return nearest == m_rows.end() ? -1 : int(nearest - m_rows.begin());
}

} // namespace clipscope
