// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "graph/repulsion_tree.h"

#include <QPointF>

#include <memory>
#include <vector>

namespace clipscope {

/// Finds nodes by their places, in squares of about one node each.
class NodeGrid {
public:
    NodeGrid() = default;
    explicit NodeGrid(std::shared_ptr<const std::vector<GraphPlace>> places);

    /// The nearest to `at`, at most `reach` away; of equally near ones the last; -1: none.
    int nearest(const QPointF& at, double reach) const;
    /// The nearest one in the half plane that `direction` points to from `node`: what lies straight ahead counts as
    /// nearer than what lies aside; -1: none.
    int next(int node, const QPointF& direction) const;

private:
    int column(double x) const;
    int row(double y) const;

    std::shared_ptr<const std::vector<GraphPlace>> m_places;
    double m_left = 0, m_top = 0, m_side = 1;
    int m_columns = 0, m_rows = 0;
    std::vector<int> m_offsets; ///< [squares + 1], of m_nodes
    std::vector<int> m_nodes;
};

} // namespace clipscope
