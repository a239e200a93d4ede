// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jobs/job.h"

#include <QWidget>

class QLabel;
class QProgressBar;
class QPushButton;
class QToolButton;

namespace clipscope {

class ElidedLabel;
class JobManager;
class JobsModel;

/// The line at the bottom: the newest job at work with progress, rate, time left and cancel; else what the last one
/// came to. At the right the last act that can be undone and the keys worth knowing.
class JobBar : public QWidget {
    Q_OBJECT
public:
    JobBar(JobManager& jobs, JobsModel& model, QWidget* parent = nullptr);
    void setHints(const QString& hints);
    void setUndo(const QString& act); ///< "remove 3 videos"; empty: nothing to undo

Q_SIGNALS:
    void panelAsked();
    void undoAsked();

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void refresh();
    void showText(const QString& text);

    JobManager& m_jobs;
    JobsModel& m_model;
    QToolButton* m_text = nullptr;
    QProgressBar* m_progress = nullptr;
    ElidedLabel* m_detail = nullptr;
    QPushButton* m_cancel = nullptr;
    QToolButton* m_undo = nullptr;
    ElidedLabel* m_hints = nullptr;
    JobId m_shown = 0;
};

} // namespace clipscope
