// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "plots/figure.h"

#include <QString>
#include <QWidget>

#include <optional>
#include <utility>
#include <vector>

class QCPItemText;
class QCustomPlot;
class QMouseEvent;

namespace clipscope {

struct PlotPoint {
    double x = 0;
    double y = 0;
    QString text; ///< what it is, for whoever asks by mouse or key
};

/// A line over its band, with the single measurements as points.
struct PlotCurve {
    QString name;
    std::vector<double> x, mean, low, high; ///< of equal length; low and high empty: no band
    std::vector<PlotPoint> points;
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
    std::vector<PlotTick> xTicks;
    std::vector<PlotCurve> curves;
    std::vector<PlotReference> references;
    std::vector<PlotMark> marks;
    std::vector<PlotSpan> spans;
    bool percent = true; ///< y is a share of one and written in percent
};

/// A line plot in the theme's colours and the application's font. The mouse over a point, or the arrow keys, tell what
/// it is; a click or Enter chooses it.
class PlotWidget : public QWidget, public Figure {
    Q_OBJECT
public:
    explicit PlotWidget(QWidget* parent = nullptr);
    ~PlotWidget() override;

    void setContent(PlotContent content);
    const PlotContent& content() const { return m_content; }
    /// What is told of the point under the mouse or the keys; empty: none.
    QString told() const { return m_told; }
    /// Where the point stands in the widget.
    QPoint placeOf(int curve, int point) const;

    QSize figureSize() const override { return size(); }
    void drawFigure(QPaintDevice& device, const QSize& size, const Tokens& tokens) override;

    QSize minimumSizeHint() const override { return {320, 200}; }
    QSize sizeHint() const override { return {720, 420}; }

Q_SIGNALS:
    void pointChosen(int curve, int point);

protected:
    void changeEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    struct Place {
        int curve = -1;
        int point = -1;
        bool operator==(const Place&) const = default;
    };
    void rebuild(const Tokens& tokens);
    void addSpan(const PlotSpan& span, const Tokens& tokens);
    void addCurve(const PlotCurve& curve, const QColor& colour);
    void addReference(const PlotReference& reference, const Tokens& tokens);
    void addMark(const PlotMark& mark, const Tokens& tokens);
    QCPItemText* addText(const QString& text, const QColor& colour);
    void fitRanges();
    Place placeAt(const QPointF& position) const;
    void tell(Place place);
    void step(int direction);

    QCustomPlot* m_plot;
    PlotContent m_content;
    Place m_at;
    QString m_told;
};

} // namespace clipscope
