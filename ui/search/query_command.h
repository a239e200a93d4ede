// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "retrieval/query.h"

#include <QString>

#include <filesystem>

namespace clipscope {

/// The command that asks the same: clipscope-cli search --library L "words" ..., quoted for a POSIX shell. Pictures and
/// clips have no spelling there; they are left out and `complete` becomes false.
QString searchCommand(const std::filesystem::path& library, const Query& query, bool* complete = nullptr);

} // namespace clipscope
