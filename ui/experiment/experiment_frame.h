// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QWidget>

class QAbstractItemModel;
class QButtonGroup;
class QHBoxLayout;
class QLabel;
class QPushButton;
class QSplitter;
class QStackedWidget;
class QVBoxLayout;

namespace clipscope {

class ExplainPanel;
class FigureStack;
class RunList;

/// What a page of experiments is made of: runs and settings at the left, the figure in the middle, below it what a
/// click on it opens, the explanation at the right. Where there is nothing to show, the next step stands in the middle.
class ExperimentFrame : public QWidget {
    Q_OBJECT
public:
    /// `title`: what the figure shows; `runsTitle`: "Probe runs".
    ExperimentFrame(
        const QString& title, const QString& runsTitle, QAbstractItemModel* runs, QWidget* parent = nullptr);

    void setSettings(QWidget* form);
    void setFigure(QWidget* figure);
    void setFigure(FigureStack* figures); ///< which one is seen belongs to the state
    /// One of the parts below the figure, chosen by a button with its name.
    void addBelow(QWidget* part, const QString& name);
    /// A part that only some runs have something for: without its button, and with the first part in its place.
    void setBelowShown(QWidget* part, bool shown);
    void setBelowName(QWidget* part, const QString& name);
    void addHeadButton(QPushButton* button);
    /// How much of the height is the figure's before the user has a say.
    void shareHeight(double figure);
    /// Once all parts are in: the tabulator follows the eye.
    void orderTabs();

    /// What to do next instead of a figure; empty texts: the figure is shown. A button without text is not there.
    void setNextStep(const QString& text, const QString& first = {}, const QString& second = {});
    QString nextStep() const;
    /// `why` it cannot be run is shown below the button; empty: it can.
    void setRunnable(const QString& why);
    void setRunning(bool running);

    /// "form", "run", "figure" (or what stands in its place), "below"; null for another name.
    QWidget* part(const QString& name) const;
    RunList& runs() { return *m_runs; }
    ExplainPanel& explain() { return *m_explain; }
    QByteArray saveState() const;
    void restoreState(const QByteArray& state);

Q_SIGNALS:
    void runAsked();
    void stopAsked();
    void copyAsked();
    void exportAsked();
    void compareAsked();
    void nextStepChosen(int button); ///< 0 the first, 1 the second

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    QWidget* buildLeft(const QString& runsTitle);
    QWidget* buildMiddle(const QString& title);
    void showBelow(int part);
    void fitRuns();

    RunList* m_runs = nullptr;
    QPushButton* m_compare = nullptr;
    QPushButton* m_run = nullptr;
    QPushButton* m_copy = nullptr;
    QLabel* m_why = nullptr;
    QVBoxLayout* m_left = nullptr;
    QWidget* m_form = nullptr;
    QHBoxLayout* m_head = nullptr;
    QPushButton* m_export = nullptr;
    QStackedWidget* m_middle = nullptr; ///< the figure and what is below it | the next step
    QVBoxLayout* m_figure = nullptr;
    FigureStack* m_figures = nullptr; ///< null: there is one figure
    QHBoxLayout* m_belowHead = nullptr;
    QButtonGroup* m_belowNames = nullptr;
    QStackedWidget* m_below = nullptr;
    QSplitter* m_parts = nullptr; ///< figure over what is below
    QSplitter* m_columns = nullptr;
    QLabel* m_nextText = nullptr;
    QPushButton* m_nextFirst = nullptr;
    QPushButton* m_nextSecond = nullptr;
    ExplainPanel* m_explain = nullptr;
    bool m_running = false;
};

} // namespace clipscope
