// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/hit_delegate.h"

#include "models/card_painter.h"
#include "models/search_results_model.h"
#include "shell/theme.h"

#include <QPainter>
#include <QStyle>

namespace clipscope {

void HitDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    painter->save();
    const Tokens& t = tokensFor(option.palette);
    const auto picture = index.data(Qt::DecorationRole).value<QPixmap>();
    const bool failed = picture.isNull() && index.data(SearchResultsModel::FailedRole).toBool();
    const QRect text = paintCard(*painter, option, picture, failed ? tr("no picture") : QString());
    const int lineHeight = option.fontMetrics.lineSpacing();
    QRect line(text.left(), text.top(), text.width(), lineHeight);
    const QString score = index.data(SearchResultsModel::ScoreRole).toString();
    painter->setPen(t.text);
    paintLine(*painter, line, index.data(SearchResultsModel::SpanRole).toString(), Qt::AlignLeft, Qt::ElideRight);
    paintLine(*painter, line, score, Qt::AlignRight, Qt::ElideNone);

    line.moveTop(line.bottom() + 1);
    // "picture" is the usual reason and says nothing new; the others are why this card may surprise.
    QStringList reasons = index.data(SearchResultsModel::ReasonsRole).toStringList();
    if (reasons.size() == 1 && reasons.front() == reasonText(Reason::Picture))
        reasons.clear();
    else
        reasons.removeAll(reasonText(Reason::Picture));
    const QString why = reasons.join(QStringLiteral(" \u00b7 "));
    int whyWidth = 0;
    if (!why.isEmpty()) {
        whyWidth = option.fontMetrics.horizontalAdvance(why) + 10;
        const QRect chip(line.right() - whyWidth + 1, line.top() + 1, whyWidth, lineHeight - 1);
        painter->setPen(Qt::NoPen);
        painter->setBrush(t.dark || option.state & QStyle::State_Selected ? t.line : t.raised);
        painter->drawRoundedRect(chip, 3, 3);
        painter->setPen(t.text);
        painter->drawText(chip, Qt::AlignCenter, why);
        whyWidth += 6;
    }
    painter->setPen(t.muted);
    paintLine(*painter, line.adjusted(0, 0, -whyWidth, 0), index.data().toString(), Qt::AlignLeft, Qt::ElideMiddle);

    QRectF track(text.left(), line.bottom() + 5, text.width(), 3);
    painter->fillRect(track, t.line);
    track.setWidth(track.width() * index.data(SearchResultsModel::FractionRole).toDouble());
    painter->fillRect(track, t.heat);
    painter->restore();
}

QSize HitDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const
{
    return cardSize(option);
}

} // namespace clipscope
