// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/shortcut_editor.h"

#include "shell/action_registry.h"
#include "shell/shortcuts_model.h"

#include <QAction>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeySequenceEdit>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSortFilterProxyModel>
#include <QTableView>
#include <QVBoxLayout>

namespace clipscope {

namespace {
constexpr int kRowHeight = 26;
constexpr int kCommandWidth = 290;
constexpr int kKeysWidth = 130;
} // namespace

ShortcutEditor::ShortcutEditor(ActionRegistry& actions, QWidget* parent)
    : QDialog(parent)
    , m_actions(actions)
    , m_model(new ShortcutsModel(actions, this))
    , m_found(new QSortFilterProxyModel(this))
    , m_words(new QLineEdit)
    , m_table(new QTableView)
    , m_key(new QKeySequenceEdit)
    , m_none(new QPushButton(tr("&No key")))
    , m_first(new QPushButton(tr("&As at first")))
    , m_said(new QLabel)
{
    setWindowTitle(tr("Shortcuts"));
    m_words->setPlaceholderText(tr("Find a command"));
    m_words->setAccessibleName(tr("Find a command"));
    m_words->setClearButtonEnabled(true);
    m_found->setSourceModel(m_model);
    m_found->setFilterCaseSensitivity(Qt::CaseInsensitive);
    m_found->setFilterKeyColumn(-1);
    m_table->setModel(m_found);
    m_table->setAccessibleName(tr("Commands and their keys"));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setShowGrid(false);
    m_table->setTabKeyNavigation(false);
    m_table->setWordWrap(false);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(kRowHeight);
    m_table->horizontalHeader()->setStretchLastSection(true);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    m_table->setColumnWidth(ShortcutsModel::Command, kCommandWidth);
    m_table->setColumnWidth(ShortcutsModel::Keys, kKeysWidth);
    m_key->setAccessibleName(tr("New key of the chosen command"));
    m_said->setObjectName(QStringLiteral("muted"));
    m_said->setWordWrap(true);
    auto* keyLabel = new QLabel(tr("Press a &key"));
    keyLabel->setBuddy(m_key);
    auto* all = new QPushButton(tr("&Restore all"));
    all->setToolTip(tr("Every command gets the keys it came with"));
    auto* close = new QPushButton(tr("Close"));

    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(keyLabel);
    row->addWidget(m_key, 1);
    row->addWidget(m_none);
    row->addWidget(m_first);
    auto* end = new QHBoxLayout;
    end->addWidget(all);
    end->addStretch();
    end->addWidget(close);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 16, 16, 16);
    layout->setSpacing(8);
    layout->addWidget(m_words);
    layout->addWidget(m_table, 1);
    layout->addLayout(row);
    layout->addWidget(m_said);
    layout->addLayout(end);
    resize(720, 560);

    // Enter belongs to the fields: no button takes it.
    for (QPushButton* button : {m_none, m_first, all, close})
        button->setAutoDefault(false);
    connect(m_words, &QLineEdit::textChanged, m_found, &QSortFilterProxyModel::setFilterFixedString);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &ShortcutEditor::showChosen);
    connect(m_key, &QKeySequenceEdit::keySequenceChanged, this, [this](const QKeySequence& key) {
        if (!key.isEmpty())
            take({QKeySequence(key[0])}); // one press is one key
    });
    connect(m_none, &QPushButton::clicked, this, [this] { take({}); });
    connect(m_first, &QPushButton::clicked, this, [this] {
        if (const ActionRegistry::Entry* entry = m_actions.entry(chosen()))
            take(entry->defaults);
    });
    connect(all, &QPushButton::clicked, &actions, &ActionRegistry::restoreDefaults);
    connect(&actions, &ActionRegistry::shortcutsChanged, this, &ShortcutEditor::showChosen);
    connect(close, &QPushButton::clicked, this, &QDialog::accept);
    m_table->selectRow(0);
    showChosen();
}

QString ShortcutEditor::chosen() const
{
    const QModelIndex index = m_found->mapToSource(m_table->currentIndex());
    return index.isValid() ? m_model->idAt(index.row()) : QString();
}

void ShortcutEditor::choose(const QString& id)
{
    const QModelIndex index = m_found->mapFromSource(m_model->index(m_model->rowOf(id), ShortcutsModel::Command));
    m_table->setCurrentIndex(index);
    m_table->scrollTo(index);
}

void ShortcutEditor::take(const QList<QKeySequence>& keys)
{
    m_actions.setShortcuts(chosen(), keys);
    showChosen();
}

void ShortcutEditor::showChosen()
{
    const QString id = chosen();
    const bool any = !id.isEmpty();
    for (QWidget* part : QList<QWidget*>{m_key, m_none, m_first})
        part->setEnabled(any);
    const QSignalBlocker quiet(m_key);
    const ActionRegistry::Entry* entry = m_actions.entry(id);
    const QKeySequence key = entry ? entry->action->shortcut() : QKeySequence();
    if (m_key->keySequence() != key)
        m_key->setKeySequence(key);
    const QString note = any ? m_model->index(m_model->rowOf(id), ShortcutsModel::Note).data().toString() : QString();
    const int wrong = m_model->conflicts();
    m_said->setText(!note.isEmpty() ? note
            : wrong > 0             ? tr("Some keys reach two commands: see the notes.")
                        : tr("A key may be used twice where the two never meet, as in the player and a list."));
}

} // namespace clipscope
