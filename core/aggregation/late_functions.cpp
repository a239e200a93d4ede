// SPDX-License-Identifier: GPL-3.0-or-later
#include "aggregation/load_transformer.h"

namespace clipscope {

constinit decltype(loadTransformer) loadTransformer;

} // namespace clipscope
