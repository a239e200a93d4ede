// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/action_registry.h"

#include <QAction>
#include <QMenu>
#include <QWidget>

#include <algorithm>

namespace clipscope {

QAction* ActionRegistry::add(const QString& id, const QString& group, const QString& text,
    const QList<QKeySequence>& shortcuts, const QList<QWidget*>& scopes, std::function<void()> run)
{
    Q_ASSERT(!action(id));
    auto* made = new QAction(text, this);
    made->setObjectName(id);
    made->setShortcuts(shortcuts);
    made->setShortcutContext(scopes.isEmpty() ? Qt::WindowShortcut : Qt::WidgetShortcut);
    for (QWidget* scope : scopes)
        scope->addAction(made);
    if (auto* window = qobject_cast<QWidget*>(parent()); window && scopes.isEmpty())
        window->addAction(made);
    connect(made, &QAction::triggered, this, [run = std::move(run)] { run(); });
    m_entries.push_back({id, group, made, made->shortcuts(), scopes});
    return made;
}

void ActionRegistry::note(const QString& group, const QString& keys, const QString& text)
{
    m_notes.push_back({group, keys, text});
}

void ActionRegistry::setShortcuts(const QString& id, const QList<QKeySequence>& keys)
{
    QAction* known = action(id);
    if (!known || known->shortcuts() == keys)
        return;
    known->setShortcuts(keys);
    Q_EMIT shortcutsChanged();
}

void ActionRegistry::restoreDefaults()
{
    for (const Entry& entry : m_entries)
        entry.action->setShortcuts(entry.defaults);
    Q_EMIT shortcutsChanged();
}

std::map<QString, QStringList> ActionRegistry::changedShortcuts() const
{
    std::map<QString, QStringList> changed;
    for (const Entry& entry : m_entries) {
        if (entry.action->shortcuts() == entry.defaults)
            continue;
        QStringList& keys = changed[entry.id];
        for (const QKeySequence& key : entry.action->shortcuts())
            keys << key.toString(QKeySequence::PortableText);
    }
    return changed;
}

void ActionRegistry::applyShortcuts(const std::map<QString, QStringList>& changed)
{
    for (const auto& [id, texts] : changed) {
        QList<QKeySequence> keys;
        for (const QString& text : texts)
            if (const QKeySequence key = QKeySequence::fromString(text, QKeySequence::PortableText); !key.isEmpty())
                keys << key;
        if (QAction* known = action(id))
            known->setShortcuts(keys);
    }
    Q_EMIT shortcutsChanged();
}

const ActionRegistry::Entry* ActionRegistry::conflict(const QString& id, const QKeySequence& key) const
{
    const Entry* own = entry(id);
    if (!own || key.isEmpty())
        return nullptr;
    const auto meets = [own](const Entry& other) {
        return own->scopes.isEmpty() || other.scopes.isEmpty()
            || std::any_of(own->scopes.begin(), own->scopes.end(),
                [&other](QWidget* scope) { return other.scopes.contains(scope); });
    };
    for (const Entry& other : m_entries)
        if (other.id != id && other.action->shortcuts().contains(key) && meets(other))
            return &other;
    return nullptr;
}

const ActionRegistry::Entry* ActionRegistry::entry(const QString& id) const
{
    for (const Entry& entry : m_entries) {
        if (entry.id == id)
            return &entry;
    }
    return nullptr;
}

QAction* ActionRegistry::action(const QString& id) const
{
    const Entry* known = entry(id);
    return known ? known->action : nullptr;
}

QStringList ActionRegistry::groups() const
{
    QStringList names;
    for (const Entry& entry : m_entries) {
        if (!names.contains(entry.group))
            names << entry.group;
    }
    for (const KeyNote& keyNote : m_notes) {
        if (!names.contains(keyNote.group))
            names << keyNote.group;
    }
    return names;
}

void ActionRegistry::fillMenu(QMenu* menu, const QStringList& ids) const
{
    for (const QString& id : ids) {
        if (id == QLatin1String("-"))
            menu->addSeparator();
        else if (QAction* known = action(id))
            menu->addAction(known);
    }
}

} // namespace clipscope
