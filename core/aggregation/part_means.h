// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "aggregation/aggregator.h"

namespace clipscope {

/// "parts:N": the video's length in N equal parts, the unit mean of each, one after the other, at length 1. The mean of
/// all frames cannot tell what came first; here a linear probe can weigh the beginning against the end. A text is set
/// beside every part, so the score is the mean of the parts' cosines.
class PartMeans : public Aggregator {
public:
    static constexpr int kMostParts = 64;
    static constexpr int kUsualParts = 3; ///< beginning, middle, end

    /// Throws Error(Input) unless 1 <= parts <= kMostParts.
    explicit PartMeans(int parts);

    std::string name() const override;
    size_t vectorWidth(size_t frameWidth) const override { return m_parts * frameWidth; }
    /// A video of fewer frames than parts shows some of them more than once.
    std::vector<float> aggregate(const Matrix& frames) const override;
    std::vector<float> mapText(std::span<const float> text) const override;
    /// Parts count alike, whatever number of frames they have.
    std::vector<float> weights(const Matrix& frames, std::span<const float> text) const override;

private:
    size_t m_parts;
};

} // namespace clipscope
