// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/run_store.h"

#include <QDialog>

#include <vector>

class QCheckBox;

namespace clipscope {

class RunComparisonModel;

/// Runs side by side: by what they differ, and their numbers with mean and standard deviation over the seeds.
class RunComparisonDialog : public QDialog {
    Q_OBJECT
public:
    explicit RunComparisonDialog(std::vector<StoredRun> runs, QWidget* parent = nullptr);
    RunComparisonModel& model() { return *m_model; }

private:
    void compare();

    const std::vector<StoredRun> m_runs;
    RunComparisonModel* m_model;
    QCheckBox* m_differences;
    QCheckBox* m_seeds;
};

} // namespace clipscope
