// SPDX-License-Identifier: GPL-3.0-or-later
#include "player/moment_panel.h"

#include "jobs/job_manager.h"
#include "media/thumbnail_maker.h"
#include "models/display_text.h"
#include "models/library_model.h"
#include "models/score_formula.h"
#include "models/thumbnail_cache.h"
#include "player/film_strip.h"
#include "player/heat_strip.h"
#include "player/moment_list.h"
#include "player/playback.h"
#include "player/player_widget.h"
#include "shell/column_scroll.h"
#include "shell/elided_label.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

namespace clipscope {

namespace {
constexpr int kFilmFrames = 10;
constexpr double kLeadSec = 1;
constexpr double kSameSec = 0.05; ///< nearer than this is where we are

QLabel* makeKey(const QString& text)
{
    auto* label = new QLabel(text);
    label->setObjectName(QStringLiteral("key"));
    return label;
}
} // namespace

MomentPanel::MomentPanel(JobManager& jobs, ThumbnailCache& thumbnails, QWidget* parent)
    : QWidget(parent)
    , m_jobs(jobs)
    , m_thumbnails(thumbnails)
    , m_player(new PlayerWidget)
    , m_strips(new QWidget)
    , m_heat(new HeatStrip)
    , m_film(new FilmStrip)
    , m_time(new QLabel)
    , m_speed(new QLabel)
    , m_name(new ElidedLabel)
    , m_detail(new ElidedLabel(Qt::ElideRight))
    , m_list(new MomentList)
    , m_formula(new QLabel)
    , m_play(new QPushButton(tr("Play from here")))
    , m_more(new QPushButton(tr("More like this  (M)")))
    , m_not(new QPushButton(tr("Not this  (N)")))
    , m_inside(new QPushButton(tr("Look inside  (E)")))
    , m_command(new QPushButton(tr("Copy as command")))
{
    setObjectName(QStringLiteral("momentPanel"));
    setAttribute(Qt::WA_StyledBackground);
    setMinimumWidth(360);
    m_name->setObjectName(QStringLiteral("strong"));
    m_detail->setObjectName(QStringLiteral("muted"));
    m_detail->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_formula->setObjectName(QStringLiteral("muted"));
    m_formula->setWordWrap(true);
    m_speed->setObjectName(QStringLiteral("key"));
    m_speed->setAlignment(Qt::AlignCenter);
    m_speed->setToolTip(tr("Speed: J, K, L, comma and full stop"));
    m_play->setObjectName(QStringLiteral("primary"));
    m_inside->setToolTip(tr("The frames its embedding saw, their scores, weights and patches, and its neighbours"));
    m_command->setObjectName(QStringLiteral("link"));

    auto* transport = new QHBoxLayout;
    transport->addWidget(m_time);
    transport->addStretch();
    transport->setSpacing(4);
    for (const char* key : {"J", "K", "L", "\u2190", "\u2192"})
        transport->addWidget(makeKey(QString::fromUtf8(key)));
    transport->addSpacing(8);
    transport->addWidget(m_speed);
    auto* head = new QHBoxLayout;
    head->addWidget(m_name, 3);
    head->addWidget(m_detail, 1);
    auto* actions = new QHBoxLayout;
    actions->setSpacing(8);
    for (QPushButton* button : {m_play, m_more, m_not})
        actions->addWidget(button);
    actions->addStretch();

    // What does not fit under the player in a small window is scrolled to; the player and its strips always show.
    auto* details = new QWidget;
    auto* detailLayout = new QVBoxLayout(details);
    detailLayout->setContentsMargins(16, 4, 16, 12);
    detailLayout->setSpacing(8);
    detailLayout->addLayout(head);
    detailLayout->addWidget(m_list);
    detailLayout->addLayout(actions);
    detailLayout->addWidget(m_formula);
    auto* about = new QHBoxLayout;
    about->setSpacing(12);
    about->addWidget(m_inside);
    about->addWidget(m_command);
    about->addStretch();
    detailLayout->addLayout(about);
    detailLayout->addStretch();
    m_details = new ColumnScroll(details);
    m_details->setObjectName(QStringLiteral("details"));
    m_details->setMinimumHeight(96);

    auto* strips = new QVBoxLayout(m_strips);
    strips->setContentsMargins(16, 8, 16, 4);
    strips->setSpacing(6);
    strips->addWidget(m_heat);
    strips->addWidget(m_film);
    strips->addLayout(transport);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_player, 3);
    layout->addWidget(m_strips);
    layout->addWidget(m_details, 2);

    Playback& playback = m_player->playback();
    connect(&playback, &Playback::stateChanged, this, &MomentPanel::showState);
    connect(&playback, &Playback::opened, this, [this, &playback] {
        m_heat->setDuration(playback.info().durationSec);
        m_film->setDuration(playback.info().durationSec);
    });
    connect(m_player, &PlayerWidget::leaveAsked, this, &MomentPanel::leaveAsked);
    connect(m_heat, &HeatStrip::scrubbed, this, [&playback](double timeSec) {
        playback.pause();
        playback.seek(timeSec);
    });
    connect(m_film, &FilmStrip::clicked, this, [&playback](double timeSec) {
        playback.pause();
        playback.seek(timeSec);
    });
    connect(m_play, &QPushButton::clicked, this, &MomentPanel::playFromMoment);
    connect(m_more, &QPushButton::clicked, this, &MomentPanel::moreLikeThis);
    connect(m_not, &QPushButton::clicked, this, &MomentPanel::notThis);
    connect(m_inside, &QPushButton::clicked, this, &MomentPanel::insideAsked);
    connect(m_command, &QPushButton::clicked, this, &MomentPanel::copyCommandAsked);
    connect(m_list, &MomentList::chosen, this, &MomentPanel::chooseMoment);
    connect(&thumbnails, &ThumbnailCache::arrived, this, [this] {
        if (hasVideo() && !m_filmFinal) {
            if (const QPixmap strip = m_thumbnails.strip(m_video); !strip.isNull())
                m_film->setStrip(strip, kFilmFrames);
        }
    });
    clear();
}

void MomentPanel::setHeatFunction(HeatFunction heat)
{
    m_heatFunction = std::move(heat);
    loadHeat();
}

void MomentPanel::setSearch(const Query& query, const std::vector<Hit>& hits)
{
    m_query = query;
    m_hits = hits;
    m_formula->setText(scoreFormula(query));
    m_command->setVisible(!query.positives.empty());
    if (hasVideo())
        loadHeat();
}

void MomentPanel::showHit(const Hit& hit, const VideoRecord& video, bool playing)
{
    const bool same = m_video.id == video.id;
    m_hit = hit;
    m_hasMoment = true;
    m_heat->setMoment(hit.startSec, hit.endSec);
    if (!same)
        show(video);
    else
        listMoments();
    m_player->playback().open(video.path, playing ? std::max(0.0, hit.startSec - kLeadSec) : hit.peakSec, playing);
}

void MomentPanel::showVideo(const VideoRecord& video, bool playing)
{
    m_hasMoment = false;
    m_heat->setMoment(0, 0);
    if (m_video.id != video.id)
        show(video);
    else
        listMoments();
    m_player->playback().open(video.path, 0, playing);
}

void MomentPanel::show(const VideoRecord& video)
{
    m_video = video;
    m_name->setWhole(fileName(video.path), displayPath(video.path));
    const QString damage = damageText(video);
    const QString size = video.info.width > 0
        ? QStringLiteral("%1 \u00d7 %2").arg(video.info.width).arg(video.info.height)
        : QString(); // vectors alone
    m_detail->setWhole(
        damage.isEmpty() ? size : QStringLiteral("\u26a0 ") + damage, QString::fromStdString(video.damage));
    m_heat->setDuration(video.info.durationSec);
    m_heat->setScores({}, {});
    m_film->setDuration(video.info.durationSec);
    m_heatScores = {};
    m_strips->show();
    m_details->show();
    loadStrip();
    loadHeat();
}

void MomentPanel::clear()
{
    m_video = {};
    m_hasMoment = false;
    m_player->clear();
    m_heat->setDuration(0);
    m_heat->setScores({}, {});
    m_heat->setMoment(0, 0);
    m_film->setStrip({}, 0);
    m_heatScores = {};
    m_name->setWhole({});
    m_detail->setWhole({});
    m_command->hide();
    m_formula->clear();
    m_strips->hide(); // an empty panel says what to do and nothing else
    m_details->hide();
    listMoments();
    showState();
}

/// The stored strip of ten frames at once, then one whose frames have the right height.
void MomentPanel::loadStrip()
{
    m_filmFinal = false;
    m_film->setStrip(m_thumbnails.strip(m_video), kFilmFrames);
    const int height = int(m_film->height() * devicePixelRatioF());
    JobRequest request;
    request.title = tr("Film strip");
    request.topic = QStringLiteral("filmStrip");
    request.quiet = true;
    m_jobs.start(
        request,
        [path = m_video.path, duration = m_video.info.durationSec, height](
            JobContext& context) { return toQImage(filmStrip(path, 0, duration, kFilmFrames, height, context)); },
        this,
        [this, id = m_video.id](const QImage& strip) {
            if (id == m_video.id && !strip.isNull()) {
                m_filmFinal = true;
                m_film->setStrip(QPixmap::fromImage(strip), kFilmFrames);
            }
        });
}

void MomentPanel::loadHeat()
{
    listMoments();
    if (!m_heatFunction || !hasVideo() || (m_query.positives.empty() && m_query.negatives.empty())) {
        m_heatScores = {};
        m_heat->setScores({}, {});
        return;
    }
    JobRequest request;
    request.title = tr("Heat strip");
    request.lane = Lane::Query;
    request.topic = QStringLiteral("heat");
    request.quiet = true;
    m_jobs.start(
        request,
        [heat = m_heatFunction, query = m_query, id = m_video.id](
            JobContext& context) { return heat(query, id, context); },
        this,
        [this, id = m_video.id](SearchEngine::HeatStrip strip) {
            if (id != m_video.id)
                return;
            m_heat->setScores(strip.timesSec, strip.scores);
            m_heatScores = std::move(strip);
            listMoments();
        });
}

void MomentPanel::listMoments()
{
    m_moments = hasVideo() ? momentsOfVideo(m_video, m_hasMoment ? &m_hit : nullptr, m_hits, m_heatScores)
                           : std::vector<ListedMoment>();
    int shown = -1;
    for (size_t row = 0; row < m_moments.size(); ++row) {
        if (m_hasMoment && m_moments[row].hit.startSec == m_hit.startSec)
            shown = int(row);
    }
    m_list->setMoments(m_moments, shown);
}

void MomentPanel::showState()
{
    const Playback& playback = m_player->playback();
    const bool any = !playback.path().empty();
    m_heat->setPosition(playback.timeSec());
    const double duration = playback.isOpen() ? playback.info().durationSec : m_video.info.durationSec;
    m_time->setText(any
            ? QStringLiteral("<b>%1</b> / %2 \u00b7 %3")
                  .arg(timeText(playback.timeSec()), timeText(duration), tr("frame %1").arg(playback.frameIndex()))
            : QString());
    const double speed = playback.speed();
    m_speed->setText(playback.isPlaying() ? QStringLiteral("%1\u00d7").arg(speed, 0, 'f', std::abs(speed) < 1 ? 2 : 1)
                                          : tr("paused"));
}

std::pair<double, double> MomentPanel::span() const
{
    if (m_hasMoment)
        return {m_hit.startSec, m_hit.endSec};
    const double at = m_player->playback().timeSec();
    return {std::max(0.0, at - 0.5), at + 0.5};
}

double MomentPanel::momentSec() const
{
    return m_hasMoment ? m_hit.peakSec : m_player->playback().timeSec();
}

void MomentPanel::playFromMoment()
{
    if (!hasVideo())
        return;
    m_player->playback().open(m_video.path, m_hasMoment ? std::max(0.0, m_hit.startSec - kLeadSec) : 0, true);
}

void MomentPanel::nextMoment(int step)
{
    const double now = m_player->playback().timeSec();
    const int count = int(m_moments.size());
    for (int row = step > 0 ? 0 : count - 1; row >= 0 && row<count; row += step> 0 ? 1 : -1) {
        const double start = m_moments[size_t(row)].hit.startSec;
        if (step > 0 ? start > now + kSameSec : start < now - kSameSec) {
            chooseMoment(row, false);
            return;
        }
    }
}

void MomentPanel::chooseMoment(int row, bool playing)
{
    if (row < 0 || row >= int(m_moments.size()))
        return;
    m_hit = m_moments[size_t(row)].hit;
    m_hasMoment = true;
    m_heat->setMoment(m_hit.startSec, m_hit.endSec);
    m_list->selectRow(row);
    m_player->playback().open(
        m_video.path, playing ? std::max(0.0, m_hit.startSec - kLeadSec) : m_hit.startSec, playing);
}

} // namespace clipscope
