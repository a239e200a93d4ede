// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "plots/figure.h"
#include "plots/plot_content.h"

#include <QWidget>

#include <vector>

class QHBoxLayout;

namespace clipscope {

class PlotWidget;

/// Plots side by side that are one figure: several quantities over the same x.
class PlotPanels : public QWidget, public Figure {
    Q_OBJECT
public:
    explicit PlotPanels(QWidget* parent = nullptr);

    /// One panel each; those that were there stay what they are.
    void setContents(std::vector<PlotContent> contents);
    int count() const { return int(m_panels.size()); }
    PlotWidget& panel(int number) { return *m_panels[size_t(number)]; }

    QSize figureSize() const override { return size(); }
    void drawFigure(QPaintDevice& device, const QSize& size, const Tokens& tokens) override;

Q_SIGNALS:
    void pointChosen(int panel, int curve, int point);

private:
    QHBoxLayout* m_layout;
    std::vector<PlotWidget*> m_panels;
};

} // namespace clipscope
