// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment_pages.h"

#include "graph/graph_page.h"
#include "graph_probe.h"
#include "library_graph.h"
#include "probe/probe_page.h"
#include "probe_run.h"
#include "retrieval/retrieval_page.h"

namespace clipscope {

namespace {
RunRecord runProbe(VideoLibrary& library, Encoder& encoder, const EmbeddingKey& key, const ProbeSettings& settings,
    JobContext& context)
{
    ProbeRunOptions options;
    options.probe = settings.probe;
    options.seed = settings.seed;
    options.aggregation = settings.aggregation;
    options.templates = settings.templates;
    return probeRun(library, encoder, key, options, context);
}

std::pair<Graph, std::vector<VideoId>> graphOf(
    VideoLibrary& library, const EmbeddingKey& key, int neighbours, const JobContext& context)
{
    LibraryGraph found = libraryGraph(library, key, neighbours, context);
    std::vector<VideoId> videos;
    for (const VideoRecord& video : found.videos)
        videos.push_back(video.id);
    return {std::move(found.graph), std::move(videos)};
}
} // namespace

std::vector<PageEntry> experimentPages()
{
    return {
        probePage(runProbe),
        retrievalPage(),
        graphPage(graphOf, probeNodes),
    };
}

} // namespace clipscope
