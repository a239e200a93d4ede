// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench_material.h"
#include "embedding/random_clip.h"
#include "text_table.h"

#include <algorithm>

namespace clipscope {

namespace {

struct Variant {
    std::shared_ptr<Encoder> encoder;
    double patchDropout = 0;
    int batch = 0;
    size_t against = 0; ///< the variant it is compared with; its own number: none
};

/// Mean cosine of the rows of two encoders for the same frames.
double meanCosine(Encoder& a, Encoder& b, std::span<const RgbImage> frames, const JobContext& context)
{
    const Matrix left = a.encodeFrames(frames, context).joint, right = b.encodeFrames(frames, context).joint;
    double sum = 0;
    for (size_t i = 0; i < left.rows; ++i)
        sum += dot(left.row(i), right.row(i));
    return sum / double(left.rows);
}

} // namespace

std::vector<BenchRow> benchEmbed(const BenchOptions& options, JobContext& context)
{
    const BenchFolder folder;
    const std::string model = benchModel(options, folder, context);
    JobContext quiet;
    quiet.stop = context.stop;

    std::vector<Variant> variants;
    const std::vector<int> batches = options.quick ? std::vector<int>{1, 4} : std::vector<int>{1, 8, 32};
    for (const std::shared_ptr<Encoder>& encoder : benchEncoders(model, context))
        for (const int batch : batches)
            variants.push_back({encoder, 0, batch, variants.size() % batches.size()});
    const size_t undropped = batches.size() - 1;
    for (const double dropout : {.5, .75}) {
        EncoderOptions encoding = plainEncoding();
        encoding.patchDropout = dropout;
        variants.push_back({makeEncoder(model, encoding), dropout, batches.back(), undropped});
    }
    const std::vector<RgbImage> frames = benchFrames(variants.front().encoder->info(), batches.back(), 1);

    std::vector<Contender> contenders;
    for (const Variant& variant : variants) {
        std::string name = variant.encoder->info().precision + ", batch " + std::to_string(variant.batch);
        if (variant.patchDropout > 0)
            name += ", patch dropout " + fixed(100 * variant.patchDropout, 0) + " %";
        contenders.push_back({std::move(name), [&frames, &quiet, variant] {
                                  variant.encoder->encodeFrames(std::span(frames).first(size_t(variant.batch)), quiet);
                              }});
    }
    std::vector<BenchRow> rows = {peakRow(options, context)};
    const double peakPerCpuSec = rows.front().value * rows.front().laps.wallSec() / rows.front().laps.cpuSec();
    const std::vector<Laps> laps = measureInTurns(contenders, options.roundsOr(5), 1, context);
    for (size_t i = 0; i < variants.size(); ++i) {
        const Variant& variant = variants[i];
        BenchRow row = rateRow(contenders[i].name, variant.batch, "images/s", laps[i]);
        if (variant.against != i)
            compareCpu(row, rows[1 + variant.against]);
        if (options.model.empty() && !options.quick) {
            const double perCpuSec =
                variant.batch * 1e-9 * pictureOperations(ClipShape::VitB32, variant.patchDropout) / laps[i].cpuSec();
            row.note = fixed(100 * perCpuSec / peakPerCpuSec, 0) + " % of the limit";
        }
        if (i % batches.size() == undropped && i > undropped && variant.patchDropout == 0)
            row.note += (row.note.empty() ? "cosine " : ", cosine ")
                + fixed(meanCosine(*variants[undropped].encoder, *variant.encoder, frames, quiet), 4);
        rows.push_back(std::move(row));
    }
    return rows;
}

} // namespace clipscope
