// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "shell/theme.h"

#include <QPixmap>
#include <QWidget>

#include <vector>

namespace clipscope {

/// A frame under the grid of its patches; those that are dropped are covered.
class PatchView : public QWidget {
    Q_OBJECT
public:
    explicit PatchView(QWidget* parent = nullptr);

    void setFrame(const QPixmap& frame);
    /// perSide 0: there are no patches. `kept` counts row by row from the top left.
    void setPatches(int perSide, const std::vector<int>& kept);
    int perSide() const { return m_perSide; }
    const std::vector<int>& kept() const { return m_kept; }
    QSize sizeHint() const override { return {320, 320}; }
    const QPixmap& frame() const { return m_frame; }
    /// What the widget shows, anywhere: as large as it fits into `place`.
    static void paintPatches(QPainter& painter, const Tokens& tokens, const QRectF& place, const QPixmap& frame,
        int perSide, const std::vector<int>& kept);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QPixmap m_frame;
    int m_perSide = 0;
    std::vector<int> m_kept;
};

} // namespace clipscope
