// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/failure_report.h"
#include "jobs/job.h"

#include <QWidget>

class QLabel;
class QPushButton;
class QTableView;

namespace clipscope {

class FailedItemsModel;
class FailedItemsView;
class JobManager;
class JobsModel;

/// Every job with state, progress, rate and time; the chosen job's failed files with reasons; cancel, pause, copy
/// report.
class JobsPanel : public QWidget {
    Q_OBJECT
public:
    JobsPanel(JobManager& jobs, JobsModel& model, QWidget* parent = nullptr);

Q_SIGNALS:
    void closeAsked();
    void reportAsked(const clipscope::FailureReport& report);

private:
    void showChosen();
    int chosenRow() const;

    JobManager& m_jobs;
    JobsModel& m_model;
    FailedItemsModel* m_failed = nullptr;
    JobId m_shownJob = 0;
    QTableView* m_list = nullptr;
    FailedItemsView* m_failedView = nullptr;
    QLabel* m_failedTitle = nullptr;
    QPushButton* m_cancel = nullptr;
    QPushButton* m_pause = nullptr;
    QPushButton* m_copy = nullptr;
};

} // namespace clipscope
