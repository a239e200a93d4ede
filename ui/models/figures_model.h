// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <QStringList>

#include <vector>

namespace clipscope {

/// A table of numbers with their units, made whole by whoever measured them.
class FiguresModel : public QAbstractTableModel {
    Q_OBJECT
public:
    /// Of a cell that is a share of one: a delegate paints it as a bar.
    enum Role { ShareRole = Qt::UserRole };
    struct Cell {
        QString text;
        double share = -1; ///< negative: the cell is no share
    };

    using QAbstractTableModel::QAbstractTableModel;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

    struct Table {
        QStringList columns;
        std::vector<std::vector<Cell>> rows; ///< each has as many cells as there are columns
        int texts = 1; ///< so many columns, the first ones, are text, the others numbers
    };
    void setTable(Table table);
    int textColumns() const { return m_table.texts; }
    /// The rows (all, where none are named) with the column names, by tabulators.
    QString asText(const QList<int>& rows = {}) const;

private:
    Table m_table;
};

} // namespace clipscope
