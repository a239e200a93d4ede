// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "base/matrix.h"

#include <cstdint>
#include <vector>

namespace clipscope {

struct Clusters {
    Matrix centres; ///< [clusters, dim]
    std::vector<int> of; ///< [rows]: the nearest of each
};

/// Lloyd's k-means with the seeding of Arthur and Vassilvitskii (2007), at most `rounds` rounds. Fewer clusters where
/// there are fewer rows. Throws Cancelled.
Clusters kMeans(const Matrix& vectors, int clusters, int rounds, uint64_t seed, const JobContext& context);

} // namespace clipscope
