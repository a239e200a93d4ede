// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/weights.h"

#include "nn/device.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>

#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

namespace clipscope {

namespace {

at::ScalarType scalarType(DType type)
{
    switch (type) {
    case DType::F64:
        return at::kDouble;
    case DType::F32:
        return at::kFloat;
    case DType::F16:
        return at::kHalf;
    case DType::BF16:
        return at::kBFloat16;
    default:
        return at::kByte;
    }
}

} // namespace

Weights::Weights(const std::filesystem::path& path)
    : m_file(std::make_shared<SafetensorsFile>(path))
{
}

std::vector<int64_t> Weights::shape(const std::string& name) const
{
    return m_file->tensor(name).shape;
}

at::Tensor Weights::view(const std::string& name, const std::vector<int64_t>& shape) const
{
    const TensorView& stored = m_file->tensor(name, shape);
    const at::ScalarType type = scalarType(stored.dtype);
    if (type == at::kByte)
        throw Error(ErrorKind::Model,
            "the tensor " + name + " holds " + toString(stored.dtype) + ", not floating-point weights",
            path().string());
    const bool aligned = reinterpret_cast<uintptr_t>(stored.bytes.data()) % sizeOf(stored.dtype) == 0;
    return withTorchErrors(path().string(), [&]() -> at::Tensor {
        if (aligned) {
            // The deleter owns the file: the mapping lives as long as the last tensor that looks into it.
            const at::Tensor there = at::from_blob(
                const_cast<std::byte*>(stored.bytes.data()), stored.shape, [file = m_file](void*) {},
                at::TensorOptions(type));
            return type == at::kFloat ? there : there.to(at::kFloat);
        }
        std::vector<std::byte> bytes(stored.bytes.begin(), stored.bytes.end());
        return at::from_blob(bytes.data(), stored.shape, at::TensorOptions(type)).to(at::kFloat, false, true);
    });
}

at::Tensor Weights::copy(const std::string& name, const std::vector<int64_t>& shape) const
{
    return withTorchErrors(path().string(), [&] { return view(name, shape).clone(); });
}

void Weights::forgetPages() const
{
    const auto page = uintptr_t(::sysconf(_SC_PAGESIZE));
    for (const auto& [name, tensor] : m_file->tensors()) {
        // Whole pages only; the mapping is private and never written to, so nothing can be lost.
        const auto from = (reinterpret_cast<uintptr_t>(tensor.bytes.data()) + page - 1) / page * page;
        const auto to = reinterpret_cast<uintptr_t>(tensor.bytes.data() + tensor.bytes.size()) / page * page;
        if (from < to)
            ::madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);
    }
}

TensorToWrite toWrite(const std::string& name, const at::Tensor& tensor, bool halfPrecision)
{
    return withTorchErrors(name, [&] {
        const at::NoGradGuard guard;
        const at::Tensor values = tensor.detach().to(at::kCPU, at::kFloat).contiguous();
        const std::span<const float> floats(values.data_ptr<float>(), size_t(values.numel()));
        return halfPrecision ? TensorToWrite::f16(name, values.sizes().vec(), floats)
                             : TensorToWrite::f32(name, values.sizes().vec(), floats);
    });
}

} // namespace clipscope
