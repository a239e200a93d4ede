// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/video_record.h"

#include <QListView>

namespace clipscope {

class VideoListModel;

/// The videos behind a part of a figure, as cards. A double click or Enter asks for one to be played.
class CellVideosView : public QListView {
    Q_OBJECT
public:
    explicit CellVideosView(VideoListModel* model, QWidget* parent = nullptr);
    VideoListModel& list() { return *m_list; }

Q_SIGNALS:
    void playAsked(clipscope::VideoId video);
    void leaveAsked(); ///< Escape: back to the figure

protected:
    void resizeEvent(QResizeEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    VideoListModel* m_list;
};

} // namespace clipscope
