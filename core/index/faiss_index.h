// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/late_function.h"
#include "index/vector_index.h"

namespace clipscope {

/// An index of FAISS by its own factory string ("Flat", "HNSW32", "IVF256,PQ32", "OPQ16,IVF64,PQ16", ...), inner
/// product. A family that must be trained learns from the rows of the first add(): give it all or a fair sample there.
/// Approximate families may miss rows; those that find fewer than k rows are completed by a scan, so k rows always come
/// back. scores() scans what the index stores (decoded codes where it compresses). Throws Error(Index): an unknown
/// string, too few rows to train, rows that the family cannot hold.
extern LateFunction<std::unique_ptr<VectorIndex>(const std::string& factory, int dim)> makeFaissIndex;

} // namespace clipscope
