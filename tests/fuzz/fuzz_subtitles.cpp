// SPDX-License-Identifier: GPL-3.0-or-later
// Input: a .srt or .vtt file.
#include "base/text.h"
#include "fuzz/fuzz_input.h"
#include "library/subtitles.h"

#include <cmath>

using namespace clipscope;
using namespace clipscope::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    static MemoryFile file;
    file.set(textOf(data, size));
    accepted([] {
        const std::vector<Caption> cues = readSubtitles(file.path());
        require(!cues.empty(), "a file without cues is refused");
        for (const Caption& cue : cues) {
            require(!cue.text.empty() && isValidUtf8(cue.text), "a cue is a text");
            require(cue.startSec && cue.endSec && std::isfinite(*cue.endSec) && 0 <= *cue.startSec
                    && *cue.startSec <= *cue.endSec,
                "a cue has its times in order");
        }
    });
    return 0;
}
