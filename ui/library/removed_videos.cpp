// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/removed_videos.h"

#include <unordered_map>
#include <utility>

namespace clipscope {

RemovedVideos removeVideos(const std::shared_ptr<VideoLibrary>& library, const std::vector<VideoId>& ids)
{
    std::unordered_map<VideoId, std::vector<Caption>> captions;
    for (VideoId id : ids)
        captions[id] = library->captions(id);
    RemovedVideos removed;
    removed.library = library;
    removed.records = library->remove(ids);
    for (const VideoRecord& record : removed.records)
        removed.captions.push_back(std::move(captions[record.id]));
    return removed;
}

void restoreVideos(const RemovedVideos& removed)
{
    for (size_t i = 0; i < removed.records.size(); ++i) {
        VideoRecord record = removed.records[i];
        removed.library->store(record); // gets its old id back
        for (CaptionSource source : {CaptionSource::Caption, CaptionSource::Subtitle}) {
            std::vector<Caption> own;
            for (Caption caption : removed.captions[i]) {
                caption.video = record.id;
                if (caption.source == source)
                    own.push_back(std::move(caption));
            }
            if (!own.empty())
                removed.library->setCaptions(record.id, source, own);
        }
        if (!record.label.empty())
            removed.library->setLabel(record.id, record.label);
        if (!record.split.empty())
            removed.library->setSplit(record.id, record.split);
    }
}

} // namespace clipscope
