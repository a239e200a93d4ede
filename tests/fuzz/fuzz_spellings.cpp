// SPDX-License-Identifier: GPL-3.0-or-later
// Input: what somebody types: a way of sampling, an aggregation, how to match, the words of a query.
#include "aggregation/aggregator.h"
#include "base/text.h"
#include "fuzz/fuzz_input.h"
#include "library/search_words.h"
#include "media/frame_sampler.h"
#include "retrieval/query.h"

using namespace clipscope;
using namespace clipscope::fuzz;

namespace {

void readWords(std::string_view words)
{
    const std::string valid = validUtf8(words);
    require(isValidUtf8(valid) && validUtf8(valid) == valid, "mended text is UTF-8 and stays what it is");
    require((valid == words) == (isValidUtf8(words) && words.find('\0') == std::string_view::npos),
        "sound text is left alone");
    const std::string form = composed(valid);
    require(isValidUtf8(form) && composed(form) == form, "a composed text is its own composition");
    require(isValidUtf8(indexedText(words)), "words are indexed as UTF-8");
    indexedPath(std::filesystem::path(words));
    const std::vector<std::string> expressions = wordExpressions(words);
    require(expressions.size() <= 32, "a query has 32 words at most");
    for (const std::string& expression : expressions)
        require(isValidUtf8(expression) && expression.find('\0') == std::string::npos, "an expression is a text");
    trimmed(words);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const std::string_view text = textOf(data, size);
    accepted([&] {
        const SamplerSpec spec = SamplerSpec::parse(text);
        require(SamplerSpec::parse(spec.toString()) == spec, "a sampler that was written reads the same");
        FrameTimeline timeline;
        for (int i = 0; i < 25; ++i) {
            timeline.timesSec.push_back(i * .04);
            timeline.isKeyframe.push_back(i % 10 == 0);
            timeline.reachCost.push_back(1 + i % 10);
        }
        timeline.durationSec = 1;
        for (const int64_t frame : sampleFrames(spec, timeline).indices)
            require(frame >= 0 && frame < 25, "a sampled frame is one of the clip");
    });
    accepted([&] {
        const std::string spec(text);
        checkAggregation(spec);
        if (!spec.starts_with("transformer")) // would open whatever file is named
            require(!makeAggregator(spec)->name().empty(), "an aggregator has a name");
    });
    accepted([&] { parseMatchBy(std::string(text)); });
    readWords(text);
    return 0;
}
