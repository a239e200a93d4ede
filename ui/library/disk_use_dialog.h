// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

#include <filesystem>
#include <memory>
#include <vector>

class QComboBox;
class QLabel;
class QPushButton;
class QTableView;

namespace clipscope {

class DiskUseModel;
struct JobFailure;
class JobManager;
class VideoLibrary;

/// What a library takes on the disk and what of it can be deleted, with what that frees; the libraries opened lately
/// can be chosen too. Measuring and deleting are jobs.
class DiskUseDialog : public QDialog {
    Q_OBJECT
public:
    /// `open` may be null; `recent` may hold its folder and folders that are gone.
    DiskUseDialog(JobManager& jobs, std::shared_ptr<VideoLibrary> open,
        const std::vector<std::filesystem::path>& recent, QWidget* parent = nullptr);
    DiskUseModel& model() { return *m_model; }

private:
    void measure();
    void clean();
    void showChoice();
    void showFailure(const JobFailure& failure);
    std::filesystem::path folder() const;
    std::shared_ptr<VideoLibrary> openedFor(const std::filesystem::path& folder) const;

    JobManager& m_jobs;
    std::shared_ptr<VideoLibrary> m_open;
    DiskUseModel* m_model;
    QComboBox* m_libraries;
    QLabel* m_total;
    QTableView* m_table;
    QLabel* m_freed;
    QPushButton* m_clean;
    bool m_busy = false;
};

} // namespace clipscope
