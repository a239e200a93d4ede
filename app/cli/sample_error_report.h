// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/json.h"
#include "media/frame_sampler.h"

#include <string>

namespace clipscope {

/// {"moments", "meanErrorFrames", "meanErrorSec", "largestErrorFrames", "largestErrorSec"}.
Json sampleErrorJson(const SampleError& error);
/// A line that says how far the frames lie off the wanted moments; empty where all are exact.
std::string sampleErrorText(const SampleError& error);

} // namespace clipscope
