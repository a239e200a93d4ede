// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/video_record.h"
#include "nn/precision.h"

#include <functional>
#include <string>
#include <vector>

namespace clipscope {

class VideoLibrary;
struct EncoderOptions;

/// What a model did in one precision on sample pictures and texts.
struct PrecisionTrial {
    Precision precision = Precision::Fp32;
    double seconds = 0; ///< CPU seconds of the same work in each trial
    double cosine = 1; ///< least, of any picture or text, to fp32's
};

/// The fastest of the trials (fp32 first) that keeps every cosine >= 0.995 and saves at least a tenth of fp32's time;
/// fp32 when none does.
Precision chosenPrecision(const std::vector<PrecisionTrial>& trials);

/// chosenPrecision() over availablePrecisions(), by trials run at first use: the choice is kept in
/// cacheHome()/precision/ for this model, processor and kernels. `attempt` gets fp32 first. A cache: a file that is
/// damaged or cannot be written is no error. Throws what `attempt` throws.
Precision measuredPrecision(const std::string& modelHash, const std::function<PrecisionTrial(Precision)>& attempt);

/// For encoders that know no other: Error(Input) unless auto or fp32 is asked for. `who` begins the sentence.
void requireFp32(const EncoderOptions& options, const std::string& who);

/// What makeEncoder() should be asked for so that a library goes on in the precision it was begun in: the newest
/// embeddings' of this model, "auto" when there are none.
std::string precisionToGoOnIn(const VideoLibrary& library, const std::string& model, const std::string& device);
/// The key's precision where `device` (as in EncoderOptions) has it, else "fp32": its vectors lie in the same space.
std::string precisionToSearchIn(const EmbeddingKey& key, const std::string& device);

} // namespace clipscope
