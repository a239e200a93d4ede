// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/rgb_image.h"
#include "library/video_record.h"

#include <optional>
#include <string>
#include <vector>

namespace clipscope {

/// One ingredient of a query: words, a picture, or a moment of a library video (its frames' mean).
struct QueryTerm {
    enum class Kind { Words, Picture, Clip };
    Kind kind = Kind::Words;
    std::string words;
    RgbImage picture;
    VideoId video = 0;
    double startSec = 0;
    double endSec = 0;
    double weight = 1;

    static QueryTerm text(std::string words, double weight = 1);
    static QueryTerm image(RgbImage picture, double weight = 1);
    static QueryTerm clip(VideoId video, double startSec, double endSec, double weight = 1);
};

enum class MatchBy { Both, Picture, Names };
MatchBy parseMatchBy(const std::string& text); ///< "both" | "picture" | "names"; throws Error(Input)

/// score(frame) = sum w+ cos(positive, frame) - sum w- cos(negative, frame), smoothed over 1.5 s (design section 7).
struct Query {
    std::vector<QueryTerm> positives;
    std::vector<QueryTerm> negatives;
    std::string thenWords; ///< empty, or B of "A then B"
    double thenWithinSec = 30;
    MatchBy by = MatchBy::Both;
    /// Ranks videos. Not the mean: a short event drowns in it, while evaluate, which asks for whole videos, has it.
    std::string aggregation = "query";
    std::optional<double> cutOff; ///< hits below it are left out
    int top = 20;
};

enum class Reason { Picture, Name, Caption, Subtitle };
const char* toString(Reason reason); ///< "picture", "name", "caption", "subtitle"

/// A moment of a video: [startSec, endSec), startSec < endSec.
struct Hit {
    VideoId video = 0;
    std::filesystem::path path;
    double startSec = 0;
    double endSec = 0;
    double peakSec = 0; ///< where it fits best: the thumbnail's time
    double score = 0;
    std::vector<Reason> why;
    std::string matchedText; ///< of the name, caption or subtitle that matched
};

} // namespace clipscope
