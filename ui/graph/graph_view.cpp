// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/graph_view.h"

#include "graph/graph_painter.h"
#include "graph/node_shapes.h"
#include "jobs/job_manager.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace clipscope {

namespace {
constexpr double kBeyond = .25; // of the size is drawn beyond each edge, for dragging
constexpr double kReach = 8; // pixels from the mouse to the node it means
constexpr double kDragFrom = 4; // pixels: less is a click
constexpr double kMargin = 24;
constexpr double kLegendShare = .3; // of the width: a wider legend lies over the graph
constexpr double kWheelStep = 120, kZoomStep = 1.25;
constexpr double kSmallestZoom = .5, kLargestZoom = 400; // of the scale that shows the whole graph
constexpr double kArrowShare = .1; // of the size
constexpr size_t kMostLit = 2000; // edges of the chosen node
} // namespace

GraphView::GraphView(JobManager& jobs, QWidget* parent)
    : QWidget(parent)
    , m_jobs(jobs)
{
    setObjectName(QStringLiteral("figure"));
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAttribute(Qt::WA_OpaquePaintEvent);
    setAccessibleName(tr("Graph"));
}

void GraphView::setPicture(std::shared_ptr<const GraphPicture> picture)
{
    const bool otherEdges = !picture || !m_picture || picture->edges != m_picture->edges;
    const bool otherPlaces = !picture || !m_picture || picture->places != m_picture->places;
    m_picture = std::move(picture);
    if (otherPlaces)
        m_grid = NodeGrid(m_picture ? m_picture->places : nullptr);
    if (otherEdges) {
        m_whole = true;
        m_drawn = {};
        hover(-1);
        take(-1);
        setAccessibleName(m_picture && m_picture->edges
                ? tr("Graph of %1 nodes and %2 edges").arg(m_picture->looks.size()).arg(m_picture->edges->size())
                : tr("Graph"));
    }
    if (otherPlaces && m_whole)
        fit();
    draw();
    update();
}

void GraphView::fit()
{
    m_whole = true;
    if (!m_picture || !m_picture->places || m_picture->places->empty())
        return;
    float left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
    for (const GraphPlace& place : *m_picture->places) {
        left = std::min(left, place.x);
        right = std::max(right, place.x);
        top = std::min(top, place.y);
        bottom = std::max(bottom, place.y);
    }
    // Beside the legend, where that leaves the graph most of the room.
    QRectF room(rect());
    const QRectF legend = legendBox(size(), *m_picture, {tokensFor(palette()), font(), false, {}});
    if (legend.right() < kLegendShare * width())
        room.setLeft(legend.right());
    room.adjust(kMargin, kMargin, -kMargin, -kMargin - fontMetrics().height()); // the lowest node has a name
    GraphCamera camera;
    camera.scale = std::min(std::max(room.width(), 40.) / std::max(double(right) - left, 1.),
        std::max(room.height(), 40.) / std::max(double(bottom) - top, 1.));
    camera.centre = QPointF(double(left) + right, double(top) + bottom) / 2
        - (room.center() - QRectF(rect()).center()) / camera.scale;
    setCamera(camera);
}

void GraphView::setCamera(const GraphCamera& camera)
{
    m_camera = camera;
    draw();
    update();
}

void GraphView::zoom(double factor, const QPointF& at)
{
    if (!m_picture || !m_picture->places || m_picture->places->empty())
        return;
    // The scale of the whole graph follows from its size: the root mean square of the places is sqrt(nodes).
    const double whole = std::min(width(), height()) / (4 * std::sqrt(double(m_picture->places->size())));
    GraphCamera camera = m_camera;
    camera.scale = std::clamp(camera.scale * factor, kSmallestZoom * whole, kLargestZoom * whole);
    // What is under the mouse stays there.
    const QPointF kept = m_camera.toPlane(at, size());
    camera.centre += kept - camera.toPlane(at, size());
    m_whole = false;
    setCamera(camera);
}

bool GraphView::isDrawn() const
{
    if (!m_picture || !m_picture->places)
        return true; // there is nothing to draw
    return !m_asked && m_drawn.picture == m_picture && m_drawn.camera == m_camera && m_drawnSize == size();
}

/// Whether the image covers what is seen, at its scale.
bool GraphView::reaches() const
{
    if (m_drawn.image.isNull() || m_drawn.camera.scale != m_camera.scale || m_drawnSize != size())
        return false;
    const QPointF away = (m_camera.centre - m_drawn.camera.centre) * m_camera.scale;
    return std::abs(away.x()) <= kBeyond / 2 * width() && std::abs(away.y()) <= kBeyond / 2 * height();
}

/// One drawing at a time: what has changed since is drawn after it.
void GraphView::draw()
{
    const bool dark = tokensFor(palette()).dark;
    const bool current =
        m_drawn.picture == m_picture && m_drawn.dark == dark && reaches() && (m_pressed || m_drawn.camera == m_camera);
    if (m_asked || current || !m_picture || !m_picture->places || size().isEmpty())
        return;
    m_asked = Drawn{m_picture, m_camera, {}, dark};
    JobRequest request;
    request.title = tr("Drawing the graph");
    request.lane = Lane::Query;
    request.quiet = true;
    const QSizeF area = QSizeF(size()) * (1 + 2 * kBeyond);
    m_jobs.start(
        request,
        [asked = *m_asked, area, ratio = devicePixelRatioF(), font = font()](JobContext& context) {
            const Tokens& tokens = asked.dark ? darkTokens() : lightTokens();
            QImage image((area * ratio).toSize(), QImage::Format_RGB32);
            image.setDevicePixelRatio(ratio);
            image.fill(tokens.bg);
            QPainter painter(&image);
            paintGraph(painter, QSizeF(image.size()) / ratio, *asked.picture, asked.camera,
                {tokens, font, false, [&context] { return context.stopped(); }});
            return image;
        },
        this,
        [this, seen = size()](QImage image) {
            m_drawn = std::move(*m_asked);
            m_asked.reset();
            m_drawn.image = std::move(image);
            m_drawnSize = seen;
            draw();
            update();
        },
        [this](const JobFailure&) { m_asked.reset(); });
}

void GraphView::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const Tokens& t = tokensFor(palette());
    painter.fillRect(rect(), t.bg);
    if (m_picture && m_picture->places && !m_drawn.image.isNull() && m_drawn.picture->edges == m_picture->edges) {
        const double larger = m_camera.scale / m_drawn.camera.scale;
        const QSizeF shown = QSizeF(m_drawn.image.size()) / m_drawn.image.devicePixelRatio() * larger;
        const QPointF away = (m_drawn.camera.centre - m_camera.centre) * m_camera.scale;
        const QPointF corner = away + QPointF(width() - shown.width(), height() - shown.height()) / 2;
        if (larger == 1)
            painter.drawImage(corner.toPoint(), m_drawn.image);
        else
            painter.drawImage(QRectF(corner, shown), m_drawn.image);
    }
    paintOver(painter, t);
    if (m_picture)
        paintLegend(painter, size(), *m_picture, {t, font(), false, {}});
    if (hasFocus()) {
        painter.setRenderHint(QPainter::Antialiasing, false);
        painter.setPen(t.accent);
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(rect().adjusted(0, 0, -1, -1));
    }
}

/// The chosen node and the one under the mouse, with their edges.
void GraphView::paintOver(QPainter& painter, const Tokens& t) const
{
    if (!m_picture || !m_picture->places)
        return;
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(font());
    for (const int node : {m_hovered == m_chosen ? -1 : m_hovered, m_chosen}) {
        if (node < 0)
            continue;
        const QPointF at = positionOf(node);
        std::vector<QLineF> lines;
        for (const NodePair& edge : *m_picture->edges)
            if ((edge.first == node || edge.second == node) && lines.size() < kMostLit)
                lines.emplace_back(at, positionOf(edge.first == node ? edge.second : edge.first));
        QColor colour = node == m_chosen ? t.accent : t.text;
        colour.setAlphaF(lines.size() > 100 ? .3F : .7F);
        painter.setPen(QPen(colour, 1.4));
        painter.drawLines(lines.data(), int(lines.size()));
        const double radius = nodeRadius(m_camera.scale, *m_picture, node);
        painter.setPen(QPen(node == m_chosen ? t.accent : t.text, 2));
        painter.setBrush(groupColour(m_picture->looks[size_t(node)].group, t));
        painter.drawPath(nodeShape(m_picture->looks[size_t(node)].group, std::max(radius, 5.)).translated(at));
        painter.setBrush(Qt::NoBrush);
        painter.drawEllipse(at, std::max(radius, 5.) + 5, std::max(radius, 5.) + 5);
        if (node == m_chosen && node < m_picture->names.size()) {
            const QString& name = m_picture->names[node];
            const double beside = std::max(radius, 5.) + 9, wide = fontMetrics().horizontalAdvance(name) + 3;
            const bool fits = at.x() + beside + wide <= width(); // else at its left
            const QPointF text = at + QPointF(fits ? beside : -beside - wide, fontMetrics().ascent() / 2.);
            QRectF ground = QRectF(fontMetrics().boundingRect(name)).translated(text).adjusted(-3, -1, 3, 1);
            painter.setPen(Qt::NoPen);
            painter.setBrush(t.raised);
            painter.drawRoundedRect(ground, 3, 3);
            painter.setPen(t.text);
            painter.drawText(text, name);
        }
    }
}

void GraphView::drawFigure(QPaintDevice& device, const QSize& figure, const Tokens& tokens)
{
    laterDrawing()(device, figure, tokens);
}

FigureDrawing GraphView::laterDrawing() const
{
    return [picture = m_picture, seen = m_camera, width = std::max(width(), 1), height = std::max(height(), 1),
               font = font()](QPaintDevice& device, const QSize& figure, const Tokens& tokens) {
        QPainter painter(&device);
        painter.fillRect(QRect(QPoint(0, 0), figure), tokens.bg);
        if (!picture)
            return;
        painter.setClipRect(QRect(QPoint(0, 0), figure));
        GraphCamera camera = seen;
        camera.scale *= std::min(double(figure.width()) / width, double(figure.height()) / height);
        const GraphPainting how{tokens, font, device.devType() != QInternal::Image, {}};
        paintGraph(painter, figure, *picture, camera, how);
        paintLegend(painter, figure, *picture, how);
    };
}

int GraphView::nodeAt(const QPointF& position) const
{
    if (!m_picture || !m_picture->places)
        return -1;
    const double reach = std::max(kReach, nodeRadius(m_camera.scale) + 2);
    return m_grid.nearest(m_camera.toPlane(position, size()), reach / m_camera.scale);
}

QPointF GraphView::positionOf(int node) const
{
    return m_camera.toScreen((*m_picture->places)[size_t(node)], size());
}

void GraphView::choose(int node)
{
    m_chosen = m_picture && node >= 0 && size_t(node) < m_picture->looks.size() ? node : -1;
    if (m_chosen >= 0 && m_picture->places
        && !QRectF(rect()).adjusted(12, 12, -12, -12).contains(positionOf(m_chosen))) {
        const GraphPlace& place = (*m_picture->places)[size_t(m_chosen)];
        m_whole = false;
        setCamera({QPointF(place.x, place.y), m_camera.scale});
    }
    setAccessibleDescription(m_chosen >= 0 && m_describe ? m_describe(m_chosen) : QString());
    update();
}

/// What the user has chosen.
void GraphView::take(int node)
{
    if (node == m_chosen)
        return;
    choose(node);
    Q_EMIT nodeChosen(m_chosen);
}

void GraphView::hover(int node)
{
    if (node == m_hovered)
        return;
    m_hovered = node;
    update();
}

void GraphView::mousePressEvent(QMouseEvent* event)
{
    setFocus(Qt::MouseFocusReason);
    if (event->button() != Qt::LeftButton)
        return;
    m_pressed = event->position();
    m_pressedCamera = m_camera;
    m_dragged = false;
}

void GraphView::mouseMoveEvent(QMouseEvent* event)
{
    if (!m_pressed) {
        hover(nodeAt(event->position()));
        return;
    }
    const QPointF way = event->position() - *m_pressed;
    if (!m_dragged && std::hypot(way.x(), way.y()) < kDragFrom)
        return;
    m_dragged = true;
    m_whole = false;
    setCursor(Qt::ClosedHandCursor);
    setCamera({m_pressedCamera.centre - way / m_camera.scale, m_camera.scale});
}

void GraphView::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || !m_pressed)
        return;
    m_pressed.reset();
    unsetCursor();
    if (m_dragged)
        draw();
    else
        take(nodeAt(event->position()));
}

void GraphView::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (const int node = nodeAt(event->position()); node >= 0)
        Q_EMIT nodeOpened(node);
}

void GraphView::wheelEvent(QWheelEvent* event)
{
    zoom(std::pow(kZoomStep, event->angleDelta().y() / kWheelStep), event->position());
    event->accept();
}

/// To the next node in this direction; the first one is the nearest to the middle.
void GraphView::step(const QPointF& direction)
{
    if (!m_picture || !m_picture->places || m_picture->places->empty())
        return;
    const int next = m_chosen >= 0 ? m_grid.next(m_chosen, direction)
                                   : m_grid.nearest(m_camera.centre, std::numeric_limits<float>::max());
    if (next >= 0)
        take(next);
}

void GraphView::keyPressEvent(QKeyEvent* event)
{
    const QPointF middle(width() / 2., height() / 2.);
    const auto arrow = [&](double x, double y) {
        if (event->modifiers() & Qt::ShiftModifier)
            return step({x, y});
        m_whole = false;
        setCamera(
            {m_camera.centre + QPointF(x * width(), y * height()) * kArrowShare / m_camera.scale, m_camera.scale});
    };
    switch (event->key()) {
    case Qt::Key_Left:
        return arrow(-1, 0);
    case Qt::Key_Right:
        return arrow(1, 0);
    case Qt::Key_Up:
        return arrow(0, -1);
    case Qt::Key_Down:
        return arrow(0, 1);
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        return zoom(kZoomStep, middle);
    case Qt::Key_Minus:
        return zoom(1 / kZoomStep, middle);
    case Qt::Key_0:
    case Qt::Key_F:
        return fit();
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_chosen >= 0)
            Q_EMIT nodeOpened(m_chosen);
        return;
    case Qt::Key_Escape:
        if (m_chosen >= 0)
            return take(-1);
        break;
    default:
        break;
    }
    QWidget::keyPressEvent(event);
}

void GraphView::resizeEvent(QResizeEvent*)
{
    if (m_whole)
        fit();
    draw();
}

void GraphView::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        draw();
    QWidget::changeEvent(event);
}

bool GraphView::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        auto* help = static_cast<QHelpEvent*>(event);
        const int node = nodeAt(help->pos());
        if (node >= 0 && m_describe)
            QToolTip::showText(help->globalPos(), m_describe(node), this);
        else
            QToolTip::hideText();
        return true;
    }
    if (event->type() == QEvent::Leave)
        hover(-1);
    if (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut)
        update();
    return QWidget::event(event);
}

} // namespace clipscope
