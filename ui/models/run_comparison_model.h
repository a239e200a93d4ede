// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/run_comparison.h"

#include <QAbstractTableModel>

namespace clipscope {

/// Runs side by side: a row a setting, then a row a number; a column a group of runs that differ by their seed alone.
class RunComparisonModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Role { DiffersRole = Qt::UserRole }; ///< of a setting's row

    using QAbstractTableModel::QAbstractTableModel;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

    void setComparison(RunComparison comparison);
    QString asText() const; ///< by tabulators

private:
    QString cell(int row, int column) const;

    RunComparison m_comparison;
};

} // namespace clipscope
