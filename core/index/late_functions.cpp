// SPDX-License-Identifier: GPL-3.0-or-later
#include "index/faiss_index.h"

namespace clipscope {

constinit decltype(makeFaissIndex) makeFaissIndex;

} // namespace clipscope
