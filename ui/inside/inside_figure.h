// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "inside/hit_reading.h"
#include "plots/figure.h"
#include "plots/figure_export.h"
#include "shell/page.h"

#include <QFont>
#include <QPixmap>
#include <QString>

#include <vector>

class QAbstractItemModel;

namespace clipscope {

/// What the page shows of a hit.
struct InsideView {
    QString title, summary;
    const QAbstractItemModel* frames = nullptr; ///< a SeenFramesModel's
    int chosenFrame = -1;
    QString strip; ///< what the bars under the frames mean
    QPixmap frame; ///< the chosen one
    int patchesPerSide = 0;
    std::vector<int> kept;
    QString told; ///< under it
    const QAbstractItemModel* neighbours = nullptr; ///< a VideoListModel's
    QString neighboursNote;
};

/// All of it on one sheet of a fixed width: every frame with its score and weight, the chosen one with its patches, and
/// the first neighbours.
class InsideFigure : public Figure {
public:
    InsideFigure(const InsideView& view, const QFont& font);
    QSize figureSize() const override;
    void drawFigure(QPaintDevice& device, const QSize& size, const Tokens& tokens) override;

private:
    int cellWidth() const;
    int framesAcross() const;
    int frameLines() const;
    void drawNeighbours(QPainter& painter, const QRect& place, const Tokens& tokens) const;

    InsideView m_view;
    QFont m_font; ///< in pixels: the devices differ in their resolution
    int m_line; ///< height of a line of text
};

/// What the sheet was made of.
FigureProvenance insideProvenance(const InsideView& shown, const HitReading& hit, const LibraryInView& library,
    const QString& aggregation, double dropped, uint64_t seed);

} // namespace clipscope
