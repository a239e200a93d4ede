// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "aggregation/aggregator.h"
#include "base/late_function.h"

#include <filesystem>
#include <memory>

namespace clipscope {

/// The TransformerAggregator of a file, for embeddings of `origin`. Throws Error(Model): no such file, damaged, or
/// trained on another model.
extern LateFunction<std::shared_ptr<const Aggregator>(
    const std::filesystem::path& file, const EmbeddingOrigin& origin)>
    loadTransformer;

} // namespace clipscope
