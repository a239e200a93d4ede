// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/key_list_dialog.h"

#include "shell/action_registry.h"
#include "shell/column_scroll.h"

#include <QAction>
#include <QGridLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace clipscope {

KeyListDialog::KeyListDialog(const ActionRegistry& actions, QWidget* parent)
    : QDialog(parent)
{
    setWindowTitle(tr("Keys"));
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(24);
    grid->setVerticalSpacing(4);
    int row = 0;
    const auto addRow = [&](const QString& keys, const QString& text) {
        auto* key = new QLabel(keys);
        key->setObjectName(QStringLiteral("key"));
        key->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
        grid->addWidget(key, row, 0, Qt::AlignTop);
        auto* what = new QLabel(text);
        what->setWordWrap(true);
        grid->addWidget(what, row, 1);
        ++row;
    };
    for (const QString& group : actions.groups()) {
        auto* title = new QLabel(group);
        title->setObjectName(QStringLiteral("strong"));
        if (row > 0)
            grid->setRowMinimumHeight(row++, 8);
        grid->addWidget(title, row++, 0, 1, 2);
        for (const ActionRegistry::Entry& entry : actions.entries()) {
            if (entry.group != group || entry.action->shortcuts().isEmpty())
                continue;
            QStringList keys;
            for (const QKeySequence& key : entry.action->shortcuts())
                keys << key.toString(QKeySequence::NativeText);
            QString text = entry.action->text();
            addRow(keys.join(QStringLiteral("  ")), text.remove(QLatin1Char('&')));
        }
        for (const ActionRegistry::KeyNote& note : actions.notes()) {
            if (note.group == group)
                addRow(note.keys, note.text);
        }
    }
    grid->setColumnStretch(1, 1);
    auto* content = new QWidget;
    content->setLayout(grid);
    auto* scroll = new ColumnScroll(content);
    scroll->setFocusPolicy(Qt::StrongFocus); // nothing in it takes keys
    auto* close = new QPushButton(tr("Close"));
    connect(close, &QPushButton::clicked, this, &QDialog::reject);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(scroll, 1);
    layout->addWidget(close, 0, Qt::AlignRight);
    resize(600, 660);
}

} // namespace clipscope
