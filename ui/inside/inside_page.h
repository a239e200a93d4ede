// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "inside/hit_reading.h"
#include "shell/page.h"

class QComboBox;
class QLabel;
class QSplitter;
class QStackedWidget;

namespace clipscope {

class CellVideosView;
class ElidedLabel;
class ExplainPanel;
class FrameList;
class PatchPanel;
class SeenFramesModel;

/// One hit taken apart: the frames its embedding was made of with the query's score for each, what the aggregation
/// makes of them, the patches that patch dropout keeps of one, and the videos whose embeddings lie nearest.
class InsidePage : public Page {
    Q_OBJECT
public:
    explicit InsidePage(const PageServices& services, QWidget* parent = nullptr);

    void setLibrary(const LibraryInView& view) override;
    /// Null: nothing is embedded, or nothing that can be compared.
    void setInsideFunction(HitReading::InsideFunction function);
    /// `atSec` chooses the frame; `query` may be empty.
    void showHit(const VideoRecord& video, const Query& query, double atSec);
    void clear();
    void run() override; ///< reads the video and what is stored of it anew
    QString runWord() const override { return tr("&Look anew"); }
    void exportFigure() override;

    VideoId videoId() const { return m_hit->video().id; }
    const HitInside& inside() const { return m_hit->inside(); }
    SeenFramesModel& frames() { return *m_frames; }
    FrameList& frameList() { return *m_list; }
    PatchPanel& patches() { return *m_patches; }
    CellVideosView& neighbours() { return *m_neighbours; }
    ExplainPanel& explain() { return *m_explain; }
    QString aggregation() const; ///< chosen: "query", "mean", "transformer"
    void setAggregation(const QString& spelling);
    void setPatchDraw(double dropped, uint64_t seed);
    bool isSettled() const { return m_hit->isSettled(); } ///< nothing is being computed or read
    QByteArray layoutState() const override;
    void restoreLayout(const QByteArray& state) override;
    bool isAtWork() const override { return !isSettled(); }
    std::map<QString, QString> facts() const override;
    QWidget* part(const QString& name) const override; ///< "frames", "patches", "neighbours", "aggregation"

Q_SIGNALS:
    void leaveAsked(); ///< back to the hits
    void settled(); ///< what was asked for is shown

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void buildLayout();
    void connectReading();
    void load();
    void drawPatches();
    void showRows();
    void showNeighbours();
    void showState();
    void settle();

    JobManager& m_jobs;
    LibraryModel& m_videos;
    LibraryInView m_view;
    HitReading* m_hit;
    double m_atSec = 0;

    SeenFramesModel* m_frames;
    ElidedLabel* m_title;
    ElidedLabel* m_summary;
    QComboBox* m_aggregation;
    FrameList* m_list;
    QLabel* m_stripNote;
    PatchPanel* m_patches;
    QLabel* m_neighboursNote;
    CellVideosView* m_neighbours;
    ExplainPanel* m_explain;
    QSplitter* m_columns;
    QSplitter* m_lower;
    QStackedWidget* m_stack; ///< the hit | what to do first
    QLabel* m_empty;
};

} // namespace clipscope
