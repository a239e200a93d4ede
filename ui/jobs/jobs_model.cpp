// SPDX-License-Identifier: GPL-3.0-or-later
#include "jobs/jobs_model.h"

#include "models/display_text.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QLocale>

namespace clipscope {

namespace {
QString text(const char* source)
{
    return QCoreApplication::translate("JobText", source);
}
} // namespace

QString jobCountText(const JobView& job)
{
    const QLocale locale;
    if (job.total > 0)
        return text("%1 of %2").arg(locale.toString(job.done), locale.toString(job.total));
    return job.done > 0 ? locale.toString(job.done) : QString();
}

QString jobRateText(const JobView& job)
{
    if (!job.rate || job.state != JobState::Running)
        return {};
    const double rate = *job.rate;
    if (job.unit == QLatin1String("bytes"))
        return text("%1/s").arg(bytesText(qint64(rate)));
    const QString unit = job.unit.isEmpty() ? text("items") : job.unit;
    // Slow work reads better as time a unit than as 0.03 units a second.
    if (rate < 0.2)
        return text("%1 s for one").arg(1 / rate, 0, 'f', 0);
    return text("%1 %2/s").arg(QString::number(rate, 'f', rate < 100 ? 1 : 0), unit);
}

QString jobLeftText(const JobView& job)
{
    if (!job.secondsLeft || job.state != JobState::Running)
        return {};
    return text("%1 left").arg(durationText(*job.secondsLeft));
}

QString jobStateText(const JobView& job)
{
    if (job.stopping)
        return text("Stopping");
    switch (job.state) {
    case JobState::Queued:
        return text("Waiting");
    case JobState::Running:
        return text("Running");
    case JobState::Paused:
        if (!job.waitsFor.isEmpty())
            return text("Paused, the disk is full");
        return job.pausedFor.isEmpty() ? text("Paused") : text("Paused: %1").arg(job.pausedFor);
    case JobState::Done:
        return job.failedItems.empty() ? text("Done") : text("Done, %1 failed").arg(job.failedItems.size());
    case JobState::Failed:
        return text("Failed");
    case JobState::Cancelled:
        return text("Cancelled");
    }
    return {};
}

JobsModel::JobsModel(JobManager& jobs, QObject* parent)
    : QAbstractTableModel(parent)
    , m_jobs(jobs)
{
    for (const JobView& job : jobs.jobs())
        m_rows.insert(m_rows.begin(), job);
    connect(&jobs, &JobManager::jobAdded, this, &JobsModel::add);
    connect(&jobs, &JobManager::jobChanged, this, &JobsModel::change);
    connect(&jobs, &JobManager::jobRemoved, this, &JobsModel::remove);
}

int JobsModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int JobsModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant JobsModel::data(const QModelIndex& index, int role) const
{
    const JobView* job = index.isValid() ? this->job(index.row()) : nullptr;
    if (!job)
        return {};
    if (role == IdRole)
        return QVariant::fromValue(job->id);
    if (role == StateRole)
        return QVariant::fromValue(job->state);
    if (role == FractionRole) {
        if (job->state == JobState::Done)
            return 1.0;
        return job->total > 0 ? double(job->done) / double(job->total) : -1.0;
    }
    const QString& trouble = job->failure.isEmpty() ? job->waitsFor : job->failure;
    if (role == Qt::ToolTipRole)
        return trouble.isEmpty() ? job->text : trouble;
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case Title:
        return job->title;
    case State:
        return trouble.isEmpty() ? jobStateText(*job) : jobStateText(*job) + QStringLiteral(": ") + trouble;
    case Done:
        return jobCountText(*job);
    case Rate:
        return jobRateText(*job);
    case Left:
        return isFinal(job->state) ? tr("took %1").arg(durationText(double(job->runMs) / 1000)) : jobLeftText(*job);
    default:
        return {};
    }
}

QVariant JobsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Title:
        return tr("Job");
    case State:
        return tr("State");
    case Done:
        return tr("Progress");
    case Rate:
        return tr("Rate");
    case Left:
        return tr("Time");
    default:
        return {};
    }
}

const JobView* JobsModel::job(int row) const
{
    return row >= 0 && row < int(m_rows.size()) ? &m_rows[size_t(row)] : nullptr;
}

int JobsModel::rowOf(JobId id) const
{
    for (size_t i = 0; i < m_rows.size(); ++i) {
        if (m_rows[i].id == id)
            return int(i);
    }
    return -1;
}

void JobsModel::add(JobId id)
{
    const std::optional<JobView> job = m_jobs.job(id);
    if (!job)
        return;
    beginInsertRows({}, 0, 0);
    m_rows.insert(m_rows.begin(), *job);
    endInsertRows();
}

void JobsModel::change(JobId id)
{
    const int row = rowOf(id);
    std::optional<JobView> job = m_jobs.job(id);
    if (row < 0 || !job)
        return;
    m_rows[size_t(row)] = std::move(*job);
    Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
}

void JobsModel::remove(JobId id)
{
    const int row = rowOf(id);
    if (row < 0)
        return;
    beginRemoveRows({}, row, row);
    m_rows.erase(m_rows.begin() + row);
    endRemoveRows();
}

void FailedItemsModel::setItems(std::vector<FailedItem> items)
{
    beginResetModel();
    m_items = std::move(items);
    endResetModel();
}

int FailedItemsModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_items.size());
}

int FailedItemsModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant FailedItemsModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= int(m_items.size()))
        return {};
    const FailedItem& item = m_items[size_t(index.row())];
    if (role == Qt::DisplayRole)
        return index.column() == File ? QFileInfo(item.path).fileName() : item.reason;
    if (role == Qt::ToolTipRole)
        return index.column() == File ? item.path : item.reason;
    return {};
}

QVariant FailedItemsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    return section == File ? tr("File") : tr("Reason");
}

} // namespace clipscope
