// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/graph_painter.h"

#include "graph/node_shapes.h"
#include "plots/palette.h"

#include <QFontMetricsF>
#include <QHash>
#include <QImage>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace clipscope {

namespace {

constexpr double kSmallest = 1.3, kLargest = 7; // radius of a node
constexpr double kRadius = 1.1; // in units of the plane, between these
constexpr double kShaped = 2.6; // radius from which shapes can be told apart
constexpr double kNamed = 5.5; // radius from which names are written
constexpr qsizetype kMostNamed = 150;
constexpr double kNameWidth = 160, kNameGap = 4, kNameGround = .7;
constexpr qsizetype kMostSigns = 400; // more signs would hide what they stand at
constexpr size_t kSmoothLines = 12'000; // more lines are drawn without smoothing
constexpr size_t kDashedLines = 6'000; // more dashes would be a grey, slowly
constexpr size_t kStopEvery = 8'192; // lines or nodes between two looks at `stopped`
constexpr int kSteps = 12; // of confidence that are drawn apart
constexpr double kFaintest = .35; // opacity of a node nothing is known of for sure

QColor withAlpha(QColor colour, double alpha)
{
    colour.setAlphaF(float(alpha));
    return colour;
}

/// A colour that shows on the ground, mixed by hand: what is translucent would show the edges through the nodes.
QColor mixed(const QColor& ground, const QColor& full, double share)
{
    const auto mix = [share](float from, float to) { return float(from + (to - from) * share); };
    return QColor::fromRgbF(
        mix(ground.redF(), full.redF()), mix(ground.greenF(), full.greenF()), mix(ground.blueF(), full.blueF()));
}

int stepOf(float confidence)
{
    return std::isfinite(confidence) ? int(std::lround(std::clamp(confidence, 0.F, 1.F) * kSteps)) : kSteps;
}

QColor fillOf(const NodeLook& look, const GraphPicture& picture, const Tokens& t)
{
    const double step = double(stepOf(look.confidence)) / kSteps;
    if (picture.colour == GraphPicture::Colour::Confidence)
        return std::isfinite(look.confidence) ? sequenceColour(step) : t.muted;
    return mixed(t.bg, groupColour(look.group, t), kFaintest + (1 - kFaintest) * step);
}

class Painting {
public:
    Painting(QPainter& painter, const QSizeF& size, const GraphPicture& picture, const GraphCamera& camera,
        const GraphPainting& how)
        : m_painter(painter)
        , m_picture(picture)
        , m_how(how)
        , m_t(how.tokens)
        , m_radius(nodeRadius(camera.scale))
        , m_scale(camera.scale)
        , m_area(QRectF(QPointF(), size).adjusted(-2 * kLargest, -2 * kLargest, 2 * kLargest, 2 * kLargest))
    {
        for (const GraphPlace& place : *picture.places)
            m_at.push_back(camera.toScreen(place, size));
    }

    void edges()
    {
        std::vector<QLineF> plain, dashed;
        auto removed = m_picture.removed.begin();
        for (const NodePair& edge : *m_picture.edges) {
            while (removed != m_picture.removed.end() && *removed < edge)
                ++removed;
            const QPointF &from = m_at[size_t(edge.first)], &to = m_at[size_t(edge.second)];
            if (std::max(from.x(), to.x()) < m_area.left() || std::min(from.x(), to.x()) > m_area.right()
                || std::max(from.y(), to.y()) < m_area.top() || std::min(from.y(), to.y()) > m_area.bottom())
                continue;
            const bool gone = (removed != m_picture.removed.end() && *removed == edge)
                || ((m_picture.looks[size_t(edge.first)].marks | m_picture.looks[size_t(edge.second)].marks)
                    & NodeLook::Silent);
            (gone ? dashed : plain).emplace_back(from, to);
        }
        // The more lines, the fainter: what lies over each other adds up.
        const double alpha = std::clamp(.4 * std::sqrt(3000. / double(plain.size() + 1)), m_t.dark ? .07 : .1, .4);
        lines(plain, QPen(withAlpha(m_t.muted, alpha), m_radius > kShaped ? 1. : .8));
        QPen pen(withAlpha(m_t.bad, dashed.size() > kDashedLines ? .12 : .55), 1);
        if (dashed.size() <= kDashedLines || m_how.asVectors)
            pen.setDashPattern({3, 3});
        lines(dashed, pen);
    }

    void nodes()
    {
        std::vector<int> marked;
        m_painter.setRenderHint(QPainter::Antialiasing);
        for (int node = 0; node < int(m_at.size()); ++node) {
            if (size_t(node) % kStopEvery == 0 && isStopped())
                return;
            if (!m_area.contains(m_at[size_t(node)]))
                continue;
            m_visible.push_back(node);
            if (m_picture.looks[size_t(node)].marks & ~NodeLook::Learnt)
                marked.push_back(node);
            else
                fill(node);
        }
        const qsizetype errors = std::count_if(marked.begin(), marked.end(),
            [this](int node) { return m_picture.looks[size_t(node)].marks & NodeLook::Error; });
        m_signs = errors <= kMostSigns || m_radius > 2 * kShaped;
        for (const int node : marked) // over all others
            fillMarked(node);
    }

    void names()
    {
        if (m_radius < kNamed || m_visible.size() > size_t(kMostNamed) || m_picture.names.isEmpty())
            return;
        m_painter.setFont(m_how.font);
        m_painter.setPen(m_t.muted);
        const QFontMetricsF metrics(m_how.font);
        const QColor ground = withAlpha(m_t.bg, kNameGround);
        // A name that would be written over a node or another name is left out: a larger view has room for it.
        std::vector<QRectF> taken;
        for (const int node : m_visible) {
            const double radius = radiusOf(node);
            taken.emplace_back(m_at[size_t(node)] - QPointF(radius, radius), QSizeF(2 * radius, 2 * radius));
        }
        for (const int node : m_visible) {
            const QString name = metrics.elidedText(m_picture.names[node], Qt::ElideMiddle, kNameWidth);
            const double width = metrics.horizontalAdvance(name);
            const QPointF at = m_at[size_t(node)] + QPointF(-width / 2, 2 * m_radius + metrics.ascent());
            const QRectF room(at.x() - kNameGap, at.y() - metrics.ascent(), width + 2 * kNameGap, metrics.height());
            if (std::ranges::any_of(taken, [&](const QRectF& other) { return other.intersects(room); }))
                continue;
            m_painter.fillRect(room, ground);
            m_painter.drawText(at, name);
            taken.push_back(room);
        }
    }

private:
    bool isStopped() const { return m_how.stopped && m_how.stopped(); }

    void lines(const std::vector<QLineF>& lines, const QPen& pen)
    {
        m_painter.setRenderHint(QPainter::Antialiasing, m_how.asVectors || lines.size() <= kSmoothLines);
        m_painter.setPen(pen);
        for (size_t first = 0; first < lines.size() && !isStopped(); first += kStopEvery)
            m_painter.drawLines(lines.data() + first, int(std::min(kStopEvery, lines.size() - first)));
    }

    double radiusOf(int node) const { return nodeRadius(m_scale, m_picture, node); }

    void fill(int node)
    {
        const NodeLook& look = m_picture.looks[size_t(node)];
        const double radius = radiusOf(node);
        if (m_how.asVectors) {
            m_painter.setPen(Qt::NoPen);
            m_painter.setBrush(fillOf(look, m_picture, m_t));
            m_painter.drawPath(nodeShape(radius >= kShaped ? look.group : 0, radius).translated(m_at[size_t(node)]));
            return;
        }
        // Equal nodes are one small picture, many times.
        const int group = radius >= kShaped || m_picture.colour == GraphPicture::Colour::Group ? look.group : 0;
        const quint64 key = (quint64(group + 1) * (kSteps + 2) + quint64(stepOf(look.confidence))) * 2
            + (std::isfinite(look.confidence) ? 1 : 0);
        auto found = m_sprites.constFind(key);
        if (found == m_sprites.constEnd())
            found = m_sprites.insert(key, sprite(look, radius));
        const double half = found->width() / found->devicePixelRatio() / 2;
        m_painter.drawImage(m_at[size_t(node)] - QPointF(half, half), *found);
    }

    QImage sprite(const NodeLook& look, double radius) const
    {
        const double ratio = m_painter.device()->devicePixelRatioF(), half = std::ceil(1.5 * radius + 1);
        QImage image(
            int(std::ceil(2 * half * ratio)), int(std::ceil(2 * half * ratio)), QImage::Format_ARGB32_Premultiplied);
        image.setDevicePixelRatio(ratio);
        image.fill(Qt::transparent);
        QPainter painter(&image);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(fillOf(look, m_picture, m_t));
        painter.drawPath(nodeShape(radius >= kShaped ? look.group : 0, radius)
                             .translated(image.width() / ratio / 2, image.height() / ratio / 2));
        return image;
    }

    void fillMarked(int node)
    {
        const NodeLook& look = m_picture.looks[size_t(node)];
        const QPointF at = m_at[size_t(node)];
        const double radius = radiusOf(node);
        m_painter.setBrush(fillOf(look, m_picture, m_t));
        m_painter.setPen(Qt::NoPen);
        if (look.marks & (NodeLook::Given | NodeLook::Added))
            m_painter.setPen(QPen(look.marks & NodeLook::Given ? m_t.text : m_t.heat, radius >= kShaped ? 1.6 : 1));
        const double larger = look.marks & NodeLook::Given ? std::max(radius * 1.25, kShaped) : radius;
        m_painter.drawPath(nodeShape(larger >= kShaped ? look.group : 0, larger).translated(at));
        if (!(look.marks & NodeLook::Error))
            return;
        m_painter.setPen(QPen(m_t.bad, m_signs ? 1.8 : 1));
        m_painter.setBrush(Qt::NoBrush);
        const double ring = m_signs ? std::max(radius * 1.5 + 1.5, 4.) : radius + 1.5;
        m_painter.drawEllipse(at, ring, ring);
        if (!m_signs)
            return;
        const double sign = std::clamp(radius, 3.5, 6.);
        m_painter.setPen(QPen(m_t.bg, 1));
        m_painter.setBrush(m_t.bad);
        m_painter.drawPath(warningSign(sign).translated(at + QPointF(ring, -ring)));
    }

    QPainter& m_painter;
    const GraphPicture& m_picture;
    const GraphPainting& m_how;
    const Tokens& m_t;
    const double m_radius, m_scale;
    const QRectF m_area;
    std::vector<QPointF> m_at;
    std::vector<int> m_visible;
    QHash<quint64, QImage> m_sprites;
    bool m_signs = true;
};

} // namespace

double nodeRadius(double scale)
{
    return std::clamp(kRadius * scale, kSmallest, kLargest);
}

double nodeRadius(double scale, const GraphPicture& picture, int node)
{
    const double radius = nodeRadius(scale);
    const float confidence = picture.looks[size_t(node)].confidence;
    return picture.sizeByConfidence && std::isfinite(confidence)
        ? radius * (.55 + .8 * double(stepOf(confidence)) / kSteps)
        : radius;
}

void paintGraph(QPainter& painter, const QSizeF& size, const GraphPicture& picture, const GraphCamera& camera,
    const GraphPainting& how)
{
    if (!picture.places || !picture.edges)
        return;
    Painting painting(painter, size, picture, camera, how);
    painting.edges();
    painting.nodes();
    painting.names();
}

} // namespace clipscope
