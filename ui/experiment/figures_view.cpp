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

#include <algorithm>

namespace clipscope {

namespace {
constexpr int kRowHeight = 26;
constexpr int kLeastText = 140; // of a first column whose words do not fit
constexpr int kBarHeight = 8;
constexpr int kBarText = 64;
constexpr int kPadding = 11;
constexpr int kMeasuredRows = 50; // beyond those that are seen, for the width of a column

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
    setTextElideMode(Qt::ElideMiddle);
    verticalHeader()->hide();
    verticalHeader()->setDefaultSectionSize(kRowHeight);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setResizeContentsPrecision(kMeasuredRows);
    connect(model, &QAbstractItemModel::modelReset, this, &FiguresView::shareWidth);
    shareWidth();
}

/// Where there is room, texts and the last column are as wide as their words and the numbers between them share the
/// rest. Where there is not, every column is as wide as its words but the first text, which gives up its middle.
void FiguresView::shareWidth()
{
    const int columns = m_figures->columnCount();
    const auto wordsOf = [this](int column) {
        return std::max(sizeHintForColumn(column), horizontalHeader()->sectionSizeHint(column));
    };
    int needed = 0;
    for (int column = 0; column < columns; ++column)
        needed += wordsOf(column);
    const int missing = needed - viewport()->width();
    for (int column = 0; column < columns; ++column)
        horizontalHeader()->setSectionResizeMode(column,
            needed > viewport()->width() || column < m_figures->textColumns() || column == columns - 1
                ? QHeaderView::ResizeToContents
                : QHeaderView::Stretch);
    if (missing > 0 && m_figures->textColumns() > 0 && columns > 1) {
        const int first = wordsOf(0);
        horizontalHeader()->setSectionResizeMode(0, QHeaderView::Fixed);
        horizontalHeader()->resizeSection(0, std::max(first - missing, std::min(first, kLeastText)));
    }
}

void FiguresView::resizeEvent(QResizeEvent* event)
{
    QTableView::resizeEvent(event);
    shareWidth();
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
