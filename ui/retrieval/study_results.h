// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/run_record.h"
#include "retrieval/retrieval_study.h"

#include <QString>
#include <QStringList>

#include <map>
#include <optional>
#include <vector>

namespace clipscope {

/// What a run of kind "study-retrieval" found, taken out of its record. What a record lacks is empty here.
struct StudyResults {
    struct Row {
        int frames = 1, clips = 1;
        QString aggregation, freeze;
        double patchDropout = 0;
        double r1 = 0; ///< text to video; mean over the seeds, as all that follows
        std::optional<double> r1Sd;
        double r1Low = 0, r1High = 0; ///< 95 % over the queries
        std::vector<double> r1Seeds;
        double r5 = 0, medianRank = 0, videoToTextR1 = 0;
        std::optional<double> twinsR1, twinsLow, twinsHigh;
        std::optional<double> secondsPerEpoch;
        std::vector<double> secondsPerEpochSeeds; ///< of the towers
        std::optional<double> picturesPerSecond; ///< while the towers are trained
        double trainedParameters = 0;
        std::vector<std::vector<int>> ranks; ///< [seeds][queries]

        int totalFrames() const { return frames * clips; }
        bool trainsTowers() const { return freeze != QLatin1String("all"); }
        /// Seen alike: the same F, K and aggregation.
        bool isSeenAs(const Row& other) const;
        bool hasTowersOf(const Row& other) const; ///< the same freezing and patch dropout
        /// Whether the two differ in nothing but the number of clips: points of one line.
        bool isOfLine(const Row& other) const;
        QString lineName() const; ///< "F2, mean"
        QString name() const; ///< "F2 K4, mean"
        QString seenName() const; ///< the same without the training
        QString towersName() const; ///< "freeze none, p = 0.5"; "the model as it is"
    };
    /// One training of the towers, as it went.
    struct Training {
        struct Moment {
            double pictures = 0;
            std::optional<double> loss, r1, picturesPerSecond;
        };
        int frames = 1, seed = 0;
        QString freeze;
        double patchDropout = 0;
        std::vector<Moment> moments;

        QString name() const; ///< "freeze none, p = 0.5, F2, seed 1"
        bool isOf(const Row& row) const; ///< freezing and patch dropout
        bool isLike(const Training& other) const; ///< the same
    };
    struct Comparison {
        QString finding;
        int row = 0, against = 0;
        double difference = 0, low = 0, high = 0; ///< of R@1
    };

    int videos = 0, queries = 0, twins = 0;
    std::vector<Row> rows;
    std::vector<Comparison> comparisons;
    std::vector<Comparison> twinComparisons; ///< the same over the twins alone
    std::vector<Training> trainings;
    QStringList leftOut; ///< combinations that no video has frames for
    QStringList queryVideos; ///< the path of each query's video

    /// Of each query its mean rank over the seeds; empty where the ranks are not there.
    std::vector<double> meanRanks(int row) const;
    /// Takes in a combination that was just measured.
    void add(const RetrievalStudyCell& cell);
    /// Takes in how a training stands.
    void add(const RetrievalStudyTraining& training);
};

StudyResults studyResultsOf(const RunRecord& record);
/// Its figures by name, as the user reads them (Page::facts): "study.most.r1" -> "90.0 %".
std::map<QString, QString> studyFacts(const StudyResults& results);

} // namespace clipscope
