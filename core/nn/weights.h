// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/safetensors.h"

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace clipscope {

/// The tensors of a safetensors file as float32 at::Tensors.
class Weights {
public:
    /// Throws Error(Model) as SafetensorsFile does.
    explicit Weights(const std::filesystem::path& path);

    const std::filesystem::path& path() const { return m_file->path(); }
    bool has(const std::string& name) const { return m_file->has(name); }
    /// Shape as stored; throws Error(Model) when it is absent.
    std::vector<int64_t> shape(const std::string& name) const;
    /// F32 comes without a copy (the tensor keeps the mapped file alive and must not be written to), F64, F16 and BF16
    /// are converted. Throws Error(Model) naming the tensor when it is absent or has another shape (an empty `shape`
    /// accepts any).
    at::Tensor view(const std::string& name, const std::vector<int64_t>& shape = {}) const;
    /// The same with memory of its own.
    at::Tensor copy(const std::string& name, const std::vector<int64_t>& shape = {}) const;

    /// Gives the memory that the mapped weights take back to the system. Views stay good: what is looked at again is
    /// read again.
    void forgetPages() const;

private:
    std::shared_ptr<SafetensorsFile> m_file;
};

/// A tensor to be written, in single or half precision.
TensorToWrite toWrite(const std::string& name, const at::Tensor& tensor, bool halfPrecision);

} // namespace clipscope
