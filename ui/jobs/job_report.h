// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/failure_report.h"
#include "jobs/job.h"

#include <vector>

namespace clipscope {

/// What is known of failed files, or of a job, in core's words; library, encoder and versions are filled in by whoever
/// knows them.
FailureReport reportOf(const QString& happened, const std::vector<FailedItem>& items);
FailureReport reportOf(const JobView& job);

} // namespace clipscope
