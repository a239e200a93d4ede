// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/efficientnet_lite.h"

#include "nn/config_reader.h"
#include "nn/device.h"
#include "nn/weights.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/hardtanh.h>
#include <ATen/ops/linear.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>

namespace clipscope {

namespace {

/// Rows and columns of zeros that TensorFlow's "SAME" adds; the odd one goes to the right and to the bottom.
int64_t samePadding(int64_t size, int64_t kernel, int64_t stride)
{
    return std::max<int64_t>(((size + stride - 1) / stride - 1) * stride + kernel - size, 0);
}

} // namespace

EfficientNetLiteConfig parseEfficientNetLiteConfig(const Json& picture, const std::string& subject)
{
    const ConfigReader read(picture, subject);
    EfficientNetLiteConfig out;
    out.batchNormEpsilon = read.number("batch_norm_epsilon", 1e-3, 1e-12, 1);
    out.imageSize = read.integer("image_size", 224, 32, 4096);
    out.crop = read.number("crop", 1, .01, 1);
    out.pixelMean = read.number("pixel_mean", 127, -1e4, 1e4);
    out.pixelScale = read.number("pixel_scale", 128, 1e-6, 1e6);
    if (read.text("architecture", "efficientnet-lite") != "efficientnet-lite")
        throw Error(ErrorKind::Model, "\"architecture\" is not efficientnet-lite", subject);
    const auto stages = picture.find("stages");
    const auto isNumber = [](const Json& value) { return value.is_number_integer() && value >= 1 && value <= 100; };
    if (stages == picture.end() || !stages->is_array() || stages->empty() || stages->size() > 100)
        throw Error(ErrorKind::Model, "\"stages\" is no list of stages", subject);
    for (const Json& stage : *stages) {
        if (!stage.is_array() || stage.size() != 4 || !std::all_of(stage.begin(), stage.end(), isNumber)
            || stage[0].get<int64_t>() % 2 == 0)
            throw Error(ErrorKind::Model, "a stage is not [odd kernel, stride, expansion, repeats]", subject);
        out.stages.push_back({stage[0], stage[1], stage[2], stage[3]});
    }
    return out;
}

EfficientNetLite EfficientNetLite::load(const std::filesystem::path& path, const EfficientNetLiteConfig& config)
{
    const Weights weights(path);
    const auto folded = [&](const std::string& name, const std::string& norm, const std::vector<int64_t>& shape,
                            int64_t stride) {
        Convolution out;
        out.stride = stride;
        const int64_t channels = shape[0];
        const at::Tensor variance = weights.view(norm + ".running_var", {channels}) + config.batchNormEpsilon;
        if (!variance.gt(0).all().item<bool>())
            throw Error(ErrorKind::Model, "the tensor " + norm + ".running_var is negative", path.string());
        const at::Tensor scale = weights.view(norm + ".weight", {channels}) / variance.sqrt();
        out.weight = (weights.view(name + ".weight", shape) * scale.view({-1, 1, 1, 1}))
                         .contiguous(at::MemoryFormat::ChannelsLast);
        out.bias = weights.view(norm + ".bias", {channels}) - weights.view(norm + ".running_mean", {channels}) * scale;
        return out;
    };
    // Only the numbers of output channels are taken from the file; all else must fit.
    const auto outputs = [&](const std::string& name) {
        const std::vector<int64_t> shape = weights.shape(name + ".weight");
        return shape.empty() ? 0 : shape[0];
    };
    return withTorchErrors(path.string(), [&] {
        const c10::InferenceMode guard;
        EfficientNetLite net;
        net.m_config = config;
        int64_t channels = outputs("_conv_stem");
        net.m_stem = folded("_conv_stem", "_bn0", {channels, 3, 3, 3}, 2);
        for (const EfficientNetLiteConfig::Stage& stage : config.stages) {
            for (int64_t i = 0; i < stage.repeats; ++i) {
                const std::string name = "_blocks." + std::to_string(net.m_blocks.size()) + ".";
                const int64_t wide = channels * stage.expansion;
                Block block;
                block.residual = i > 0;
                if (stage.expansion > 1)
                    block.convolutions.push_back(
                        folded(name + "_expand_conv", name + "_bn0", {wide, channels, 1, 1}, 1));
                block.convolutions.push_back(folded(name + "_depthwise_conv", name + "_bn1",
                    {wide, 1, stage.kernel, stage.kernel}, i == 0 ? stage.stride : 1));
                block.convolutions.back().groups = wide;
                channels = block.residual ? channels : outputs(name + "_project_conv");
                block.convolutions.push_back(folded(name + "_project_conv", name + "_bn2", {channels, wide, 1, 1}, 1));
                block.convolutions.back().clamped = false;
                net.m_blocks.push_back(std::move(block));
            }
        }
        const int64_t features = outputs("_conv_head"), classes = outputs("_fc");
        net.m_head = folded("_conv_head", "_bn1", {features, channels, 1, 1}, 1);
        net.m_classifier = weights.copy("_fc.weight", {classes, features});
        net.m_classifierBias = weights.copy("_fc.bias", {classes});
        return net;
    });
}

void EfficientNetLite::moveTo(at::Device device)
{
    withTorchErrors("EfficientNet-Lite", [&] {
        const c10::InferenceMode guard;
        const auto move = [&](Convolution& convolution) {
            convolution.weight = convolution.weight.to(device);
            convolution.bias = convolution.bias.to(device);
        };
        move(m_stem);
        for (Block& block : m_blocks)
            std::for_each(block.convolutions.begin(), block.convolutions.end(), move);
        move(m_head);
        m_classifier = m_classifier.to(device);
        m_classifierBias = m_classifierBias.to(device);
    });
}

at::Tensor EfficientNetLite::apply(const Convolution& convolution, const at::Tensor& x)
{
    const int64_t kernel = convolution.weight.size(2), stride = convolution.stride;
    const int64_t rows = samePadding(x.size(2), kernel, stride), columns = samePadding(x.size(3), kernel, stride);
    at::Tensor y;
    if (rows == columns && rows % 2 == 0) {
        y = at::conv2d(x, convolution.weight, convolution.bias, {stride, stride}, at::IntArrayRef({rows / 2, rows / 2}),
            {1, 1}, convolution.groups);
    } else {
        // One row more below than above: the convolution itself pads evenly only.
        const at::Tensor padded =
            at::constant_pad_nd(x, {columns / 2, columns - columns / 2, rows / 2, rows - rows / 2}, 0);
        y = at::conv2d(padded, convolution.weight, convolution.bias, {stride, stride}, at::IntArrayRef({0, 0}), {1, 1},
            convolution.groups);
    }
    return convolution.clamped ? at::hardtanh_(y, 0, 6) : y;
}

at::Tensor EfficientNetLite::mapOf(at::Tensor x, const JobContext* context) const
{
    x = apply(m_stem, x);
    for (const Block& block : m_blocks) {
        if (context)
            context->throwIfStopped();
        at::Tensor y = x;
        for (const Convolution& convolution : block.convolutions)
            y = apply(convolution, y);
        x = block.residual ? y.add_(x) : y;
    }
    return apply(m_head, x);
}

EfficientNetLite::Output EfficientNetLite::forward(const at::Tensor& pixels, const JobContext* context) const
{
    if (pixels.dim() != 4 || pixels.size(1) != 3 || pixels.size(2) < 1 || pixels.size(3) < 1)
        throw Error(ErrorKind::Input, "the pixels are not [B, 3, S, S]", "EfficientNet-Lite");
    return withTorchErrors("EfficientNet-Lite", [&] {
        const c10::InferenceMode guard;
        const int64_t n = pixels.size(0);
        Output out;
        if (device().is_cpu()) {
            out.features = at::empty({n, featureDim()}, at::kFloat);
            out.logits = at::empty({n, classes()}, at::kFloat);
            // Whole pictures side by side: the kernels inside see that they are in a parallel region and stay in their
            // thread. (at::parallel_for is parallel only where OpenMP is switched on, as this room's CMake file does.)
            at::parallel_for(0, n, 1, [&](int64_t from, int64_t to) {
                const c10::InferenceMode inThisThread;
                for (int64_t i = from; i < to; ++i) {
                    const at::Tensor features = mapOf(pixels.narrow(0, i, 1), context).mean({2, 3});
                    out.features.narrow(0, i, 1).copy_(features);
                    out.logits.narrow(0, i, 1).copy_(at::linear(features, m_classifier, m_classifierBias));
                }
            });
        } else {
            out.features = n == 0 ? at::empty({0, featureDim()}, m_classifier.options())
                                  : mapOf(pixels.to(device()), context).mean({2, 3});
            out.logits = at::linear(out.features, m_classifier, m_classifierBias);
        }
        return out;
    });
}

} // namespace clipscope
