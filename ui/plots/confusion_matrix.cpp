// SPDX-License-Identifier: GPL-3.0-or-later
#include "plots/confusion_matrix.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QLocale>
#include <QPainter>
#include <QToolTip>
#include <QtMath>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace clipscope {

namespace {
constexpr double kLargestCell = 44;
constexpr double kSmallestWithText = 15; // of a cell's side
constexpr double kLongestLabel = 130;
constexpr double kLongestHanging = 84;
constexpr double kLeastSlope = .7071; // labels of the columns hang at 45 degrees, or steeper where columns are narrow
constexpr double kGap = 2;
constexpr double kLeastLine = .8; // of a line's height: lower rows have no labels
constexpr int kMargin = 8;
constexpr double kShown = .05; // less is not written: it rounds to nothing
} // namespace

ConfusionMatrix::ConfusionMatrix(QWidget* parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("figure"));
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Confusions: rows are what the videos show, columns what they were taken for"));
}

void ConfusionMatrix::setCells(const QStringList& labels, std::vector<std::vector<double>> cells)
{
    if (labels != m_labels)
        m_row = m_column = -1;
    m_labels = labels;
    m_cells = std::move(cells);
    m_rowSums.clear();
    for (const std::vector<double>& row : m_cells)
        m_rowSums.push_back(std::accumulate(row.begin(), row.end(), 0.));
    updateGeometry();
    update();
}

void ConfusionMatrix::choose(int row, int column)
{
    if (row < 0 || column < 0 || row >= int(m_labels.size()) || column >= int(m_labels.size()))
        return;
    m_row = row;
    m_column = column;
    setAccessibleDescription(cellText(row, column));
    update();
    Q_EMIT cellChosen(row, column);
}

QString ConfusionMatrix::cellText(int row, int column) const
{
    const QLocale locale;
    const double cell = m_cells[size_t(row)][size_t(column)];
    const QString amount = locale.toString(cell, 'f', cell == std::round(cell) ? 0 : 1);
    const QString whole = locale.toString(std::round(m_rowSums[size_t(row)]), 'f', 0);
    return row == column ? tr("%1 recognised: %2 of %3 videos").arg(m_labels[row], amount, whole)
                         : tr("%1 taken for %2: %3 of %4 videos").arg(m_labels[row], m_labels[column], amount, whole);
}

ConfusionMatrix::Geometry ConfusionMatrix::geometryIn(const QSize& size) const
{
    Geometry g;
    if (m_labels.isEmpty())
        return g;
    const double labels = double(m_labels.size());
    for (const QString& label : m_labels)
        g.labelWidth = std::max(g.labelWidth, double(fontMetrics().horizontalAdvance(label)) + 8);
    g.labelWidth = std::min({g.labelWidth, kLongestLabel, size.width() * .35});
    g.hanging = std::min(g.labelWidth, kLongestHanging);
    const double line = fontMetrics().height();
    const double roomy = std::min(kLargestCell, (size.height() - kLeastSlope * g.hanging) / labels);
    const double slope = std::clamp(kLeastLine * line / std::max(roomy, 1.), kLeastSlope, 1.);
    g.angle = qRadiansToDegrees(std::asin(slope));
    const double below = slope * g.hanging + line;
    const double width = size.width() - g.labelWidth - 2 * kMargin - std::sqrt(1 - slope * slope) * g.hanging;
    const double height = size.height() - below - 2 * kMargin;
    g.side = std::min(std::min(width, height) / labels, kLargestCell);
    if (g.side < fontMetrics().height() * kLeastLine) {
        // No room for words: all of it is for the cells.
        g.labelWidth = 0;
        g.side = std::max(std::min(size.width(), size.height()) - 2. * kMargin, 1.) / labels;
    }
    const double whole = g.side * labels;
    g.cells = QRectF(kMargin + g.labelWidth, kMargin, whole, whole);
    return g;
}

QRect ConfusionMatrix::cellRect(int row, int column) const
{
    const Geometry g = geometryIn(size());
    return QRectF(g.cells.left() + column * g.side, g.cells.top() + row * g.side, g.side, g.side).toAlignedRect();
}

bool ConfusionMatrix::cellAt(const QPoint& position, int& row, int& column) const
{
    const Geometry g = geometryIn(size());
    if (g.side <= 0 || !g.cells.contains(position))
        return false;
    row = std::min(int((position.y() - g.cells.top()) / g.side), int(m_labels.size()) - 1);
    column = std::min(int((position.x() - g.cells.left()) / g.side), int(m_labels.size()) - 1);
    return true;
}

void ConfusionMatrix::paint(QPainter& painter, const QSize& size, const Tokens& t, bool marked) const
{
    const Geometry g = geometryIn(size);
    if (g.side <= 0)
        return;
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(font());
    const double lineHeight = fontMetrics().height();
    const bool labelled = g.labelWidth > 0;
    const double gap = g.side > 8 ? kGap : 0;
    for (int row = 0; row < int(m_labels.size()); ++row) {
        const double top = g.cells.top() + row * g.side;
        if (labelled) {
            painter.setPen(marked && row == m_row ? t.text : t.muted);
            painter.drawText(QRectF(kMargin, top, g.labelWidth - 6, g.side), Qt::AlignRight | Qt::AlignVCenter,
                fontMetrics().elidedText(m_labels[row], Qt::ElideRight, int(g.labelWidth) - 6));
            painter.save();
            painter.translate(g.cells.left() + (row + .5) * g.side, g.cells.bottom() + 6);
            painter.rotate(g.angle);
            painter.setPen(marked && row == m_column ? t.text : t.muted);
            painter.drawText(QRectF(0, -lineHeight / 2, g.hanging, lineHeight), Qt::AlignLeft | Qt::AlignVCenter,
                fontMetrics().elidedText(m_labels[row], Qt::ElideRight, int(g.hanging)));
            painter.restore();
        }
        for (int column = 0; column < int(m_labels.size()); ++column) {
            const double value = m_cells[size_t(row)][size_t(column)];
            const double share = m_rowSums[size_t(row)] > 0 ? value / m_rowSums[size_t(row)] : 0;
            const QRectF cell(g.cells.left() + column * g.side + gap / 2, top + gap / 2, g.side - gap, g.side - gap);
            // Mixed by hand: a translucent fill comes out otherwise on another ground.
            const auto mixed = [share](double ground, double full) { return ground + (full - ground) * share; };
            const QColor ground = t.raised;
            const QColor fill = QColor::fromRgbF(float(mixed(ground.redF(), t.accent.redF())),
                float(mixed(ground.greenF(), t.accent.greenF())), float(mixed(ground.blueF(), t.accent.blueF())));
            painter.setPen(Qt::NoPen);
            painter.setBrush(fill);
            painter.drawRoundedRect(cell, gap, gap);
            if (value >= kShown && g.side >= kSmallestWithText) {
                painter.setPen(contrast(t.text, fill) > contrast(t.onAccent, fill) ? t.text : t.onAccent);
                const bool whole = value == std::round(value) || g.side < 2 * kSmallestWithText;
                painter.drawText(cell, Qt::AlignCenter, locale().toString(value, 'f', whole ? 0 : 1));
            }
            if (marked && row == m_row && column == m_column) {
                painter.setPen(QPen(hasFocus() ? t.heat : t.text, 2));
                painter.setBrush(Qt::NoBrush);
                painter.drawRoundedRect(cell, gap, gap);
            }
        }
    }
}

QSize ConfusionMatrix::figureSize() const
{
    return size();
}

void ConfusionMatrix::drawFigure(QPaintDevice& device, const QSize& size, const Tokens& tokens)
{
    QPainter painter(&device);
    painter.fillRect(QRect(QPoint(0, 0), size), tokens.bg);
    paint(painter, size, tokens, false);
}

void ConfusionMatrix::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const Tokens& t = tokensFor(palette());
    paint(painter, size(), t, true);
    if (hasFocus()) {
        painter.setRenderHint(QPainter::Antialiasing, false);
        painter.setPen(t.accent);
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(rect().adjusted(0, 0, -1, -1));
    }
}

void ConfusionMatrix::mousePressEvent(QMouseEvent* event)
{
    setFocus(Qt::MouseFocusReason);
    int row = -1, column = -1;
    if (cellAt(event->pos(), row, column))
        choose(row, column);
}

void ConfusionMatrix::keyPressEvent(QKeyEvent* event)
{
    const int last = int(m_labels.size()) - 1;
    const int row = std::max(m_row, 0), column = std::max(m_column, 0);
    const bool none = m_row < 0;
    switch (event->key()) {
    case Qt::Key_Left:
        return choose(row, none ? 0 : std::max(column - 1, 0));
    case Qt::Key_Right:
        return choose(row, none ? 0 : std::min(column + 1, last));
    case Qt::Key_Up:
        return choose(none ? 0 : std::max(row - 1, 0), column);
    case Qt::Key_Down:
        return choose(none ? 0 : std::min(row + 1, last), column);
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (!none)
            Q_EMIT opened();
        return;
    default:
        QWidget::keyPressEvent(event);
    }
}

bool ConfusionMatrix::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        auto* help = static_cast<QHelpEvent*>(event);
        int row = -1, column = -1;
        if (cellAt(help->pos(), row, column))
            QToolTip::showText(help->globalPos(), cellText(row, column), this);
        else
            QToolTip::hideText();
        return true;
    }
    if (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut)
        update();
    return QWidget::event(event);
}

} // namespace clipscope
