// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/run_record.h"

#include <QScrollArea>
#include <QString>

#include <utility>
#include <vector>

class QVBoxLayout;

namespace clipscope {

/// What a figure answers: what is shown, how it was computed, what to try next.
struct Explanation {
    QString shown;
    QString how;
    QString formula; ///< one a line
    std::vector<std::pair<QString, QString>> config; ///< setting and value
    QString paper; ///< what the paper found; marked as the paper's
    QString repeated; ///< what came out when the paper's experiment was repeated for this program
    QString measured; ///< the same, in the run that is shown
    QString next;
    QString provenance; ///< seed, version, machine, seconds, data
};

/// "seed 0, Clipscope 0.1.0, 2 cores, 1.4 s, of the processor 1.3 s": Explanation::provenance of a run.
QString provenanceText(const RunRecord& record);

/// An Explanation beside its figure, as text that can be selected and copied.
class ExplainPanel : public QScrollArea {
    Q_OBJECT
public:
    explicit ExplainPanel(QWidget* parent = nullptr);
    void setExplanation(const Explanation& explanation);
    QString plainText() const; ///< all of it

private:
    void add(const QString& heading, const QString& text, const char* style = "");

    QVBoxLayout* m_lines = nullptr;
};

} // namespace clipscope
