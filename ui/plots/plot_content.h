// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <optional>
#include <utility>
#include <vector>

namespace clipscope {

struct PlotPoint {
    double x = 0;
    double y = 0;
    QString text; ///< what it is, for whoever asks by mouse or key
    double diameter = 0; ///< in pixels; 0: a small disc
    std::optional<double> shade = std::nullopt; ///< in [0,1], a place on the scale of numbers; none: the curve's colour
    QString label = {}; ///< written beside it, where there is room
};

/// A line over its band, with the single measurements as points.
struct PlotCurve {
    enum class Shape { Line, Bars };
    QString name; ///< empty: not in the legend
    int category = -1; ///< of its colour and marker; -1: its place among the curves
    std::vector<double> x, mean, low, high; ///< of equal length; low and high empty: no band
    std::vector<PlotPoint> points;
    Shape shape = Shape::Line; ///< bars stand on zero, `low` and `high` are their whiskers
    std::vector<QString> barLabels = {}; ///< written over each bar; empty: none
};

/// A level to compare with, dashed, in the colour of heat.
struct PlotReference {
    double y = 0;
    QString text;
};

/// A place on the plot, ringed, with its interval along x.
struct PlotMark {
    double x = 0;
    double y = 0;
    std::optional<std::pair<double, double>> interval;
    QString text;
};

/// A stretch of x that somebody else claims: hatched, muted.
struct PlotSpan {
    double from = 0;
    double to = 0;
    QString text;
};

struct PlotTick {
    double at = 0;
    QString text;
};

struct PlotContent {
    QString title; ///< for screen readers and files; the window writes it above
    QString xLabel, yLabel;
    std::vector<PlotTick> xTicks; ///< empty: numbers
    std::vector<PlotCurve> curves;
    std::vector<PlotReference> references;
    std::vector<PlotMark> marks;
    std::vector<PlotSpan> spans;
    bool percent = true; ///< y is a share of one and written in percent
    bool legend = true; ///< where there are several curves
    bool fromZero = false; ///< y begins at 0 whatever the values
};

/// Whether there is anything to be seen.
inline bool isEmpty(const PlotContent& content)
{
    return content.curves.empty();
}

} // namespace clipscope
