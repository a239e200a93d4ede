// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/random.h"
#include "sample/sample_script.h"

#include <string>

namespace clipscope {

/// Fills caption and beats of `event`: one of the action's paraphrases; size, place and background are said or left out
/// at random.
void describeEvent(SampleEvent& event, int background, Random& random);

/// "in the middle", "at the top left": where a thing rests.
std::string placeOf(double x, double y);

/// The caption as a written sentence: capital letter, full stop.
std::string asSentence(const std::string& caption);

} // namespace clipscope
