// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/run_record.h"
#include "command_line.h"
#include "library/video_library.h"

#include <memory>

namespace clipscope {

/// The end of every experiment on a library: stores the record there (keepRun() of core/experiment: where that cannot
/// be, the log says why), makes it the answer's JSON with "run": id|null, and says in the text as which run it is kept.
void keepRun(
    Answer& answer, const std::shared_ptr<VideoLibrary>& library, const RunRecord& record, const JobContext& context);

} // namespace clipscope
