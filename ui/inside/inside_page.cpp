// SPDX-License-Identifier: GPL-3.0-or-later
#include "inside/inside_page.h"

#include "experiment/cell_videos_view.h"
#include "inside/frame_list.h"
#include "inside/inside_words.h"
#include "inside/patch_panel.h"
#include "inside/patch_view.h"
#include "jobs/job_manager.h"
#include "models/display_text.h"
#include "models/library_model.h"
#include "models/seen_frames_model.h"
#include "models/thumbnail_cache.h"
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

#include <algorithm>
#include <tuple>
#include <utility>

namespace clipscope {

namespace {

constexpr int kMostFrames = 240; ///< pictures kept of one video
constexpr int kNeighbours = 24;
constexpr int kExplainWidth = 300;
constexpr int kExplainFrom = 960; ///< width of the page
constexpr int kPictureSide = 256; ///< where the encoder names no size

/// How the encoder wants its pictures; imported vectors have no encoder that could say.
FrameFit fitOf(const Encoder* encoder)
{
    return encoder && encoder->info().fit.width > 0 ? encoder->info().fit
                                                    : FrameFit::bounds(kPictureSide, kPictureSide);
}

} // namespace

InsidePage::InsidePage(const PageServices& services, QWidget* parent)
    : Page(parent)
    , m_jobs(services.jobs)
    , m_videos(services.videos)
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
    m_aggregation->addItem(tr("Transformer"), QStringLiteral("transformer"));
    m_aggregation->setAccessibleName(tr("Aggregation"));
    m_aggregation->setToolTip(tr("How the frames become one score of the video"));
    m_neighbours->setAccessibleName(tr("Nearest videos in the library"));
    buildLayout();
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
    QWidget* const order[] = {m_list, m_aggregation, m_patches, m_neighbours, m_explain, back};
    for (size_t i = 1; i < std::size(order); ++i)
        setTabOrder(order[i - 1], order[i]);
}

void InsidePage::setLibrary(const LibraryInView& view)
{
    if (view.library != m_view.library)
        clear();
    const bool otherEncoder = view.encoder != m_view.encoder;
    m_view = view;
    if (!otherEncoder)
        return;
    m_patches->setDraw(view.key.patchDropout, view.key.seed);
    const PatchTower* tower = patchTowerOf(view.encoder.get());
    m_patches->setPatchesPerSide(tower ? tower->patchesPerSide() : 0,
        view.encoder ? tr("%1 has no patches: it reads pictures by convolutions or got its vectors from elsewhere.")
                           .arg(QString::fromStdString(view.encoder->info().title))
                     : QString());
    if (m_video.id != 0)
        loadFrames();
}

void InsidePage::setInsideFunction(InsideFunction function)
{
    m_function = std::move(function);
    if (m_video.id != 0)
        load();
    else
        showState();
}

void InsidePage::showHit(const VideoRecord& video, const Query& query, double atSec)
{
    const bool other = video.id != m_video.id;
    m_video = video;
    m_query = query;
    m_atSec = atSec;
    m_title->setWhole(tr("Inside %1").arg(fileName(video.path)), displayPath(video.path));
    if (other) {
        m_inside = {};
        m_frames->setRows({});
        m_patches->setFrame({});
        loadFrames();
    }
    load();
}

void InsidePage::clear()
{
    for (JobId* job : {&m_insideJob, &m_framesJob, &m_patchJob})
        m_jobs.cancel(std::exchange(*job, 0));
    m_video = {};
    m_query = {};
    m_inside = {};
    m_seen.reset();
    m_frames->setRows({});
    m_neighbours->list().setRows({});
    m_patches->setFrame({});
    showState();
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
    std::map<QString, QString> facts = insideFacts(m_inside);
    if (const PatchView& view = m_patches->view(); view.perSide() > 0) {
        facts[QStringLiteral("inside.patches")] = QString::number(view.perSide() * view.perSide());
        facts[QStringLiteral("inside.kept")] = QString::number(view.kept().size());
    }
    if (!m_inside.neighbours.empty())
        if (const VideoRecord* nearest = m_videos.videoById(m_inside.neighbours.front().video))
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
    m_failure.clear();
    if (m_video.id == 0 || !m_function) {
        m_jobs.cancel(std::exchange(m_insideJob, 0));
        showState();
        return;
    }
    JobRequest request;
    request.title = tr("Inside %1").arg(fileName(m_video.path));
    request.lane = Lane::Query;
    request.topic = QStringLiteral("inside");
    request.quiet = true;
    m_insideJob = m_jobs.start(
        request,
        [function = m_function, query = m_query, id = m_video.id, by = aggregation().toStdString()](
            JobContext& context) { return function(query, id, by, kNeighbours, context); },
        this,
        [this](HitInside inside) {
            m_insideJob = 0;
            m_inside = std::move(inside);
            showRows();
            showNeighbours();
            showState();
            settle();
        },
        [this](const JobFailure& failure) {
            m_insideJob = 0;
            m_failure = failure.text();
            showState();
            settle();
        });
    showState();
}

/// The pictures, which have to be decoded.
void InsidePage::loadFrames()
{
    m_seen.reset();
    m_noFrames.clear();
    JobRequest request;
    request.title = tr("Frames of %1").arg(fileName(m_video.path));
    request.topic = QStringLiteral("inside.frames");
    request.quiet = true;
    m_framesJob = m_jobs.start(
        request,
        [video = m_video, fit = fitOf(m_view.encoder.get())](JobContext& context) {
            return std::make_shared<const SeenFrames>(seenFrames(video, fit, kMostFrames, context));
        },
        this,
        [this](std::shared_ptr<const SeenFrames> seen) {
            m_framesJob = 0;
            m_seen = std::move(seen);
            showRows();
            showState();
            settle();
        },
        [this](const JobFailure& failure) {
            m_framesJob = 0;
            m_noFrames = failure.text();
            showState();
            settle();
        });
}

/// One row a frame; of a long video those whose pictures were kept.
void InsidePage::showRows()
{
    std::vector<SeenFramesModel::Row> rows;
    const auto add = [&](size_t place, const QPixmap& picture) {
        SeenFramesModel::Row row;
        row.timeSec = m_inside.timesSec[place];
        if (place < m_inside.scores.size())
            row.score = m_inside.scores[place];
        if (place < m_inside.weights.size())
            row.weight = m_inside.weights[place];
        row.picture = picture;
        rows.push_back(std::move(row));
    };
    if (m_seen) {
        for (size_t i = 0; i < m_seen->frames.size(); ++i)
            if (size_t(m_seen->places[i]) < m_inside.timesSec.size())
                add(size_t(m_seen->places[i]), QPixmap::fromImage(toQImage(m_seen->frames[i].image)));
    } else {
        for (size_t place = 0; place < m_inside.timesSec.size(); ++place)
            add(place, {});
    }
    m_frames->setRows(std::move(rows));
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
    for (const HitInside::Neighbour& neighbour : m_inside.neighbours)
        if (const VideoRecord* video = m_videos.videoById(neighbour.video))
            rows.push_back({*video, tr("cosine %1").arg(scoreText(neighbour.cosine))});
    m_neighbours->list().setRows(std::move(rows));
    m_neighboursNote->setText(neighboursText(m_inside, m_view));
}

void InsidePage::drawPatches()
{
    const int row = m_list->currentIndex().row();
    const PatchTower* tower = patchTowerOf(m_view.encoder.get());
    if (row < 0 || !m_seen || size_t(row) >= m_seen->frames.size())
        return;
    m_patches->setFrame(m_frames->rows()[size_t(row)].picture);
    if (!tower)
        return;
    JobRequest request;
    request.title = tr("Drawing patches");
    request.lane = Lane::Query;
    request.topic = QStringLiteral("inside.patches");
    request.quiet = true;
    const auto [dropped, seed] = m_patches->draw();
    m_patchJob = m_jobs.start(
        request,
        [encoder = m_view.encoder, tower, seen = m_seen, row, share = dropped, draw = seed](
            JobContext&) { return tower->keptPatches(seen->frames[size_t(row)].image, share, draw); },
        this,
        [this](const std::vector<int>& kept) {
            m_patchJob = 0;
            m_patches->setKept(kept);
            showState();
            settle();
        },
        [this](const JobFailure& failure) {
            m_patchJob = 0;
            Q_EMIT failed(failure.text());
        });
}

void InsidePage::showState()
{
    const bool anything =
        m_video.id != 0 && m_failure.isEmpty() && m_function && (m_insideJob != 0 || !m_inside.timesSec.empty());
    m_stack->setCurrentIndex(anything ? 0 : 1);
    if (!anything) {
        m_empty->setText(m_video.id == 0 ? tr("Choose a hit, then look inside it.")
                : !m_failure.isEmpty()   ? m_failure
                                         : tr("%1 is not embedded, so that there is nothing to look into. Embed the "
                                                "library first (Library menu).")
                                             .arg(fileName(m_video.path)));
        return;
    }
    QStringList parts;
    const qint64 seen = qint64(m_inside.timesSec.size());
    if (seen > 0)
        parts << counted(seen, tr("frame seen"), tr("frames seen"));
    if (m_seen && qint64(m_frames->rows().size()) < seen)
        parts << tr("%1 shown").arg(m_frames->rows().size());
    if (m_inside.videoScore)
        parts << tr("video score %1").arg(scoreText(*m_inside.videoScore));
    if (!m_noFrames.isEmpty())
        parts << m_noFrames;
    m_summary->setWhole(parts.join(QStringLiteral(" \u00b7 ")));
    m_stripNote->setText(stripText(m_inside, aggregation()));
    const PatchTower* tower = patchTowerOf(m_view.encoder.get());
    InsideFacts facts;
    facts.inside = &m_inside;
    facts.sampler = QString::fromStdString(m_video.sampler.toString());
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
