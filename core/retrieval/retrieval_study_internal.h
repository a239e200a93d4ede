// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/json.h"
#include "retrieval/retrieval_metrics.h"
#include "retrieval/retrieval_study.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace clipscope {

/// RetrievalStudyOptions::freeze: the model as it is.
inline constexpr const char* kAllFrozen = "all";

/// One combination of the grid.
struct StudyRow {
    int frames = 1;
    int clips = 1;
    std::string aggregation;
    double patchDropout = 0; ///< 0 where no tower is trained
    std::string freeze;

    bool trainsTowers() const { return freeze != kAllFrozen; }
    bool trainsAggregation() const { return aggregation == "transformer"; }
    /// Whether seeds make a difference.
    bool isTrained() const { return trainsTowers() || trainsAggregation(); }
    /// Whether both are measured with the same towers: untrained ones serve every F.
    bool sharesModel(const StudyRow& other) const
    {
        return freeze == other.freeze && patchDropout == other.patchDropout
            && (!trainsTowers() || frames == other.frames);
    }
    /// "F4 K2 mean, freeze first:3, patch dropout 0.5"
    std::string name() const;
    Json toJson() const;
    bool operator==(const StudyRow&) const = default;
};

/// The words of one entry of RetrievalStudyOptions::freeze: "patch+token" -> "patch", "token".
std::vector<std::string> freezingWords(const std::string& joined);

/// What one row gave with one seed.
struct StudyCell {
    std::vector<int64_t> ranks; ///< text to video, of each query
    RetrievalMetrics videoToText;
    Json training; ///< seconds an epoch, the curve and their like; an empty object where nothing was trained

    Json toJson() const;
    static StudyCell of(const Json& json);
};

/// The whole grid, rows that share a model side by side. Throws Error(Input) naming the option that does not fit.
std::vector<StudyRow> studyRows(const RetrievalStudyOptions& options);

/// Whom the queries of the pool belong to.
struct StudyQueries {
    std::vector<std::filesystem::path> videos;
    std::vector<bool> isTwin; ///< of a sample world: same things, direction or order turned round
};

/// The record's results but the size of the pool. cells[row][seed]; a row that no seed changes has one cell.
Json studyResults(const std::vector<StudyRow>& rows, const std::vector<std::vector<StudyCell>>& cells,
    const StudyQueries& queries, uint64_t seed);
/// The record's arrays: "queryVideos", "ranks", and "trainings" where towers were trained.
Json studyArrays(
    const std::vector<StudyRow>& rows, const std::vector<std::vector<StudyCell>>& cells, const StudyQueries& queries);

} // namespace clipscope
