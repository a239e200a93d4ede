// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/shortcuts_model.h"

#include "shell/action_registry.h"

#include <QAction>

#include <algorithm>

namespace clipscope {

namespace {
QString keysText(const QList<QKeySequence>& keys)
{
    QStringList texts;
    for (const QKeySequence& key : keys)
        texts << key.toString(QKeySequence::NativeText);
    return texts.join(QStringLiteral("  "));
}

/// A letter or a digit alone, which a text field needs for itself.
bool isPlain(const QKeySequence& key)
{
    const QKeyCombination first = key[0];
    return !(first.keyboardModifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier))
        && first.key() < Qt::Key_Escape && first.key() != Qt::Key_Slash;
}
} // namespace

QString commandText(const ActionRegistry& actions, const QString& id)
{
    const ActionRegistry::Entry* entry = actions.entry(id);
    if (!entry)
        return {};
    QString text = entry->group + QStringLiteral(": ") + entry->action->text();
    return text.remove(QLatin1Char('&'));
}

ShortcutsModel::ShortcutsModel(const ActionRegistry& actions, QObject* parent)
    : QAbstractTableModel(parent)
    , m_actions(actions)
{
    for (const QString& group : actions.groups())
        for (const ActionRegistry::Entry& entry : actions.entries())
            if (entry.group == group)
                m_ids << entry.id;
    connect(&actions, &ActionRegistry::shortcutsChanged, this,
        [this] { Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1)); });
}

int ShortcutsModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_ids.size());
}

int ShortcutsModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(ColumnCount);
}

QString ShortcutsModel::warning(const QString& id) const
{
    const ActionRegistry::Entry* entry = m_actions.entry(id);
    for (const QKeySequence& key : entry->action->shortcuts()) {
        if (const ActionRegistry::Entry* other = m_actions.conflict(id, key))
            return tr("%1 is also: %2").arg(key.toString(QKeySequence::NativeText), commandText(m_actions, other->id));
        if (entry->scopes.isEmpty() && !entry->defaults.contains(key) && isPlain(key))
            return tr("%1 could no longer be typed into a field").arg(key.toString(QKeySequence::NativeText));
    }
    return {};
}

int ShortcutsModel::conflicts() const
{
    return int(std::count_if(m_ids.begin(), m_ids.end(), [this](const QString& id) { return !warning(id).isEmpty(); }));
}

QVariant ShortcutsModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const QString id = m_ids[index.row()];
    const ActionRegistry::Entry* entry = m_actions.entry(id);
    if (role == Qt::DisplayRole || role == Qt::ToolTipRole) {
        switch (index.column()) {
        case Command:
            return commandText(m_actions, id);
        case Keys:
            return keysText(entry->action->shortcuts());
        case Note:
            if (const QString wrong = warning(id); !wrong.isEmpty())
                return QStringLiteral("\u26a0 ") + wrong;
            if (entry->action->shortcuts() != entry->defaults)
                return entry->defaults.isEmpty() ? tr("changed; at first: none")
                                                 : tr("changed; at first: %1").arg(keysText(entry->defaults));
            break;
        default:
            break;
        }
    }
    return {};
}

QVariant ShortcutsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Command:
        return tr("Command");
    case Keys:
        return tr("Keys");
    case Note:
        return tr("Note");
    default:
        return {};
    }
}

} // namespace clipscope
