// SPDX-License-Identifier: GPL-3.0-or-later
#include "sample_error_report.h"

#include "text_table.h"

namespace clipscope {

Json sampleErrorJson(const SampleError& error)
{
    return {{"moments", error.moments}, {"meanErrorFrames", error.meanFrames()}, {"meanErrorSec", error.meanSec()},
        {"largestErrorFrames", error.largestFrames}, {"largestErrorSec", error.largestSec()}};
}

std::string sampleErrorText(const SampleError& error)
{
    if (error.largestFrames == 0)
        return {};
    return "frames taken near the wanted moments: " + fixed(error.meanFrames(), 1) + " frames ("
        + fixed(error.meanSec(), 2) + " s) off on average, " + counted(error.largestFrames, "frame", "frames") + " ("
        + fixed(error.largestSec(), 2) + " s) at most\n";
}

} // namespace clipscope
