// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/run_record.h"
#include "plots/figure.h"

#include <QByteArray>
#include <QString>

#include <optional>

namespace clipscope {

enum class FigureFormat { Png, Svg, Pdf };
/// By the ending of a file's name; none for another ending.
std::optional<FigureFormat> figureFormatOf(const QString& fileName);

/// What stands inside an exported figure besides the picture: enough to make it again.
struct FigureProvenance {
    QString title;
    QString json; ///< kind, config, seed, version and machine of the run, one object
};
FigureProvenance provenanceOf(const QString& title, const RunRecord& record);

/// The content of the file: the figure on the light theme's ground, twice as fine for PNG, as vectors for the others,
/// with its provenance as text chunks (PNG), title and description (SVG), or XMP and an attached provenance.json (PDF).
/// Any thread that `draw` may be called in.
QByteArray figureBytes(
    const FigureDrawing& draw, const QSize& size, FigureFormat format, const FigureProvenance& provenance);
/// GUI thread only.
QByteArray figureBytes(Figure& figure, FigureFormat format, const FigureProvenance& provenance);

} // namespace clipscope
