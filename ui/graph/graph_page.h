// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/experiment_page.h"
#include "graph/graph_form.h"
#include "graph/graph_reading.h"
#include "jobs/job.h"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

class QCheckBox;
class QComboBox;
class QLabel;

namespace clipscope {

class ElidedLabel;
class FiguresModel;
class FiguresView;
class GraphView;
class NodePanel;
class ProposalBar;

/// A library as a graph: a node a video. Throws as app's libraryGraph() does.
using LibraryGraphFunction = std::function<std::pair<Graph, std::vector<VideoId>>(
    VideoLibrary& library, const EmbeddingKey& key, int neighbours, const JobContext& context)>;

/// Few labels and wrong ones on a graph (papers 5 and 6): self-training stage by stage and ensembles whose probable
/// errors fall silent, with every node in sight.
class GraphPage : public ExperimentPage {
    Q_OBJECT
public:
    GraphPage(
        const PageServices& services, LibraryGraphFunction libraryGraph, FeatureProbe probe, QWidget* parent = nullptr);

    void addActions(ActionRegistry& actions) override;
    void run() override;
    bool isAtWork() const override { return m_runsOnceRead || ExperimentPage::isAtWork(); }
    QString command() const override;
    std::map<QString, QString> facts() const override;

    GraphForm& form() { return *m_form; }
    GraphView& graphView() { return *m_view; }
    StageBar& stages() { return *m_stages; }
    NodePanel& node() { return *m_node; }
    ProposalBar& decisions() { return *m_decisions; }
    FiguresView& list() { return *m_list; }
    QString headline() const; ///< what stands above the graph
    bool isPlaced() const { return m_loaded.graph && m_placing == 0; } ///< the nodes have come to rest

protected:
    bool needsEncoder() const override { return false; }
    bool hasFigure() const override;
    void look() override;
    void showState() override;
    void showRuns() override;
    void takePartials(const std::vector<std::any>& partials) override;
    void takeSettings(const RunRecord& record) override;
    FigureChoice figureToSave() override;
    void takeStep(const QString& action) override;

private:
    QWidget* buildFigure();
    void wire();
    void loadGraph();
    void takeGraph(LoadedGraph graph);
    void dropGraph(const QString& why);
    void placeNodes();
    void takePlaces(std::shared_ptr<const std::vector<GraphPlace>> places);
    void showTrace();
    void showStage();
    void showPicture();
    void showNode(int node);
    void showNumbers();
    std::shared_ptr<const GraphTrace> traceOfRun(const StoredRun& run);

    // Proposed labels: graph_page_proposals.cpp.
    void wireProposals();
    void addProposalActions(ActionRegistry& actions);
    std::set<int>& rejected();
    std::vector<int> chosenProposals() const;
    std::vector<int> sureProposals();
    void countProposals();
    void accept(const std::vector<int>& nodes, const std::string& label = {});
    void mark(const VideoMarks& marks, const QString& what);
    void rejectChosen();
    void keepPlace();
    void goOn();

    JobManager& m_jobs;
    const LibraryGraphFunction m_libraryGraph;
    const FeatureProbe m_probe;
    GraphForm* m_form;
    GraphView* m_view;
    StageBar* m_stages;
    ElidedLabel* m_headline;
    QComboBox* m_method;
    QComboBox* m_colour;
    QCheckBox* m_size;
    ElidedLabel* m_listTitle;
    FiguresModel* m_rows;
    FiguresView* m_list;
    ProposalBar* m_decisions;
    NodePanel* m_node;
    FiguresModel* m_numbers;
    FiguresModel* m_details;
    FiguresModel* m_costs;
    QWidget* m_detailsView;
    QWidget* m_costsView;

    LoadedGraph m_loaded;
    GraphChoice m_read; ///< what m_loaded was read from
    QString m_problem; ///< why the graph could not be read
    bool m_reading = false;
    bool m_runsOnceRead = false; ///< a run was asked for meanwhile
    std::shared_ptr<const std::vector<GraphPlace>> m_places;
    JobId m_placing = 0;
    std::shared_ptr<const GraphTrace> m_live; ///< of the run on its way
    std::vector<SelfTrainingStudyCell> m_cells; ///< likewise
    std::shared_ptr<const GraphTrace> m_trace; ///< what is shown; null: none
    std::shared_ptr<const GraphTrace> m_traced; ///< of the run below
    int64_t m_tracedRun = 0;
    std::shared_ptr<VideoLibrary> m_tracedIn; ///< whose run it is
    QString m_note; ///< why nothing of the current run can be shown on this graph
    QString m_wish; ///< the method the user has chosen last; empty: none
    bool m_stageChosen = false; ///< by the user, in this run
    GraphReading m_shown;
    std::vector<int> m_listed; ///< the node of each row
    std::map<int64_t, std::set<int>> m_rejected; ///< proposals, by run
    std::shared_ptr<VideoLibrary> m_rejectedIn; ///< whose runs these are
    int m_nextRow = -1; ///< of the list, to be chosen when it has changed; below 0: none
    bool m_linking = false; ///< the choice goes from one view to the other
};

/// The page as the window lists it.
PageEntry graphPage(LibraryGraphFunction libraryGraph, FeatureProbe probe);

} // namespace clipscope
