// SPDX-License-Identifier: GPL-3.0-or-later
#include "report_file.h"

#include "base/error.h"
#include "base/files.h"
#include "embedding/component_versions.h"
#include "text_table.h"

#include <mutex>

namespace clipscope {

CLI::Option* addReportOption(CLI::App& command, std::string& file)
{
    return command
        .add_option("--report", file, "Where something fails: a text for whoever is to help, with log and versions")
        ->type_name("F");
}

CLI::Option* addThreadsOption(CLI::App& command, int& threads)
{
    return command.add_option("--threads", threads, "Threads at most; 0: as many as there are cores")
        ->type_name("N")
        ->check(numberIn(0, 1024));
}

Answer runWithReport(const std::string& file, FailureReport report, JobContext& context,
    const std::function<Answer(JobContext&, FailureReport&)>& run)
{
    if (file.empty())
        return run(context, report);
    std::mutex mutex; // workers log side by side
    JobContext logging = context;
    logging.onLog = [&](LogLevel level, const std::string& text) {
        context.log(level, text);
        const std::lock_guard lock(mutex);
        report.log.push_back((level == LogLevel::Warning ? "! " : "") + text);
    };
    const auto write = [&](const std::string& happened) {
        report.happened += ": " + happened;
        report.versions = componentVersions();
        writeFileAtomically(file, reportText(report));
        context.log(LogLevel::Info, "The report stands in " + file + ".");
    };
    try {
        Answer answer = run(logging, report);
        if (!report.items.empty())
            write(counted((long long)report.items.size(), "file", "files") + " could not be used");
        return answer;
    } catch (const Error& e) {
        write(e.what());
        throw;
    }
}

} // namespace clipscope
