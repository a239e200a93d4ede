// SPDX-License-Identifier: GPL-3.0-or-later
#include "inside/inside_page.h"

#include "aggregation/part_means.h"
#include "experiment/cell_videos_view.h"
#include "experiment/export_dialog.h"
#include "inside/frame_list.h"
#include "inside/inside_figure.h"
#include "inside/inside_words.h"
#include "inside/patch_panel.h"
#include "inside/patch_view.h"
#include "models/display_text.h"
#include "models/library_model.h"
#include "models/seen_frames_model.h"
#include "models/video_list_model.h"
#include "shell/elided_label.h"

#include <QComboBox>
#include <QDataStream>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <tuple>
#include <utility>

namespace clipscope {

namespace {

constexpr int kExplainWidth = 300;
constexpr int kExplainFrom = 960; ///< width of the page

} // namespace

InsidePage::InsidePage(const PageServices& services, QWidget* parent)
    : Page(parent)
    , m_jobs(services.jobs)
    , m_videos(services.videos)
    , m_hit(new HitReading(services.jobs, this))
    , m_frames(new SeenFramesModel(this))
    , m_title(new ElidedLabel)
    , m_summary(new ElidedLabel(Qt::ElideRight))
    , m_aggregation(new QComboBox)
    , m_list(new FrameList(m_frames))
    , m_stripNote(new QLabel)
    , m_patches(new PatchPanel)
    , m_neighboursNote(new QLabel)
    , m_neighbours(new CellVideosView(new VideoListModel(services.thumbnails, this)))
    , m_explain(new ExplainPanel)
    , m_columns(new QSplitter(Qt::Horizontal))
    , m_lower(new QSplitter(Qt::Horizontal))
    , m_stack(new QStackedWidget)
    , m_empty(new QLabel)
{
    m_aggregation->addItem(tr("Query-scored"), QStringLiteral("query"));
    m_aggregation->addItem(tr("Mean"), QStringLiteral("mean"));
    m_aggregation->addItem(
        tr("Means of %1 parts").arg(PartMeans::kUsualParts), QStringLiteral("parts:%1").arg(PartMeans::kUsualParts));
    m_aggregation->addItem(tr("Transformer"), QStringLiteral("transformer"));
    m_aggregation->setAccessibleName(tr("Aggregation"));
    m_aggregation->setToolTip(tr("How the frames become one score of the video"));
    m_neighbours->setAccessibleName(tr("Nearest videos in the library"));
    buildLayout();
    connectReading();
    connect(m_aggregation, &QComboBox::currentIndexChanged, this, [this] { load(); });
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex& index) {
        if (!index.isValid())
            return;
        m_atSec = m_frames->rows()[size_t(index.row())].timeSec;
        drawPatches();
    });
    connect(m_list, &FrameList::leaveAsked, this, &InsidePage::leaveAsked);
    connect(m_patches, &PatchPanel::drawChanged, this, &InsidePage::drawPatches);
    connect(m_neighbours, &CellVideosView::playAsked, this, &Page::videoAsked);
    connect(m_neighbours, &QAbstractItemView::clicked, this,
        [this](const QModelIndex& index) { Q_EMIT videoAsked(m_neighbours->list().videoAt(index.row())); });
    connect(m_neighbours, &CellVideosView::leaveAsked, this, &InsidePage::leaveAsked);
    showState();
}

void InsidePage::buildLayout()
{
    m_title->setObjectName(QStringLiteral("title"));
    for (QLabel* label : std::initializer_list<QLabel*>{m_summary, m_stripNote, m_neighboursNote, m_empty})
        label->setObjectName(QStringLiteral("muted"));
    m_stripNote->setWordWrap(true);
    auto* back = new QPushButton(tr("Back"));
    back->setToolTip(tr("Back to the hits (Esc)"));
    connect(back, &QPushButton::clicked, this, &InsidePage::leaveAsked);
    auto* head = new QHBoxLayout;
    head->setSpacing(8);
    head->addWidget(back);
    head->addWidget(m_title, 2);
    head->addWidget(m_summary, 3);
    auto* aggregation = new QLabel(tr("&Aggregation"));
    aggregation->setBuddy(m_aggregation);
    head->addWidget(aggregation);
    head->addWidget(m_aggregation);
    auto* exporting = new QPushButton(tr("Export figure"));
    exporting->setToolTip(tr("PNG, SVG or PDF, with what it was made of inside"));
    connect(exporting, &QPushButton::clicked, this, &InsidePage::exportFigure);
    head->addWidget(exporting);

    auto* near = new QWidget;
    auto* nearLayout = new QVBoxLayout(near);
    nearLayout->setContentsMargins(12, 0, 0, 0);
    nearLayout->setSpacing(8);
    nearLayout->addWidget(m_neighboursNote);
    nearLayout->addWidget(m_neighbours, 1);
    auto* patches = new QWidget;
    auto* patchesLayout = new QVBoxLayout(patches);
    patchesLayout->setContentsMargins(0, 0, 12, 0);
    patchesLayout->addWidget(m_patches);
    for (QWidget* part : {patches, near})
        m_lower->addWidget(part);
    m_lower->setSizes({460, 460});
    auto* middle = new QWidget;
    auto* middleLayout = new QVBoxLayout(middle);
    middleLayout->setContentsMargins(16, 12, 16, 12);
    middleLayout->setSpacing(8);
    middleLayout->addLayout(head);
    middleLayout->addWidget(m_list);
    middleLayout->addWidget(m_stripNote);
    middleLayout->addWidget(m_lower, 1);
    m_columns->addWidget(middle);
    m_columns->addWidget(m_explain);
    m_columns->setStretchFactor(0, 1);
    m_columns->setSizes({900, kExplainWidth});
    for (QSplitter* splitter : {m_columns, m_lower}) {
        splitter->setChildrenCollapsible(false);
        splitter->setHandleWidth(1);
    }

    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_stack->addWidget(m_columns);
    m_stack->addWidget(m_empty);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_stack);
    setFocusProxy(m_list);
    QWidget* const order[] = {m_list, m_aggregation, exporting, m_patches, m_neighbours, m_explain, back};
    for (size_t i = 1; i < std::size(order); ++i)
        setTabOrder(order[i - 1], order[i]);
}

void InsidePage::connectReading()
{
    connect(m_hit, &HitReading::insideChanged, this, [this] {
        if (m_hit->failure().isEmpty()) {
            showRows();
            showNeighbours();
        }
        showState();
        settle();
    });
    connect(m_hit, &HitReading::framesChanged, this, [this] {
        showRows();
        showState();
        settle();
    });
    connect(m_hit, &HitReading::patchesDrawn, this, [this](const std::vector<int>& kept) {
        m_patches->setKept(kept);
        showState();
        settle();
    });
    connect(m_hit, &HitReading::patchesFailed, this, [this](const QString& why) {
        Q_EMIT failed(why);
        settle();
    });
}

void InsidePage::setLibrary(const LibraryInView& view)
{
    if (view.library != m_view.library)
        clear();
    const bool otherEncoder = view.encoder != m_view.encoder;
    m_view = view;
    if (!otherEncoder)
        return;
    m_hit->setEncoder(view.encoder);
    m_patches->setDraw(view.key.patchDropout, view.key.seed);
    const PatchTower* tower = m_hit->patchTower();
    m_patches->setPatchesPerSide(tower ? tower->patchesPerSide() : 0,
        view.encoder ? tr("%1 has no patches: it reads pictures by convolutions or got its vectors from elsewhere.")
                           .arg(QString::fromStdString(view.encoder->info().title))
                     : QString());
    if (videoId() != 0)
        m_hit->readFrames();
}

void InsidePage::setInsideFunction(HitReading::InsideFunction function)
{
    m_hit->setFunction(std::move(function));
    load();
}

void InsidePage::showHit(const VideoRecord& video, const Query& query, double atSec)
{
    const bool other = video.id != videoId();
    m_hit->setHit(video, query);
    m_atSec = atSec;
    m_title->setWhole(tr("Inside %1").arg(fileName(video.path)), displayPath(video.path));
    if (other) {
        m_frames->setRows({});
        m_patches->setFrame({});
        m_hit->readFrames();
    }
    load();
}

void InsidePage::clear()
{
    m_hit->clear();
    m_frames->setRows({});
    m_neighbours->list().setRows({});
    m_patches->setFrame({});
    showState();
}

void InsidePage::run()
{
    if (videoId() == 0)
        return;
    if (const VideoRecord* now = m_videos.videoById(videoId()))
        m_hit->setHit(*now, m_hit->query());
    m_hit->readFrames();
    load();
}

void InsidePage::exportFigure()
{
    if (!m_hit->isPromising() || m_frames->rows().empty()) {
        Q_EMIT said(tr("This page has nothing to export yet."));
        return;
    }
    const PatchView& patches = m_patches->view();
    const InsideView shown{m_title->whole(), m_summary->whole(), m_frames, m_list->currentIndex().row(),
        m_stripNote->text(), patches.frame(), patches.perSide(), patches.kept(), m_patches->told(),
        &m_neighbours->list(), m_neighboursNote->text()};
    const auto [dropped, seed] = m_patches->draw();
    InsideFigure figure(shown, font());
    saveFigure(figure, insideProvenance(shown, *m_hit, m_view, aggregation(), dropped, seed), QStringLiteral("inside"),
        m_jobs, *this);
}

QString InsidePage::aggregation() const
{
    return m_aggregation->currentData().toString();
}

void InsidePage::setAggregation(const QString& spelling)
{
    if (const int place = m_aggregation->findData(spelling); place >= 0)
        m_aggregation->setCurrentIndex(place);
}

void InsidePage::setPatchDraw(double dropped, uint64_t seed)
{
    m_patches->setDraw(dropped, seed);
    drawPatches();
}

std::map<QString, QString> InsidePage::facts() const
{
    std::map<QString, QString> facts = insideFacts(inside());
    if (const PatchView& view = m_patches->view(); view.perSide() > 0) {
        facts[QStringLiteral("inside.patches")] = QString::number(view.perSide() * view.perSide());
        facts[QStringLiteral("inside.kept")] = QString::number(view.kept().size());
    }
    if (!inside().neighbours.empty())
        if (const VideoRecord* nearest = m_videos.videoById(inside().neighbours.front().video))
            facts[QStringLiteral("inside.nearest.file")] = fileName(nearest->path);
    return facts;
}

QWidget* InsidePage::part(const QString& name) const
{
    const std::pair<const char*, QWidget*> parts[] = {
        {"frames", m_list}, {"patches", m_patches}, {"neighbours", m_neighbours}, {"aggregation", m_aggregation}};
    for (const auto& [known, widget] : parts)
        if (name == QLatin1String(known))
            return widget;
    return nullptr;
}

/// Scores, weights and neighbours: what is stored already.
void InsidePage::load()
{
    m_hit->readInside(aggregation());
    showState();
}

void InsidePage::showRows()
{
    m_frames->setRows(m_hit->rows());
    const int nearest = m_frames->nearestTo(m_atSec);
    if (nearest < 0)
        return;
    if (m_list->currentIndex().row() != nearest)
        m_list->setCurrentIndex(m_frames->index(nearest));
    else
        drawPatches();
}

void InsidePage::showNeighbours()
{
    std::vector<VideoListModel::Row> rows;
    for (const HitInside::Neighbour& neighbour : inside().neighbours)
        if (const VideoRecord* video = m_videos.videoById(neighbour.video))
            rows.push_back({*video, tr("cosine %1").arg(scoreText(neighbour.cosine))});
    m_neighbours->list().setRows(std::move(rows));
    m_neighboursNote->setText(neighboursText(inside(), m_view));
}

void InsidePage::drawPatches()
{
    const int row = m_list->currentIndex().row();
    if (row < 0 || !m_hit->seen() || size_t(row) >= m_hit->seen()->frames.size())
        return;
    m_patches->setFrame(m_frames->rows()[size_t(row)].picture);
    const auto [dropped, seed] = m_patches->draw();
    m_hit->drawPatches(row, dropped, seed);
}

void InsidePage::showState()
{
    const bool anything = m_hit->isPromising();
    m_stack->setCurrentIndex(anything ? 0 : 1);
    if (!anything) {
        m_empty->setText(videoId() == 0       ? tr("Choose a hit, then look inside it.")
                : !m_hit->failure().isEmpty() ? m_hit->failure()
                                              : tr("%1 is not embedded, so that there is nothing to look into. Embed "
                                                   "the library first (Library menu).")
                                                    .arg(fileName(m_hit->video().path)));
        return;
    }
    QStringList parts;
    const qint64 seen = qint64(inside().timesSec.size());
    if (seen > 0)
        parts << counted(seen, tr("frame seen"), tr("frames seen"));
    if (m_hit->seen() && qint64(m_frames->rows().size()) < seen)
        parts << tr("%1 shown").arg(m_frames->rows().size());
    if (inside().videoScore)
        parts << tr("video score %1").arg(scoreText(*inside().videoScore));
    if (!m_hit->noFrames().isEmpty())
        parts << m_hit->noFrames();
    m_summary->setWhole(parts.join(QStringLiteral(" \u00b7 ")));
    m_stripNote->setText(stripText(inside(), aggregation()));
    const PatchTower* tower = m_hit->patchTower();
    InsideFacts facts;
    facts.inside = &inside();
    facts.sampler = QString::fromStdString(m_hit->video().sampler.toString());
    facts.aggregation = aggregation();
    facts.patchesPerSide = tower ? tower->patchesPerSide() : 0;
    std::tie(facts.dropped, facts.seed) = m_patches->draw();
    m_explain->setExplanation(explainInside(facts, m_view));
}

void InsidePage::settle()
{
    if (isSettled())
        Q_EMIT settled();
}

/// Where there is little room, it is the frames'.
void InsidePage::resizeEvent(QResizeEvent* event)
{
    Page::resizeEvent(event);
    m_explain->setVisible(width() >= kExplainFrom);
}

QByteArray InsidePage::layoutState() const
{
    QByteArray state;
    QDataStream out(&state, QIODevice::WriteOnly);
    out << m_columns->saveState() << m_lower->saveState();
    return state;
}

void InsidePage::restoreLayout(const QByteArray& state)
{
    QDataStream in(state);
    QByteArray columns, lower;
    in >> columns >> lower;
    if (in.status() != QDataStream::Ok)
        return;
    m_columns->restoreState(columns);
    m_lower->restoreState(lower);
}

} // namespace clipscope
