// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/figures_view.h"

#include "models/figures_model.h"
#include "shell/theme.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QKeyEvent>
#include <QPainter>
#include <QStyledItemDelegate>

namespace clipscope {

namespace {
constexpr int kRowHeight = 26;
constexpr int kBarHeight = 8;
constexpr int kBarText = 64;
constexpr int kPadding = 11;

class ShareDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        QStyledItemDelegate::paint(painter, option, index);
        const QVariant share = index.data(FiguresModel::ShareRole);
        const int room = option.rect.width() - kBarText - 2 * kPadding;
        if (!share.isValid() || room <= 0)
            return;
        const Tokens& t = tokensFor(option.palette);
        QRect bar(option.rect.left() + kPadding, option.rect.center().y() - kBarHeight / 2, room, kBarHeight);
        painter->fillRect(bar, t.raised);
        bar.setWidth(int(room * share.toDouble()));
        painter->fillRect(bar, t.accent);
    }
};
} // namespace

FiguresView::FiguresView(FiguresModel* model, const QString& name, QWidget* parent)
    : QTableView(parent)
    , m_figures(model)
{
    setModel(model);
    setAccessibleName(name);
    setItemDelegate(new ShareDelegate(this));
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setShowGrid(false);
    setTabKeyNavigation(false);
    setWordWrap(false);
    verticalHeader()->hide();
    verticalHeader()->setDefaultSectionSize(kRowHeight);
    horizontalHeader()->setHighlightSections(false);
    const auto share = [this, model] {
        // Texts, and the last one, are as wide as their words; the numbers between them share the rest.
        for (int column = 0; column < model->columnCount(); ++column)
            horizontalHeader()->setSectionResizeMode(column,
                column < model->textColumns() || column == model->columnCount() - 1 ? QHeaderView::ResizeToContents
                                                                  : QHeaderView::Stretch);
    };
    connect(model, &QAbstractItemModel::modelReset, this, share);
    share();
}

void FiguresView::keyPressEvent(QKeyEvent* event)
{
    if (event->matches(QKeySequence::Copy)) {
        QList<int> rows;
        for (const QModelIndex& index : selectionModel()->selectedRows())
            rows << index.row();
        QGuiApplication::clipboard()->setText(m_figures->asText(rows));
        return;
    }
    QTableView::keyPressEvent(event);
}

} // namespace clipscope
