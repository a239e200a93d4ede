// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jobs/job.h"
#include "models/runs_model.h"
#include "shell/page.h"

#include <any>
#include <functional>
#include <string>
#include <vector>

namespace clipscope {

class ExperimentFrame;
class Figure;
class JobManager;
class LibraryModel;
class RunShelf;

/// What all pages of experiments do alike: an experiment runs as a job on the open library and is kept there, and its
/// runs are listed, chosen, compared and taken up again. The settings, the figure and the words are the heir's, which
/// calls showRuns() and showState() at the end of its constructor.
class ExperimentPage : public Page {
    Q_OBJECT
public:
    void setLibrary(const LibraryInView& view) override;
    void exportFigure() override;
    QByteArray layoutState() const override;
    void restoreLayout(const QByteArray& state) override;
    void fillIn(const RunRecord& settings) override { takeSettings(settings); }
    bool isAtWork() const override { return isRunning(); }
    QString shownRun() const override;
    QWidget* part(const QString& name) const override; ///< "form", "run", "figure", "below"

    RunsModel& runs() const { return *m_runs; }
    ExperimentFrame& frame() { return *m_frame; }

protected:
    struct Kind {
        std::vector<std::string> records; ///< kinds of its run records
        QString title; ///< of the figure
        QString runsTitle; ///< "Probe runs"
        RunsModel::Describe describe;
    };
    /// What must come first; an empty text: nothing.
    struct NextStep {
        QString text;
        QString first, firstAction; ///< a button and the registry's action behind it; kRun: the page's own run()
        QString second, secondAction;
    };
    static constexpr const char* kRun = "run";
    /// A figure as it is saved, and the name proposed for its file.
    struct FigureChoice {
        Figure* figure = nullptr;
        QString title;
        QString fileName;
    };

    ExperimentPage(const PageServices& services, const Kind& kind, QWidget* parent);

    const LibraryInView& view() const { return m_view; }
    LibraryModel& videos() { return m_videos; }
    bool isRunning() const { return m_job != 0; }
    /// What any experiment on embeddings needs of the library; empty: it is there.
    NextStep libraryStep() const;
    void setNextStep(const NextStep& step);
    /// Starts `work` and keeps its record in the library. Nothing while another run is on its way, or without an
    /// encoder where the work needs one.
    void start(const JobRequest& request, std::function<RunRecord(const LibraryInView&, JobContext&)> work);
    const StoredRun* currentRun() const; ///< the first of the chosen ones
    std::vector<int> chosenRows() const; ///< of the runs model, the current one first
    /// Brings what is long of a run; showRuns() follows.
    void load(int64_t run);

    virtual bool needsEncoder() const { return true; }
    virtual bool hasFigure() const { return runs().rowCount() > 0 || isRunning(); } ///< else the next step stands there
    virtual void look() { showState(); } ///< the library has changed, and somebody can see it
    virtual void showState() = 0; ///< whether there is something to run, or what must come first
    virtual void showRuns() = 0; ///< other runs are chosen, or one has begun or ended
    virtual void takePartials(const std::vector<std::any>& partials) = 0; ///< of the run on its way
    virtual void takeSettings(const RunRecord& record) = 0; ///< for the next run
    virtual FigureChoice figureToSave() = 0; ///< the one that is seen; without a figure: it has nothing to show
    /// A next step's button was pressed; kRun is taken care of.
    virtual void takeStep(const QString& action) { Q_EMIT actionAsked(action); }

    void showEvent(QShowEvent* event) override;

private:
    void finish(StoredRun run);
    void chooseNewest();
    void compare();
    void takeNextStep(const QString& action);

    JobManager& m_jobs;
    LibraryModel& m_videos;
    LibraryInView m_view;
    RunsModel* m_runs;
    RunShelf* m_shelf;
    ExperimentFrame* m_frame;
    NextStep m_step;
    bool m_stale = false; ///< something has changed while the page was hidden
    JobId m_job = 0; ///< the run on its way; 0: none
    int64_t m_lastUnkept = 0; ///< numbers of runs that the library could not keep are negative
};

} // namespace clipscope
