// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <QStringList>

namespace clipscope {

class ActionRegistry;

/// Every command with its keys, what they were at first, and what else they would reach.
class ShortcutsModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Command, Keys, Note, ColumnCount };

    explicit ShortcutsModel(const ActionRegistry& actions, QObject* parent = nullptr);
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

    QString idAt(int row) const { return m_ids.value(row); }
    int rowOf(const QString& id) const { return int(m_ids.indexOf(id)); }
    int conflicts() const; ///< commands whose key reaches another one as well

private:
    /// What is wrong with the command's keys; empty: nothing.
    QString warning(const QString& id) const;

    const ActionRegistry& m_actions;
    QStringList m_ids;
};

/// "Library: Open a library", without the marks of menus.
QString commandText(const ActionRegistry& actions, const QString& id);

} // namespace clipscope
