// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/bert_model.h"

#include "base/files.h"
#include "nn/config_reader.h"
#include "nn/device.h"
#include "nn/length_groups.h"
#include "nn/weights.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr LayerNames kBertLayer{"attention.self.qkv", "attention.output.dense", "intermediate.dense", "output.dense",
    "attention.output.LayerNorm", "output.LayerNorm"};
constexpr SplitNames kSplit{"qkv", {"query", "key", "value"}};

Error badInput(const std::string& what)
{
    return {ErrorKind::Input, what, "BERT", "The tokenizer's files may belong to another model."};
}

/// Lists padded with 0 to the longest -> int64 [B, longest]; every number must lie in [0, below).
at::Tensor padded(const std::vector<std::vector<int32_t>>& lists, int64_t longest, int64_t below, const char* what)
{
    at::Tensor out = at::zeros({int64_t(lists.size()), longest}, at::kLong);
    int64_t* row = out.data_ptr<int64_t>();
    for (const std::vector<int32_t>& list : lists) {
        for (size_t i = 0; i < list.size(); ++i) {
            if (list[i] < 0 || list[i] >= below)
                throw badInput(std::string(what) + " " + std::to_string(list[i]) + " is outside the model's table");
            row[i] = list[i];
        }
        row += longest;
    }
    return out;
}

bool sameLengths(const std::vector<std::vector<int32_t>>& a, const std::vector<std::vector<int32_t>>& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
        [](const auto& left, const auto& right) { return left.size() == right.size(); });
}

} // namespace

BertConfig parseBertConfig(const Json& config, const std::string& subject)
{
    const ConfigReader top(config, subject);
    BertConfig out;
    out.vocabularySize = top.integer("vocab_size", 30522, 1, 10000000);
    out.maxPositions = top.integer("max_position_embeddings", 512, 1, 65536);
    out.tokenTypes = top.integer("type_vocab_size", 2, 1, 1024);
    TransformerConfig& t = out.transformer;
    t.width = top.integer("hidden_size", 768, 1, 16384);
    t.layers = top.integer("num_hidden_layers", 12, 1, 200);
    t.heads = top.integer("num_attention_heads", 12, 1, 1024);
    t.mlpWidth = top.integer("intermediate_size", 3072, 1, 65536);
    t.activation = parseActivation(top.text("hidden_act", "gelu"), subject);
    t.epsilon = top.number("layer_norm_eps", 1e-12, 1e-15, 1e-1);
    t.preNorm = false;
    if (t.width % t.heads != 0)
        throw Error(ErrorKind::Model, "the width is no multiple of the number of heads", subject);
    if (top.text("position_embedding_type", "absolute") != "absolute")
        throw Error(ErrorKind::Model, "only absolute position embeddings are supported", subject);
    return out;
}

void BertModel::visit(const WeightVisitor& visitor)
{
    const int64_t width = m_config.transformer.width;
    visitor("embeddings.word_embeddings.weight", m_wordEmbedding, {m_config.vocabularySize, width});
    visitor("embeddings.position_embeddings.weight", m_positionEmbedding, {m_config.maxPositions, width});
    visitor("embeddings.token_type_embeddings.weight", m_typeEmbedding, {m_config.tokenTypes, width});
    visitor("embeddings.LayerNorm.weight", m_normWeight, {width});
    visitor("embeddings.LayerNorm.bias", m_normBias, {width});
    visitLayers(m_transformer, "encoder.layer.", kBertLayer, visitor);
}

BertModel BertModel::load(const fs::path& folder, Use use)
{
    BertModel model;
    model.m_config = parseBertConfig(readJsonFile(folder / "config.json", 1 << 20), (folder / "config.json").string());
    model.m_transformer = emptyTransformer(model.m_config.transformer);
    const Weights weights(folder / "model.safetensors");
    const std::string prefix = weights.has("bert.embeddings.word_embeddings.weight") ? "bert." : "";
    model.visit([&](const std::string& name, at::Tensor& tensor, const std::vector<int64_t>& shape) {
        tensor = readSplit(weights, prefix + name, kSplit, shape, use == Use::Training);
    });
    return model;
}

BertModel BertModel::random(const BertConfig& config, uint64_t seed)
{
    return withTorchErrors("BERT", [&] {
        Random source(deriveSeed(seed, "bert"));
        const auto table = [&](int64_t rows) { return normalTensor(source, {rows, config.transformer.width}, .02); };
        BertModel model;
        model.m_config = config;
        model.m_config.transformer.preNorm = false;
        model.m_wordEmbedding = table(config.vocabularySize);
        model.m_positionEmbedding = table(config.maxPositions);
        model.m_typeEmbedding = table(config.tokenTypes);
        model.m_normWeight = at::ones({config.transformer.width}, at::kFloat);
        model.m_normBias = at::zeros({config.transformer.width}, at::kFloat);
        model.m_transformer = Transformer::random(model.m_config.transformer, deriveSeed(seed, "encoder"));
        return model;
    });
}

void BertModel::save(const fs::path& folder, bool halfPrecision) const
{
    std::vector<TensorToWrite> tensors;
    for (const auto& [name, tensor] : parameters())
        writeSplit(tensors, name, kSplit, tensor, halfPrecision);
    const TransformerConfig& t = m_config.transformer;
    const Json config{{"architectures", Json::array({"BertModel"})}, {"model_type", "bert"},
        {"vocab_size", m_config.vocabularySize}, {"hidden_size", t.width}, {"num_hidden_layers", t.layers},
        {"num_attention_heads", t.heads}, {"intermediate_size", t.mlpWidth}, {"hidden_act", toString(t.activation)},
        {"max_position_embeddings", m_config.maxPositions}, {"type_vocab_size", m_config.tokenTypes},
        {"layer_norm_eps", t.epsilon}};
    std::error_code fault;
    fs::create_directories(folder, fault); // a failure shows when the first file is written
    writeSafetensors(folder / "model.safetensors", tensors, {{"format", "pt"}});
    writeFileAtomically(folder / "config.json", config.dump(2) + "\n");
}

void BertModel::prepare()
{
    if (!bestKernels().floats || !device().is_cpu() || m_packed.defined())
        return;
    m_packed = PackedTransformer(m_transformer, Precision::Fp32);
    m_transformer = Transformer();
}

void BertModel::moveTo(at::Device device)
{
    if (m_packed.defined())
        throw Error(ErrorKind::Internal, "a BERT prepared for inference has let its weights go");
    withTorchErrors("BERT", [&] {
        visit([&](const std::string&, at::Tensor& tensor, const std::vector<int64_t>&) {
            if (tensor.defined())
                tensor = tensor.to(device);
        });
    });
}

at::Tensor BertModel::hiddenStates(const BertInput& input, const TransformerHooks& hooks) const
{
    size_t longest = 0;
    for (const std::vector<int32_t>& ids : input.ids) {
        if (ids.empty() || int64_t(ids.size()) > m_config.maxPositions)
            throw badInput("a text has no token or more than the model takes");
        longest = std::max(longest, ids.size());
    }
    if (input.ids.empty())
        throw badInput("there is no text");
    if ((!input.tokenTypes.empty() && !sameLengths(input.ids, input.tokenTypes))
        || (!input.positions.empty() && !sameLengths(input.ids, input.positions)))
        throw badInput("the token types or positions do not have the texts' lengths");
    return withTorchErrors("BERT", [&] {
        const auto n = int64_t(longest), rows = int64_t(input.ids.size());
        at::Tensor lengths = at::empty({rows, 1}, at::kLong);
        for (int64_t row = 0; row < rows; ++row)
            lengths.data_ptr<int64_t>()[row] = int64_t(input.ids[size_t(row)].size());
        const at::Tensor places = input.positions.empty()
            ? at::arange(n, at::TensorOptions(at::kLong)).unsqueeze(0)
            : padded(input.positions, n, m_config.maxPositions, "position");
        const at::Tensor types = input.tokenTypes.empty()
            ? at::zeros({1, 1}, at::kLong)
            : padded(input.tokenTypes, n, m_config.tokenTypes, "token type");
        at::Tensor x =
            at::embedding(m_wordEmbedding, padded(input.ids, n, m_config.vocabularySize, "token").to(device()))
            + at::embedding(m_typeEmbedding, types.to(device()))
            + at::embedding(m_positionEmbedding, places.to(device()));
        const TransformerConfig& t = m_config.transformer;
        x = at::layer_norm(x, {t.width}, m_normWeight, m_normBias, t.epsilon);
        if (m_packed.defined()) {
            if (hooks.headMask.defined() || hooks.neuronMask.defined() || hooks.onAttention
                || !hooks.skipAttention.empty() || !hooks.skipFeedForward.empty() || !hooks.hardAttentionTopK.empty())
                throw Error(ErrorKind::Internal, "a BERT prepared for inference takes no hooks");
            PackedPass pass;
            pass.context = hooks.context;
            for (const std::vector<int32_t>& ids : input.ids)
                pass.lengths.push_back(int64_t(ids.size()));
            return m_packed.forward(x, pass);
        }
        TransformerHooks all = hooks;
        all.causal = false;
        const at::Tensor tokens = at::arange(n, at::TensorOptions(at::kLong)).unsqueeze(0).lt(lengths);
        // Without padding the mask would only cost the fast path.
        all.keyPadding = tokens.all().item<bool>() ? at::Tensor() : tokens.to(device());
        return m_transformer.forward(x, all);
    });
}

at::Tensor BertModel::sentenceVectors(const std::vector<std::vector<int32_t>>& ids, const JobContext* context) const
{
    return withTorchErrors("BERT", [&] {
        if (ids.empty())
            return at::zeros({0, m_config.transformer.width}, at::TensorOptions(device()));
        TransformerHooks hooks;
        hooks.context = context;
        std::vector<at::Tensor> parts;
        const LengthGroups groups = groupByLength(ids);
        for (const std::vector<size_t>& group : groups.groups) {
            BertInput input;
            std::vector<float> lengths;
            for (const size_t i : group) {
                input.ids.push_back(ids[i]);
                lengths.push_back(float(ids[i].size()));
            }
            const at::Tensor hidden = hiddenStates(input, hooks);
            at::Tensor count = at::empty({int64_t(group.size()), 1, 1}, at::kFloat);
            std::copy(lengths.begin(), lengths.end(), count.data_ptr<float>());
            count = count.to(device());
            const at::Tensor tokens = at::arange(hidden.size(1), hidden.options()).view({1, -1, 1}).lt(count);
            parts.push_back((hidden * tokens).sum(1) / count.squeeze(2));
        }
        const at::Tensor mean = at::cat(parts).index_select(0, groups.rows.to(device()));
        return mean / mean.norm(2, 1, true).clamp_min(1e-12);
    });
}

std::vector<std::pair<std::string, at::Tensor>> BertModel::parameters() const
{
    std::vector<std::pair<std::string, at::Tensor>> out;
    BertModel handles = *this;
    handles.visit([&](const std::string& name, at::Tensor& tensor, const std::vector<int64_t>&) {
        if (tensor.defined()) // blocks that were cut out have none
            out.emplace_back(name, tensor);
    });
    return out;
}

void BertModel::requireGrad(bool on)
{
    visit([&](const std::string&, at::Tensor& tensor, const std::vector<int64_t>&) {
        if (tensor.defined())
            tensor.set_requires_grad(on);
    });
}

} // namespace clipscope
