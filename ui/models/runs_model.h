// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/run_record.h"

#include <QAbstractListModel>

#include <functional>
#include <vector>

namespace clipscope {

/// One run of a page's experiment.
struct ShownRun {
    int64_t id = 0;
    std::string name; ///< as its owner calls it; empty: the page names it by what it was
    RunRecord record;
};

/// Two lines a run: what it was, and what it took.
struct RunLines {
    QString title; ///< "mean, Starter"
    QString detail; ///< "20 draws, 2.1 s"
};

/// The runs of one page, the newest first.
class RunsModel : public QAbstractListModel {
    Q_OBJECT
public:
    enum Role { DetailRole = Qt::UserRole, IdRole };
    using Describe = std::function<RunLines(const RunRecord&)>;

    explicit RunsModel(Describe describe, QObject* parent = nullptr);
    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;

    void setRuns(std::vector<ShownRun> runs);
    void addFirst(ShownRun run);
    const ShownRun& run(int row) const { return m_runs[size_t(row)].run; }
    int rowOf(int64_t id) const; ///< -1 when it is not there

private:
    struct Row {
        ShownRun run;
        RunLines lines;
    };
    Row rowFor(ShownRun run) const;

    Describe m_describe;
    std::vector<Row> m_runs;
};

} // namespace clipscope
