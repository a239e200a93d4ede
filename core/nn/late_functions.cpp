// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/model_threads.h"
#include "nn/peak_product.h"
#include "nn/resolved_device.h"

namespace clipscope {

constinit decltype(makePeakProduct) makePeakProduct;
constinit decltype(resolvedDevice) resolvedDevice;
constinit decltype(setModelThreads) setModelThreads;

} // namespace clipscope
