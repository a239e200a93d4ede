// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/video_record.h"
#include "probe/probe_settings.h"

#include <QWidget>

#include <vector>

class QCheckBox;
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
    /// Whether the model of the library comes with a Transformer aggregation of its own.
    void setHasTransformer(bool has);
    /// What is wrong with what was entered; empty: nothing.
    QString problem() const;

Q_SIGNALS:
    void changed();
    void splitAsked(); ///< the labelled videos without a split are to get one

private:
    void offerAggregations(const QString& chosen);
    void takeAggregation(int item);

    QLineEdit* m_shots;
    QSpinBox* m_seeds;
    QSpinBox* m_seed;
    QComboBox*
        m_aggregation; ///< data: as the command line spells it, "parts" without its number; none: asks for a file
    QString m_chosenAggregation; ///< as the command line spells it, to go back to
    QSpinBox* m_parts; ///< of "parts"
    bool m_hasTransformer = false;
    QCheckBox* m_linear;
    QCheckBox* m_tipAdapter;
    QCheckBox* m_lpPlusPlus;
    QComboBox* m_cChoice;
    QDoubleSpinBox* m_c;
    QPlainTextEdit* m_templates;
    QLabel* m_counts;
    QPushButton* m_split;
};

} // namespace clipscope
