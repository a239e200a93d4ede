// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QRect>
#include <QString>

class QListView;
class QPainter;
class QPixmap;
class QStyleOptionViewItem;

namespace clipscope {

inline constexpr int kCardGap = 12; ///< between two cards
inline constexpr int kCardMinWidth = 172;

/// Draws the card's ground, frame (accented when selected, with focus) and picture area; returns where the text goes.
QRect paintCard(QPainter& painter, const QStyleOptionViewItem& option, const QPixmap& picture, const QString& instead);
/// One line of text, elided in the middle or at the end.
void paintLine(
    QPainter& painter, const QRect& line, const QString& text, Qt::Alignment alignment, Qt::TextElideMode elide);
/// Cards of equal size that fill the view's width; call when the view is resized or the font changes.
void fitCards(QListView& view, int leastWidth = kCardMinWidth);
/// What fitCards() set up, done once.
void setUpCards(QListView& view);
QSize cardSize(const QStyleOptionViewItem& option);

} // namespace clipscope
