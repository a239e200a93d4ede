// SPDX-License-Identifier: GPL-3.0-or-later
#include "plots/plot_drawing.h"

#include "plots/custom_plot.h"
#include "plots/palette.h"
#include "plots/plot_legend.h"

#include <QFontMetricsF>
#include <QLocale>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace clipscope {

namespace {
constexpr double kDisc = 6;
constexpr double kMarker = 8;
constexpr double kRing = 14;
constexpr double kRoom = .06; // of the range, left free at each side
constexpr double kLeastShares = .02; // that are shown from bottom to top: what hardly differs must not look torn apart
constexpr double kRoomOverBars = .2;
constexpr double kRoomAroundDiscs = .16;
constexpr int kBandAlpha = 46;
constexpr int kBandsAtFull = 4; ///< more of them share what these cover
constexpr int kPointAlpha = 150;
constexpr int kDiscAlpha = 210;
constexpr double kLabelGap = 4;
constexpr int kTickRoom = 90; ///< for a number below the plot
constexpr int kMostTicks = 5;

/// How many decimals multiples of a step need.
int decimalsOf(double step)
{
    int decimals = 0;
    while (decimals < 6 && std::abs(step - std::round(step)) > 1e-6 * step) {
        step *= 10;
        ++decimals;
    }
    return decimals;
}

/// "60 %"
class PercentTicker : public QCPAxisTicker {
protected:
    QString getTickLabel(double tick, const QLocale& locale, QChar, int) override
    {
        return locale.toString(100 * tick, 'f', m_decimals) + QStringLiteral(" %");
    }
    double getTickStep(const QCPRange& range) override
    {
        const double step = QCPAxisTicker::getTickStep(range);
        m_decimals = decimalsOf(100 * step);
        return step;
    }

private:
    int m_decimals = 0;
};

/// "12,000", "0.25"
class NumberTicker : public QCPAxisTicker {
protected:
    QString getTickLabel(double tick, const QLocale& locale, QChar, int) override
    {
        return locale.toString(std::abs(tick) < 1e-12 ? 0 : tick, 'f', m_decimals);
    }
    double getTickStep(const QCPRange& range) override
    {
        const double step = QCPAxisTicker::getTickStep(range);
        m_decimals = decimalsOf(step);
        return step;
    }

private:
    int m_decimals = 0;
};

QVector<double> numbers(const std::vector<double>& values)
{
    return {values.begin(), values.end()};
}

/// Curves are told apart without colours too.
QCPScatterStyle::ScatterShape markerOf(int curve)
{
    constexpr std::array kShapes = {QCPScatterStyle::ssDisc, QCPScatterStyle::ssSquare, QCPScatterStyle::ssDiamond,
        QCPScatterStyle::ssTriangle, QCPScatterStyle::ssTriangleInverted, QCPScatterStyle::ssCross,
        QCPScatterStyle::ssPlus};
    return kShapes[size_t(curve) % kShapes.size()];
}

Qt::BrushStyle hatchingOf(int bars)
{
    constexpr std::array kStyles = {
        Qt::SolidPattern, Qt::BDiagPattern, Qt::Dense5Pattern, Qt::CrossPattern, Qt::HorPattern, Qt::FDiagPattern};
    return kStyles[size_t(bars) % kStyles.size()];
}
} // namespace

PlotDrawing::PlotDrawing(QCustomPlot& plot, const PlotContent& content, const Tokens& tokens, const QFont& font)
    : m_plot(plot)
    , m_content(content)
    , m_tokens(tokens)
    , m_font(font)
{
}

void PlotDrawing::draw()
{
    m_plot.clearItems();
    m_plot.clearPlottables();
    m_plot.setBackground(m_tokens.bg);
    putLegendInside(m_plot);
    drawAxes();
    fitRanges();
    updatePlotLayout(m_plot);
    m_plot.xAxis->ticker()->setTickCount(std::clamp(m_plot.axisRect()->width() / kTickRoom, 2, kMostTicks));
    for (const PlotSpan& span : m_content.spans)
        addSpan(span);
    for (size_t i = 0; i < m_content.curves.size(); ++i)
        addCurve(int(i));
    placeLegend(m_plot, m_content, hasBars(), m_tokens, m_font);
    addLabels();
    for (const PlotReference& reference : m_content.references)
        addReference(reference);
    for (const PlotMark& mark : m_content.marks)
        addMark(mark);
}

bool PlotDrawing::hasBars() const
{
    return std::any_of(m_content.curves.begin(), m_content.curves.end(),
        [](const PlotCurve& curve) { return curve.shape == PlotCurve::Shape::Bars; });
}

void PlotDrawing::drawAxes()
{
    for (QCPAxis* axis : {m_plot.xAxis, m_plot.yAxis}) {
        axis->setBasePen(QPen(m_tokens.line));
        axis->setTickPen(Qt::NoPen);
        axis->setSubTickPen(Qt::NoPen);
        axis->setTickLabelColor(m_tokens.muted);
        axis->setTickLabelFont(m_font);
        axis->setLabelColor(m_tokens.muted);
        axis->setLabelFont(m_font);
        axis->grid()->setPen(QPen(m_tokens.line));
        axis->grid()->setZeroLinePen(Qt::NoPen);
    }
    m_plot.xAxis->grid()->setVisible(false);
    m_plot.yAxis->setBasePen(Qt::NoPen);
    m_plot.xAxis->setLabel(m_content.xLabel);
    m_plot.yAxis->setLabel(m_content.yLabel);
    if (m_content.xTicks.empty()) {
        m_plot.xAxis->setTicker(QSharedPointer<QCPAxisTicker>(new NumberTicker));
    } else {
        const auto ticker = QSharedPointer<QCPAxisTickerText>::create();
        for (const PlotTick& tick : m_content.xTicks)
            ticker->addTick(tick.at, tick.text);
        m_plot.xAxis->setTicker(ticker);
    }
    m_plot.yAxis->setTicker(m_content.percent ? QSharedPointer<QCPAxisTicker>(new PercentTicker)
                                              : QSharedPointer<QCPAxisTicker>(new NumberTicker));
}

void PlotDrawing::fitRanges()
{
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    double left = kInfinity, right = -kInfinity, low = kInfinity, high = -kInfinity;
    const auto see = [](double value, double& least, double& most) {
        if (std::isfinite(value)) {
            least = std::min(least, value);
            most = std::max(most, value);
        }
    };
    const bool bars = hasBars();
    bool discs = false;
    for (const PlotTick& tick : m_content.xTicks)
        see(tick.at, left, right);
    for (const PlotCurve& curve : m_content.curves) {
        for (const auto& values : {curve.mean, curve.low, curve.high})
            for (const double y : values)
                see(y, low, high);
        const double room = curve.shape == PlotCurve::Shape::Bars ? .5 : 0;
        for (const double x : curve.x) {
            see(x - room, left, right);
            see(x + room, left, right);
        }
        for (const PlotPoint& point : curve.points) {
            discs = discs || point.diameter > 0;
            see(point.x, left, right);
            see(point.y, low, high);
        }
    }
    if (m_content.fromZero || bars)
        see(0, low, high);
    for (const PlotReference& reference : m_content.references)
        see(reference.y, low, high);
    if (left <= right && m_content.xTicks.empty())
        see(0, left, right); // amounts
    if (left > right)
        left = 0, right = 1;
    if (low > high)
        low = 0, high = 1;
    const bool onZero = (m_content.fromZero || bars) && low >= 0;
    if (const double missing = kLeastShares - (high - low); m_content.percent && missing > 0) {
        low -= onZero ? 0 : missing / 2;
        high += onZero ? missing : missing / 2;
    }
    const double across = std::max(right - left, 1e-9), up = std::max(high - low, 1e-9);
    const double room = discs ? kRoomAroundDiscs : kRoom;
    m_plot.xAxis->setRange(left - room * across, right + room * across);
    // What cannot be passed is not shown: no accuracy beyond 100 %, a hair above so that its points are whole. Over
    // bars stand their labels and the legend.
    const double top = bars ? high + kRoomOverBars * up
        : discs             ? high + kRoomAroundDiscs * up
        : m_content.percent ? std::min(high + kRoom * up, 1 + .02 * up)
                            : high + kRoom * up;
    const double bottom = m_content.percent ? std::max(low - kRoom * up, -.02 * up) : low - kRoom * up;
    m_plot.yAxis->setRange(onZero ? 0 : bottom, std::max(top, bottom + 1e-9));
}

QCPItemText* PlotDrawing::addText(const QString& text, const QColor& colour)
{
    auto* item = new QCPItemText(&m_plot);
    item->setText(text);
    item->setColor(colour);
    item->setFont(m_font);
    item->setClipToAxisRect(false);
    item->setPadding(QMargins(4, 2, 4, 2));
    return item;
}

void PlotDrawing::addSpan(const PlotSpan& span)
{
    auto* area = new QCPItemRect(&m_plot);
    area->setLayer(QStringLiteral("spans"));
    area->topLeft->setTypeY(QCPItemPosition::ptAxisRectRatio);
    area->bottomRight->setTypeY(QCPItemPosition::ptAxisRectRatio);
    area->topLeft->setCoords(span.from, 0);
    area->bottomRight->setCoords(span.to, 1);
    area->setPen(QPen(m_tokens.line, 1, Qt::DotLine));
    QColor hatch = m_tokens.muted;
    hatch.setAlpha(70);
    area->setBrush(QBrush(hatch, Qt::BDiagPattern));
    QCPItemText* text = addText(span.text, m_tokens.muted);
    text->position->setTypeY(QCPItemPosition::ptAxisRectRatio);
    text->position->setCoords((span.from + span.to) / 2, 1);
    text->setPositionAlignment(Qt::AlignHCenter | Qt::AlignBottom);
    text->setBrush(m_tokens.bg);
}

void PlotDrawing::addCurve(int number)
{
    const PlotCurve& curve = m_content.curves[size_t(number)];
    const int category = curve.category < 0 ? number : curve.category;
    const QColor colour = categoryColour(category, m_tokens);
    if (curve.shape == PlotCurve::Shape::Bars) {
        addBars(curve, number);
        addPoints(curve, m_tokens.text);
        return;
    }
    if (!curve.low.empty())
        addBand(curve, colour);
    addPoints(curve, colour);
    if (curve.x.empty())
        return;
    QCPGraph* line = m_plot.addGraph();
    line->setName(curve.name);
    if (curve.name.isEmpty())
        line->removeFromLegend();
    // Where colours and markers begin again, the line is broken and the marker empty.
    const int round = category / kCategoryColours;
    line->setPen(QPen(colour, 2, round == 0 ? Qt::SolidLine : round == 1 ? Qt::DashLine : Qt::DotLine));
    line->setScatterStyle(
        QCPScatterStyle(markerOf(category), QPen(colour, 2), round == 0 ? colour : m_tokens.bg, kMarker));
    line->setData(numbers(curve.x), numbers(curve.mean), true);
}

void PlotDrawing::addBand(const PlotCurve& curve, const QColor& colour)
{
    QCPGraph* high = m_plot.addGraph();
    QCPGraph* low = m_plot.addGraph();
    high->setData(numbers(curve.x), numbers(curve.high), true);
    low->setData(numbers(curve.x), numbers(curve.low), true);
    QColor band = colour;
    const auto bands = std::count_if(m_content.curves.begin(), m_content.curves.end(),
        [](const PlotCurve& other) { return other.shape == PlotCurve::Shape::Line && !other.low.empty(); });
    band.setAlpha(kBandAlpha * kBandsAtFull / std::max(kBandsAtFull, int(bands)));
    for (QCPGraph* edge : {high, low}) {
        edge->setPen(Qt::NoPen);
        edge->removeFromLegend();
    }
    high->setBrush(band);
    high->setChannelFillGraph(low);
}

void PlotDrawing::addBars(const PlotCurve& curve, int number)
{
    const QColor colour = categoryColour(number, m_tokens);
    auto* bars = new QCPBars(m_plot.xAxis, m_plot.yAxis);
    bars->setName(curve.name);
    bars->setWidthType(QCPBars::wtPlotCoords);
    bars->setWidth(kBarWidth);
    bars->setPen(QPen(colour, 1.5));
    bars->setBrush(QBrush(colour, hatchingOf(number)));
    bars->setData(numbers(curve.x), numbers(curve.mean), false);
    if (!curve.low.empty()) {
        QVector<double> down, up;
        for (size_t i = 0; i < curve.x.size(); ++i) {
            down << curve.mean[i] - curve.low[i];
            up << curve.high[i] - curve.mean[i];
        }
        auto* whiskers = new QCPErrorBars(m_plot.xAxis, m_plot.yAxis);
        whiskers->setDataPlottable(bars);
        whiskers->setData(down, up);
        whiskers->setPen(QPen(m_tokens.text, 1.5));
        whiskers->setSymbolGap(0);
        whiskers->removeFromLegend();
    }
    for (size_t i = 0; i < curve.barLabels.size(); ++i) {
        QCPItemText* text = addText(curve.barLabels[i], m_tokens.text);
        text->position->setCoords(curve.x[i], std::max(curve.mean[i], curve.high.empty() ? 0. : curve.high[i]));
        text->setPositionAlignment(Qt::AlignHCenter | Qt::AlignBottom);
    }
}

void PlotDrawing::addPoints(const PlotCurve& curve, const QColor& colour)
{
    QColor single = colour;
    single.setAlpha(kPointAlpha);
    QCPGraph* points = nullptr;
    for (const PlotPoint& point : curve.points) {
        if (!points || point.diameter > 0 || point.shade) {
            points = m_plot.addGraph();
            points->setLineStyle(QCPGraph::lsNone);
            QColor fill = point.shade ? sequenceColour(*point.shade) : single;
            if (point.diameter > 0)
                fill.setAlpha(kDiscAlpha);
            points->setScatterStyle(
                QCPScatterStyle(QCPScatterStyle::ssCircle, point.diameter > 0 ? QPen(m_tokens.text, 1) : QPen(single),
                    fill, point.diameter > 0 ? point.diameter : kDisc));
            points->removeFromLegend();
        }
        points->addData(point.x, point.y);
    }
}

/// Beside its point, at the side where it hides least of other labels and discs, the right one first.
void PlotDrawing::addLabels()
{
    std::vector<QRectF> taken;
    const auto placeOf = [this](const PlotPoint& point) {
        return QPointF(m_plot.xAxis->coordToPixel(point.x), m_plot.yAxis->coordToPixel(point.y));
    };
    for (const PlotCurve& curve : m_content.curves)
        for (const PlotPoint& point : curve.points)
            if (point.diameter > 0) {
                const QPointF half(point.diameter / 2, point.diameter / 2);
                taken.emplace_back(placeOf(point) - half, placeOf(point) + half);
            }
    const QFontMetricsF metrics(m_font);
    const QRectF room = m_plot.axisRect()->rect();
    for (const PlotCurve& curve : m_content.curves) {
        for (const PlotPoint& point : curve.points) {
            if (point.label.isEmpty())
                continue;
            const QSizeF size = metrics.size(0, point.label) + QSizeF(8, 4);
            const QPointF at = placeOf(point);
            const double away = point.diameter / 2 + kLabelGap;
            const std::array<QPointF, 4> corners = {QPointF(at.x() + away, at.y() - size.height() / 2),
                QPointF(at.x() - away - size.width(), at.y() - size.height() / 2),
                QPointF(at.x() - size.width() / 2, at.y() - away - size.height()),
                QPointF(at.x() - size.width() / 2, at.y() + away)};
            const auto hidden = [&](const QPointF& corner) {
                const QRectF rect(corner, size);
                const QRectF inside = rect.intersected(room);
                double area = rect.width() * rect.height() - inside.width() * inside.height();
                for (const QRectF& other : taken) {
                    const QRectF common = rect.intersected(other);
                    area += common.width() * common.height();
                }
                return area;
            };
            const QPointF corner = *std::min_element(corners.begin(), corners.end(),
                [&](const QPointF& a, const QPointF& b) { return hidden(a) < hidden(b); });
            taken.emplace_back(corner, size);
            QCPItemText* text = addText(point.label, m_tokens.text);
            text->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
            text->position->setType(QCPItemPosition::ptPlotCoords);
            text->position->setCoords(m_plot.xAxis->pixelToCoord(corner.x()), m_plot.yAxis->pixelToCoord(corner.y()));
        }
    }
}

void PlotDrawing::addReference(const PlotReference& reference)
{
    auto* line = new QCPItemLine(&m_plot);
    for (QCPItemPosition* end : {line->start, line->end})
        end->setTypeX(QCPItemPosition::ptAxisRectRatio);
    line->start->setCoords(0, reference.y);
    line->end->setCoords(1, reference.y);
    line->setPen(QPen(m_tokens.heat, 2, Qt::DashLine));
    QCPItemText* text = addText(reference.text, m_tokens.heat);
    text->position->setTypeX(QCPItemPosition::ptAxisRectRatio);
    text->position->setCoords(1, reference.y);
    // Above the line, but not out of the plot.
    const QCPRange range = m_plot.yAxis->range();
    const bool above = reference.y < range.upper - .08 * range.size();
    text->setPositionAlignment(Qt::AlignRight | (above ? Qt::AlignBottom : Qt::AlignTop));
}

void PlotDrawing::addMark(const PlotMark& mark)
{
    if (mark.interval) {
        auto* interval = new QCPItemLine(&m_plot);
        interval->start->setCoords(mark.interval->first, mark.y);
        interval->end->setCoords(mark.interval->second, mark.y);
        interval->setHead(QCPLineEnding(QCPLineEnding::esBar, 10));
        interval->setTail(QCPLineEnding(QCPLineEnding::esBar, 10));
        interval->setPen(QPen(m_tokens.text, 2));
    }
    QCPGraph* ring = m_plot.addGraph();
    ring->setLineStyle(QCPGraph::lsNone);
    ring->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(m_tokens.text, 2), Qt::NoBrush, kRing));
    ring->removeFromLegend();
    ring->addData(mark.x, mark.y);
    QCPItemText* text = addText(mark.text, m_tokens.text);
    const QCPRange across = m_plot.xAxis->range();
    const QCPRange up = m_plot.yAxis->range();
    const bool left = mark.x < across.lower + .7 * across.size();
    const bool below = mark.y > up.lower + .14 * up.size();
    text->position->setCoords(mark.x, mark.y);
    text->setPositionAlignment((left ? Qt::AlignLeft : Qt::AlignRight) | (below ? Qt::AlignTop : Qt::AlignBottom));
    text->setPadding(QMargins(12, 10, 12, 10));
}

} // namespace clipscope
