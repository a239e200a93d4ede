// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "graph/repulsion_tree.h"

#include <QPointF>
#include <QSizeF>
#include <QString>
#include <QStringList>

#include <cstdint>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

namespace clipscope {

/// How a node is drawn.
struct NodeLook {
    enum Mark : uint8_t {
        Error = 1, ///< probably wrong: ringed, with a warning sign
        Silent = 2, ///< sends no messages: its edges are dashed
        Given = 4, ///< its label was given
        Added = 8, ///< what was answered has just become its label
        Learnt = 16, ///< that has happened before: as any other node
    };
    int group = -1; ///< of GraphPicture::groups: its colour and shape; -1: not known
    float confidence = std::numeric_limits<float>::quiet_NaN(); ///< [0, 1]; none where not known
    uint8_t marks = 0;
    bool operator==(const NodeLook&) const = default;
};

using NodePair = std::pair<int, int>; ///< the smaller first

/// A graph as it is drawn. Never changed once it is handed on, so that other threads can draw it.
struct GraphPicture {
    enum class Colour { Group, Confidence };

    std::shared_ptr<const std::vector<NodePair>> edges;
    std::shared_ptr<const std::vector<GraphPlace>> places; ///< of each node; null: not known yet
    std::vector<NodeLook> looks; ///< [nodes]
    std::vector<NodePair> removed; ///< of the edges, rising: drawn dashed and faint
    QStringList groups;
    QStringList names; ///< [nodes], or empty
    QString groupsAre; ///< "class", "prediction"
    Colour colour = Colour::Group;
    bool sizeByConfidence = false;
};

/// What part of the plane is seen, and how large.
struct GraphCamera {
    QPointF centre; ///< the place in the middle
    double scale = 1; ///< pixels a unit

    QPointF toScreen(const GraphPlace& place, const QSizeF& size) const
    {
        return {(double(place.x) - centre.x()) * scale + size.width() / 2,
            (double(place.y) - centre.y()) * scale + size.height() / 2};
    }
    QPointF toPlane(const QPointF& screen, const QSizeF& size) const
    {
        return centre + (screen - QPointF(size.width(), size.height()) / 2) / scale;
    }
    bool operator==(const GraphCamera&) const = default;
};

/// Radius of a node of ordinary size, in pixels.
double nodeRadius(double scale);
/// Of this one: larger the surer, where the picture says so.
double nodeRadius(double scale, const GraphPicture& picture, int node);

} // namespace clipscope
