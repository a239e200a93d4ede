// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace clipscope {

/// In what the products of a prepared model are worked out. LayerNorm, softmax, attention and sums stay float32.
enum class Precision { Fp32, Int8, Bf16 };

const char* toString(Precision precision); ///< "fp32", "int8", "bf16"
/// Throws Error(Input) for another word.
Precision parsePrecision(const std::string& word);
/// What this processor can do at more than a crawl, fp32 first; int8 where it has AVX2, bf16 only where it has the
/// instructions (without them LibTorch emulates: 40 times slower than fp32).
const std::vector<Precision>& availablePrecisions();

} // namespace clipscope
