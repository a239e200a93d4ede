// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe/matrix_products.h"

namespace clipscope {

constinit decltype(addWeighted) addWeighted;
constinit decltype(scoresOf) scoresOf;

} // namespace clipscope
