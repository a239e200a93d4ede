// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/video_delegate.h"

#include "models/card_painter.h"
#include "models/library_model.h"
#include "shell/theme.h"

#include <QPainter>
#include <QPixmap>

namespace clipscope {

void VideoDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    painter->save();
    const Tokens& t = tokensFor(option.palette);
    const QRect text = paintCard(*painter, option, index.data(Qt::DecorationRole).value<QPixmap>(), {});
    const int lineHeight = option.fontMetrics.lineSpacing();
    QRect line(text.left(), text.top(), text.width(), lineHeight);
    const QString duration = index.data(LibraryModel::DurationRole).toString();
    const int durationWidth = option.fontMetrics.horizontalAdvance(duration) + 8;
    painter->setPen(t.text);
    paintLine(
        *painter, line.adjusted(0, 0, -durationWidth, 0), index.data().toString(), Qt::AlignLeft, Qt::ElideMiddle);
    painter->setPen(t.muted);
    paintLine(*painter, line, duration, Qt::AlignRight, Qt::ElideNone);
    line.moveTop(line.bottom() + 1);
    const QString damage = index.data(LibraryModel::DamageRole).toString();
    if (!damage.isEmpty()) {
        painter->setPen(t.bad);
        paintLine(*painter, line, QStringLiteral("\u26a0 ") + damage, Qt::AlignLeft, Qt::ElideRight);
    } else {
        const QString label = index.data(LibraryModel::LabelRole).toString();
        QString detail = index.data(LibraryModel::DetailRole).toString();
        if (!label.isEmpty())
            detail = label + QStringLiteral(" \u00b7 ") + detail;
        paintLine(*painter, line, detail, Qt::AlignLeft, Qt::ElideRight);
    }
    painter->restore();
}

QSize VideoDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const
{
    return cardSize(option);
}

} // namespace clipscope
