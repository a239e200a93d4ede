// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/label_proposals.h"

#include "base/error.h"
#include "base/random.h"
#include "graph/parallel_tasks_internal.h"

#include <algorithm>
#include <atomic>

namespace clipscope {

std::vector<LabelProposal> proposeLabels(
    const Graph& graph, const LabelProposalOptions& options, const JobContext& context)
{
    GraphSplit split;
    std::vector<LabelProposal> out;
    for (int node = 0; node < graph.nodes(); ++node) {
        if (graph.labels[size_t(node)] >= 0)
            split.train.push_back(node);
        else
            out.emplace_back().node = node;
    }
    if (out.empty())
        throw Error(ErrorKind::Input, "has a label at every node", graph.name, "There is nothing to propose.");
    const auto members = size_t(std::max(1, options.members));
    std::vector<SelfTrainingStage> answers(members);
    std::atomic<int64_t> done = 0;
    context.progress(0, int64_t(members), toString(options.training.method));
    runTasks(members, options.threads, context, [&](size_t member, const JobContext& quiet) {
        SelfTrainingOptions own = options.training;
        own.seed = deriveSeed(context.seed, uint64_t(member));
        answers[member] = selfTrain(graph, split, own, quiet).back();
        context.progress(++done, int64_t(members), toString(options.training.method));
    });

    std::vector<int> votes(graph.classes.size());
    std::vector<float> sureness(graph.classes.size());
    for (LabelProposal& proposal : out) {
        std::ranges::fill(votes, 0);
        std::ranges::fill(sureness, 0.F);
        for (const SelfTrainingStage& answer : answers) {
            const auto label = size_t(answer.predictions[size_t(proposal.node)]);
            ++votes[label];
            sureness[label] += answer.confidences[size_t(proposal.node)];
        }
        size_t best = 0;
        for (size_t label = 1; label < votes.size(); ++label)
            if (std::pair(votes[label], sureness[label]) > std::pair(votes[best], sureness[best]))
                best = label;
        proposal.label = int(best);
        proposal.votes = votes;
        proposal.confidence = sureness[best] / float(members);
    }
    std::ranges::stable_sort(out, {}, &LabelProposal::confidence);
    return out;
}

} // namespace clipscope
