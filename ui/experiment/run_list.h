// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QListView>

#include <vector>

namespace clipscope {

/// The runs of a page, a row each. F2 renames, Delete removes, a double click or Enter takes a run's settings; the menu
/// has the same.
class RunList : public QListView {
    Q_OBJECT
public:
    explicit RunList(QWidget* parent = nullptr);
    std::vector<int64_t> chosenIds() const; ///< the current one first, then by place

Q_SIGNALS:
    void removeAsked(const std::vector<int64_t>& ids);
    void settingsAsked(int row); ///< of this run, for the next one

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
};

} // namespace clipscope
