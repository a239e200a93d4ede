// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/video_record.h"
#include "probe/probe_settings.h"

#include <QWidget>

#include <vector>

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;
class QSpinBox;

namespace clipscope {

/// What the labels of a library allow.
struct LabelCounts {
    int videos = 0;
    int labelled = 0;
    int labels = 0; ///< different ones
    int train = 0, validation = 0, test = 0; ///< labelled videos of each split
    int unsplit = 0; ///< labelled videos that no split has
    /// Labels with a training and a test video; a probe needs two.
    int usable = 0;
};
LabelCounts countLabels(const std::vector<VideoRecord>& videos);

/// The settings of the next run.
class ProbeForm : public QWidget {
    Q_OBJECT
public:
    explicit ProbeForm(QWidget* parent = nullptr);
    ProbeSettings settings() const;
    void setSettings(const ProbeSettings& settings);
    void setCounts(const LabelCounts& counts);
    /// What is wrong with what was entered; empty: nothing.
    QString problem() const;

Q_SIGNALS:
    void changed();
    void splitAsked(); ///< the labelled videos without a split are to get one

private:
    QLineEdit* m_shots;
    QSpinBox* m_seeds;
    QSpinBox* m_seed;
    QLineEdit* m_aggregation;
    QComboBox* m_cChoice;
    QDoubleSpinBox* m_c;
    QPlainTextEdit* m_templates;
    QLabel* m_counts;
    QPushButton* m_split;
};

} // namespace clipscope
