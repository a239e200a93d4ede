// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "plots/plot_content.h"
#include "shell/theme.h"

#include <QFont>

class QCPItemText;
class QCustomPlot;

namespace clipscope {

/// Makes the parts of a QCustomPlot that show a content: axes, curves with their own marker each, bars with their own
/// hatching, discs with their labels, what is compared with. What the plot held before is gone.
class PlotDrawing {
public:
    PlotDrawing(QCustomPlot& plot, const PlotContent& content, const Tokens& tokens, const QFont& font);
    void draw();

private:
    void drawAxes();
    bool hasBars() const;
    void fitRanges();
    void addSpan(const PlotSpan& span);
    void addCurve(int number);
    void addBand(const PlotCurve& curve, const QColor& colour);
    void addBars(const PlotCurve& curve, int number);
    void addPoints(const PlotCurve& curve, const QColor& colour);
    void addLabels();
    void addReference(const PlotReference& reference);
    void addMark(const PlotMark& mark);
    QCPItemText* addText(const QString& text, const QColor& colour);

    QCustomPlot& m_plot;
    const PlotContent& m_content;
    const Tokens& m_tokens;
    QFont m_font;
};

/// How wide a bar is, where the next one stands 1 further.
inline constexpr double kBarWidth = .8;

} // namespace clipscope
