// SPDX-License-Identifier: GPL-3.0-or-later
#include "inside/hit_reading.h"

#include "jobs/job_manager.h"
#include "models/display_text.h"
#include "models/thumbnail_cache.h"

#include <utility>

namespace clipscope {

namespace {

constexpr int kMostFrames = 240; ///< pictures kept of one video
constexpr int kNeighbours = 24;
constexpr int kPictureSide = 256; ///< where the encoder names no size

/// How the encoder wants its pictures; imported vectors have no encoder that could say.
FrameFit fitOf(const Encoder* encoder)
{
    return encoder && encoder->info().fit.width > 0 ? encoder->info().fit
                                                    : FrameFit::bounds(kPictureSide, kPictureSide);
}

JobRequest quietly(const QString& title, const QString& topic)
{
    JobRequest request;
    request.title = title;
    request.topic = topic;
    request.quiet = true;
    return request;
}

} // namespace

HitReading::HitReading(JobManager& jobs, QObject* parent)
    : QObject(parent)
    , m_jobs(jobs)
{
}

void HitReading::setEncoder(std::shared_ptr<Encoder> encoder)
{
    if (encoder == m_encoder)
        return;
    m_encoder = std::move(encoder);
    m_seen.reset();
}

void HitReading::setHit(const VideoRecord& video, const Query& query)
{
    if (video.id != m_video.id) {
        m_inside = {};
        m_seen.reset();
    }
    m_video = video;
    m_query = query;
}

void HitReading::clear()
{
    for (JobId* job : {&m_insideJob, &m_framesJob, &m_patchJob})
        m_jobs.cancel(std::exchange(*job, 0));
    setHit({}, {});
    m_noFrames.clear();
    m_failure.clear();
}

bool HitReading::isPromising() const
{
    return m_video.id != 0 && m_function && m_failure.isEmpty() && (m_insideJob != 0 || !m_inside.timesSec.empty());
}

std::vector<SeenFramesModel::Row> HitReading::rows() const
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
    return rows;
}

void HitReading::readInside(const QString& aggregation)
{
    m_failure.clear();
    if (m_video.id == 0 || !m_function) {
        m_jobs.cancel(std::exchange(m_insideJob, 0));
        return;
    }
    JobRequest request = quietly(tr("Inside %1").arg(fileName(m_video.path)), QStringLiteral("inside"));
    request.lane = Lane::Query;
    m_insideJob = m_jobs.start(
        request,
        [function = m_function, query = m_query, id = m_video.id, by = aggregation.toStdString()](
            JobContext& context) { return function(query, id, by, kNeighbours, context); },
        this,
        [this](HitInside inside) {
            m_insideJob = 0;
            m_inside = std::move(inside);
            Q_EMIT insideChanged();
        },
        [this](const JobFailure& failure) {
            m_insideJob = 0;
            m_failure = failure.text();
            Q_EMIT insideChanged();
        });
}

void HitReading::readFrames()
{
    m_noFrames.clear();
    m_framesJob = m_jobs.start(
        quietly(tr("Frames of %1").arg(fileName(m_video.path)), QStringLiteral("inside.frames")),
        [video = m_video, fit = fitOf(m_encoder.get())](JobContext& context) {
            return std::make_shared<const SeenFrames>(seenFrames(video, fit, kMostFrames, context));
        },
        this,
        [this](std::shared_ptr<const SeenFrames> seen) {
            m_framesJob = 0;
            m_seen = std::move(seen);
            Q_EMIT framesChanged();
        },
        [this](const JobFailure& failure) {
            m_framesJob = 0;
            m_seen.reset();
            m_noFrames = failure.text();
            Q_EMIT framesChanged();
        });
}

void HitReading::drawPatches(int frame, double dropped, uint64_t seed)
{
    const PatchTower* tower = patchTower();
    if (!tower || !m_seen || frame < 0 || size_t(frame) >= m_seen->frames.size())
        return;
    JobRequest request = quietly(tr("Drawing patches"), QStringLiteral("inside.patches"));
    request.lane = Lane::Query;
    m_patchJob = m_jobs.start(
        request,
        [encoder = m_encoder, tower, seen = m_seen, frame, dropped, seed](
            JobContext&) { return tower->keptPatches(seen->frames[size_t(frame)].image, dropped, seed); },
        this,
        [this](const std::vector<int>& kept) {
            m_patchJob = 0;
            Q_EMIT patchesDrawn(kept);
        },
        [this](const JobFailure& failure) {
            m_patchJob = 0;
            Q_EMIT patchesFailed(failure.text());
        });
}

} // namespace clipscope
