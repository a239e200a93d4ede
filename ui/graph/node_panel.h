// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "graph/graph_reading.h"
#include "models/library_model.h"

#include <QWidget>

class QLabel;

namespace clipscope {

class CellVideosView;
class ElidedLabel;
class FiguresModel;
class FiguresView;
class ThumbnailCache;

/// What is known of the chosen node: its answers before and after, votes, features or video, and its neighbours, of
/// which a click or Enter chooses the next.
class NodePanel : public QWidget {
    Q_OBJECT
public:
    NodePanel(ThumbnailCache& thumbnails, LibraryModel& videos, QWidget* parent = nullptr);
    /// `node` of the reading's graph; -1: none. `ofNodes`: the videos of a library's graph, else empty.
    void setNode(const GraphReading& reading, int node, const std::vector<VideoId>& ofNodes);
    FiguresView& neighbours() { return *m_neighbours; }
    QString text() const; ///< what stands there, without its marks

Q_SIGNALS:
    void nodeAsked(int node);
    void videoAsked(clipscope::VideoId video);

private:
    LibraryModel& m_library;
    ElidedLabel* m_title;
    QLabel* m_text;
    CellVideosView* m_videos;
    FiguresModel* m_rows;
    FiguresView* m_neighbours;
    std::vector<int> m_nodes; ///< one a row
};

} // namespace clipscope
