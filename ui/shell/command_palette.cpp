// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/command_palette.h"

#include "shell/action_registry.h"
#include "shell/theme.h"

#include <QAction>
#include <QCoreApplication>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include <algorithm>

namespace clipscope {

namespace {

constexpr int kIdRole = Qt::UserRole;
constexpr int kKeyRole = Qt::UserRole + 1; ///< as it is written on the keyboard; empty: none
constexpr int kPadding = 8;

/// The command at the left, its key at the right, where the eye runs down a column.
class CommandDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        QStyledItemDelegate::paint(painter, option, index);
        painter->setPen(tokensFor(option.palette).muted);
        painter->drawText(option.rect.adjusted(kPadding, 0, -kPadding, 0), Qt::AlignRight | Qt::AlignVCenter,
            index.data(kKeyRole).toString());
    }

protected:
    void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override
    {
        QStyledItemDelegate::initStyleOption(option, index);
        const int keys = option->fontMetrics.horizontalAdvance(index.data(kKeyRole).toString());
        option->text =
            option->fontMetrics.elidedText(option->text, Qt::ElideRight, option->rect.width() - keys - 4 * kPadding);
    }
};

} // namespace

CommandPalette::CommandPalette(const ActionRegistry& actions, QWidget* parent)
    : QDialog(parent, Qt::Popup)
    , m_actions(actions)
    , m_words(new QLineEdit)
    , m_list(new QListWidget)
{
    setObjectName(QStringLiteral("commands"));
    setAccessibleName(tr("Commands"));
    m_words->setPlaceholderText(tr("Type a command"));
    m_words->setAccessibleName(tr("Command"));
    m_words->installEventFilter(this);
    m_list->setObjectName(QStringLiteral("palette"));
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->setItemDelegate(new CommandDelegate(m_list));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->addWidget(m_words);
    layout->addWidget(m_list);
    connect(m_words, &QLineEdit::textChanged, this, &CommandPalette::fill);
    connect(m_words, &QLineEdit::returnPressed, this, &CommandPalette::run);
    connect(m_list, &QListWidget::itemClicked, this, &CommandPalette::run);
    setAttribute(Qt::WA_DeleteOnClose);
    resize(520, 380);
    fill();
    m_words->setFocus();
}

void CommandPalette::fill()
{
    m_list->clear();
    const QStringList wanted = m_words->text().split(QLatin1Char(' '), Qt::SkipEmptyParts);
    for (const ActionRegistry::Entry& entry : m_actions.entries()) {
        if (!entry.action->isEnabled())
            continue;
        QString text = entry.group + QStringLiteral(": ") + entry.action->text();
        text.remove(QLatin1Char('&'));
        const bool fits = std::all_of(wanted.begin(), wanted.end(),
            [&text](const QString& word) { return text.contains(word, Qt::CaseInsensitive); });
        if (!fits)
            continue;
        const QString key = entry.action->shortcut().toString(QKeySequence::NativeText);
        auto* item = new QListWidgetItem(text, m_list);
        item->setData(kIdRole, entry.id);
        item->setData(kKeyRole, key);
        item->setData(Qt::AccessibleTextRole, key.isEmpty() ? text : text + QStringLiteral(", ") + key);
    }
    m_list->setCurrentRow(0);
}

void CommandPalette::run()
{
    QListWidgetItem* item = m_list->currentItem();
    if (!item)
        return;
    QAction* action = m_actions.action(item->data(kIdRole).toString());
    close();
    if (action)
        QMetaObject::invokeMethod(action, &QAction::trigger, Qt::QueuedConnection);
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_Down || key == Qt::Key_Up || key == Qt::Key_PageDown || key == Qt::Key_PageUp) {
            QCoreApplication::sendEvent(m_list, event);
            return true;
        }
    }
    return QDialog::eventFilter(watched, event);
}

} // namespace clipscope
