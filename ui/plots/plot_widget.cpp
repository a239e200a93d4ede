// SPDX-License-Identifier: GPL-3.0-or-later
#include "plots/plot_widget.h"

#include "plots/custom_plot.h"
#include "plots/plot_drawing.h"

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
} // namespace

PlotWidget::PlotWidget(QWidget* parent)
    : QWidget(parent)
    , m_plot(new QCustomPlot)
{
    setObjectName(QStringLiteral("figure"));
    setAttribute(Qt::WA_StyledBackground);
    setFocusPolicy(Qt::StrongFocus);
    m_plot->setFocusPolicy(Qt::NoFocus);
    m_plot->installEventFilter(this);
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
    PlotDrawing(*m_plot, m_content, tokens, font()).draw();
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void PlotWidget::drawFigure(QPaintDevice& device, const QSize& size, const Tokens& tokens)
{
    QCPPainter painter;
    if (painter.begin(&device)) {
        painter.setMode(QCPPainter::pmVectorized);
        painter.setMode(QCPPainter::pmNoCaching);
        paintInto(painter, QRect({}, size), tokens);
        painter.end();
    }
}

void PlotWidget::paintInto(QCPPainter& painter, const QRect& where, const Tokens& tokens)
{
    rebuild(tokens);
    painter.save();
    painter.translate(where.topLeft());
    m_plot->toPainter(&painter, where.width(), where.height());
    painter.restore();
    rebuild(tokensFor(palette()));
}

/// Labels stand where there is room: they are placed anew when the plot has its new size.
bool PlotWidget::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_plot && event->type() == QEvent::Resize)
        QMetaObject::invokeMethod(
            this, [this] { rebuild(tokensFor(palette())); }, Qt::QueuedConnection);
    return QWidget::eventFilter(watched, event);
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
        const PlotCurve& curve = m_content.curves[c];
        for (size_t p = 0; p < curve.points.size(); ++p) {
            const PlotPoint& point = curve.points[p];
            const double across = m_plot->xAxis->coordToPixel(point.x) - position.x();
            double distance = std::hypot(across, m_plot->yAxis->coordToPixel(point.y) - position.y());
            // All of a disc, or of a bar, means it.
            distance = std::max(0., distance - std::max(0., point.diameter / 2 - kReach));
            if (curve.shape == PlotCurve::Shape::Bars && distance > kReach && isOnBar(position, point))
                distance = kReach - 1;
            if (distance < best) {
                best = distance;
                nearest = {int(c), int(p)};
            }
        }
    }
    return nearest;
}

bool PlotWidget::isOnBar(const QPointF& position, const PlotPoint& point) const
{
    return std::abs(m_plot->xAxis->pixelToCoord(position.x()) - point.x) < kBarWidth / 2
        && position.y() > m_plot->yAxis->coordToPixel(point.y) && position.y() < m_plot->yAxis->coordToPixel(0);
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
