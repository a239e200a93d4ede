// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace clipscope {

/// What went wrong, for somebody who was not there.
struct FailureReport {
    std::string happened; ///< "Importing films: Done, 2 failed", and the error if there was one
    struct Item {
        std::filesystem::path path;
        std::string reason;
        std::string facts; ///< what is known of the file beyond its size: "Matroska, h264, 1920 x 1080"
    };
    std::vector<Item> items; ///< files that could not be used
    std::vector<std::string> log; ///< of the job, oldest line first
    std::filesystem::path library; ///< empty: none was open
    std::string encoder; ///< "Starter on cpu (fp32)"; empty: none was loaded
    std::vector<std::pair<std::string, std::string>>
        versions; ///< "FFmpeg" -> "5.1.6"; Clipscope's and the kernel's are added
};

/// Plain text in full lines: what happened, each file with its size and what its first bytes say, the last lines of the
/// log, versions, processor and its instruction sets, library and encoder. It ends by saying what it holds, so that
/// whoever passes it on knows. Looks at each file (size, first bytes), opens nothing else: for a worker.
std::string reportText(const FailureReport& report);

} // namespace clipscope
