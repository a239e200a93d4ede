// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "base/job_context.h"

#include <QMetaType>
#include <QString>
#include <QStringList>

#include <any>
#include <functional>
#include <optional>
#include <vector>

namespace clipscope {

/// Where a job runs. Each lane is a thread pool of fixed width.
enum class Lane {
    Query, ///< 1 thread: searches and heat strips
    Decode, ///< imports and rendering
    Model, ///< 1 thread: loading encoders, embedding, training
    Io ///< thumbnails, opening libraries, downloads
};

/// Done, Failed and Cancelled are final; a job reaches exactly one of them, once.
enum class JobState { Queued, Running, Paused, Done, Failed, Cancelled };
bool isFinal(JobState state);

using JobId = quint64;

/// One file of a batch that could not be used: a row with its reason, never a dialog.
struct FailedItem {
    QString path;
    QString reason;
};

/// The one error a job ends with.
struct JobFailure {
    ErrorKind kind = ErrorKind::Internal;
    QString happened;
    QString subject;
    QString remedy;

    /// "subject: happened. remedy"
    QString text() const;
};

/// What to run besides the function itself.
struct JobRequest {
    QString title; ///< "Importing clips"
    Lane lane = Lane::Io;
    /// Newest wins: starting a job stops every unfinished one of the same topic, whose result is never delivered.
    QString topic;
    QString unit; ///< "videos": for the rate
    bool quiet = false; ///< not listed (searches, thumbnails)
    /// Partial results since the last call, at most ten times a second, in the GUI thread, always before the end is
    /// told.
    std::function<void(const std::vector<std::any>&)> onPartials;
};

/// What a list shows of a job.
struct JobView {
    JobId id = 0;
    QString title;
    QString unit;
    JobState state = JobState::Queued;
    Lane lane = Lane::Io;
    QString pausedFor; ///< why something else than the user has paused it: "on battery"
    bool stopping = false; ///< cancel was asked, the worker has not come back yet
    qint64 done = 0;
    qint64 total = 0; ///< 0: unknown
    QString text; ///< what it is at
    QString waitsFor; ///< why it is paused by itself (a full disk, and where); empty when it is not
    std::optional<double> rate;
    std::optional<double> secondsLeft;
    qint64 runMs = 0;
    QString failure;
    std::vector<FailedItem> failedItems;
    QStringList log;
};

} // namespace clipscope

Q_DECLARE_METATYPE(clipscope::JobState)
