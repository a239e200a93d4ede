// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/clip_model.h"

#include "nn/device.h"
#include "nn/length_groups.h"
#include "nn/packed_clip_internal.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>

namespace clipscope {

int64_t keptPatchCount(int64_t patches, double dropped)
{
    return std::max<int64_t>(1, int64_t(double(patches) * (1 - std::clamp(dropped, 0., 1.))));
}

at::Tensor drawKeptPatches(std::span<const uint64_t> rowSeeds, int64_t patches, double dropped)
{
    const int64_t kept = keptPatchCount(patches, dropped);
    at::Tensor out = at::empty({int64_t(rowSeeds.size()), kept}, at::kLong);
    int64_t* row = out.data_ptr<int64_t>();
    for (const uint64_t seed : rowSeeds) {
        std::vector<int64_t> order = Random(seed).permutation(patches);
        std::sort(order.begin(), order.begin() + kept);
        row = std::copy_n(order.begin(), kept, row);
    }
    return out;
}

ClipModel ClipModel::random(const ClipConfig& config, uint64_t seed)
{
    return withTorchErrors("CLIP", [&] {
        Random source(deriveSeed(seed, "clip"));
        const auto normal = [&](at::IntArrayRef size, double deviation) {
            return normalTensor(source, size, deviation);
        };
        const ClipConfig::Vision& v = config.vision;
        const ClipConfig::Text& t = config.text;
        const int64_t vw = v.transformer.width, tw = t.transformer.width;
        const double scale = std::pow(double(vw), -.5);
        ClipModel model;
        model.m_config = config;
        model.m_classEmbedding = normal({vw}, scale);
        model.m_patchWeight =
            normal({vw, 3, v.patchSize, v.patchSize}, std::pow(3. * double(v.patchSize * v.patchSize), -.5));
        model.m_imagePositions = normal({1 + v.patches(), vw}, scale);
        model.m_imageProjection = normal({config.projectionDim, vw}, scale);
        model.m_tokenEmbedding = normal({t.vocabularySize, tw}, .02);
        model.m_textPositions = normal({t.contextLength, tw}, .01);
        model.m_textProjection = normal({config.projectionDim, tw}, std::pow(double(tw), -.5));
        for (at::Tensor* weight : {&model.m_preNormWeight, &model.m_postNormWeight})
            *weight = at::ones({vw}, at::kFloat);
        for (at::Tensor* bias : {&model.m_preNormBias, &model.m_postNormBias})
            *bias = at::zeros({vw}, at::kFloat);
        model.m_finalNormWeight = at::ones({tw}, at::kFloat);
        model.m_finalNormBias = at::zeros({tw}, at::kFloat);
        model.m_vision = Transformer::random(v.transformer, deriveSeed(seed, "vision"));
        model.m_text = Transformer::random(t.transformer, deriveSeed(seed, "text"));
        model.m_logitScale = at::scalar_tensor(std::log(1 / .07), at::TensorOptions(at::kFloat));
        return model;
    });
}

void ClipModel::moveTo(at::Device device)
{
    requireUnprepared();
    withTorchErrors("CLIP", [&] {
        visit([&](const std::string&, at::Tensor& tensor, const std::vector<int64_t>&) {
            if (tensor.defined())
                tensor = tensor.to(device);
        });
    });
}

ImageOutput ClipModel::imageFeatures(const at::Tensor& pixels, const ImageOptions& options) const
{
    return withTorchErrors("CLIP picture tower", [&] {
        const ClipConfig::Vision& v = m_config.vision;
        const int64_t width = v.transformer.width;
        const bool fits = pixels.dim() == 4 && pixels.size(1) == 3
            && (options.positions.defined() ? pixels.size(2) % v.patchSize == 0 && pixels.size(3) % v.patchSize == 0
                        && options.positions.numel() == pixels.size(2) / v.patchSize * (pixels.size(3) / v.patchSize)
                                            : pixels.size(2) == v.imageSize && pixels.size(3) == v.imageSize);
        if (!fits)
            throw Error(ErrorKind::Input, "the pictures do not have the size the model wants", "CLIP picture tower");
        const int64_t b = pixels.size(0);
        ImageOutput out;
        const auto normed = [&](const at::Tensor& x) {
            return at::layer_norm(x, {width}, m_preNormWeight, m_preNormBias, v.transformer.epsilon);
        };
        if (m_packed) {
            if (options.hooks || options.positions.defined())
                requireUnprepared();
            const at::Tensor x = normed(embeddedPatches(pixels, options));
            const PackedPass pass{false, {}, options.context};
            if (options.wantTokens)
                out.tokens = m_packed->vision.forward(x, pass);
            else
                out.pooled = m_packed->vision.forwardAt(x, std::vector<int64_t>(size_t(b), 0), pass);
        } else {
            at::Tensor x = at::conv2d(pixels, m_patchWeight, {}, v.patchSize).flatten(2).transpose(1, 2);
            const at::Tensor places = m_imagePositions.narrow(0, 1, m_imagePositions.size(0) - 1);
            x = x + (options.positions.defined() ? places.index_select(0, options.positions.to(x.device())) : places);
            if (options.keptPatches.defined())
                x = x.gather(1, options.keptPatches.to(x.device()).unsqueeze(2).expand({-1, -1, width}));
            const at::Tensor first =
                (m_classEmbedding + m_imagePositions.select(0, 0)).view({1, 1, width}).expand({b, 1, width});
            x = normed(at::cat({first, x}, 1));
            TransformerHooks hooks = options.hooks ? *options.hooks : TransformerHooks();
            if (options.context)
                hooks.context = options.context;
            if (options.wantTokens)
                out.tokens = m_vision.forward(x, hooks);
            else
                out.pooled = m_vision.forwardAt(x, at::zeros({b}, x.options().dtype(at::kLong)), hooks);
        }
        if (options.wantTokens)
            out.pooled = out.tokens.select(1, 0);
        out.pooled = at::layer_norm(out.pooled, {width}, m_postNormWeight, m_postNormBias, v.transformer.epsilon);
        out.projected = at::linear(out.pooled, m_imageProjection);
        return out;
    });
}

namespace {

/// Where a text is read off (see ClipConfig::Text::endToken).
int64_t pooledPosition(const std::vector<int32_t>& text, int64_t endToken)
{
    if (endToken < 0 || endToken == 2)
        return std::max_element(text.begin(), text.end()) - text.begin();
    const auto found = std::find(text.begin(), text.end(), int32_t(endToken));
    return found == text.end() ? 0 : found - text.begin();
}

} // namespace

at::Tensor ClipModel::textFeatures(const std::vector<std::vector<int32_t>>& texts, const JobContext* context) const
{
    const ClipConfig::Text& t = m_config.text;
    for (const std::vector<int32_t>& text : texts) {
        if (text.empty() || int64_t(text.size()) > t.contextLength)
            throw Error(ErrorKind::Input, "a text has no token or more than the model takes", "CLIP text tower");
        for (const int32_t id : text)
            if (id < 0 || id >= t.vocabularySize)
                throw Error(ErrorKind::Input, "token " + std::to_string(id) + " is outside the model's vocabulary",
                    "CLIP text tower", "The tokenizer's files belong to another model.");
    }
    return withTorchErrors("CLIP text tower", [&] {
        const int64_t width = t.transformer.width;
        const at::TensorOptions where = at::TensorOptions(device());
        if (texts.empty())
            return at::zeros({0, m_config.projectionDim}, where);
        TransformerHooks hooks;
        hooks.causal = true;
        hooks.context = context;
        std::vector<at::Tensor> parts;
        const LengthGroups groups = groupByLength(texts);
        for (const std::vector<size_t>& group : groups.groups) {
            const auto n = int64_t(group.size()), longest = int64_t(texts[group.back()].size());
            at::Tensor ids = at::zeros({n, longest}, at::kLong), pooled = at::empty({n}, at::kLong);
            for (int64_t row = 0; row < n; ++row) {
                const std::vector<int32_t>& text = texts[group[size_t(row)]];
                std::copy(text.begin(), text.end(), ids.data_ptr<int64_t>() + row * longest);
                pooled.data_ptr<int64_t>()[row] = pooledPosition(text, t.endToken);
            }
            const at::Tensor x =
                at::embedding(m_tokenEmbedding, ids.to(device())) + m_textPositions.narrow(0, 0, longest);
            if (m_packed) {
                const int64_t* at = pooled.data_ptr<int64_t>();
                parts.push_back(m_packed->text.forwardAt(x, std::vector<int64_t>(at, at + n), {true, {}, context}));
            } else {
                parts.push_back(m_text.forwardAt(x, pooled.to(device()), hooks));
            }
        }
        at::Tensor x = at::cat(parts).index_select(0, groups.rows.to(device()));
        x = at::layer_norm(x, {width}, m_finalNormWeight, m_finalNormBias, t.transformer.epsilon);
        return at::linear(x, m_textProjection);
    });
}

std::vector<std::pair<std::string, at::Tensor>> ClipModel::parameters() const
{
    requireUnprepared();
    std::vector<std::pair<std::string, at::Tensor>> out;
    ClipModel handles = *this; // visit() may change handles; the tensors behind them are shared
    handles.visit([&](const std::string& name, at::Tensor& tensor, const std::vector<int64_t>&) {
        if (tensor.defined()) // blocks that were cut out have none
            out.emplace_back(name, tensor);
    });
    return out;
}

void ClipModel::requireGrad(bool on)
{
    requireUnprepared();
    visit([&](const std::string&, at::Tensor& tensor, const std::vector<int64_t>&) {
        if (tensor.defined())
            tensor.set_requires_grad(on);
    });
}

} // namespace clipscope
