// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/matrix.h"
#include "graph/graph.h"
#include "graph/graph_kernels.h"
#include "graph/message_flow.h"

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace clipscope {

enum class GnnKind {
    Gcn, ///< Kipf and Welling 2017: A X W
    Sage, ///< GraphSAGE's mean, Hamilton et al. 2017: X W + mean of the neighbours X W'
    Gat, ///< Velickovic et al. 2018: neighbours weighed by attention
};

/// "GCN", "GraphSAGE", "GAT".
const char* toString(GnnKind kind);
/// Throws Error(Input) for another word.
GnnKind gnnKind(const std::string& name);

struct GnnShape {
    GnnKind kind = GnnKind::Gcn;
    int layers = 2;
    int hidden = 64; ///< width of what lies between two layers; GAT: of each of its heads
    int heads = 8; ///< of GAT's layers but the last, which has one
    double dropout = .5; ///< of what goes into each layer; GAT: of the attention too

    bool operator==(const GnnShape&) const = default;
};

/// The matrix that a kind of network propagates by, of a graph's adjacency.
SparseMatrix propagation(GnnKind kind, const SparseMatrix& adjacency);

/// What the nodes of a flow bring along: their rows of the features.
NodeFeatures inputOf(const NodeFeatures& features, const MessageFlow& flow);

/// Networks of one shape side by side (an ensemble's members; one is the common case): one pass over the graph serves
/// them all. Member m begins, drops out and ends as it would alone, to the bit: its numbers come from its own seed, and
/// what is dropped depends on the node, not on who else is computed. ReLU between layers (GAT: ELU). Not thread-safe.
class Gnn {
public:
    /// Weights by Glorot and Bengio 2010, biases 0. `seeds`: one a member.
    Gnn(const GnnShape& shape, int inputs, int classes, std::span<const uint64_t> seeds);

    /// Blinds a member to all columns of the features but these, for good (feature subspaces, papers section 6.2 A).
    void restrictInputs(int member, std::span<const int> columns);

    int members() const { return int(m_seeds.size()); }
    int classes() const { return m_classes; }
    const GnnShape& shape() const { return m_shape; }

    /// Logits [targets, members * classes] as they are in use. `input`: inputOf() the flow.
    Matrix logits(const NodeFeatures& input, const MessageFlow& flow) const;
    /// Vectors of the last layer but one [targets' neighbourhood, members * width]: the first rows are the targets.
    Matrix hiddenVectors(const NodeFeatures& input, const MessageFlow& flow) const;
    /// The same with dropout, `step` naming the draw. Keeps what backward() needs, among it references to both.
    Matrix logitsForTraining(const NodeFeatures& input, const MessageFlow& flow, uint64_t step);
    /// From the gradient of those logits to that of the parameters, which replaces the last one. Returns nothing of the
    /// input's.
    void backward(const Matrix& logitsGradient);

    /// All members' parameters, layer by layer.
    std::span<float> parameters() { return m_parameters; }
    std::span<const float> parameters() const { return m_parameters; }
    std::span<const float> gradient() const { return m_gradient; }
    /// How many of them, from the first on, are the first layer's (whose weights alone decay in Kipf's recipe).
    size_t firstLayerParameters() const { return m_layers.empty() ? 0 : m_layers.front().end; }
    /// Multiplications with additions of one answer for all nodes, of all members.
    struct Cost {
        int64_t features = 0; ///< products with weights; of words only those that are there
        int64_t messages = 0; ///< along `entries` of the propagation
    };
    Cost cost(const NodeFeatures& features, int64_t entries) const;
    /// Copies one member's parameters from all of `from` to their places in `to`, both as parameters() has them.
    void copyMember(int member, std::span<const float> from, std::span<float> to) const;
    /// Sum of the squares of one member's parameters among the first `count` of all.
    double squaresOf(int member, size_t count) const;
    /// The same networks with `hidden` units a layer (GAT: a head) at most: of each member those stay whose numbers in
    /// the next layer are the largest (by norm of the rows; papers section 6.2 D). The matrices are smaller, so the
    /// answers cost less; where what went had no weight there nor in an attention, they are the same.
    Gnn narrowed(int hidden) const;
    /// How many one member has.
    size_t parametersAMember() const { return m_parameters.size() / m_seeds.size(); }

private:
    /// Where a layer's parameters stand among all.
    struct Layer {
        size_t inputs = 0, outputs = 0; ///< of one member
        size_t heads = 1; ///< that the outputs are made of
        size_t weight = 0; ///< first layer: [inputs, members * outputs]; others: [members][inputs, outputs]
        size_t selfWeight = 0; ///< GraphSAGE, of the same form
        size_t bias = 0; ///< [members * outputs]
        size_t attentionTo = 0, attentionFrom = 0; ///< GAT: [members * outputs], of who listens and who speaks
        size_t end = 0;
    };
    /// What one layer did, for the way back.
    struct Trace {
        std::vector<float> droppedWords; ///< first layer on words: values [members, entries]
        std::vector<Matrix> droppedVectors; ///< first layer on vectors: of each member
        Matrix dropped; ///< other layers: input after dropout
        Matrix product; ///< GAT: input times weights
        std::vector<float> attention; ///< GAT: [members * heads, entries], before its dropout
        std::vector<float> droppedAttention;
        std::vector<float> attentionScores; ///< GAT: before the softmax, [members * heads, entries]
        Matrix output; ///< after the activation
    };

    /// Calls each(first, count) for the runs of numbers that are one member's.
    template <class Each> void forRunsOf(size_t member, Each each) const;
    /// The `hidden` of each head's units, rising, that weigh most in what follows the layer.
    std::vector<size_t> heaviestUnits(size_t layer, size_t member, size_t hidden) const;
    /// What m_blind says, of parameters or their gradient.
    void clearBlind(std::span<float> numbers) const;
    bool isLast(size_t layer) const { return layer + 1 == m_layers.size(); }
    uint64_t dropSeed(size_t member, size_t layer, uint64_t step) const;
    Matrix run(const NodeFeatures& input, const MessageFlow& flow, size_t layers, std::vector<Trace>* traces,
        uint64_t step) const;
    void dropInput(size_t layer, const Matrix& hidden, const NodeFeatures& input, const MessageFlow& flow,
        uint64_t step, Trace& trace) const;
    /// out [rows, members * outputs] += what goes into the layer times its weights at `weight`, for the first rows.
    void multiply(size_t layer, size_t weight, const Matrix& hidden, const NodeFeatures& input, const Trace* trace,
        const MatrixView& out) const;
    void multiplyBack(
        size_t layer, size_t weight, const Trace& trace, const ConstMatrixView& gradient, Matrix* inputGradient);
    void attend(size_t layer, const SparseMatrix& weights, std::span<const int> nodes, const Matrix& product,
        Trace* trace, uint64_t step, Matrix& out) const;
    void attendBack(
        size_t layer, const SparseMatrix& weights, const Trace& trace, const Matrix& gradient, Matrix& productGradient);

    GnnShape m_shape;
    int m_classes = 0;
    std::vector<uint64_t> m_seeds;
    std::vector<Layer> m_layers;
    std::vector<float> m_parameters;
    std::vector<float> m_gradient;
    std::vector<std::pair<size_t, size_t>> m_blind; ///< member and column of the features that it does not see
    std::vector<Trace> m_traces;
    const NodeFeatures* m_input = nullptr;
    const MessageFlow* m_flow = nullptr;
    uint64_t m_step = 0;
};

} // namespace clipscope
