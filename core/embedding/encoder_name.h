// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/model_catalogue.h"

#include <string>

namespace clipscope {

/// What EncoderInfo::name is, and so what libraries remember: the name of an installed or shipped model, the absolute
/// path of any other folder. makeEncoder() finds the model again by either, from whatever working folder.
std::string encoderName(const ModelFolder& model);

} // namespace clipscope
