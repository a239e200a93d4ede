// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace clipscope {

/// Draws k examples a class out of a training set. Draws of one seed are nested: those of 4 shots contain those of 2,
/// so that a curve over the shots is one story (papers section 1.5).
class ShotSampler {
public:
    /// labels[i] in [0, classes) of training example i; -1: not to be used.
    ShotSampler(std::span<const int> labels, int classes);

    /// Of the class that has the most.
    int mostShots() const;
    /// Places in `labels`, class by class: at most `shots` a class (0: all), for one seed.
    std::vector<size_t> draw(int shots, uint64_t seed) const;

private:
    std::vector<std::vector<size_t>> m_ofClass;
};

} // namespace clipscope
