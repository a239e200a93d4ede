// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "base/matrix.h"
#include "graph/sparse_matrix.h"

namespace clipscope {

/// The graph of nearest neighbours by cosine of vectors [n, dim]: an edge wherever one is among the `neighbours`
/// nearest of the other. Every pair is looked at; of equally near ones the first stays. Progress counts rows. Throws
/// Error(Input) for fewer than two vectors or none asked for, Cancelled.
SparseMatrix neighbourAdjacency(const Matrix& vectors, int neighbours, const JobContext& context);

} // namespace clipscope
