// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/experiment_page.h"
#include "probe/probe_form.h"
#include "probe/probe_results.h"
#include "probe/probe_settings.h"

#include <QString>

#include <map>
#include <memory>
#include <utility>
#include <vector>

class QPushButton;

namespace clipscope {

class CellVideosView;
class ConfusionMatrix;
class ElidedLabel;
class FiguresModel;
class FiguresView;
class PlotWidget;

/// A few labelled videos against none at all (papers 1.5): accuracy over labelled videos a label, what is taken for
/// what, and the videos behind it.
class ProbePage : public ExperimentPage {
    Q_OBJECT
public:
    ProbePage(const PageServices& services, ProbeFunction function, QWidget* parent = nullptr);

    void addActions(ActionRegistry& actions) override;
    void run() override;
    QString command() const override;
    std::map<QString, QString> facts() const override;

    PlotWidget& plot() { return *m_plot; }
    ConfusionMatrix& matrix() { return *m_matrix; }
    ProbeForm& form() { return *m_form; }

protected:
    void look() override;
    void showState() override;
    void showRuns() override;
    void takePartials(const std::vector<std::any>& partials) override;
    void takeSettings(const RunRecord& record) override;
    FigureChoice figureToSave() override;
    void takeStep(const QString& action) override;

private:
    NextStep labelStep() const;
    void showConfusions();
    void showCell(int row, int column);
    void drawSplit();
    void openPoint(int curve, int point);
    void measureConfusions(int shots);

    JobManager& m_jobs;
    const ProbeFunction m_function;
    LabelCounts m_counts;

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

    ProbeResults m_live; ///< of the run on its way
    ProbeResults m_shown; ///< of the current run
    int m_confusionShots = -1; ///< the matrix is of so many labelled videos
    std::map<std::pair<int64_t, int>, ProbeResults> m_measured; ///< by run and shots, for the matrix
    std::shared_ptr<VideoLibrary> m_measuredIn; ///< whose runs these are
};

/// The page as the window lists it.
PageEntry probePage(ProbeFunction function);

} // namespace clipscope
