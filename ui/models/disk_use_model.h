// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/disk_use.h"

#include <QAbstractTableModel>
#include <QString>

#include <vector>

namespace clipscope {

/// What a library takes on the disk, a row for each kind of thing; those that can be deleted have a box.
class DiskUseModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { What, Files, Size, ColumnCount };
    using QAbstractTableModel::QAbstractTableModel;
    void setUse(const DiskUse& use);
    void clear();
    /// What is chosen to be deleted, and what that frees.
    CleanChoice choice() const;
    DiskAmount chosen() const;
    bool hasChoice() const; ///< anything that could be deleted at all

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    enum class Kind { Fixed, Embeddings, Removed, Damaged, OlderDatabases, SearchCache, Caches };
    struct Row {
        Kind kind = Kind::Fixed;
        QString what;
        QString tip;
        DiskAmount amount;
        bool chosen = false;
        int64_t key = 0;
    };
    std::vector<Row> m_rows;
};

} // namespace clipscope
