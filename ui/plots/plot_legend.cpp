// SPDX-License-Identifier: GPL-3.0-or-later
#include "plots/plot_legend.h"

#include "plots/custom_plot.h"

#include <QFontMetricsF>

#include <algorithm>
#include <limits>
#include <utility>

namespace clipscope {

namespace {

constexpr int kMostInside = 6; ///< entries
constexpr double kWidestOutside = .4; ///< of the plot
constexpr double kNarrow = .001; ///< stretch of a column that is as narrow as it can be
constexpr int kSteps = 8; ///< along a line between two measurements

/// What a legend must not hide, in pixels.
std::vector<QPointF> whatIsShown(QCustomPlot& plot, const PlotContent& content, const QFont& font)
{
    std::vector<QPointF> shown;
    const auto see = [&](double x, double y) {
        shown.emplace_back(plot.xAxis->coordToPixel(x), plot.yAxis->coordToPixel(y));
    };
    for (const PlotCurve& curve : content.curves) {
        for (size_t i = 0; i < curve.x.size(); ++i) {
            see(curve.x[i], curve.mean[i]);
            for (int step = 1; step < kSteps && i + 1 < curve.x.size(); ++step) {
                const double share = double(step) / kSteps;
                see(curve.x[i] + share * (curve.x[i + 1] - curve.x[i]),
                    curve.mean[i] + share * (curve.mean[i + 1] - curve.mean[i]));
            }
        }
        for (const PlotPoint& point : curve.points)
            see(point.x, point.y);
    }
    // A reference runs through all of the plot: what matters is what it says, at the right.
    const double right = plot.axisRect()->rect().right();
    const QFontMetricsF metrics(font);
    for (const PlotReference& reference : content.references) {
        const double y = plot.yAxis->coordToPixel(reference.y);
        for (const double height : {0., metrics.height()})
            for (const double width : {1., metrics.horizontalAdvance(reference.text)})
                shown.emplace_back(right - width, y - height);
    }
    return shown;
}

/// Values mostly rise to the right and leave room there below them: that corner where no other is emptier. Second: how
/// much a legend of `size` hides there.
std::pair<Qt::Alignment, int> emptiestCorner(const QRectF& room, const QSize& size, const std::vector<QPointF>& shown)
{
    std::pair<Qt::Alignment, int> best{Qt::AlignRight | Qt::AlignBottom, std::numeric_limits<int>::max()};
    for (const Qt::Alignment corner : {Qt::AlignRight | Qt::AlignBottom, Qt::AlignLeft | Qt::AlignTop,
             Qt::AlignRight | Qt::AlignTop, Qt::AlignLeft | Qt::AlignBottom}) {
        const QRectF place(corner & Qt::AlignRight ? room.right() - size.width() : room.left(),
            corner & Qt::AlignBottom ? room.bottom() - size.height() : room.top(), size.width(), size.height());
        const auto hidden = int(std::count_if(
            shown.begin(), shown.end(), [&place](const QPointF& point) { return place.contains(point); }));
        if (hidden < best.second)
            best = {corner, hidden};
    }
    return best;
}

} // namespace

void updatePlotLayout(QCustomPlot& plot)
{
    for (const QCPLayoutElement::UpdatePhase phase :
        {QCPLayoutElement::upPreparation, QCPLayoutElement::upMargins, QCPLayoutElement::upLayout})
        plot.plotLayout()->update(phase);
}

void putLegendInside(QCustomPlot& plot)
{
    QCPLayoutInset* inside = plot.axisRect()->insetLayout();
    if (plot.legend->layout() == inside)
        return;
    inside->addElement(plot.legend, Qt::AlignRight | Qt::AlignBottom);
    plot.plotLayout()->simplify();
}

void placeLegend(QCustomPlot& plot, const PlotContent& content, bool bars, const Tokens& tokens, const QFont& font)
{
    QCPLegend& legend = *plot.legend;
    legend.setVisible(content.legend && legend.itemCount() > 1);
    legend.setFont(font);
    legend.setTextColor(tokens.text);
    legend.setBrush(tokens.bg);
    legend.setBorderPen(QPen(tokens.line));
    legend.setFillOrder(bars ? QCPLegend::foColumnsFirst : QCPLegend::foRowsFirst);
    QCPLayoutInset* inside = plot.axisRect()->insetLayout();
    if (bars || !legend.visible()) {
        inside->setInsetAlignment(0, Qt::AlignRight | Qt::AlignTop);
        return;
    }
    const QSize size = legend.minimumOuterSizeHint();
    const QRectF room = plot.axisRect()->rect();
    const auto [corner, hidden] = emptiestCorner(room, size, whatIsShown(plot, content, font));
    inside->setInsetAlignment(0, corner);
    if (size.width() > kWidestOutside * room.width() || (hidden == 0 && legend.itemCount() <= kMostInside))
        return;
    plot.plotLayout()->addElement(0, 1, &legend);
    plot.plotLayout()->setColumnStretchFactor(1, kNarrow);
    legend.setBorderPen(Qt::NoPen);
    updatePlotLayout(plot);
}

} // namespace clipscope
