// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/packed_linear.h"

#include "nn/packed_kernels_internal.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>

namespace clipscope {

namespace {

/// Of the rows that pass under all panels before the next ones come: half of a small second-level cache is left for
/// the panel.
constexpr int64_t kBlockBytes = 512 << 10;

int64_t roundedUp(int64_t count, int64_t multiple)
{
    return (count + multiple - 1) / multiple * multiple;
}

TileActivation tileActivation(std::optional<Activation> activation)
{
    if (!activation)
        return TileActivation::None;
    switch (*activation) {
    case Activation::QuickGelu:
        return TileActivation::QuickGelu;
    case Activation::Gelu:
        return TileActivation::Gelu;
    case Activation::GeluTanh:
        return TileActivation::GeluTanh;
    case Activation::Relu:
        return TileActivation::Relu;
    }
    return TileActivation::None;
}

/// `rows` rows of weights into one panel of floats, written in order; the columns behind them stay.
void packFloats(const float* from, int64_t rows, int64_t in, int64_t panel, float* to)
{
    for (int64_t i = 0; i < in; ++i, to += panel)
        for (int64_t row = 0; row < rows; ++row)
            to[row] = from[row * in + i];
}

struct Quantised {
    float scale;
    int32_t sum;
};

/// The same into a panel of bytes, four inputs side by side.
Quantised packBytes(const float* row, int64_t in, int64_t panel, int64_t limit, int8_t* to)
{
    float most = 0;
    for (int64_t i = 0; i < in; ++i)
        most = std::max(most, std::abs(row[i]));
    Quantised out{std::max(most / float(limit), 1e-30F), 0};
    for (int64_t i = 0; i < in; ++i) {
        const auto value = int32_t(std::lrintf(row[i] / out.scale));
        out.sum += value;
        to[i / 4 * 4 * panel + i % 4] = int8_t(value);
    }
    return out;
}

} // namespace

PackedLinear::PackedLinear(
    const at::Tensor& weight, const at::Tensor& bias, Precision precision, const PackedKernels* kernels)
    : m_kernels(kernels                    ? kernels
            : precision == Precision::Int8 ? bestKernels().bytes
                                           : bestKernels().floats)
    , m_precision(precision)
    , m_in(weight.size(1))
    , m_out(weight.size(0))
    , m_bias(bias.defined() ? bias.detach().contiguous() : at::Tensor())
{
    if (!m_kernels)
        throw Error(ErrorKind::Internal, "this processor has no kernels for packed weights");
    const at::Tensor rows = weight.detach().contiguous();
    if (precision == Precision::Bf16) {
        m_panels = rows.to(at::kBFloat16);
        if (m_bias.defined())
            m_bias = m_bias.to(at::kBFloat16);
        return;
    }
    const float* from = rows.data_ptr<float>();
    const int64_t panel = m_kernels->panel, panels = (m_out + panel - 1) / panel;
    if (precision == Precision::Fp32) {
        m_panels = m_out % panel == 0 ? at::empty({panels * m_in * panel}, at::kFloat)
                                      : at::zeros({panels * m_in * panel}, at::kFloat);
        float* to = m_panels.data_ptr<float>();
        at::parallel_for(0, panels, 1, [&](int64_t first, int64_t end) {
            for (int64_t p = first; p < end; ++p)
                packFloats(
                    from + p * panel * m_in, std::min(panel, m_out - p * panel), m_in, panel, to + p * panel * m_in);
        });
        return;
    }
    const int64_t in = roundedUp(m_in, 4);
    m_panels = at::zeros({panels * in * panel}, at::kChar);
    m_scales = at::empty({m_out}, at::kFloat);
    m_sums = at::empty({m_out}, at::kInt);
    auto* to = m_panels.data_ptr<int8_t>();
    float* scales = m_scales.data_ptr<float>();
    int32_t* sums = m_sums.data_ptr<int32_t>();
    at::parallel_for(0, m_out, panel, [&](int64_t first, int64_t end) {
        for (int64_t row = first; row < end; ++row) {
            const Quantised q = packBytes(from + row * m_in, m_in, panel, m_kernels->weightLimit,
                to + row / panel * panel * in + row % panel * 4);
            scales[row] = q.scale;
            sums[row] = q.sum;
        }
    });
}

int64_t PackedLinear::bytes() const
{
    return m_panels.defined() ? int64_t(m_panels.nbytes()) : 0;
}

int64_t PackedLinear::outputMultiple() const
{
    return m_precision == Precision::Bf16 ? 1 : m_kernels->panel;
}

void PackedLinear::apply(const float* rows, int64_t stride, int64_t m, float* out, int64_t outStride,
    PackedWorkspace& workspace, std::optional<Activation> activation, bool onto, PackedColumns columns) const
{
    const int64_t from = columns.from, to = columns.to < 0 ? m_out : columns.to;
    if (m_precision == Precision::Bf16) {
        const at::Tensor x =
            at::from_blob(const_cast<float*>(rows), {m, m_in}, {stride, 1}, at::TensorOptions(at::kFloat));
        at::Tensor y = at::linear(x.to(at::kBFloat16), m_panels.narrow(0, from, to - from),
            m_bias.defined() ? m_bias.narrow(0, from, to - from) : m_bias)
                           .to(at::kFloat);
        if (activation)
            y = activate(*activation, y);
        const at::Tensor target = at::from_blob(out, {m, to - from}, {outStride, 1}, at::TensorOptions(at::kFloat));
        onto ? target.add_(y) : target.copy_(y);
        return;
    }
    const int64_t panel = m_kernels->panel;
    PackedProduct whole;
    whole.rows = {rows, stride, nullptr, nullptr};
    whole.n = m_out;
    whole.k = m_in;
    whole.panels = m_panels.data_ptr();
    whole.bias = m_bias.defined() ? m_bias.data_ptr<float>() : nullptr;
    whole.activation = tileActivation(activation);
    whole.outStride = outStride;
    if (m_precision == Precision::Int8) {
        whole.k = roundedUp(m_in, 4);
        // Not a multiple of 4096, so that rows do not share their places in the first-level cache.
        const int64_t byteStride = roundedUp(m_in, 64) + 64;
        workspace.bytes.resize(std::max(workspace.bytes.size(), size_t(m * byteStride)));
        workspace.scales.resize(std::max(workspace.scales.size(), size_t(m)));
        workspace.zeros.resize(std::max(workspace.zeros.size(), size_t(m)));
        at::parallel_for(0, m, 64, [&](int64_t first, int64_t end) {
            m_kernels->quantise(rows + first * stride, stride, end - first, m_in,
                workspace.bytes.data() + first * byteStride, byteStride, workspace.scales.data() + first,
                workspace.zeros.data() + first);
        });
        whole.rows = {workspace.bytes.data(), byteStride, workspace.scales.data(), workspace.zeros.data()};
        whole.columnScales = m_scales.data_ptr<float>();
        whole.columnSums = m_sums.data_ptr<int32_t>();
    }
    const int64_t size = m_precision == Precision::Int8 ? 1 : int64_t(sizeof(float));
    const int64_t blockRows = std::max<int64_t>(28, kBlockBytes / (whole.rows.stride * size) / 28 * 28);
    const int64_t blocks = std::max<int64_t>(1, (m + blockRows - 1) / blockRows);
    const int64_t firstPanel = from / panel, panels = (to + panel - 1) / panel - firstPanel;
    const int64_t threads = at::get_num_threads();
    const int64_t shares = blocks >= 2 * threads ? 1 : std::min<int64_t>(threads, panels);
    at::parallel_for(0, blocks * shares, 1, [&](int64_t first, int64_t end) {
        for (int64_t task = first; task < end; ++task) {
            const int64_t block = task / shares, share = task % shares;
            const int64_t row = m * block / blocks, endRow = m * (block + 1) / blocks;
            PackedProduct part = whole;
            part.m = endRow - row;
            part.rows.values = static_cast<const char*>(whole.rows.values) + row * whole.rows.stride * size;
            if (part.rows.scales) {
                part.rows.scales += row;
                part.rows.zeros += row;
            }
            part.firstPanel = firstPanel + panels * share / shares;
            part.endPanel = firstPanel + panels * (share + 1) / shares;
            // The kernel writes column c to out[c]; the caller's first column is `from`.
            part.out = out + row * outStride - from;
            part.add = onto ? part.out : nullptr;
            (m_precision == Precision::Int8 ? m_kernels->multiplyBytes : m_kernels->multiplyFloats)(part);
        }
    });
}

} // namespace clipscope
