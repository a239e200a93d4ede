// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "bench.h"
#include "embedding/encoder.h"

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace clipscope {

/// A folder for what a bench makes, removed at the end. Throws Error(Storage).
class BenchFolder {
public:
    BenchFolder();
    ~BenchFolder();
    BenchFolder(const BenchFolder&) = delete;
    BenchFolder& operator=(const BenchFolder&) = delete;
    const std::filesystem::path& path() const { return m_path; }

private:
    std::filesystem::path m_path;
};

/// The video of a bench: the user's, or a clip that looks the same for everybody: H.264, 720p, 30 frames a second, 60
/// s, a keyframe every 60 frames, B-frames, moving things and noise (quick: 6 s of 320 x 180). It is made once and kept
/// in cacheHome()/bench. Throws Error(Media | Storage), Cancelled.
std::filesystem::path benchClip(const BenchOptions& options, const JobContext& context);

/// A model for a bench: the user's, or random weights in ViT-B/32's shape (quick: a tiny one) in `folder`.
std::string benchModel(const BenchOptions& options, const BenchFolder& folder, const JobContext& context);

/// The model in every precision that it and the processor have, fp32 first. Throws what makeEncoder() throws.
std::vector<std::shared_ptr<Encoder>> benchEncoders(const std::string& model, const JobContext& context);
/// fp32, for what is compared with these.
EncoderOptions plainEncoding();

/// Frames of noise as the encoder wants them, equal for equal seeds.
std::vector<RgbImage> benchFrames(const EncoderInfo& encoder, int count, uint64_t seed);

/// The largest product of matrices that the machine manages, beside the encoders' figures.
BenchRow peakRow(const BenchOptions& options, const JobContext& context);

} // namespace clipscope
