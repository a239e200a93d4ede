// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

namespace clipscope {

/// A place in the plane.
struct GraphPlace {
    float x = 0;
    float y = 0;
    bool operator==(const GraphPlace&) const = default;
};

/// Sums what masses in the plane do to each other, far ones together (Barnes and Hut 1986). Immutable once made.
class RepulsionTree {
public:
    /// Places and masses, one each; both are copied. `theta`: a square of masses counts as one where its side is less
    /// than theta times its distance; 0 sums exactly.
    RepulsionTree(std::span<const GraphPlace> places, std::span<const float> masses, double theta);

    struct Push {
        double x = 0; ///< sum of mass * (own place - other place) / distance^2
        double y = 0;
        double stiffness = 0; ///< sum of mass / distance^2
    };
    /// On a unit mass at the place of number `i`, by all the others. Those at the very same place push nobody.
    Push pushOn(int i) const;

private:
    struct Square {
        float x = 0, y = 0; ///< centre of its mass
        float mass = 0;
        float side = 0;
        int first = 0, end = 0; ///< of m_order
        int children = -1; ///< the first of four; -1: none
    };
    void build(int square, float left, float top, int depth);

    double m_theta = 0;
    std::vector<GraphPlace> m_places; ///< in the order of the squares
    std::vector<float> m_masses; ///< likewise
    std::vector<int> m_order; ///< whose they are
    std::vector<int> m_rank; ///< where each one's is
    std::vector<Square> m_squares;
};

} // namespace clipscope
