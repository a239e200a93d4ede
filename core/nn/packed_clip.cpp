// SPDX-License-Identifier: GPL-3.0-or-later
// The prepared form of a ClipModel.
#include "nn/packed_clip_internal.h"

#include "nn/clip_model.h"
#include "nn/device.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstring>

namespace clipscope {

namespace {

constexpr int64_t kGap = 16; ///< behind each row of patches: their strides are no multiple of 4096 bytes

} // namespace

at::Tensor patchRows(const at::Tensor& pixels, int64_t patch, const at::Tensor& kept)
{
    const at::Tensor from = pixels.contiguous();
    const int64_t batch = from.size(0), height = from.size(2), width = from.size(3), columns = width / patch;
    const int64_t count = kept.defined() ? kept.size(1) : height / patch * columns;
    const at::Tensor chosen = kept.defined() ? kept.contiguous() : kept;
    const int64_t size = 3 * patch * patch;
    at::Tensor out = at::empty({batch, 1 + count, size + kGap}, at::kFloat);
    float* to = out.data_ptr<float>();
    for (int64_t b = 0; b < batch; ++b) {
        to = std::fill_n(to, size + kGap, 0.F);
        for (int64_t i = 0; i < count; ++i, to += kGap) {
            const int64_t place = chosen.defined() ? chosen.data_ptr<int64_t>()[b * count + i] : i;
            const float* corner = from.data_ptr<float>() + b * 3 * height * width + place / columns * patch * width
                + place % columns * patch;
            for (int64_t line = 0; line < 3 * patch; ++line)
                to = std::copy_n(corner + line / patch * height * width + line % patch * width, patch, to);
        }
    }
    return out;
}

void ClipModel::prepare(Precision precision)
{
    requireUnprepared();
    if (std::find(availablePrecisions().begin(), availablePrecisions().end(), precision) == availablePrecisions().end())
        throw Error(ErrorKind::Resource, "this processor cannot compute in it at a useful speed",
            std::string("precision ") + toString(precision), "Use auto or fp32.");
    if (!bestKernels().floats || !device().is_cpu())
        return;
    withTorchErrors("CLIP", [&] {
        const auto packed = std::make_shared<PackedClip>();
        packed->patches = PackedLinear(m_patchWeight.flatten(1), {}, precision);
        packed->vision = PackedTransformer(m_vision, precision);
        m_vision = Transformer();
        packed->text = PackedTransformer(m_text, precision);
        m_text = Transformer();
        m_patchWeight = at::Tensor();
        m_packed = packed;
        if (m_file)
            m_file->forgetPages();
    });
}

void ClipModel::requireUnprepared() const
{
    if (m_packed)
        throw Error(ErrorKind::Internal, "a CLIP model prepared for inference has let its weights go");
}

/// [B, 1 + K, vision width]: class token and patches with their positions, before the first LayerNorm.
at::Tensor ClipModel::embeddedPatches(const at::Tensor& pixels, const ImageOptions& options) const
{
    const int64_t width = m_config.vision.transformer.width;
    const at::Tensor rows = patchRows(pixels, m_config.vision.patchSize, options.keptPatches);
    const int64_t batch = rows.size(0), tokens = rows.size(1);
    at::Tensor out = at::empty({batch, tokens, width}, at::kFloat);
    const at::Tensor places = m_imagePositions.contiguous();
    const at::Tensor first = (m_classEmbedding + places.select(0, 0)).contiguous();
    const at::Tensor kept = options.keptPatches.defined() ? options.keptPatches.contiguous() : at::Tensor();
    for (int64_t b = 0; b < batch; ++b)
        for (int64_t i = 0; i < tokens; ++i) {
            const int64_t patch =
                i == 0 || !kept.defined() ? i - 1 : kept.data_ptr<int64_t>()[b * (tokens - 1) + i - 1];
            std::memcpy(out.data_ptr<float>() + (b * tokens + i) * width,
                i == 0 ? first.data_ptr<float>() : places.data_ptr<float>() + (1 + patch) * width,
                size_t(width) * sizeof(float));
        }
    PackedWorkspace workspace;
    m_packed->patches.apply(
        rows.data_ptr<float>(), rows.size(2), batch * tokens, out.data_ptr<float>(), width, workspace, {}, true);
    return out;
}

} // namespace clipscope
