// SPDX-License-Identifier: GPL-3.0-or-later
// Input: a trained aggregation, a safetensors file that says in its metadata how it is made. It is read as it is, and
// once more with the header's length put right.
#include "aggregation/transformer_aggregator.h"
#include "fuzz/fuzz_input.h"

using namespace clipscope;
using namespace clipscope::fuzz;

namespace {

void open(const std::filesystem::path& path)
{
    const TransformerAggregator aggregator = TransformerAggregator::load(path);
    const int64_t width = aggregator.config().embeddingWidth;
    require(width >= 1 && aggregator.config().origin.width == width, "an aggregation knows its width");
    Matrix frames(3, size_t(width));
    for (size_t i = 0; i < 3; ++i)
        frames.at(i, i % frames.columns) = 1;
    require(int64_t(aggregator.aggregate(frames).size()) == width, "a video's vector is as wide as its frames");
    require(int64_t(aggregator.mapText(frames.row(0)).size()) == width, "a text stays as wide as it is");
    require(aggregator.weights(frames, frames.row(0)).size() == 3, "each frame has a weight");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    openSafetensors(textOf(data, size), open);
    return 0;
}
