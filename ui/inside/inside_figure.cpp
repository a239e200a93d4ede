// SPDX-License-Identifier: GPL-3.0-or-later
#include "inside/inside_figure.h"

#include "base/run_record.h"
#include "inside/frame_painter.h"
#include "inside/patch_view.h"
#include "models/display_text.h"
#include "models/video_list_model.h"

#include <QAbstractItemModel>
#include <QFontInfo>
#include <QPainter>

#include <algorithm>

namespace clipscope {

namespace {

constexpr int kWidth = 960;
constexpr int kMargin = 16;
constexpr int kGap = 8;
constexpr int kLeastCell = 72, kMostCell = 132; ///< twelve frames stand in one line
constexpr int kPatches = 300; ///< side of the chosen frame
constexpr int kNeighbours = 6, kNeighboursAcross = 3;
constexpr int kPictureHeight = 88; ///< of a neighbour

Json termsOf(const std::vector<QueryTerm>& terms)
{
    Json out = Json::array();
    for (const QueryTerm& term : terms) {
        Json json = {{"weight", term.weight}};
        if (term.kind == QueryTerm::Kind::Words)
            json["words"] = term.words;
        else if (term.kind == QueryTerm::Kind::Clip)
            json["clip"] = {{"video", term.video}, {"startSec", term.startSec}, {"endSec", term.endSec}};
        else
            json["picture"] = {term.picture.width, term.picture.height};
        out.push_back(std::move(json));
    }
    return out;
}

} // namespace

InsideFigure::InsideFigure(const InsideView& view, const QFont& font)
    : m_view(view)
    , m_font(font)
{
    m_font.setPixelSize(QFontInfo(font).pixelSize());
    m_line = QFontMetrics(m_font).lineSpacing();
}

/// As on the page: as wide as all of them fit, within limits.
int InsideFigure::cellWidth() const
{
    return std::clamp((kWidth - 2 * kMargin) / std::max(1, m_view.frames->rowCount()), kLeastCell, kMostCell);
}

int InsideFigure::framesAcross() const
{
    return (kWidth - 2 * kMargin) / cellWidth();
}

int InsideFigure::frameLines() const
{
    return (m_view.frames->rowCount() + framesAcross() - 1) / framesAcross();
}

QSize InsideFigure::figureSize() const
{
    const int frames = frameLines() * (cellWidth() + frameTextHeight(QFontMetrics(m_font)) + kGap);
    return {kWidth, 2 * kMargin + 3 * (m_line + kGap) + frames + kPatches + kGap + m_line};
}

void InsideFigure::drawFigure(QPaintDevice& device, const QSize& size, const Tokens& t)
{
    QPainter painter(&device);
    painter.fillRect(QRect(QPoint(0, 0), size), t.bg);
    painter.setRenderHint(QPainter::Antialiasing);
    QRect line(kMargin, kMargin, kWidth - 2 * kMargin, m_line);
    const auto write = [&](const QRect& place, const QString& text, const QColor& colour, bool strong = false) {
        QFont font = m_font;
        font.setBold(strong);
        painter.setFont(font);
        painter.setPen(colour);
        painter.drawText(place, Qt::AlignLeft | Qt::AlignVCenter,
            painter.fontMetrics().elidedText(text, Qt::ElideRight, place.width()));
    };
    write(line, m_view.title, t.text, true);
    line.translate(0, m_line + kGap);
    write(line, m_view.summary, t.muted);
    line.translate(0, m_line + kGap);

    painter.setFont(m_font);
    const int cell = cellWidth(), across = framesAcross();
    const int height = cell + frameTextHeight(painter.fontMetrics()) + kGap;
    for (int i = 0; i < m_view.frames->rowCount(); ++i)
        paintSeenFrame(painter, t, QRect(kMargin + i % across * cell, line.top() + i / across * height, cell, height),
            m_view.frames->index(i, 0), i == m_view.chosenFrame);
    line.translate(0, frameLines() * height);
    write(line, m_view.strip, t.muted);
    line.translate(0, m_line + kGap);

    const QRect patches(kMargin, line.top(), kPatches, kPatches);
    PatchView::paintPatches(painter, t, patches, m_view.frame, m_view.patchesPerSide, m_view.kept);
    write(QRect(kMargin, patches.bottom() + kGap, kPatches, m_line), m_view.told, t.muted);
    const int left = patches.right() + 2 * kMargin;
    QRect near(left, line.top(), kWidth - kMargin - left, m_line);
    write(near, m_view.neighboursNote, t.muted);
    painter.setFont(m_font);
    drawNeighbours(painter, near.adjusted(0, m_line + kGap, 0, kPatches), t);
}

void InsideFigure::drawNeighbours(QPainter& painter, const QRect& place, const Tokens& t) const
{
    const int width = (place.width() - (kNeighboursAcross - 1) * kGap) / kNeighboursAcross;
    const int height = kPictureHeight + 2 * m_line + 2 * kGap;
    for (int i = 0; i < std::min(kNeighbours, m_view.neighbours->rowCount()); ++i) {
        const QModelIndex index = m_view.neighbours->index(i, 0);
        const QRect picture(place.left() + i % kNeighboursAcross * (width + kGap),
            place.top() + i / kNeighboursAcross * height, width, kPictureHeight);
        painter.fillRect(picture, t.raised);
        if (const auto pixmap = index.data(Qt::DecorationRole).value<QPixmap>(); !pixmap.isNull()) {
            QRect at({}, pixmap.size().scaled(picture.size(), Qt::KeepAspectRatio));
            at.moveCenter(picture.center());
            painter.drawPixmap(at, pixmap);
        }
        QRect line(picture.left(), picture.bottom() + 2, width, m_line);
        painter.setPen(t.text);
        painter.drawText(
            line, Qt::AlignLeft, painter.fontMetrics().elidedText(index.data().toString(), Qt::ElideMiddle, width));
        line.translate(0, m_line);
        painter.setPen(t.muted);
        painter.drawText(line, Qt::AlignLeft, index.data(VideoListModel::NoteRole).toString());
    }
}

FigureProvenance insideProvenance(const InsideView& shown, const HitReading& hit, const LibraryInView& library,
    const QString& aggregation, double dropped, uint64_t seed)
{
    const Query& query = hit.query();
    Json config = {{"video", displayPath(hit.video().path).toStdString()}, {"videoHash", hit.video().hash},
        {"sampler", hit.video().sampler.toString()}, {"aggregation", aggregation.toStdString()},
        {"positives", termsOf(query.positives)}, {"negatives", termsOf(query.negatives)}, {"model", library.key.model},
        {"modelHash", library.key.modelHash}, {"storedPatchDropout", library.key.patchDropout}};
    if (shown.patchesPerSide > 0)
        config["shownPatchDropout"] = dropped;
    return provenanceOf(shown.title, RunClock("inside", std::move(config), seed).finish(Json::object()));
}

} // namespace clipscope
