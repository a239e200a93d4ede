// SPDX-License-Identifier: GPL-3.0-or-later
#include "sample/sample_kind.h"

#include "base/error.h"

namespace clipscope {

SampleKind parseSampleKind(const std::string& text)
{
    if (text == "mixed")
        return SampleKind::Mixed;
    if (text == "stories")
        return SampleKind::Stories;
    if (text == "activities")
        return SampleKind::Activities;
    throw Error(
        ErrorKind::Input, "\"" + text + "\" is no kind of sample world", "--kind", "use mixed, stories or activities");
}

const char* toString(SampleKind kind)
{
    return kind == SampleKind::Mixed ? "mixed" : kind == SampleKind::Stories ? "stories" : "activities";
}

} // namespace clipscope
