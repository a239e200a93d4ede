// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/video_mark.h"

#include <QWidget>

#include <functional>

namespace clipscope {

class ActionRegistry;
class ElidedLabel;
class LabelKeys;

/// Says which label each of the keys 1 to 9 gives, and gives it to the chosen videos.
class LabelBar : public QWidget {
    Q_OBJECT
public:
    /// `chosen`: the videos a key is for.
    LabelBar(LabelKeys& keys, std::function<std::vector<VideoId>()> chosen, QWidget* parent = nullptr);
    /// "label.1" to "label.9", "label.none" and "label.names"; the keys work while `grid` has the focus.
    void addActions(ActionRegistry& actions, QWidget& grid);
    /// `key` 0 takes the label away. A key without a name asks for one first.
    void give(int key);

Q_SIGNALS:
    void marksAsked(const clipscope::VideoMarks& marks, const QString& what);

private:
    void show();
    void edit(int key);

    LabelKeys& m_keys;
    std::function<std::vector<VideoId>()> m_chosen;
    ElidedLabel* m_text;
};

} // namespace clipscope
