// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/run_record.h"
#include "retrieval/retrieval_study.h"

#include <QString>

#include <filesystem>
#include <string>
#include <vector>

namespace clipscope {

/// "1, 2, 4"; parseCounts() is its inverse and returns an empty list for what is no such list.
QString countsText(const std::vector<int>& counts);
std::vector<int> parseCounts(const QString& text);
/// "0, 0.5"; shares from 0 to below 1.
QString sharesText(const std::vector<double>& shares);
std::vector<double> parseShares(const QString& text);

/// What a run was made with.
RetrievalStudyOptions studyOptionsOf(const RunRecord& record);
/// The line that does the same, quoted for a POSIX shell.
QString studyCommand(
    const std::filesystem::path& library, const std::string& model, const RetrievalStudyOptions& options);

} // namespace clipscope
