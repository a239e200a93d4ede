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
constexpr int kBarText = 64; // at least, beside a bar
constexpr int kPadding = 11;
constexpr int kMeasuredRows = 50; // beyond those that are seen, for the width of a column

/// A bar before the text of a cell that is a share; all bars of a table are as long, and no text is under one.
class ShareDelegate : public QStyledItemDelegate {
public:
    ShareDelegate(const FiguresModel& model, QObject* parent)
        : QStyledItemDelegate(parent)
        , m_model(model)
    {
        connect(&model, &QAbstractItemModel::modelReset, this, [this] { m_textWidth = -1; });
    }

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        QStyledItemDelegate::paint(painter, option, index);
        const QVariant share = index.data(FiguresModel::ShareRole);
        if (!share.isValid())
            return;
        const int room = option.rect.width() - textWidth(option.fontMetrics) - 2 * kPadding;
        if (room <= 0)
            return;
        const Tokens& t = tokensFor(option.palette);
        QRect bar(option.rect.left() + kPadding, option.rect.center().y() - kBarHeight / 2, room, kBarHeight);
        painter->fillRect(bar, t.raised);
        bar.setWidth(int(room * share.toDouble()));
        painter->fillRect(bar, t.accent);
    }

private:
    int textWidth(const QFontMetrics& metrics) const
    {
        if (m_textWidth >= 0)
            return m_textWidth;
        m_textWidth = kBarText;
        for (int row = 0; row < m_model.rowCount(); ++row)
            for (int column = 0; column < m_model.columnCount(); ++column)
                if (const QModelIndex cell = m_model.index(row, column); cell.data(FiguresModel::ShareRole).isValid())
                    m_textWidth = std::max(m_textWidth, metrics.horizontalAdvance(cell.data().toString()) + kPadding);
        return m_textWidth;
    }

    const FiguresModel& m_model;
    mutable int m_textWidth = -1; ///< of the widest share, -1: not measured yet
};
} // namespace

FiguresView::FiguresView(FiguresModel* model, const QString& name, QWidget* parent)
    : QTableView(parent)
    , m_figures(model)
{
    setModel(model);
    setAccessibleName(name);
    setItemDelegate(new ShareDelegate(*model, this));
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
