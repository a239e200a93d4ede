// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "embedding/encoder.h"
#include "embedding/patch_tower.h"
#include "embedding/seen_frames.h"
#include "jobs/job.h"
#include "models/seen_frames_model.h"
#include "retrieval/hit_inside.h"
#include "retrieval/query.h"

#include <QObject>
#include <QString>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace clipscope {

class JobManager;

/// What is known of one hit, and how it is read: scores, weights and neighbours out of what is stored, the frames by
/// decoding the video, the patches that a draw keeps by the encoder. Each is a quiet job of which the newest wins. All
/// of it in the GUI thread.
class HitReading : public QObject {
    Q_OBJECT
public:
    /// SearchEngine::inside(). For a worker.
    using InsideFunction = std::function<HitInside(const Query&, VideoId, const std::string&, int, const JobContext&)>;

    explicit HitReading(JobManager& jobs, QObject* parent = nullptr);

    void setFunction(InsideFunction function) { m_function = std::move(function); }
    void setEncoder(std::shared_ptr<Encoder> encoder); ///< frames seen by another one are forgotten
    void setHit(const VideoRecord& video, const Query& query); ///< what is known of another video is forgotten
    void clear(); ///< stops what is on its way and forgets the hit

    void readInside(const QString& aggregation); ///< nothing where there is no hit or no function
    void readFrames();
    void drawPatches(int frame, double dropped, uint64_t seed); ///< `frame` of seen(); nothing without patches

    const VideoRecord& video() const { return m_video; } ///< id 0: there is no hit
    const Query& query() const { return m_query; }
    const HitInside& inside() const { return m_inside; }
    const SeenFrames* seen() const { return m_seen.get(); } ///< null: not there yet, or not to be had
    const PatchTower* patchTower() const { return patchTowerOf(m_encoder.get()); }
    const QString& noFrames() const { return m_noFrames; } ///< why there are no pictures
    const QString& failure() const { return m_failure; } ///< why there is nothing else
    /// One row a frame; of a long video those whose pictures were kept.
    std::vector<SeenFramesModel::Row> rows() const;
    /// Whether there is something to show, or on its way.
    bool isPromising() const;
    bool isSettled() const { return m_insideJob == 0 && m_framesJob == 0 && m_patchJob == 0; }

Q_SIGNALS:
    void insideChanged(); ///< read, or failure() says why not
    void framesChanged(); ///< read, or noFrames() says why not
    void patchesDrawn(const std::vector<int>& kept);
    void patchesFailed(const QString& why);

private:
    JobManager& m_jobs;
    InsideFunction m_function;
    std::shared_ptr<Encoder> m_encoder;
    VideoRecord m_video;
    Query m_query;
    HitInside m_inside;
    std::shared_ptr<const SeenFrames> m_seen;
    QString m_noFrames;
    QString m_failure;
    JobId m_insideJob = 0, m_framesJob = 0, m_patchJob = 0;
};

} // namespace clipscope
