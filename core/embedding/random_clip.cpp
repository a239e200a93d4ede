// SPDX-License-Identifier: GPL-3.0-or-later
#include "embedding/random_clip.h"

#include "base/error.h"
#include "base/files.h"
#include "models/tokenizer.h"
#include "nn/clip_model.h"

namespace clipscope {

namespace {

ClipConfig configOf(ClipShape shape)
{
    ClipConfig config;
    const auto tower = [](TransformerConfig& transformer, int64_t width, int64_t layers) {
        constexpr int64_t kHeadWidth = 64, kMlpFactor = 4;
        transformer.width = width;
        transformer.layers = layers;
        transformer.heads = width / kHeadWidth;
        transformer.mlpWidth = kMlpFactor * width;
    };
    const bool tiny = shape == ClipShape::Tiny;
    tower(config.vision.transformer, tiny ? 64 : 768, tiny ? 2 : 12);
    tower(config.text.transformer, tiny ? 64 : 512, tiny ? 2 : 12);
    config.projectionDim = tiny ? 64 : 512;
    return config;
}

void write(const std::filesystem::path& folder, ClipShape shape, uint64_t seed)
{
    const std::filesystem::path shipped = resourceDir() / "models" / "sample-clip";
    const std::unique_ptr<Tokenizer> tokenizer = loadTokenizer(shipped);
    ClipConfig config = configOf(shape);
    config.text.vocabularySize = tokenizer->vocabularySize();
    config.text.endToken = tokenizer->endToken();
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    for (const char* name : {"vocab.json", "merges.txt"})
        if (!failed)
            std::filesystem::copy_file(
                shipped / name, folder / name, std::filesystem::copy_options::overwrite_existing, failed);
    if (failed)
        throw Error(ErrorKind::Storage, "cannot be made: " + failed.message(), folder.string());
    ClipModel::random(config, seed).save(folder, true);
}

const LateCode kWriteRandomClip(writeRandomClip, write);

double operations(ClipShape shape, double patchDropout)
{
    const ClipConfig::Vision vision = configOf(shape).vision;
    const auto width = double(vision.transformer.width), patches = double(vision.patches());
    const double tokens = 1 + double(keptPatchCount(vision.patches(), patchDropout));
    // Two for each multiplication: q, k, v and out 8 n w^2, the two layers after them 16 n w^2, attention 4 n^2 w.
    const double layer = 24 * tokens * width * width + 4 * tokens * tokens * width;
    const double pixels = 3 * double(vision.patchSize * vision.patchSize);
    return double(vision.transformer.layers) * layer + 2 * patches * width * pixels;
}

const LateCode kPictureOperations(pictureOperations, operations);

} // namespace

} // namespace clipscope
