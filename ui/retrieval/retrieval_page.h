// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/experiment_page.h"
#include "retrieval/study_form.h"
#include "retrieval/study_results.h"
#include "retrieval/study_views.h"

class QPushButton;

namespace clipscope {

class CellVideosView;
class ElidedLabel;
class FiguresModel;
class FiguresView;
class PlotWidget;

/// Lindgren's retrieval study (papers 1.2 to 1.4, 1.8): R@1 over the frames seen of a video, what the differences are
/// worth, and the queries behind each point.
class RetrievalPage : public ExperimentPage {
    Q_OBJECT
public:
    explicit RetrievalPage(const PageServices& services, QWidget* parent = nullptr);

    void addActions(ActionRegistry& actions) override;
    void run() override;
    QString command() const override;
    std::map<QString, QString> facts() const override;

    PlotWidget& plot() { return *m_plot; }
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
    void showRow(int row);

    StudyForm* m_form;
    PlotWidget* m_plot;
    CellVideosView* m_queries;
    ElidedLabel* m_queriesTitle;
    FiguresModel* m_ranks;
    FiguresModel* m_findings;
    FiguresModel* m_numbers;
    QPushButton* m_twins;
    StudyResults m_live; ///< of the run on its way
    StudyResults m_shown; ///< of the current run
    StudyPlot m_drawn;
    int m_row = -1; ///< whose queries are shown
};

/// The page as the window lists it.
PageEntry retrievalPage();

} // namespace clipscope
