// SPDX-License-Identifier: GPL-3.0-or-later
#include "library_graph.h"

#include "base/error.h"
#include "graph/neighbour_graph.h"
#include "library/embedding_store.h"

#include <map>
#include <optional>

namespace clipscope {

namespace {

std::vector<float> meanOf(const VideoEmbedding::Block& block)
{
    std::vector<float> out(size_t(block.dim), 0);
    for (size_t i = 0; i < block.values.size(); ++i)
        out[i % out.size()] += block.values[i];
    normalise(out);
    return out;
}

} // namespace

LibraryGraph libraryGraph(VideoLibrary& library, const EmbeddingKey& key, int neighbours, const JobContext& context)
{
    const EmbeddingStore store(library.folder(), key);
    LibraryGraph out;
    Graph& graph = out.graph;
    graph.name = library.folder().filename().string();
    for (const VideoRecord& record : library.videos()) {
        context.throwIfStopped();
        const std::optional<VideoEmbedding> embedding = store.read(record);
        if (!embedding || embedding->timesSec.empty())
            continue;
        graph.features.vectors.append(meanOf(embedding->features.dim > 0 ? embedding->features : embedding->joint));
        graph.nodeNames.push_back(record.path.filename().string());
        out.videos.push_back(record);
    }
    const std::string subject = library.folder().string();
    if (out.videos.size() < 2)
        throw Error(ErrorKind::Input, "has fewer than two embedded videos", subject, "Import some and embed them.");
    std::map<std::string, int> classes;
    for (const VideoRecord& video : out.videos)
        if (!video.label.empty())
            classes.emplace(video.label, 0);
    for (auto& [name, number] : classes) {
        number = int(graph.classes.size());
        graph.classes.push_back(name);
    }
    if (graph.classes.size() < 2)
        throw Error(ErrorKind::Input, "has embedded videos of fewer than two labels", subject,
            "Label some: keys 1 to 9 in the window, or import with --labels FILE.");
    for (const VideoRecord& video : out.videos)
        graph.labels.push_back(video.label.empty() ? -1 : classes.at(video.label));
    graph.adjacency = neighbourAdjacency(graph.features.vectors, neighbours, context);
    checkGraph(graph, subject);
    return out;
}

} // namespace clipscope
