// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/video_library.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace clipscope {

/// One row of an annotation file. `video` is a path (CSV) or an id / file stem (the data sets' own formats).
struct AnnotatedVideo {
    std::string video;
    struct Text {
        std::string text;
        std::optional<double> startSec;
        std::optional<double> endSec;
    };
    std::vector<Text> captions;
    std::string label;
    std::string split;
    std::optional<double> durationSec;
};

struct Annotations {
    std::string format; ///< "CSV", "ActivityNet Captions", "MSR-VTT", "MSVD", "DiDeMo"
    bool byPath = false; ///< video is a path relative to the imported folder (or absolute); else matched by file stem
    std::vector<AnnotatedVideo> videos; ///< in file order, captions of one video together
};

/// Reads a caption or label file, recognising its format by its content: CSV with a `path` header (design section 9),
/// ActivityNet Captions JSON, MSR-VTT (JSFUSION test CSV with video_id,sentence; MSRVTT_data.json; plain id lists), MSVD
/// (captions_msvd.json), DiDeMo (data.json). A splits.json beside an ActivityNet file is read too.
/// Throws Error(Input) naming the file, the line or key and what is expected.
Annotations readAnnotations(const std::filesystem::path& file);

/// Parses `text` as CSV (RFC 4180: quotes, CRLF, byte order mark; comma, semicolon or tab by the header line).
std::vector<std::vector<std::string>> parseCsv(std::string_view text, const std::string& subject);

struct AppliedAnnotations {
    int64_t videos = 0; ///< videos of the library that got something
    int64_t captions = 0;
    int64_t labels = 0;
    std::vector<std::string> unmatched; ///< annotated videos the library does not have
};
/// Stores captions, labels and splits for the videos of the library. `roots` are the imported folders CSV paths are relative to.
AppliedAnnotations applyAnnotations(VideoLibrary& library, const Annotations& annotations,
    const std::vector<std::filesystem::path>& roots);

} // namespace clipscope
