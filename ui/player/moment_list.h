// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "retrieval/query.h"
#include "retrieval/search_engine.h"

#include <QTableWidget>

#include <vector>

namespace clipscope {

/// A moment of the shown video. Those that are no hits come from the heat strip, whose scores are on another scale.
struct ListedMoment {
    Hit hit;
    bool ranked = false;
};

/// The moments of one video in time order: the chosen one, the other hits of this video, and the best peaks of the heat
/// strip; of overlapping ones the first named stays.
std::vector<ListedMoment> momentsOfVideo(
    const VideoRecord& video, const Hit* chosen, const std::vector<Hit>& hits, const SearchEngine::HeatStrip& heat);

/// Those moments as a table with time, score and reason. As high as its rows, up to four.
class MomentList : public QTableWidget {
    Q_OBJECT
public:
    explicit MomentList(QWidget* parent = nullptr);
    void setMoments(const std::vector<ListedMoment>& moments, int chosen);

Q_SIGNALS:
    void chosen(int row, bool playing);
};

} // namespace clipscope
