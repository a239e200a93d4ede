// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QListView>

namespace clipscope {

/// The hits as cards. Arrows walk, Enter plays, Esc goes back to the query.
class ResultGrid : public QListView {
    Q_OBJECT
public:
    explicit ResultGrid(QWidget* parent = nullptr);

Q_SIGNALS:
    void playAsked(const QModelIndex& index);
    void leaveAsked();

protected:
    void resizeEvent(QResizeEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    /// Letters are commands here (M, N, J, K, L), not a search for names.
    void keyboardSearch(const QString&) override { }
};

} // namespace clipscope
