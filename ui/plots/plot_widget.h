// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "plots/figure.h"
#include "plots/plot_content.h"

#include <QWidget>

class QCPPainter;
class QCustomPlot;
class QMouseEvent;

namespace clipscope {

/// A plot of lines, bars or discs in the theme's colours and the application's font. The mouse over a point, or the
/// arrow keys, tell what it is; a click or Enter chooses it.
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
    /// The same as a part of a larger figure.
    void paintInto(QCPPainter& painter, const QRect& where, const Tokens& tokens);

    QSize minimumSizeHint() const override { return {320, 200}; }
    QSize sizeHint() const override { return {720, 420}; }

Q_SIGNALS:
    void pointChosen(int curve, int point);

protected:
    void changeEvent(QEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    struct Place {
        int curve = -1;
        int point = -1;
        bool operator==(const Place&) const = default;
    };
    void rebuild(const Tokens& tokens);
    Place placeAt(const QPointF& position) const;
    bool isOnBar(const QPointF& position, const PlotPoint& point) const;
    void tell(Place place);
    void step(int direction);

    QCustomPlot* m_plot;
    PlotContent m_content;
    Place m_at;
    QString m_told;
};

} // namespace clipscope
