// SPDX-License-Identifier: GPL-3.0-or-later
#include "sample/sample_world.h"

namespace clipscope {

constinit decltype(createSampleWorld) createSampleWorld;

} // namespace clipscope
