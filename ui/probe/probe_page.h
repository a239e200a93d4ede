// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jobs/job.h"
#include "models/runs_model.h"
#include "probe/probe_form.h"
#include "probe/probe_results.h"
#include "probe/probe_settings.h"
#include "shell/page.h"

#include <QString>

#include <map>
#include <utility>
#include <vector>

class QPushButton;

namespace clipscope {

class CellVideosView;
class ConfusionMatrix;
class ElidedLabel;
class ExperimentFrame;
class FiguresModel;
class FiguresView;
class JobManager;
class LibraryModel;
class PlotWidget;
class RunShelf;

/// A few labelled videos against none at all (papers 1.5): accuracy over labelled videos a label, what is taken for
/// what, and the videos behind it.
class ProbePage : public Page {
    Q_OBJECT
public:
    ProbePage(const PageServices& services, ProbeFunction function, QWidget* parent = nullptr);

    void setLibrary(const LibraryInView& view) override;
    void addActions(ActionRegistry& actions) override;
    void run() override;
    void exportFigure() override;
    QString command() const override;
    QByteArray layoutState() const override;
    void restoreLayout(const QByteArray& state) override;

    PlotWidget& plot() { return *m_plot; }
    ConfusionMatrix& matrix() { return *m_matrix; }
    RunsModel& runs() { return *m_runs; }
    ProbeForm& form() { return *m_form; }
    ExperimentFrame& frame() { return *m_frame; }

protected:
    void showEvent(QShowEvent* event) override;

private:
    void look();
    void showState();
    void showRuns();
    void showConfusions();
    void showCell(int row, int column);
    void showPartials(const std::vector<std::any>& partials);
    void takeNextStep(int button);
    void finish(StoredRun run);
    void takeSettings(int row);
    void chooseNewest();
    void compare();
    void drawSplit();
    void openPoint(int curve, int point);
    void measureConfusions(int shots);
    const StoredRun* currentRun() const;
    std::vector<int> chosenRows() const;

    JobManager& m_jobs;
    LibraryModel& m_videos;
    const ProbeFunction m_function;
    LibraryInView m_view;
    LabelCounts m_counts;
    bool m_stale = false; ///< something has changed while the page was hidden
    QString m_stepFirst, m_stepSecond; ///< actions of the next step's buttons

    RunsModel* m_runs;
    RunShelf* m_shelf;
    ExperimentFrame* m_frame;
    ProbeForm* m_form;
    PlotWidget* m_plot;
    ConfusionMatrix* m_matrix;
    ElidedLabel* m_matrixTitle;
    CellVideosView* m_cellVideos;
    ElidedLabel* m_cellTitle;
    FiguresModel* m_labels;
    FiguresModel* m_numbers;
    FiguresView* m_labelsView;
    FiguresView* m_numbersView;
    QPushButton* m_top5;

    JobId m_job = 0; ///< the run on its way; 0: none
    ProbeResults m_live; ///< of it
    ProbeResults m_shown; ///< of the current run
    int m_confusionShots = -1; ///< the matrix is of so many labelled videos
    std::map<std::pair<int64_t, int>, ProbeResults> m_measured; ///< by run and shots, for the matrix
    int64_t m_lastUnkept = 0; ///< numbers of runs that the library could not keep are negative
};

/// The page as the window lists it.
PageEntry probePage(ProbeFunction function);

} // namespace clipscope
