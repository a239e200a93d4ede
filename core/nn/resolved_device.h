// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/late_function.h"

#include <string>

namespace clipscope {

/// "cpu" or "cuda:N", for what parseDevice() (nn/device.h) takes, with its errors.
extern LateFunction<std::string(const std::string& name)> resolvedDevice;

} // namespace clipscope
