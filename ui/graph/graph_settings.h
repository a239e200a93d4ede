// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/run_record.h"
#include "graph/geeni_study.h"
#include "graph/graph_reader.h"
#include "graph/label_proposals.h"
#include "graph/self_training_study.h"

#include <QString>

#include <filesystem>

namespace clipscope {

/// Which graph is looked at.
struct GraphChoice {
    bool ofLibrary = true; ///< of the library's embedded videos; else of files
    GraphSource files;
    int neighbours = 10; ///< of the library's: how many videos each is joined to
    bool operator==(const GraphChoice& other) const
    {
        return ofLibrary == other.ofLibrary && files.path == other.files.path && files.dataset == other.files.dataset
            && files.labelColumn == other.files.labelColumn && neighbours == other.neighbours;
    }
};

enum class GraphExperiment {
    SelfTraining, ///< few labels become many: the record "fastrain"
    Isolation, ///< an ensemble whose probable errors fall silent: the record "geeni"
    Proposals, ///< labels for a library's other videos: the record "proposals"
};

/// The settings of the next run.
struct GraphSettings {
    GraphExperiment experiment = GraphExperiment::SelfTraining;
    GraphChoice graph;
    SelfTrainingStudyOptions training;
    GeeniStudyOptions isolation;
    LabelProposalOptions proposals;
    int isolationLabels = 0; ///< labels a class of a drawn split; 0: the one that papers report
    int isolationValidation = 500; ///< of a drawn split
    uint64_t seed = 0;

    GraphSettings();
};

GraphExperiment experimentOf(const RunRecord& record);
/// What a run's record keeps of them; what it lacks is as it is in the beginning. The record of a command does not say
/// which graph it was: its choice is that of `other`.
GraphSettings graphSettingsOf(const RunRecord& record, const GraphChoice& other = {});
/// Writes into a record what its study does not: which graph it was, and how its split was drawn.
void addGraphSettings(RunRecord& record, const GraphSettings& settings);
/// The line that does the same at a command line.
QString graphCommand(const std::filesystem::path& library, const std::string& model, const GraphSettings& settings);

/// "GCN, FASTRAIN" and back; only names that there are, none twice.
QString methodsText(const std::vector<std::string>& methods);
/// In percent, as "5, 10, 20"; shares above 0 to 1. Empty: something else was written.
QString percentsText(const std::vector<double>& shares);
std::vector<double> parsePercents(const QString& text);

} // namespace clipscope
