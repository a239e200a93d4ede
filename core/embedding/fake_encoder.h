// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "embedding/encoder.h"

namespace clipscope {

/// The backend "fake": for tests of everything that needs an encoder and no model. "fake" is "fake:0"; "fake:SEED" has
/// other vectors. 64-d joint, 48-d features, 32 x 32 pixels, computed on the CPU whatever the device asked for.
/// A text is the sum of its words' directions (lower case, ASCII letters and digits). A picture is the sum of the
/// directions of the colour words its pixels wear (red, green, blue, yellow, magenta, cyan, white, gray, black) and a
/// little of its coarse layout: "a red ball" is near to red pictures, and different pictures differ. Null for other
/// names. Throws Error(Input) for a seed that is no number, Error(Resource) for a device that is not there.
std::shared_ptr<Encoder> makeFakeEncoder(const std::string& nameOrFolder, const EncoderOptions& options);

} // namespace clipscope
