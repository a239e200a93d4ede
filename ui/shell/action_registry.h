// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QKeySequence>
#include <QList>
#include <QObject>
#include <QString>
#include <QStringList>

#include <functional>
#include <map>
#include <vector>

class QAction;
class QMenu;
class QWidget;

namespace clipscope {

/// Every command of the window, once: menu entry, shortcut, palette entry and line in the list of keys are made from
/// it.
class ActionRegistry : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;

    struct Entry {
        QString id; ///< "library.open"
        QString group; ///< "Library", "Search", "Player", ...: heading in the key list
        QAction* action = nullptr;
        QList<QKeySequence> defaults;
        QList<QWidget*> scopes; ///< where the keys work; none: in the whole window
    };
    /// A key that a widget handles itself (arrows, page keys): listed, not run from here.
    struct KeyNote {
        QString group;
        QString keys;
        QString text;
    };

    /// `scopes`: the shortcut works while one of these has the focus (single letters must not be taken from a text
    /// field, nor space from a button); none: in the whole window.
    QAction* add(const QString& id, const QString& group, const QString& text, const QList<QKeySequence>& shortcuts,
        const QList<QWidget*>& scopes, std::function<void()> run);
    void note(const QString& group, const QString& keys, const QString& text);

    /// Other keys than the ones it came with; none: no key.
    void setShortcuts(const QString& id, const QList<QKeySequence>& keys);
    void restoreDefaults(); ///< of all
    /// Keys that are others than the ones they came with, as texts that do not depend on the language, by id; what
    /// applyShortcuts() takes. Ids that are not there are passed over.
    std::map<QString, QStringList> changedShortcuts() const;
    void applyShortcuts(const std::map<QString, QStringList>& changed);
    /// The first other action that `key` would reach as well where `id` works; null: none.
    const Entry* conflict(const QString& id, const QKeySequence& key) const;

    QAction* action(const QString& id) const;
    const Entry* entry(const QString& id) const;
    const std::vector<Entry>& entries() const { return m_entries; }
    const std::vector<KeyNote>& notes() const { return m_notes; }
    /// Groups in the order of their first entry.
    QStringList groups() const;
    void fillMenu(QMenu* menu, const QStringList& ids) const; ///< "-" is a separator

Q_SIGNALS:
    void shortcutsChanged();

private:
    std::vector<Entry> m_entries;
    std::vector<KeyNote> m_notes;
};

} // namespace clipscope
