// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "graph/graph_picture.h"
#include "graph/node_grid.h"
#include "plots/figure.h"

#include <QImage>
#include <QWidget>

#include <functional>
#include <optional>

namespace clipscope {

class JobManager;

/// A graph to look around in: it is dragged, zoomed at the mouse, and a click chooses a node. The picture is drawn by a
/// job, larger than what is seen; until the next one is there the last one is shifted and scaled, so that moving is
/// smooth however large the graph is. By keys: arrows move, with Shift they go from node to node, + - 0 zoom, Enter
/// opens the chosen node, Escape lets it go.
class GraphView : public QWidget, public Figure {
    Q_OBJECT
public:
    explicit GraphView(JobManager& jobs, QWidget* parent = nullptr);

    /// Other edges or places than before let the chosen node go; other edges show the whole graph again.
    void setPicture(std::shared_ptr<const GraphPicture> picture);
    const GraphPicture* picture() const { return m_picture.get(); }
    /// What is told of a node beside it, and to those who do not see it.
    void setDescribe(std::function<QString(int node)> describe) { m_describe = std::move(describe); }

    int chosen() const { return m_chosen; } ///< -1: none
    void choose(int node); ///< -1: none; one out of sight is brought into the middle
    int nodeAt(const QPointF& position) const; ///< -1: none near enough
    QPointF positionOf(int node) const; ///< in the widget
    const GraphCamera& camera() const { return m_camera; }
    void zoom(double factor, const QPointF& at);
    void fit(); ///< the whole graph
    /// Whether what is seen was drawn for this picture, camera and size.
    bool isDrawn() const;

    QSize figureSize() const override { return size(); }
    void drawFigure(QPaintDevice& device, const QSize& size, const Tokens& tokens) override;
    FigureDrawing laterDrawing() const override;
    QSize minimumSizeHint() const override { return {220, 160}; }
    QSize sizeHint() const override { return {700, 480}; }

Q_SIGNALS:
    void nodeChosen(int node); ///< by the user; -1: none any more
    void nodeOpened(int node); ///< Enter or a double click

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void changeEvent(QEvent* event) override;
    bool event(QEvent* event) override;

private:
    /// What a job has drawn.
    struct Drawn {
        std::shared_ptr<const GraphPicture> picture;
        GraphCamera camera;
        QImage image; ///< its middle is the camera's
        bool dark = false;
    };
    void setCamera(const GraphCamera& camera);
    void draw();
    bool reaches() const;
    void step(const QPointF& direction);
    void hover(int node);
    void take(int node);
    void paintOver(QPainter& painter, const Tokens& tokens) const;

    JobManager& m_jobs;
    std::shared_ptr<const GraphPicture> m_picture;
    NodeGrid m_grid;
    GraphCamera m_camera;
    bool m_whole = true; ///< the whole graph is shown: stays so when the size or the places change
    Drawn m_drawn;
    std::optional<Drawn> m_asked; ///< on its way, without an image
    QSize m_drawnSize; ///< of the widget then
    std::function<QString(int)> m_describe;
    int m_chosen = -1, m_hovered = -1;
    std::optional<QPointF> m_pressed; ///< where the mouse went down
    GraphCamera m_pressedCamera;
    bool m_dragged = false;
};

} // namespace clipscope
