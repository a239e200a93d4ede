// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench_material.h"

namespace clipscope {

namespace {

/// A query of so many tokens: "a" is one token of its own in every vocabulary, and two more mark start and end.
std::string queryOf(int tokens)
{
    std::string text = "a";
    for (int i = 3; i < tokens; ++i)
        text += " a";
    return text;
}

} // namespace

std::vector<BenchRow> benchText(const BenchOptions& options, JobContext& context)
{
    constexpr int kShort = 12, kLongest = 77; // an everyday sentence; what CLIP pads every text to
    const BenchFolder folder;
    const std::string model = benchModel(options, folder, context);
    JobContext quiet;
    quiet.stop = context.stop;
    const int repeats = options.quick ? 2 : 5;

    std::vector<Contender> contenders;
    for (const std::shared_ptr<Encoder>& encoder : benchEncoders(model, context))
        for (const int tokens : {kLongest, kShort})
            contenders.push_back({encoder->info().precision + ", " + std::to_string(tokens) + " tokens",
                [encoder, &quiet, repeats, query = queryOf(tokens)] {
                    for (int i = 0; i < repeats; ++i)
                        encoder->encodeTexts({&query, 1}, quiet);
                }});
    std::vector<BenchRow> rows = {peakRow(options, context)};
    const std::vector<Laps> laps = measureInTurns(contenders, options.roundsOr(9), 2, context);
    for (size_t i = 0; i < contenders.size(); ++i) {
        rows.push_back(latencyRow(contenders[i].name, repeats, laps[i]));
        if (i > 0)
            compareCpu(rows.back(), rows[1]);
    }
    return rows;
}

} // namespace clipscope
