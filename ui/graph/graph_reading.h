// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "graph/graph_picture.h"
#include "graph/graph_trace.h"
#include "graph/stage_bar.h"
#include "library/video_record.h"
#include "models/figures_model.h"

#include <QString>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace clipscope {

/// A graph that was read, and what is known of it before anything was trained.
struct LoadedGraph {
    std::shared_ptr<const Graph> graph; ///< null: none
    std::shared_ptr<const std::vector<NodePair>> edges;
    std::string hash; ///< hashOf() it: the runs on it have the same
    std::string hashWithoutLabels; ///< likewise those that propose some
    QStringList names; ///< one a node
    std::vector<VideoId> videos; ///< one a node; empty for a graph of files
};
LoadedGraph loadedGraph(Graph graph, std::vector<VideoId> videos);

enum class NodeColour { Label, Prediction, Confidence };

/// One stage of one method of a run's trace, on its graph.
class GraphReading {
public:
    GraphReading() = default;
    /// Without a trace the graph alone; `trace` of this graph, or null.
    GraphReading(LoadedGraph loaded, std::shared_ptr<const GraphTrace> trace, int method, int stage);

    const Graph* graph() const { return m_loaded.graph.get(); }
    const TracedStage* stage() const; ///< null: there is none
    bool isProposal() const { return m_trace && !m_trace->proposed.empty(); }
    bool isIsolation() const { return m_trace && m_trace->members > 0 && !isProposal(); }

    QString headline() const; ///< "cora: 2,708 nodes, 5,278 edges, 7 classes"
    std::vector<StageBar::Card> cards() const;
    GraphPicture picture(
        std::shared_ptr<const std::vector<GraphPlace>> places, NodeColour colour, bool sizeByConfidence) const;

    /// Nodes worth a look at this stage, the most doubtful first.
    struct Nodes {
        QString title;
        std::vector<int> nodes; ///< one a row
        FiguresModel::Table table;
    };
    Nodes doubtful() const;
    /// Nodes whose proposed label waits for a decision, the most doubtful first: they still have none, and none of
    /// `rejected` is among them.
    Nodes proposals(const std::set<int>& rejected) const;
    /// Of these the ones of at least a confidence, all of them.
    std::vector<int> waiting(const std::set<int>& rejected, float confidence) const;
    std::string answer(int node) const; ///< the name of the class, at this stage
    /// Neighbours of a node, the heaviest edge first.
    Nodes neighbours(int node) const;

    /// Of a stage after isolation: "graph.silent", how many of them were "graph.silent.wrong", how many of the others
    /// are right or wrong since ("graph.helped", "graph.harmed"), and, where anybody is silent, the surest error with
    /// its answer and label.
    std::map<QString, QString> facts() const;

    QString nodeName(int node) const; ///< "1043", or a video's file
    QString nodeLine(int node) const; ///< all in a line or two: for a tool tip and for those who do not see it
    /// What is known of a node, as a short HTML text.
    QString nodeText(int node) const;

private:
    const TracedMethod* method() const;
    bool isLast() const; ///< what this stage would have added is not trained on
    QString className(int number) const;
    bool isWrong(int node) const; ///< at this stage, and the truth is known
    QString answerAt(const TracedStage& stage, int node) const; ///< "Theory 0.71"
    QString votes(int node) const; ///< "3 : 1"
    QString memberVotes(int node) const; ///< "Theory 3, Rule_Learning 1"
    bool isRemoved(int a, int b) const;

    LoadedGraph m_loaded;
    std::shared_ptr<const GraphTrace> m_trace;
    int m_method = -1, m_stage = -1;
    std::vector<uint8_t> m_marks; ///< [nodes], of NodeLook
    std::vector<NodePair> m_removed; ///< up to this stage, rising
};

} // namespace clipscope
