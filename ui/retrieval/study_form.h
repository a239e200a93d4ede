// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/video_record.h"
#include "retrieval/retrieval_study.h"

#include <QWidget>

#include <vector>

class QCheckBox;
class QComboBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QSpinBox;

namespace clipscope {

/// The settings of the next study.
class StudyForm : public QWidget {
    Q_OBJECT
public:
    explicit StudyForm(QWidget* parent = nullptr);
    RetrievalStudyOptions options() const;
    void setOptions(const RetrievalStudyOptions& options);
    /// Whose splits can be trained and tested on.
    void setVideos(const std::vector<VideoRecord>& videos);
    /// What is wrong with what was entered; empty: nothing.
    QString problem() const;

Q_SIGNALS:
    void changed();

private:
    void showTraining();

    QFormLayout* m_form;
    QLineEdit* m_frames;
    QLineEdit* m_clips;
    QCheckBox* m_mean;
    QCheckBox* m_query;
    std::vector<std::string> m_queries; ///< what it stands for: "query", or a run's own temperatures
    QCheckBox* m_parts;
    QLineEdit* m_partCounts; ///< one aggregation each
    QCheckBox* m_transformer;
    QLineEdit* m_freeze;
    QLineEdit* m_dropout;
    QSpinBox* m_pictures;
    QSpinBox* m_seeds;
    QSpinBox* m_seed;
    QComboBox* m_test;
    QLabel* m_splits;
    int m_train = 0; ///< videos of the split train
};

} // namespace clipscope
