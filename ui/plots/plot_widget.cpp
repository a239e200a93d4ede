// SPDX-License-Identifier: GPL-3.0-or-later
#include "plots/plot_widget.h"

#include "plots/palette.h"

// The header is written in Qt's keywords, which this program does without.
#define signals Q_SIGNALS
#define slots Q_SLOTS
#define foreach Q_FOREACH
#include <qcustomplot.h>
#undef foreach
#undef slots
#undef signals

#include <QEvent>
#include <QKeyEvent>
#include <QLocale>
#include <QToolTip>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <limits>

namespace clipscope {

namespace {
constexpr double kReach = 12; // pixels from the mouse to the point it means
constexpr double kDisc = 6;
constexpr double kRing = 14;
constexpr double kRoom = .06; // of the range, left free at each side
constexpr int kBandAlpha = 46;
constexpr int kPointAlpha = 150;

/// "60 %"
class PercentTicker : public QCPAxisTicker {
protected:
    QString getTickLabel(double tick, const QLocale& locale, QChar, int) override
    {
        return locale.toString(100 * tick, 'f', mTickStepSmall ? 1 : 0) + QStringLiteral(" %");
    }
    double getTickStep(const QCPRange& range) override
    {
        const double step = QCPAxisTicker::getTickStep(range);
        mTickStepSmall = step < .0099;
        return step;
    }

private:
    bool mTickStepSmall = false;
};
} // namespace

PlotWidget::PlotWidget(QWidget* parent)
    : QWidget(parent)
    , m_plot(new QCustomPlot)
{
    setObjectName(QStringLiteral("figure"));
    setAttribute(Qt::WA_StyledBackground);
    setFocusPolicy(Qt::StrongFocus);
    m_plot->setFocusPolicy(Qt::NoFocus);
    m_plot->setNoAntialiasingOnDrag(true);
    m_plot->setPlottingHint(QCP::phImmediateRefresh, false);
    m_plot->addLayer(QStringLiteral("spans"), m_plot->layer(QStringLiteral("grid")), QCustomPlot::limBelow);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(4, 4, 4, 4);
    layout->addWidget(m_plot);
    connect(m_plot, &QCustomPlot::mouseMove, this, [this](QMouseEvent* event) { tell(placeAt(event->position())); });
    connect(m_plot, &QCustomPlot::mousePress, this, [this](QMouseEvent* event) {
        setFocus(Qt::MouseFocusReason);
        const Place place = placeAt(event->position());
        tell(place);
        if (place.point >= 0)
            Q_EMIT pointChosen(place.curve, place.point);
    });
    rebuild(tokensFor(palette()));
}

PlotWidget::~PlotWidget() = default;

void PlotWidget::setContent(PlotContent content)
{
    m_content = std::move(content);
    tell({});
    setAccessibleName(m_content.title);
    QStringList described;
    for (const PlotReference& reference : m_content.references)
        described << reference.text;
    for (const PlotMark& mark : m_content.marks)
        described << mark.text;
    setAccessibleDescription(described.join(QStringLiteral("; ")));
    rebuild(tokensFor(palette()));
}

void PlotWidget::rebuild(const Tokens& tokens)
{
    m_plot->clearItems();
    m_plot->clearGraphs();
    m_plot->setBackground(tokens.bg);
    const QFont small = font();
    for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis}) {
        axis->setBasePen(QPen(tokens.line));
        axis->setTickPen(Qt::NoPen);
        axis->setSubTickPen(Qt::NoPen);
        axis->setTickLabelColor(tokens.muted);
        axis->setTickLabelFont(small);
        axis->setLabelColor(tokens.muted);
        axis->setLabelFont(small);
        axis->grid()->setPen(QPen(tokens.line));
        axis->grid()->setZeroLinePen(Qt::NoPen);
    }
    m_plot->xAxis->grid()->setVisible(false);
    m_plot->yAxis->setBasePen(Qt::NoPen);
    m_plot->xAxis->setLabel(m_content.xLabel);
    m_plot->yAxis->setLabel(m_content.yLabel);
    const auto xTicker = QSharedPointer<QCPAxisTickerText>::create();
    for (const PlotTick& tick : m_content.xTicks)
        xTicker->addTick(tick.at, tick.text);
    m_plot->xAxis->setTicker(xTicker);
    m_plot->yAxis->setTicker(
        m_content.percent ? QSharedPointer<QCPAxisTicker>(new PercentTicker) : QSharedPointer<QCPAxisTicker>::create());
    fitRanges();
    for (const PlotSpan& span : m_content.spans)
        addSpan(span, tokens);
    for (size_t i = 0; i < m_content.curves.size(); ++i)
        addCurve(m_content.curves[i], categoryColour(int(i), tokens));
    for (const PlotReference& reference : m_content.references)
        addReference(reference, tokens);
    for (const PlotMark& mark : m_content.marks)
        addMark(mark, tokens);
    m_plot->legend->setVisible(m_content.curves.size() > 1);
    m_plot->legend->setFont(small);
    m_plot->legend->setTextColor(tokens.text);
    m_plot->legend->setBrush(tokens.bg);
    m_plot->legend->setBorderPen(QPen(tokens.line));
    m_plot->axisRect()->insetLayout()->setInsetAlignment(0, Qt::AlignRight | Qt::AlignBottom);
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void PlotWidget::fitRanges()
{
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    double left = kInfinity, right = -kInfinity, low = kInfinity, high = -kInfinity;
    const auto see = [](double value, double& least, double& most) {
        if (std::isfinite(value)) {
            least = std::min(least, value);
            most = std::max(most, value);
        }
    };
    for (const PlotTick& tick : m_content.xTicks)
        see(tick.at, left, right);
    for (const PlotCurve& curve : m_content.curves) {
        for (const auto& values : {curve.mean, curve.low, curve.high})
            for (const double y : values)
                see(y, low, high);
        for (const double x : curve.x)
            see(x, left, right);
        for (const PlotPoint& point : curve.points) {
            see(point.x, left, right);
            see(point.y, low, high);
        }
    }
    for (const PlotReference& reference : m_content.references)
        see(reference.y, low, high);
    if (left > right)
        left = 0, right = 1;
    if (low > high)
        low = 0, high = 1;
    const double across = std::max(right - left, 1e-9), up = std::max(high - low, m_content.percent ? .02 : 1e-9);
    m_plot->xAxis->setRange(left - kRoom * across, right + kRoom * across);
    // What cannot be passed is not shown: no accuracy beyond 100 %, a hair above so that its points are whole.
    const double top = m_content.percent ? std::min(high + kRoom * up, 1 + .02 * up) : high + kRoom * up;
    const double bottom = m_content.percent ? std::max(low - kRoom * up, -.02 * up) : low - kRoom * up;
    m_plot->yAxis->setRange(bottom, std::max(top, bottom + 1e-9));
}

QCPItemText* PlotWidget::addText(const QString& text, const QColor& colour)
{
    auto* item = new QCPItemText(m_plot);
    item->setText(text);
    item->setColor(colour);
    item->setFont(font());
    item->setClipToAxisRect(false);
    item->setPadding(QMargins(4, 2, 4, 2));
    return item;
}

void PlotWidget::addSpan(const PlotSpan& span, const Tokens& tokens)
{
    auto* area = new QCPItemRect(m_plot);
    area->setLayer(QStringLiteral("spans"));
    area->topLeft->setTypeY(QCPItemPosition::ptAxisRectRatio);
    area->bottomRight->setTypeY(QCPItemPosition::ptAxisRectRatio);
    area->topLeft->setCoords(span.from, 0);
    area->bottomRight->setCoords(span.to, 1);
    area->setPen(QPen(tokens.line, 1, Qt::DotLine));
    QColor hatch = tokens.muted;
    hatch.setAlpha(70);
    area->setBrush(QBrush(hatch, Qt::BDiagPattern));
    QCPItemText* text = addText(span.text, tokens.muted);
    text->position->setTypeY(QCPItemPosition::ptAxisRectRatio);
    text->position->setCoords((span.from + span.to) / 2, 1);
    text->setPositionAlignment(Qt::AlignHCenter | Qt::AlignBottom);
    text->setBrush(tokens.bg);
}

void PlotWidget::addCurve(const PlotCurve& curve, const QColor& colour)
{
    const auto values = [](const std::vector<double>& v) { return QVector<double>(v.begin(), v.end()); };
    const QVector<double> x = values(curve.x);
    if (!curve.low.empty()) {
        QCPGraph* high = m_plot->addGraph();
        QCPGraph* low = m_plot->addGraph();
        high->setData(x, values(curve.high), true);
        low->setData(x, values(curve.low), true);
        QColor band = colour;
        band.setAlpha(kBandAlpha);
        for (QCPGraph* edge : {high, low}) {
            edge->setPen(Qt::NoPen);
            edge->removeFromLegend();
        }
        high->setBrush(band);
        high->setChannelFillGraph(low);
    }
    QCPGraph* points = m_plot->addGraph();
    points->setLineStyle(QCPGraph::lsNone);
    QColor single = colour;
    single.setAlpha(kPointAlpha);
    points->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, single, single, kDisc));
    points->removeFromLegend();
    for (const PlotPoint& point : curve.points)
        points->addData(point.x, point.y);
    QCPGraph* line = m_plot->addGraph();
    line->setName(curve.name);
    line->setPen(QPen(colour, 2));
    if (curve.x.size() == 1)
        line->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssSquare, colour, colour, kDisc + 2));
    line->setData(x, values(curve.mean), true);
}

void PlotWidget::addReference(const PlotReference& reference, const Tokens& tokens)
{
    auto* line = new QCPItemLine(m_plot);
    for (QCPItemPosition* end : {line->start, line->end})
        end->setTypeX(QCPItemPosition::ptAxisRectRatio);
    line->start->setCoords(0, reference.y);
    line->end->setCoords(1, reference.y);
    line->setPen(QPen(tokens.heat, 2, Qt::DashLine));
    QCPItemText* text = addText(reference.text, tokens.heat);
    text->position->setTypeX(QCPItemPosition::ptAxisRectRatio);
    text->position->setCoords(1, reference.y);
    // Above the line, but not out of the plot.
    const QCPRange range = m_plot->yAxis->range();
    const bool above = reference.y < range.upper - .08 * range.size();
    text->setPositionAlignment(Qt::AlignRight | (above ? Qt::AlignBottom : Qt::AlignTop));
}

void PlotWidget::addMark(const PlotMark& mark, const Tokens& tokens)
{
    if (mark.interval) {
        auto* interval = new QCPItemLine(m_plot);
        interval->start->setCoords(mark.interval->first, mark.y);
        interval->end->setCoords(mark.interval->second, mark.y);
        interval->setHead(QCPLineEnding(QCPLineEnding::esBar, 10));
        interval->setTail(QCPLineEnding(QCPLineEnding::esBar, 10));
        interval->setPen(QPen(tokens.text, 2));
    }
    QCPGraph* ring = m_plot->addGraph();
    ring->setLineStyle(QCPGraph::lsNone);
    ring->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(tokens.text, 2), Qt::NoBrush, kRing));
    ring->removeFromLegend();
    ring->addData(mark.x, mark.y);
    QCPItemText* text = addText(mark.text, tokens.text);
    const QCPRange across = m_plot->xAxis->range();
    const QCPRange up = m_plot->yAxis->range();
    const bool left = mark.x < across.lower + .7 * across.size();
    const bool below = mark.y > up.lower + .14 * up.size();
    text->position->setCoords(mark.x, mark.y);
    text->setPositionAlignment((left ? Qt::AlignLeft : Qt::AlignRight) | (below ? Qt::AlignTop : Qt::AlignBottom));
    text->setPadding(QMargins(12, 10, 12, 10));
}

void PlotWidget::drawFigure(QPaintDevice& device, const QSize& size, const Tokens& tokens)
{
    rebuild(tokens);
    QCPPainter painter;
    if (painter.begin(&device)) {
        painter.setMode(QCPPainter::pmVectorized);
        painter.setMode(QCPPainter::pmNoCaching);
        m_plot->toPainter(&painter, size.width(), size.height());
        painter.end();
    }
    rebuild(tokensFor(palette()));
}

void PlotWidget::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        rebuild(tokensFor(palette()));
    QWidget::changeEvent(event);
}

void PlotWidget::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Left:
        step(-1);
        break;
    case Qt::Key_Right:
        step(1);
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_at.point >= 0)
            Q_EMIT pointChosen(m_at.curve, m_at.point);
        break;
    default:
        QWidget::keyPressEvent(event);
    }
}

void PlotWidget::focusOutEvent(QFocusEvent* event)
{
    tell({});
    QWidget::focusOutEvent(event);
}

/// Through the points of all curves, in their order, round and round.
void PlotWidget::step(int direction)
{
    std::vector<Place> places;
    for (size_t c = 0; c < m_content.curves.size(); ++c)
        for (size_t p = 0; p < m_content.curves[c].points.size(); ++p)
            places.push_back({int(c), int(p)});
    if (places.empty())
        return;
    const auto found = std::find(places.begin(), places.end(), m_at);
    const auto count = std::ssize(places);
    const auto from = found == places.end() ? (direction > 0 ? -1 : count) : found - places.begin();
    tell(places[size_t((from + direction + count) % count)]);
}

QPoint PlotWidget::placeOf(int curve, int point) const
{
    const PlotPoint& place = m_content.curves[size_t(curve)].points[size_t(point)];
    return m_plot->pos()
        + QPointF(m_plot->xAxis->coordToPixel(place.x), m_plot->yAxis->coordToPixel(place.y)).toPoint();
}

PlotWidget::Place PlotWidget::placeAt(const QPointF& position) const
{
    Place nearest;
    double best = kReach;
    for (size_t c = 0; c < m_content.curves.size(); ++c) {
        for (size_t p = 0; p < m_content.curves[c].points.size(); ++p) {
            const PlotPoint& point = m_content.curves[c].points[p];
            const double distance = std::hypot(m_plot->xAxis->coordToPixel(point.x) - position.x(),
                m_plot->yAxis->coordToPixel(point.y) - position.y());
            if (distance < best) {
                best = distance;
                nearest = {int(c), int(p)};
            }
        }
    }
    return nearest;
}

void PlotWidget::tell(Place place)
{
    if (place == m_at)
        return;
    m_at = place;
    m_told = place.point < 0 ? QString() : m_content.curves[size_t(place.curve)].points[size_t(place.point)].text;
    if (place.point < 0)
        QToolTip::hideText();
    else
        QToolTip::showText(mapToGlobal(placeOf(place.curve, place.point) + QPoint(8, 8)), m_told, this);
    m_plot->setCursor(place.point < 0 ? Qt::ArrowCursor : Qt::PointingHandCursor);
}

} // namespace clipscope
