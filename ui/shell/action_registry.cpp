// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/action_registry.h"

#include <QAction>
#include <QMenu>
#include <QWidget>

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
    m_entries.push_back({id, group, made});
    return made;
}

void ActionRegistry::note(const QString& group, const QString& keys, const QString& text)
{
    m_notes.push_back({group, keys, text});
}

QAction* ActionRegistry::action(const QString& id) const
{
    for (const Entry& entry : m_entries) {
        if (entry.id == id)
            return entry.action;
    }
    return nullptr;
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
