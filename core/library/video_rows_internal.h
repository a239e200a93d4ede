// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/sqlite_internal.h"
#include "library/video_record.h"

namespace clipscope {

/// "SELECT id, path, ... FROM videos": the columns that readVideo() reads, in its order.
std::string selectVideos();
/// The row that `statement` has stepped to. Throws Error(Storage) when a column holds what Clipscope never writes.
VideoRecord readVideo(Statement& statement, const Database& database);
/// The same where the id was read already; it is not set.
VideoRecord readVideoAfterId(Statement& statement, const Database& database);
/// Writes the row of `record.path`: record.id 0 makes a new one and sets the id.
void writeVideo(Database& database, VideoRecord& record);

} // namespace clipscope
