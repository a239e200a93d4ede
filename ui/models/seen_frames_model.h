// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractListModel>
#include <QPixmap>

#include <optional>
#include <vector>

namespace clipscope {

/// The frames of one video that an encoder saw, in time order: picture, time, the query's score, and the frame's share
/// in the video's score.
class SeenFramesModel : public QAbstractListModel {
    Q_OBJECT
public:
    enum Role {
        ScoreRole = Qt::UserRole, ///< double; invalid: no query
        WeightRole, ///< double, share of one; invalid: none
        HeightRole, ///< double, of the weight's bar: 1 for the heaviest frame
    };
    struct Row {
        double timeSec = 0;
        std::optional<float> score;
        std::optional<float> weight;
        QPixmap picture; ///< null: not there yet
    };

    using QAbstractListModel::QAbstractListModel;
    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;

    /// The row that was current stays so where as many rows come.
    void setRows(std::vector<Row> rows);
    const std::vector<Row>& rows() const { return m_rows; }
    int nearestTo(double timeSec) const; ///< -1: there are none

private:
    std::vector<Row> m_rows;
    float m_heaviest = 0;
};

} // namespace clipscope
