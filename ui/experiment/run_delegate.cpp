// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/run_delegate.h"

#include "models/card_painter.h"
#include "models/runs_model.h"
#include "shell/theme.h"

#include <QPainter>

namespace clipscope {

namespace {
constexpr int kPadding = 6;
}

void RunDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    painter->save();
    const Tokens& t = tokensFor(option.palette);
    const bool chosen = option.state & QStyle::State_Selected;
    if (chosen)
        painter->fillRect(option.rect, t.raised);
    if (option.state & QStyle::State_HasFocus) {
        painter->setPen(t.accent);
        painter->drawRect(option.rect.adjusted(0, 0, -1, -1));
    }
    const int height = option.fontMetrics.lineSpacing();
    QRect line = option.rect.adjusted(kPadding, kPadding, -kPadding, 0);
    line.setHeight(height);
    QFont strong = option.font;
    strong.setWeight(chosen ? QFont::DemiBold : QFont::Normal);
    painter->setFont(strong);
    painter->setPen(t.text);
    paintLine(*painter, line, index.data().toString(), Qt::AlignLeft, Qt::ElideRight);
    painter->setFont(option.font);
    painter->setPen(t.muted);
    line.translate(0, height);
    paintLine(*painter, line, index.data(RunsModel::DetailRole).toString(), Qt::AlignLeft, Qt::ElideRight);
    painter->restore();
}

QSize RunDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const
{
    return {80, 2 * option.fontMetrics.lineSpacing() + 2 * kPadding};
}

} // namespace clipscope
