// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/label_proposals.h"

#include "base/error.h"
#include "made_graph.h"
#include "support/test_data.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <stop_token>

using namespace clipscope;
using namespace clipscope::test;

namespace {

/// `kept` labels of each class stay, the others are forgotten.
Graph forgetful(const Graph& whole, int kept)
{
    Graph out = whole;
    std::vector<int> seen(whole.classes.size(), 0);
    for (int& label : out.labels)
        if (label >= 0 && ++seen[size_t(label)] > kept)
            label = -1;
    return out;
}

LabelProposalOptions quick()
{
    LabelProposalOptions out;
    out.training.hidden = 16;
    out.training.epochs = 40;
    out.members = 3;
    out.threads = 2;
    return out;
}

JobContext seeded(uint64_t seed)
{
    JobContext out;
    out.seed = seed;
    return out;
}

} // namespace

class TestLabelProposals : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void doubtfulOnesComeFirst()
    {
        const Graph whole = madeGraph({.nodes = 400, .sameClass = .75, .edgesANode = 2}, 6);
        const Graph graph = forgetful(whole, 4);
        const std::vector<LabelProposal> found = proposeLabels(graph, quick(), seeded(1)).nodes;
        QCOMPARE(found.size(), size_t(std::ranges::count(graph.labels, -1)));
        std::set<int> nodes;
        std::vector<bool> right;
        for (const LabelProposal& proposal : found) {
            QCOMPARE(graph.labels[size_t(proposal.node)], -1);
            nodes.insert(proposal.node);
            QCOMPARE(proposal.votes.size(), whole.classes.size());
            const int votes = proposal.votes[size_t(proposal.label)];
            QCOMPARE(votes, std::ranges::max(proposal.votes));
            QCOMPARE(std::accumulate(proposal.votes.begin(), proposal.votes.end(), 0), 3);
            QVERIFY(proposal.confidence > 0 && proposal.confidence <= float(votes) / 3 + 1e-6F);
            right.push_back(proposal.label == whole.labels[size_t(proposal.node)]);
        }
        QCOMPARE(nodes.size(), found.size());
        QVERIFY(std::ranges::is_sorted(found, {}, &LabelProposal::confidence));
        // Whoever looks at the first half finds most of what is wrong.
        const auto half = right.begin() + ptrdiff_t(right.size() / 2);
        const auto early = std::count(right.begin(), half, false), late = std::count(half, right.end(), false);
        QVERIFY2(early > 3 * late, qPrintable(QString("%1 wrong, then %2").arg(early).arg(late)));
        QVERIFY2(2 * (early + late) < ptrdiff_t(right.size()), qPrintable(QString::number(early + late)));
    }

    void equalSeedsAgree()
    {
        const Graph graph = forgetful(madeGraph({.nodes = 90}, 2), 3);
        LabelProposalOptions options = quick();
        const auto confidences = [&](uint64_t seed) {
            std::vector<float> out;
            for (const LabelProposal& proposal : proposeLabels(graph, options, seeded(seed)).nodes)
                out.push_back(proposal.confidence);
            return out;
        };
        const std::vector<float> first = confidences(5);
        options.threads = 1;
        QCOMPARE(confidences(5), first);
        QVERIFY(confidences(6) != first);
    }

    /// Where the features say all and the graph joins what does not belong together, the probe proposes; and the
    /// other way round.
    void labelsHeldOutDecide()
    {
        const auto decided = [](double sameClass, double wordsTell, bool probeKnows) {
            const Graph whole = madeGraph({.nodes = 300, .sameClass = sameClass, .wordsTell = wordsTell}, 3);
            const Graph graph = forgetful(whole, 6);
            LabelProposalOptions options = quick();
            options.featureProbe = [&](const Graph& of, std::span<const int> labelled, const JobContext&) {
                Matrix out(size_t(of.nodes()), of.classes.size());
                for (const int node : labelled)
                    if (of.labels[size_t(node)] < 0)
                        throw Error(ErrorKind::Internal, "an unlabelled node to learn from");
                for (size_t node = 0; node < out.rows; ++node) // sure of the truth, or of the first class
                    out.at(node, probeKnows && whole.labels[node] > 0 ? size_t(whole.labels[node]) : 0) = 1;
                return out;
            };
            LabelProposals found = proposeLabels(graph, options, seeded(2));
            for (LabelProposal& proposal : found.nodes)
                proposal.node = whole.labels[size_t(proposal.node)] == proposal.label;
            return found;
        };
        const LabelProposals byProbe = decided(.34, 0, true);
        QVERIFY(byProbe.byProbe);
        QCOMPARE(byProbe.heldOut, 3 * 3); // one of six labels of each of three classes, for each of three members
        QCOMPARE(byProbe.rightByProbe, byProbe.heldOut);
        QVERIFY(byProbe.rightByNetworks < byProbe.heldOut);
        QVERIFY(std::ranges::all_of(byProbe.nodes, [](const LabelProposal& p) { return p.node == 1; }));
        // Right whenever it was asked: its confidence says so, though its scores differ by 1 alone.
        QVERIFY(byProbe.nodes.front().confidence > .99F);

        const LabelProposals byNetworks = decided(.9, .9, false);
        QVERIFY(!byNetworks.byProbe);
        QVERIFY(byNetworks.rightByNetworks > byNetworks.rightByProbe);
        QCOMPARE(byNetworks.rightByProbe, 3);
    }

    /// Of one label a class none can be held out: the networks propose, as without a probe.
    void oneLabelDecidesNothing()
    {
        const Graph graph = forgetful(madeGraph({.nodes = 90}, 2), 1);
        LabelProposalOptions options = quick();
        const LabelProposals without = proposeLabels(graph, options, seeded(1));
        options.featureProbe = [](const Graph&, std::span<const int>, const JobContext&) -> Matrix {
            throw Error(ErrorKind::Internal, "is not asked");
        };
        const LabelProposals with = proposeLabels(graph, options, seeded(1));
        QVERIFY(!with.byProbe);
        QCOMPARE(with.heldOut, 0);
        QVERIFY(
            std::ranges::equal(with.nodes, without.nodes, {}, &LabelProposal::confidence, &LabelProposal::confidence));
    }

    void whatCannotBe()
    {
        const Graph whole = madeGraph({}, 1);
        QVERIFY(errorOf<Error>([&] { proposeLabels(whole, quick(), {}); }).find("at every node") != std::string::npos);
        Graph bare = forgetful(whole, 2);
        std::ranges::replace(bare.labels, 1, -1);
        QVERIFY(errorOf<Error>([&] { proposeLabels(bare, quick(), {}); }).find("no labelled node of the class")
            != std::string::npos);
        std::stop_source stop;
        stop.request_stop();
        JobContext stopped;
        stopped.stop = stop.get_token();
        QVERIFY_EXCEPTION_THROWN(proposeLabels(forgetful(whole, 2), quick(), stopped), Cancelled);
    }
};

QTEST_GUILESS_MAIN(TestLabelProposals)
#include "tst_label_proposals.moc"
