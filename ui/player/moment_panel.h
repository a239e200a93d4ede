// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "library/video_library.h"
#include "player/moment_list.h"
#include "retrieval/query.h"
#include "retrieval/search_engine.h"

#include <QWidget>

#include <functional>
#include <vector>

class QLabel;
class QPushButton;
class QScrollArea;

namespace clipscope {

class ElidedLabel;
class FilmStrip;
class HeatStrip;
class JobManager;
class PlayerWidget;
class ThumbnailCache;

/// The chosen moment: player, heat strip of the query over the whole video, film strip, transport line, the other
/// moments of this video, what can be done with it, and how its score came about.
class MomentPanel : public QWidget {
    Q_OBJECT
public:
    using HeatFunction = std::function<SearchEngine::HeatStrip(const Query&, VideoId, const JobContext&)>;

    MomentPanel(JobManager& jobs, ThumbnailCache& thumbnails, QWidget* parent = nullptr);

    void setHeatFunction(HeatFunction heat); ///< null: no heat strip
    /// The query and its hits that the panel explains; other moments of the chosen video are taken from them.
    void setSearch(const Query& query, const std::vector<Hit>& hits);
    void showHit(const Hit& hit, const VideoRecord& video, bool playing);
    void showVideo(const VideoRecord& video, bool playing);
    void clear();

    PlayerWidget& player() { return *m_player; }
    bool hasVideo() const { return m_video.id != 0; }
    VideoId videoId() const { return m_video.id; }
    const VideoRecord& video() const { return m_video; }
    /// The chosen moment, or the second around the position where only a video is shown.
    std::pair<double, double> span() const;
    /// Where the moment fits best, or the player's position where only a video is shown.
    double momentSec() const;
    void playFromMoment(); ///< from one second before it
    void nextMoment(int step); ///< of this video, in time order

Q_SIGNALS:
    void moreLikeThis();
    void notThis();
    void insideAsked();
    void copyCommandAsked();
    void leaveAsked();

private:
    void show(const VideoRecord& video);
    void loadHeat();
    void loadStrip();
    void listMoments();
    void showState();
    void chooseMoment(int row, bool playing);

    JobManager& m_jobs;
    ThumbnailCache& m_thumbnails;
    HeatFunction m_heatFunction;
    Query m_query;
    std::vector<Hit> m_hits;
    VideoRecord m_video;
    bool m_hasMoment = false;
    Hit m_hit;
    std::vector<ListedMoment> m_moments;
    SearchEngine::HeatStrip m_heatScores;

    PlayerWidget* m_player = nullptr;
    QWidget* m_strips = nullptr;
    QScrollArea* m_details = nullptr;
    HeatStrip* m_heat = nullptr;
    FilmStrip* m_film = nullptr;
    QLabel* m_time = nullptr;
    QLabel* m_speed = nullptr;
    ElidedLabel* m_name = nullptr;
    ElidedLabel* m_detail = nullptr;
    MomentList* m_list = nullptr;
    QLabel* m_formula = nullptr;
    QPushButton* m_play = nullptr;
    QPushButton* m_more = nullptr;
    QPushButton* m_not = nullptr;
    QPushButton* m_inside = nullptr;
    QPushButton* m_command = nullptr;
    bool m_filmFinal = false;
};

} // namespace clipscope
