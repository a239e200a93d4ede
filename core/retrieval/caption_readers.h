// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/video_library.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
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
    /// "CSV", "id list", "splits", "ActivityNet Captions", "ActivityNet", "MSR-VTT", "MSVD", "DiDeMo".
    std::string format;
    std::filesystem::path file;
    bool byPath = false; ///< video is a path relative to the imported folder (or absolute); else matched by file stem
    std::vector<AnnotatedVideo> videos; ///< in order of first mention, captions of one video together
    int64_t mendedTimes = 0; ///< captions whose ends were reversed, equal or out of bounds (see readAnnotations)
};

/// Reads a caption or label file, recognising its format by its content:
/// - CSV with a `path` header (design section 9); columns it does not know are ignored;
/// - ActivityNet Captions JSON (also YouCook2 in that form); a splits.json beside it ({"train": [ids], ...} or
///   {id: "train"}) is read too;
/// - ActivityNet's class annotations ({id: {"annotations": [{"label"}]}}, the first label counts);
/// - MSR-VTT: CSV with video_id,sentence (JSFUSION test), MSRVTT_data.json, lists of ids;
/// - MSVD {id: [captions]} (ids that hold a slash are paths);
/// - DiDeMo data.json: the annotators' segment that agrees best with the others, a segment is 5 s.
/// Lists of ids alone give a split when the file's name says train, val or test. "training", "validation", "testing"
/// become "train", "val", "test". Byte order marks, any line ends, `;` and tabs, numbers in quotes and decimal commas
/// are understood. Times: reversed ends are swapped, negative ones become 0, equal ones are set 0.1 s apart, those
/// beyond 10^9 s become that; all counted in mendedTimes. Throws Error(Input) naming the file, the line or key and what
/// is expected, Error(Storage) when it cannot be read.
Annotations readAnnotations(const std::filesystem::path& file);
/// The same of a text in memory, without a splits.json beside it; `file` names it in errors and tells the split of an
/// id list.
Annotations parseAnnotations(std::string_view text, const std::filesystem::path& file);

/// Parses `text` as CSV (RFC 4180: quotes, CRLF, byte order mark; comma, semicolon or tab by the header line).
std::vector<std::vector<std::string>> parseCsv(std::string_view text, const std::string& subject);

struct AppliedAnnotations {
    int64_t videos = 0; ///< videos of the library that got something
    int64_t captions = 0;
    int64_t labels = 0;
    std::vector<std::string> unmatched; ///< annotated videos the library does not have
    /// Stems or ends of paths that several videos of the library share: none of them got it.
    std::vector<std::string> ambiguous;
    int64_t outsideTimes = 0; ///< captions left out because they begin after their video has ended
};
/// Stores captions, labels and splits for the videos of the library. `roots` are the imported folders CSV paths are
/// relative to; a path that stands under none of them is looked up beside the annotation file, then as the end of a
/// video's path. Ids match the file's stem, its whole name, or the stem with or without ActivityNet's "v_". A video's
/// captions are replaced when the file has some for it; captions, label and split the file does not give stay. Ends
/// past the video's end are cut there.
AppliedAnnotations applyAnnotations(
    VideoLibrary& library, const Annotations& annotations, const std::vector<std::filesystem::path>& roots);

} // namespace clipscope
