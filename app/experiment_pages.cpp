// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment_pages.h"

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
} // namespace

std::vector<PageEntry> experimentPages()
{
    return {
        probePage(runProbe),
        retrievalPage(),
    };
}

} // namespace clipscope
