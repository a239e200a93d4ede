// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "aggregation/aggregator.h"

namespace clipscope {

/// "mean": the unit vector of the mean of the frames (Lindgren 2023, papers section 1.2). Frames that cancel out give
/// zeros.
class MeanPooling : public Aggregator {
public:
    std::string name() const override { return "mean"; }
    std::vector<float> aggregate(const Matrix& frames) const override;
    std::vector<float> weights(const Matrix& frames, std::span<const float> text) const override;
};

} // namespace clipscope
