// SPDX-License-Identifier: GPL-3.0-or-later
#include "kept_run.h"

#include "experiment/run_store.h"

namespace clipscope {

void keepRun(
    Answer& answer, const std::shared_ptr<VideoLibrary>& library, const RunRecord& record, const JobContext& context)
{
    const std::optional<int64_t> run = keepRun(library, record, context);
    answer.json = record.toJson();
    answer.json["run"] = run ? Json(*run) : Json();
    if (run)
        answer.text += "Kept as run " + std::to_string(*run) + ".\n";
}

} // namespace clipscope
