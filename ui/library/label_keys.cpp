// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/label_keys.h"

#include "base/json.h"
#include "jobs/job_manager.h"
#include "library/video_library.h"
#include "models/library_model.h"

#include <set>

namespace clipscope {

namespace {
const char* const kSetting = "labelKeys";

/// Nine names, or none where nobody has chosen any yet.
QStringList namesOf(const std::optional<std::string>& text)
{
    QStringList names;
    const Json json = Json::parse(text.value_or(std::string()), nullptr, false);
    if (!json.is_array())
        return names;
    for (const Json& name : json)
        if (names.size() < LabelKeys::kKeys)
            names << (name.is_string() ? QString::fromStdString(name.get<std::string>()) : QString());
    while (names.size() < LabelKeys::kKeys)
        names << QString();
    return names;
}
} // namespace

LabelKeys::LabelKeys(JobManager& jobs, const LibraryModel& videos, QObject* parent)
    : QObject(parent)
    , m_jobs(jobs)
    , m_videos(videos)
    , m_names(namesOf("[]"))
{
}

QStringList LabelKeys::labelsInUse() const
{
    std::set<std::string> labels;
    for (const VideoRecord& video : m_videos.videos())
        if (!video.label.empty())
            labels.insert(video.label);
    QStringList names;
    for (const std::string& label : labels)
        if (names.size() < kKeys)
            names << QString::fromStdString(label);
    while (names.size() < kKeys)
        names << QString();
    return names;
}

void LabelKeys::setLibrary(const std::shared_ptr<VideoLibrary>& library)
{
    m_library = library;
    m_names = labelsInUse();
    Q_EMIT changed();
    if (!library)
        return;
    JobRequest request;
    request.title = tr("Reading the labels of the keys");
    request.topic = QStringLiteral("labelKeys");
    request.quiet = true;
    m_jobs.start(
        request, [library](JobContext&) { return namesOf(library->setting(kSetting)); }, this,
        [this, library](const QStringList& names) {
            if (library != m_library || names.isEmpty())
                return;
            m_names = names;
            Q_EMIT changed();
        },
        [this](const JobFailure& failure) { Q_EMIT failed(failure.text()); });
}

void LabelKeys::setNames(const QStringList& names)
{
    if (names == m_names || !m_library)
        return;
    m_names = names;
    Q_EMIT changed();
    Json json = Json::array();
    for (const QString& name : names)
        json.push_back(name.toStdString());
    JobRequest request;
    request.title = tr("Keeping the labels of the keys");
    request.topic = QStringLiteral("labelKeys");
    request.quiet = true;
    m_jobs.start(
        request, [library = m_library, text = json.dump()](JobContext&) { library->setSetting(kSetting, text); }, this,
        [] {}, [this](const JobFailure& failure) { Q_EMIT failed(failure.text()); });
}

} // namespace clipscope
