// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "graph/graph_settings.h"

#include <QWidget>

#include <array>
#include <utility>
#include <vector>

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QFormLayout;
class QLineEdit;
class QSpinBox;

namespace clipscope {

/// Which graph, which experiment on it, and its settings.
class GraphForm : public QWidget {
    Q_OBJECT
public:
    explicit GraphForm(QWidget* parent = nullptr);
    GraphSettings settings() const;
    void setSettings(const GraphSettings& settings);
    /// The graph that was read: it may have no split that papers report, or too few labels for the one to be drawn.
    void setGraph(const Graph& graph);
    /// What is wrong with what was entered; empty: nothing.
    QString problem() const;
    void askFolder(); ///< for the folder of a graph

Q_SIGNALS:
    void changed();
    void graphChanged(); ///< another graph is meant

private:
    void buildGraph();
    void buildTraining();
    void buildIsolation();
    void add(const QString& text, QWidget* field, std::vector<QWidget*>& group);
    void addWide(const QString& text, QWidget* field, std::vector<QWidget*>& group);
    void showParts();
    void fitDraw();

    QFormLayout* m_form;
    QComboBox* m_source;
    QLineEdit* m_path;
    QLineEdit* m_dataset;
    QLineEdit* m_column;
    QSpinBox* m_neighbours;
    QComboBox* m_experiment;
    QComboBox* m_network;
    QSpinBox* m_epochs;
    QSpinBox* m_seeds;
    QSpinBox* m_seed;
    QSpinBox* m_labels;
    std::vector<std::pair<QCheckBox*, std::string>> m_methods;
    QCheckBox* m_ablation;
    QSpinBox* m_stages;
    QDoubleSpinBox* m_threshold;
    QComboBox* m_split;
    QSpinBox* m_isolationLabels;
    QSpinBox* m_validation;
    QSpinBox* m_members;
    QComboBox* m_diversity;
    std::vector<std::pair<QCheckBox*, ErrorDetector>> m_detectors;
    QLineEdit* m_shares;
    QCheckBox* m_prunes;
    QComboBox* m_edgesBy;
    bool m_hasPublicSplit = true;
    bool m_drawnForNow = false; ///< only because the graph has no other split
    int m_labelled = 0; ///< nodes of the graph that was read; 0: none was
    int m_classes = 1; ///< of that graph
    /// Fields and their names that come and go together.
    std::vector<QWidget*> m_ofFiles, m_ofLibrary, m_ofTraining, m_ofIsolation, m_ofAll, m_ofDrawn, m_ofPruning;
    std::vector<QWidget*> m_ofEnsembles; ///< silent errors, spread labels
    std::vector<QWidget*> m_ofStudies; ///< which measure against known labels: few labels, silent errors
    bool m_quiet = false; ///< settings are being taken over
};

} // namespace clipscope
