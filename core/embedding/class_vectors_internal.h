// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/matrix.h"

#include <functional>
#include <string>

namespace clipscope {

/// Rows that are expensive to work out and belong to a model: taken from cacheHome()/class-vectors/NAME.safetensors
/// when that holds what was asked for and passes its checksum, else made and written there (atomically; two programs
/// may do so at once). `recipe` names everything the rows depend on. A cache: a file that is damaged, foreign or cannot
/// be written is no error. Throws what `make` throws.
Matrix cachedRows(const std::string& recipe, size_t rows, size_t columns, const std::function<Matrix()>& make);

} // namespace clipscope
