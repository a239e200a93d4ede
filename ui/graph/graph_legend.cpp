// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/graph_painter.h"
#include "graph/node_shapes.h"
#include "plots/palette.h"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <functional>
#include <vector>

namespace clipscope {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(GraphLegend)
};

constexpr int kMostGroups = 12;
constexpr double kLongest = 170; // of a line's text
constexpr double kGlyph = 4.5; // radius
constexpr double kPadding = 8, kLineGap = 2;
constexpr double kBarHeight = 8;

struct Line {
    QString text;
    std::function<void(QPainter&, const QPointF&)> glyph; ///< with its middle there
};

bool hasMark(const GraphPicture& picture, uint8_t mark)
{
    return std::any_of(
        picture.looks.begin(), picture.looks.end(), [mark](const NodeLook& look) { return look.marks & mark; });
}

std::vector<Line> linesOf(const GraphPicture& picture, const Tokens& t)
{
    std::vector<Line> out;
    const bool byGroup = picture.colour == GraphPicture::Colour::Group;
    const int groups = int(picture.groups.size());
    for (int group = 0; group < std::min(groups, kMostGroups); ++group)
        out.push_back({picture.groups[group], [=](QPainter& painter, const QPointF& at) {
                           painter.setPen(Qt::NoPen);
                           painter.setBrush(byGroup ? groupColour(group, t) : t.muted);
                           painter.drawPath(nodeShape(group, kGlyph).translated(at));
                       }});
    if (groups > kMostGroups)
        out.push_back({Text::tr("and %1 more").arg(groups - kMostGroups), [](QPainter&, const QPointF&) {}});
    if (std::any_of(picture.looks.begin(), picture.looks.end(), [](const NodeLook& look) { return look.group < 0; }))
        out.push_back({Text::tr("not known"), [=](QPainter& painter, const QPointF& at) {
                           painter.setPen(Qt::NoPen);
                           painter.setBrush(t.muted);
                           painter.drawPath(nodeShape(-1, kGlyph).translated(at));
                       }});
    const auto ring = [=](const QColor& colour) {
        return [=](QPainter& painter, const QPointF& at) {
            painter.setPen(QPen(colour, 1.6));
            painter.setBrush(Qt::NoBrush);
            painter.drawEllipse(at, kGlyph, kGlyph);
        };
    };
    if (hasMark(picture, NodeLook::Given))
        out.push_back({Text::tr("label given"), ring(t.text)});
    if (hasMark(picture, NodeLook::Added))
        out.push_back({Text::tr("becomes a label"), ring(t.heat)});
    if (hasMark(picture, NodeLook::Error))
        out.push_back(
            {hasMark(picture, NodeLook::Silent) ? Text::tr("probably wrong, silent") : Text::tr("wrong label"),
                [=](QPainter& painter, const QPointF& at) {
                    painter.setPen(Qt::NoPen);
                    painter.setBrush(t.bad);
                    painter.drawPath(warningSign(kGlyph + 1).translated(at));
                }});
    if (!picture.removed.empty() || hasMark(picture, NodeLook::Silent))
        out.push_back({picture.removed.empty() ? Text::tr("message not sent") : Text::tr("edge removed"),
            [=](QPainter& painter, const QPointF& at) {
                QPen pen(t.bad, 1);
                pen.setDashPattern({3, 3});
                painter.setPen(pen);
                painter.drawLine(at - QPointF(kGlyph + 2, 0), at + QPointF(kGlyph + 2, 0));
            }});
    return out;
}

void paintBar(QPainter& painter, const QRectF& bar, const GraphPainting& how)
{
    QLinearGradient gradient(bar.topLeft(), bar.topRight());
    for (int i = 0; i <= 8; ++i)
        gradient.setColorAt(i / 8., sequenceColour(i / 8.));
    painter.setPen(Qt::NoPen);
    painter.setBrush(gradient);
    painter.drawRect(bar);
    painter.setPen(how.tokens.muted);
    const QFontMetricsF metrics(how.font);
    const double base = bar.bottom() + metrics.ascent() + 2;
    painter.drawText(QPointF(bar.left(), base), QStringLiteral("0"));
    painter.drawText(QPointF(bar.right() - metrics.horizontalAdvance(QLatin1Char('1')), base), QStringLiteral("1"));
}

} // namespace

QRectF legendBox(const QSizeF& size, const GraphPicture& picture, const GraphPainting& how)
{
    const QFontMetricsF metrics(how.font);
    const std::vector<Line> lines = linesOf(picture, how.tokens);
    const double line = metrics.height() + kLineGap;
    double width = metrics.horizontalAdvance(picture.groupsAre);
    for (const Line& entry : lines)
        width = std::max(width, std::min(kLongest, metrics.horizontalAdvance(entry.text)) + 4 * kGlyph);
    const bool byConfidence = picture.colour == GraphPicture::Colour::Confidence;
    const double height = line * double(lines.size() + 1) + (byConfidence ? 2 * line + kBarHeight : 0) + kPadding;
    if (height + 2 * kPadding > size.height() || width + 4 * kPadding > size.width())
        return {};
    return {kPadding, size.height() - height - kPadding, width + 2 * kPadding, height};
}

void paintLegend(QPainter& painter, const QSizeF& size, const GraphPicture& picture, const GraphPainting& how)
{
    const QRectF box = legendBox(size, picture, how);
    if (box.isEmpty())
        return; // all the room is the graph's
    const QFontMetricsF metrics(how.font);
    const double line = metrics.height() + kLineGap, width = box.width() - 2 * kPadding;
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(how.font);
    QColor ground = how.tokens.bg;
    ground.setAlphaF(.85F);
    painter.setPen(Qt::NoPen);
    painter.setBrush(ground);
    painter.drawRoundedRect(box, 6, 6);
    double y = box.top() + kPadding / 2;
    const auto text = [&](double left, const QString& words, const QColor& colour) {
        painter.setPen(colour);
        painter.drawText(QRectF(left, y, box.right() - left, line), Qt::AlignLeft | Qt::AlignVCenter,
            metrics.elidedText(words, Qt::ElideRight, kLongest));
        y += line;
    };
    if (picture.colour == GraphPicture::Colour::Confidence) {
        text(box.left() + kPadding, Text::tr("confidence"), how.tokens.muted);
        paintBar(painter, QRectF(box.left() + kPadding, y, std::max(width, 80.), kBarHeight), how);
        y += line + kBarHeight;
    }
    text(box.left() + kPadding, picture.groupsAre, how.tokens.muted);
    for (const Line& entry : linesOf(picture, how.tokens)) {
        entry.glyph(painter, QPointF(box.left() + kPadding + kGlyph, y + line / 2));
        text(box.left() + kPadding + 4 * kGlyph, entry.text, how.tokens.text);
    }
}

} // namespace clipscope
