// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/gnn.h"

#include "base/error.h"
#include "base/random.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace clipscope {

namespace {

constexpr std::pair<GnnKind, const char*> kKinds[] = {
    {GnnKind::Gcn, "GCN"}, {GnnKind::Sage, "GraphSAGE"}, {GnnKind::Gat, "GAT"}};

/// The parts of a row that the dropout of one member touches draw from a seed of their own.
void dropRows(const MatrixView& part, std::span<const int> nodes, double p, uint64_t seed)
{
    for (size_t row = 0; row < part.rows; ++row)
        dropOut({part.row(row), part.columns}, p, deriveSeed(seed, uint64_t(nodes[row])));
}

void activate(GnnKind kind, Matrix& m)
{
    for (float& value : m.values)
        if (value < 0)
            value = kind == GnnKind::Gat ? std::expm1(value) : 0;
}

/// gradient *= the slope of the activation where it gave `output`.
void activateBack(GnnKind kind, const Matrix& output, Matrix& gradient)
{
    for (size_t i = 0; i < gradient.values.size(); ++i)
        if (output.values[i] <= 0)
            gradient.values[i] *= kind == GnnKind::Gat ? output.values[i] + 1 : 0;
}

} // namespace

const char* toString(GnnKind kind)
{
    return std::ranges::find(kKinds, kind, &std::pair<GnnKind, const char*>::first)->second;
}

GnnKind gnnKind(const std::string& name)
{
    for (const auto& [kind, word] : kKinds)
        if (name == word)
            return kind;
    throw Error(ErrorKind::Input, "is no kind of network on graphs", name, "Use GCN, GraphSAGE or GAT.");
}

SparseMatrix propagation(GnnKind kind, const SparseMatrix& adjacency)
{
    switch (kind) {
    case GnnKind::Gcn:
        return gcnPropagation(adjacency);
    case GnnKind::Sage:
        return meanPropagation(adjacency);
    case GnnKind::Gat:
        return attentionPropagation(adjacency);
    }
    return {};
}

NodeFeatures inputOf(const NodeFeatures& features, const MessageFlow& flow)
{
    NodeFeatures out;
    if (!features.areWords()) {
        out.vectors = Matrix(flow.nodes.size(), features.vectors.columns);
        for (size_t row = 0; row < flow.nodes.size(); ++row)
            std::ranges::copy(features.vectors.row(size_t(flow.nodes[row])), out.vectors.row(row).begin());
        return out;
    }
    out.words.rows = int(flow.nodes.size());
    out.words.columns = features.words.columns;
    out.words.offsets.reserve(flow.nodes.size() + 1);
    for (const int node : flow.nodes) {
        const std::span<const int> columns = features.words.columnsOf(node);
        const std::span<const float> values = features.words.valuesOf(node);
        out.words.indices.insert(out.words.indices.end(), columns.begin(), columns.end());
        out.words.values.insert(out.words.values.end(), values.begin(), values.end());
        out.words.offsets.push_back(int64_t(out.words.indices.size()));
    }
    return out;
}

Gnn::Gnn(const GnnShape& shape, int inputs, int classes, std::span<const uint64_t> seeds)
    : m_shape(shape)
    , m_classes(classes)
    , m_seeds(seeds.begin(), seeds.end())
{
    if (shape.layers < 1 || shape.hidden < 1 || shape.heads < 1 || inputs < 1 || classes < 1 || seeds.empty()
        || !(shape.dropout >= 0 && shape.dropout < 1))
        throw Error(ErrorKind::Input, "has a layer, width or dropout that no network can have", "network on a graph",
            "Layers, widths and heads are at least 1, dropout lies from 0 to below 1.");
    const size_t members = m_seeds.size();
    size_t end = 0;
    const auto take = [&](size_t count) { return std::exchange(end, end + count); };
    size_t width = size_t(inputs);
    for (int i = 0; i < shape.layers; ++i) {
        const bool last = i + 1 == shape.layers;
        Layer layer;
        layer.inputs = width;
        layer.heads = shape.kind == GnnKind::Gat && !last ? size_t(shape.heads) : 1;
        layer.outputs = last ? size_t(classes) : size_t(shape.hidden) * layer.heads;
        layer.weight = take(members * layer.inputs * layer.outputs);
        if (shape.kind == GnnKind::Sage)
            layer.selfWeight = take(members * layer.inputs * layer.outputs);
        if (shape.kind == GnnKind::Gat) {
            layer.attentionTo = take(members * layer.outputs);
            layer.attentionFrom = take(members * layer.outputs);
        }
        layer.bias = take(members * layer.outputs);
        layer.end = end;
        width = layer.outputs;
        m_layers.push_back(layer);
    }
    m_parameters.assign(end, 0);
    m_gradient.assign(end, 0);
    for (size_t member = 0; member < members; ++member) {
        Random random(deriveSeed(m_seeds[member], "weights"));
        for (size_t i = 0; i < m_layers.size(); ++i) {
            const Layer& layer = m_layers[i];
            const auto draw = [&](size_t at, size_t rows, size_t columns, bool interleaved, double fans) {
                const double limit = std::sqrt(6 / fans);
                for (size_t row = 0; row < rows; ++row)
                    for (size_t column = 0; column < columns; ++column)
                        m_parameters[at
                            + (interleaved ? (row * members + member) * columns + column
                                           : (member * rows + row) * columns + column)] =
                            float(random.uniform(-limit, limit));
            };
            const auto fans = double(layer.inputs + layer.outputs);
            draw(layer.weight, layer.inputs, layer.outputs, i == 0, fans);
            if (shape.kind == GnnKind::Sage)
                draw(layer.selfWeight, layer.inputs, layer.outputs, i == 0, fans);
            if (shape.kind == GnnKind::Gat)
                for (const size_t at : {layer.attentionTo, layer.attentionFrom})
                    draw(at, 1, layer.outputs, true, double(layer.outputs / layer.heads + 1));
        }
    }
}

template <class Each> void Gnn::forRunsOf(size_t member, Each each) const
{
    const size_t members = m_seeds.size();
    for (size_t i = 0; i < m_layers.size(); ++i) {
        const Layer& layer = m_layers[i];
        const size_t rows = i == 0 ? layer.inputs : 1, run = layer.inputs * layer.outputs / rows;
        for (size_t row = 0; row < rows; ++row) {
            each(layer.weight + (row * members + member) * run, run);
            if (m_shape.kind == GnnKind::Sage)
                each(layer.selfWeight + (row * members + member) * run, run);
        }
        if (m_shape.kind == GnnKind::Gat)
            for (const size_t at : {layer.attentionTo, layer.attentionFrom})
                each(at + member * layer.outputs, layer.outputs);
        each(layer.bias + member * layer.outputs, layer.outputs);
    }
}

void Gnn::copyMember(int member, std::span<const float> from, std::span<float> to) const
{
    forRunsOf(size_t(member), [&](size_t first, size_t count) {
        std::copy_n(from.begin() + int64_t(first), count, to.begin() + int64_t(first));
    });
}

double Gnn::squaresOf(int member, size_t count) const
{
    double sum = 0;
    forRunsOf(size_t(member), [&](size_t first, size_t length) {
        for (size_t i = first; i < std::min(first + length, count); ++i)
            sum += double(m_parameters[i]) * double(m_parameters[i]);
    });
    return sum;
}

void Gnn::restrictInputs(int member, std::span<const int> columns)
{
    const size_t inputs = m_layers.front().inputs;
    std::vector<bool> seen(inputs, false);
    for (const int column : columns)
        seen[size_t(column)] = true;
    for (size_t column = 0; column < inputs; ++column)
        if (!seen[column])
            m_blind.emplace_back(size_t(member), column);
    clearBlind(m_parameters);
}

void Gnn::clearBlind(std::span<float> numbers) const
{
    const Layer& layer = m_layers.front();
    for (const auto& [member, column] : m_blind) {
        const size_t place = (column * m_seeds.size() + member) * layer.outputs;
        std::fill_n(numbers.begin() + int64_t(layer.weight + place), layer.outputs, 0.F);
        if (m_shape.kind == GnnKind::Sage)
            std::fill_n(numbers.begin() + int64_t(layer.selfWeight + place), layer.outputs, 0.F);
    }
}

Gnn::Cost Gnn::cost(const NodeFeatures& features, int64_t entries) const
{
    Cost out;
    const auto members = int64_t(m_seeds.size());
    for (size_t i = 0; i < m_layers.size(); ++i) {
        const auto inputs = int64_t(m_layers[i].inputs), outputs = int64_t(m_layers[i].outputs);
        const int64_t products =
            i == 0 && features.areWords() ? features.words.entries() : int64_t(features.nodes()) * inputs;
        out.features += members * products * outputs * (m_shape.kind == GnnKind::Sage ? 2 : 1);
        out.messages += members * entries * outputs;
        if (m_shape.kind == GnnKind::Gat) // each node's two products with the attention's vectors
            out.messages += members * 2 * int64_t(features.nodes()) * outputs;
    }
    return out;
}

uint64_t Gnn::dropSeed(size_t member, size_t layer, uint64_t step) const
{
    return deriveSeed(deriveSeed(m_seeds[member], step), layer);
}

void Gnn::dropInput(size_t layer, const Matrix& hidden, const NodeFeatures& input, const MessageFlow& flow,
    uint64_t step, Trace& trace) const
{
    const double p = m_shape.dropout;
    if (layer > 0) {
        trace.dropped = hidden;
        const size_t width = m_layers[layer].inputs;
        for (size_t member = 0; p > 0 && member < m_seeds.size(); ++member)
            dropRows(columns(view(trace.dropped), member * width, width), flow.nodes, p, dropSeed(member, layer, step));
        return;
    }
    trace.droppedWords.clear();
    trace.droppedVectors.clear();
    if (p == 0)
        return;
    for (size_t member = 0; member < m_seeds.size(); ++member) {
        const uint64_t seed = dropSeed(member, layer, step);
        if (!input.areWords()) {
            Matrix& copy = trace.droppedVectors.emplace_back(input.vectors);
            dropRows(view(copy), flow.nodes, p, seed);
            continue;
        }
        const size_t first = trace.droppedWords.size();
        trace.droppedWords.insert(trace.droppedWords.end(), input.words.values.begin(), input.words.values.end());
        for (int row = 0; row < input.words.rows; ++row) {
            const auto begin = size_t(input.words.offsets[size_t(row)]),
                       end = size_t(input.words.offsets[size_t(row) + 1]);
            dropOut({trace.droppedWords.data() + first + begin, end - begin}, p,
                deriveSeed(seed, uint64_t(flow.nodes[size_t(row)])));
        }
    }
}

void Gnn::multiply(size_t layer, size_t weight, const Matrix& hidden, const NodeFeatures& input, const Trace* trace,
    const MatrixView& out) const
{
    const Layer& l = m_layers[layer];
    const float* from = m_parameters.data() + weight;
    const size_t all = m_seeds.size() * l.outputs;
    const ConstMatrixView together(from, l.inputs, all, all);
    if (layer == 0 && input.areWords()) {
        const bool dropped = trace && !trace->droppedWords.empty();
        addSparseProduct(input.words, dropped ? trace->droppedWords : input.words.values, dropped ? m_seeds.size() : 1,
            together, out);
        return;
    }
    if (layer == 0 && !(trace && !trace->droppedVectors.empty())) {
        ConstMatrixView x = view(input.vectors);
        x.rows = out.rows;
        addProduct(x, together, out);
        return;
    }
    for (size_t member = 0; member < m_seeds.size(); ++member) {
        const MatrixView part = columns(out, member * l.outputs, l.outputs);
        if (layer == 0)
            addProduct(view(trace->droppedVectors[member]), columns(together, member * l.outputs, l.outputs), part);
        else
            addProduct(columns(view(hidden), member * l.inputs, l.inputs),
                {from + member * l.inputs * l.outputs, l.inputs, l.outputs, l.outputs}, part);
    }
}

Matrix Gnn::run(
    const NodeFeatures& input, const MessageFlow& flow, size_t layers, std::vector<Trace>* traces, uint64_t step) const
{
    Matrix hidden;
    for (size_t i = 0; i < layers; ++i) {
        const Layer& layer = m_layers[i];
        const SparseMatrix& weights = *flow.weights[i];
        Trace* trace = traces ? &(*traces)[i] : nullptr;
        if (trace)
            dropInput(i, hidden, input, flow, step, *trace);
        const Matrix& entering = trace && i > 0 ? trace->dropped : hidden;
        const size_t width = m_seeds.size() * layer.outputs;
        Matrix out(size_t(flow.counts[i + 1]), width);
        for (size_t row = 0; row < out.rows; ++row)
            std::copy_n(m_parameters.begin() + int64_t(layer.bias), width, out.row(row).begin());
        Matrix product(size_t(flow.counts[i]), width);
        multiply(i, layer.weight, entering, input, trace, view(product));
        if (m_shape.kind == GnnKind::Sage)
            multiply(i, layer.selfWeight, entering, input, trace, view(out));
        if (m_shape.kind == GnnKind::Gat)
            attend(i, weights, flow.nodes, product, trace, step, out);
        else
            addSparseProduct(weights, weights.values, 1, view(std::as_const(product)), view(out));
        if (!isLast(i))
            activate(m_shape.kind, out);
        if (trace) {
            trace->product = std::move(product);
            trace->output = out;
        }
        hidden = std::move(out);
    }
    return hidden;
}

Matrix Gnn::logits(const NodeFeatures& input, const MessageFlow& flow) const
{
    return run(input, flow, m_layers.size(), nullptr, 0);
}

Matrix Gnn::hiddenVectors(const NodeFeatures& input, const MessageFlow& flow) const
{
    return run(input, flow, m_layers.size() - 1, nullptr, 0);
}

Matrix Gnn::logitsForTraining(const NodeFeatures& input, const MessageFlow& flow, uint64_t step)
{
    m_traces.resize(m_layers.size());
    m_input = &input;
    m_flow = &flow;
    m_step = step;
    return run(input, flow, m_layers.size(), &m_traces, step);
}

void Gnn::multiplyBack(
    size_t layer, size_t weight, const Trace& trace, const ConstMatrixView& gradient, Matrix* inputGradient)
{
    const Layer& l = m_layers[layer];
    const size_t all = m_seeds.size() * l.outputs;
    const MatrixView together{m_gradient.data() + weight, l.inputs, all, all};
    if (layer == 0 && m_input->areWords()) {
        const bool dropped = !trace.droppedWords.empty();
        addTransposedSparseProduct(m_input->words, dropped ? trace.droppedWords : m_input->words.values,
            dropped ? m_seeds.size() : 1, gradient, together);
        return;
    }
    const auto firstRows = [&](ConstMatrixView x) {
        x.rows = gradient.rows;
        return x;
    };
    if (layer == 0 && trace.droppedVectors.empty()) {
        addTransposedProduct(firstRows(view(m_input->vectors)), gradient, together);
        return;
    }
    for (size_t member = 0; member < m_seeds.size(); ++member) {
        const ConstMatrixView part = columns(gradient, member * l.outputs, l.outputs);
        if (layer == 0) {
            addTransposedProduct(
                firstRows(view(trace.droppedVectors[member])), part, columns(together, member * l.outputs, l.outputs));
            continue;
        }
        const size_t at = weight + member * l.inputs * l.outputs;
        addTransposedProduct(firstRows(columns(view(trace.dropped), member * l.inputs, l.inputs)), part,
            {m_gradient.data() + at, l.inputs, l.outputs, l.outputs});
        Matrix turned(l.outputs, l.inputs);
        for (size_t row = 0; row < l.inputs; ++row)
            for (size_t column = 0; column < l.outputs; ++column)
                turned.at(column, row) = m_parameters[at + row * l.outputs + column];
        MatrixView to = columns(view(*inputGradient), member * l.inputs, l.inputs);
        to.rows = gradient.rows;
        addProduct(part, view(std::as_const(turned)), to);
    }
}

void Gnn::backward(const Matrix& logitsGradient)
{
    std::ranges::fill(m_gradient, 0.F);
    Matrix gradient = logitsGradient;
    for (size_t i = m_layers.size(); i-- > 0;) {
        const Layer& layer = m_layers[i];
        const Trace& trace = m_traces[i];
        const SparseMatrix& weights = *m_flow->weights[i];
        for (size_t row = 0; row < gradient.rows; ++row)
            for (size_t column = 0; column < gradient.columns; ++column)
                m_gradient[layer.bias + column] += gradient.at(row, column);
        Matrix inputGradient;
        if (i > 0)
            inputGradient = Matrix(trace.dropped.rows, trace.dropped.columns);
        Matrix productGradient(size_t(m_flow->counts[i]), gradient.columns);
        if (m_shape.kind == GnnKind::Gat)
            attendBack(i, weights, trace, gradient, productGradient);
        else
            addTransposedSparseProduct(
                weights, weights.values, 1, view(std::as_const(gradient)), view(productGradient));
        multiplyBack(i, layer.weight, trace, view(std::as_const(productGradient)), &inputGradient);
        if (m_shape.kind == GnnKind::Sage)
            multiplyBack(i, layer.selfWeight, trace, view(std::as_const(gradient)), &inputGradient);
        if (i == 0)
            break;
        for (size_t member = 0; m_shape.dropout > 0 && member < m_seeds.size(); ++member)
            dropRows(columns(view(inputGradient), member * layer.inputs, layer.inputs), m_flow->nodes, m_shape.dropout,
                dropSeed(member, i, m_step));
        activateBack(m_shape.kind, m_traces[i - 1].output, inputGradient);
        gradient = std::move(inputGradient);
    }
    clearBlind(m_gradient);
}

} // namespace clipscope
