// SPDX-License-Identifier: GPL-3.0-or-later
// Input: a caption or label file, CSV, a list of ids or any of the JSON forms.
#include "base/text.h"
#include "fuzz/fuzz_input.h"
#include "retrieval/caption_readers.h"
#include "retrieval/csv_reader.h"

#include <cmath>

using namespace clipscope;
using namespace clipscope::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const std::string_view text = textOf(data, size);
    accepted([&] {
        const Annotations read = parseAnnotations(text, "train.csv");
        require(!text.starts_with('{') || text.find('\0') == std::string_view::npos, "nothing hides behind a NUL");
        for (const AnnotatedVideo& video : read.videos) {
            require(!video.durationSec || std::isfinite(*video.durationSec), "a duration is a number");
            for (const AnnotatedVideo::Text& caption : video.captions) {
                require(!caption.text.empty() && isValidUtf8(caption.text), "a caption is a text");
                require(caption.startSec.has_value() == caption.endSec.has_value(), "a caption has both ends or none");
                require(!caption.startSec || (*caption.startSec >= 0 && *caption.startSec < *caption.endSec),
                    "a caption ends after it begins");
            }
        }
    });
    accepted([&] {
        for (const CsvRow& row : readCsvRows(text, "file.csv"))
            for (const std::string& cell : row.cells)
                require(isValidUtf8(cell), "a cell is UTF-8");
    });
    return 0;
}
