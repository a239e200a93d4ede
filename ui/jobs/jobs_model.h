// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jobs/job_manager.h"

#include <QAbstractTableModel>

namespace clipscope {

/// "12 of 80 videos", "4.2 videos/s", "0:01 left": the parts of a job's line, empty where unknown.
QString jobCountText(const JobView& job);
QString jobRateText(const JobView& job);
QString jobLeftText(const JobView& job);
QString jobStateText(const JobView& job);

/// The listed jobs of a JobManager, newest first. Shown by the jobs panel and summed up in the job bar.
class JobsModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Title, State, Done, Rate, Left, ColumnCount };
    enum Role { IdRole = Qt::UserRole, FractionRole, StateRole };

    explicit JobsModel(JobManager& jobs, QObject* parent = nullptr);
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    const JobView* job(int row) const;
    int rowOf(JobId id) const;

private:
    void add(JobId id);
    void change(JobId id);
    void remove(JobId id);

    JobManager& m_jobs;
    std::vector<JobView> m_rows;
};

/// The files of one job that could not be used.
class FailedItemsModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { File, Reason, ColumnCount };
    using QAbstractTableModel::QAbstractTableModel;
    void setItems(std::vector<FailedItem> items);
    const std::vector<FailedItem>& items() const { return m_items; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::vector<FailedItem> m_items;
};

} // namespace clipscope
