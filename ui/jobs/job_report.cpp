// SPDX-License-Identifier: GPL-3.0-or-later
#include "jobs/job_report.h"

#include "jobs/jobs_model.h"
#include "models/display_text.h"

namespace clipscope {

FailureReport reportOf(const QString& happened, const std::vector<FailedItem>& items)
{
    FailureReport report;
    report.happened = happened.toStdString();
    for (const FailedItem& item : items)
        report.items.push_back({toPath(item.path), item.reason.toStdString(), {}});
    return report;
}

FailureReport reportOf(const JobView& job)
{
    QString happened = job.title + QStringLiteral(": ") + jobStateText(job);
    if (!job.failure.isEmpty())
        happened += QStringLiteral(": ") + job.failure;
    FailureReport report = reportOf(happened, job.failedItems);
    for (const QString& line : job.log)
        report.log.push_back(line.toStdString());
    return report;
}

} // namespace clipscope
