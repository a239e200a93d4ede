// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QComboBox;
class QPushButton;
class QSpinBox;

namespace clipscope {

/// What can be done with proposed labels: with the chosen ones, and with all that are sure enough.
class ProposalBar : public QWidget {
    Q_OBJECT
public:
    explicit ProposalBar(QWidget* parent = nullptr);
    void setLabels(const QStringList& labels); ///< that can be given instead of the proposed one
    /// How many proposals are chosen, and how many reach confidence() and more.
    void setCounts(int chosen, int sure);
    double confidence() const; ///< from which on all are accepted at once

Q_SIGNALS:
    void acceptAsked();
    void rejectAsked();
    void labelAsked(const QString& label); ///< for the chosen ones, instead of the proposed one
    void acceptSureAsked();
    void confidenceChanged();

private:
    QPushButton* m_accept;
    QPushButton* m_reject;
    QComboBox* m_labels;
    QPushButton* m_acceptSure;
    QSpinBox* m_confidence;
};

} // namespace clipscope
