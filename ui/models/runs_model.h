// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/run_store.h"

#include <QAbstractListModel>

#include <functional>
#include <vector>

namespace clipscope {

/// Two lines a run: what it was, and what it took.
struct RunLines {
    QString title; ///< "mean, starter"
    QString detail; ///< "20 draws, 2.1 s"
};

/// The runs of one page, the newest (the highest number) first. A run's name can be edited.
class RunsModel : public QAbstractListModel {
    Q_OBJECT
public:
    enum Role { DetailRole = Qt::UserRole, IdRole };
    using Describe = std::function<RunLines(const RunRecord&)>;

    explicit RunsModel(Describe describe, QObject* parent = nullptr);
    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role = Qt::EditRole) override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;

    void setRuns(std::vector<StoredRun> runs);
    /// Adds it in its place, or replaces the one with its number.
    void put(StoredRun run);
    void remove(const std::vector<int64_t>& ids);
    const StoredRun& run(int row) const { return m_runs[size_t(row)].run; }
    int rowOf(int64_t id) const; ///< -1 when it is not there

Q_SIGNALS:
    void renamed(qint64 id, const QString& name); ///< by its owner; the model has it already

private:
    struct Row {
        StoredRun run;
        RunLines lines;
    };
    Row rowFor(StoredRun run) const;

    Describe m_describe;
    std::vector<Row> m_runs;
};

} // namespace clipscope
