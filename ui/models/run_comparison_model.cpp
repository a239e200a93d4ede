// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/run_comparison_model.h"

#include <QFont>
#include <QLocale>

#include <algorithm>
#include <utility>

namespace clipscope {

namespace {
const QString kNone = QStringLiteral("\u2013");

QString settingText(const Json& value)
{
    if (value.is_null())
        return kNone;
    if (value.is_string())
        return QString::fromStdString(value.get<std::string>());
    const auto isPlain = [](const Json& part) { return !part.is_structured(); };
    if (value.is_array() && std::all_of(value.begin(), value.end(), isPlain)) {
        QStringList parts;
        for (const Json& part : value)
            parts << settingText(part);
        return parts.join(QStringLiteral(", "));
    }
    return QString::fromStdString(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

/// A run's settings, its numbers and its name stand in one line.
int alignmentOf(int column)
{
    return int((column == 0 ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
}

QString numberText(const std::optional<RunComparison::Value>& value)
{
    if (!value)
        return kNone;
    const QLocale locale;
    QString text = locale.toString(value->mean, 'g', 4);
    if (value->seeds > 1)
        text += QStringLiteral(" \u00b1 %1 (%2 seeds)").arg(locale.toString(value->sd, 'g', 2)).arg(value->seeds);
    return text;
}
} // namespace

int RunComparisonModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_comparison.settings.size() + m_comparison.metrics.size());
}

int RunComparisonModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_comparison.groups.size()) + 1;
}

QString RunComparisonModel::cell(int row, int column) const
{
    const size_t group = size_t(column - 1);
    if (size_t(row) < m_comparison.settings.size()) {
        const RunComparison::Setting& setting = m_comparison.settings[size_t(row)];
        return column == 0 ? QString::fromStdString(setting.name) : settingText(setting.values[group]);
    }
    const RunComparison::Metric& metric = m_comparison.metrics[size_t(row) - m_comparison.settings.size()];
    return column == 0 ? QString::fromStdString(metric.name) : numberText(metric.values[group]);
}

QVariant RunComparisonModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount() || index.column() >= columnCount())
        return {};
    const bool differs =
        size_t(index.row()) < m_comparison.settings.size() && m_comparison.settings[size_t(index.row())].differs;
    switch (role) {
    case Qt::DisplayRole:
    case Qt::ToolTipRole:
        return cell(index.row(), index.column());
    case Qt::TextAlignmentRole:
        return alignmentOf(index.column());
    case Qt::FontRole:
        if (differs) {
            QFont strong;
            strong.setWeight(QFont::DemiBold);
            return strong;
        }
        return {};
    case DiffersRole:
        return differs;
    default:
        return {};
    }
}

QVariant RunComparisonModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= columnCount())
        return {};
    if (role == Qt::TextAlignmentRole)
        return alignmentOf(section);
    if (role != Qt::DisplayRole)
        return {};
    return section == 0 ? tr("Setting or number")
                        : QString::fromStdString(m_comparison.groups[size_t(section - 1)].title);
}

void RunComparisonModel::setComparison(RunComparison comparison)
{
    beginResetModel();
    m_comparison = std::move(comparison);
    endResetModel();
}

QString RunComparisonModel::asText() const
{
    QString text;
    for (int row = -1; row < rowCount(); ++row) {
        QStringList cells;
        for (int column = 0; column < columnCount(); ++column)
            cells << (row < 0 ? headerData(column, Qt::Horizontal).toString() : cell(row, column));
        text += cells.join(QLatin1Char('\t')) + QLatin1Char('\n');
    }
    return text;
}

} // namespace clipscope
