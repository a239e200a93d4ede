// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "plots/figure.h"

#include <QStringList>
#include <QWidget>

#include <vector>

namespace clipscope {

/// Which class was taken for which: one cell for each pair, the darker the larger its share of the row. A click or the
/// arrow keys choose a cell; Enter asks for what is in it.
class ConfusionMatrix : public QWidget, public Figure {
    Q_OBJECT
public:
    explicit ConfusionMatrix(QWidget* parent = nullptr);

    /// cells [labels, labels]: how many videos of the row's label were taken for the column's. The choice stays where
    /// it was while the labels are the same.
    void setCells(const QStringList& labels, std::vector<std::vector<double>> cells);
    int row() const { return m_row; } ///< chosen; -1: none
    int column() const { return m_column; }
    void choose(int row, int column);
    QRect cellRect(int row, int column) const; ///< in the widget
    QString cellText(int row, int column) const; ///< "fight taken for surveillance: 4.2 of 10 videos"

    QSize figureSize() const override;
    void drawFigure(QPaintDevice& device, const QSize& size, const Tokens& tokens) override;
    QSize minimumSizeHint() const override { return {220, 180}; }
    QSize sizeHint() const override { return {420, 360}; }

Q_SIGNALS:
    void cellChosen(int row, int column);
    void opened(); ///< Enter: go on to the videos of the cell

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool event(QEvent* event) override;

private:
    struct Geometry {
        QRectF cells; ///< of all
        double side = 0; ///< of one
        double labelWidth = 0; ///< of a row's; 0: there is no room for labels
        double hanging = 0; ///< length of a column's
        double angle = 0; ///< at which it hangs, in degrees
    };
    Geometry geometryIn(const QSize& size) const;
    bool cellAt(const QPoint& position, int& row, int& column) const;
    void paint(QPainter& painter, const QSize& size, const Tokens& tokens, bool marked) const;

    QStringList m_labels;
    std::vector<std::vector<double>> m_cells;
    std::vector<double> m_rowSums;
    int m_row = -1;
    int m_column = -1;
};

} // namespace clipscope
