// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/experiment_page.h"
#include "retrieval/study_figures.h"
#include "retrieval/study_form.h"
#include "retrieval/study_results.h"
#include "retrieval/study_views.h"

#include <array>
#include <vector>

class QComboBox;
class QPushButton;

namespace clipscope {

class CellVideosView;
class ElidedLabel;
class FigureStack;
class FiguresModel;
class FiguresView;
class PlotPanels;
class PlotWidget;

/// Lindgren's retrieval study (papers 1.2 to 1.4, 1.8): R@1 over the frames seen of a video, as many frames in several
/// ways, patch dropout, what a training costs and how it goes; what the differences are worth, and the queries behind
/// each point.
class RetrievalPage : public ExperimentPage {
    Q_OBJECT
public:
    explicit RetrievalPage(const PageServices& services, QWidget* parent = nullptr);

    void addActions(ActionRegistry& actions) override;
    void run() override;
    QString command() const override;
    std::map<QString, QString> facts() const override;

    /// In the order of their buttons.
    enum FigureNumber { Frames, SameFrames, Dropout, Cost, Training };
    FigureStack& figures() { return *m_figures; }
    PlotWidget& plot() { return *m_plot; }
    PlotPanels& panels(FigureNumber figure) { return *m_panels[size_t(figure - SameFrames)]; }
    StudyForm& form() { return *m_form; }

protected:
    void look() override;
    void showState() override;
    void showRuns() override;
    void takePartials(const std::vector<std::any>& partials) override;
    void takeSettings(const RunRecord& record) override;
    FigureChoice figureToSave() override;

private:
    void openPoint(int curve, int point);
    void showFigure();
    StudyFigure figureOf(FigureNumber number) const;
    void explain(FigureNumber number);
    QString problem() const;
    bool haveTwins() const;
    bool showsTwins() const;
    void showRow(int row);

    StudyForm* m_form;
    FigureStack* m_figures;
    PlotWidget* m_plot;
    std::array<PlotPanels*, 4> m_panels; ///< SameFrames to Training
    QComboBox* m_seenAs; ///< F, K and aggregation of the figures on trainings; data: the row that stands for it
    QComboBox* m_towers; ///< training of the figures on how videos are seen
    CellVideosView* m_queries;
    ElidedLabel* m_queriesTitle;
    FiguresModel* m_ranks;
    FiguresModel* m_findings;
    FiguresModel* m_numbers;
    QPushButton* m_twins;
    StudyResults m_live; ///< of the run on its way
    StudyResults m_shown; ///< of the current run
    std::vector<NamedStudy> m_named; ///< all chosen runs
    StudyPlot m_drawn; ///< of Frames
    StudyFigure m_figure; ///< of the others, the one that is seen
    int m_row = -1; ///< whose queries are shown
};

/// The page as the window lists it.
PageEntry retrievalPage();

} // namespace clipscope
