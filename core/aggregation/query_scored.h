// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "aggregation/aggregator.h"

namespace clipscope {

/// "query:TAU": frames are weighed by how well they fit the words, w = softmax(cos(frame, text) / TAU), and the video
/// is the unit vector of the weighted sum (Bain et al. 2022, "A CLIP-Hitchhiker's Guide to Long Video Retrieval"). TAU
/// towards 0 is the best frame alone, TAU towards infinity is mean pooling.
class QueryScored : public Aggregator {
public:
    static constexpr double kDefaultTemperature = 0.1;

    /// temperature > 0, finite. Throws Error(Input) otherwise.
    explicit QueryScored(double temperature = kDefaultTemperature);
    std::string name() const override;
    bool dependsOnQuery() const override { return true; }
    std::vector<float> aggregate(const Matrix& frames) const override;
    float score(const Matrix& frames, std::span<const float> text) const override;
    std::vector<float> weights(const Matrix& frames, std::span<const float> text) const override;
    /// The weights of frames whose cosines to the words are known; at least one.
    std::vector<float> weightsOf(std::span<const float> cosines) const;

private:
    double m_temperature;
};

} // namespace clipscope
