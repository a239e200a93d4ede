// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "embedding/encoder.h"
#include "models/model_catalogue.h"

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace clipscope {

/// Compares what a model computes here with golden outputs. Empty = the same, else one sentence a finding.
/// `goldenFolder` holds golden.safetensors as writeModelGoldens() makes it (the model's own folder may carry one), or
/// the vectors of OpenAI's CLIP ViT-B/32 (anchors.safetensors with golden.text_features and golden.image_features,
/// golden_image.png). Needed cosine: 0.9999; 0.999 where a picture file is scaled first, since scalers differ. Throws
/// Error(Model) when the folder holds neither or the model cannot be opened; Cancelled.
std::vector<std::string> checkModelOutputs(
    const ModelFolder& model, const std::filesystem::path& goldenFolder, JobContext& context);

/// Writes folder/golden.safetensors: the texts (metadata "texts", a JSON list), the frames (U8 [n, height, width, 3],
/// all of the encoder's own size) and the encoder's vectors of both. Throws Error(Storage | Input).
void writeModelGoldens(Encoder& encoder, std::span<const RgbImage> frames, std::span<const std::string> texts,
    const std::filesystem::path& folder, JobContext& context);

} // namespace clipscope
