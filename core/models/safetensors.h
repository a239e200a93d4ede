// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/json.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace clipscope {

enum class DType { F64, F32, F16, BF16, I64, I32, I16, I8, U8, Bool };
size_t sizeOf(DType type);
const char* toString(DType type); ///< safetensors' spelling: "F32", "BF16", ...

/// One tensor inside a file: shape and a view of its bytes (little-endian, row-major); lives as long as the file
/// object.
struct TensorView {
    DType dtype = DType::F32;
    std::vector<int64_t> shape;
    std::span<const std::byte> bytes;
    int64_t elements() const;
};

/// A checked, memory-mapped safetensors file. Opening makes every check of reliability section 2 (header length, UTF-8,
/// strict JSON without duplicate keys, known dtypes, shapes by checked multiplication, no overlap, no hole, exact end),
/// and refuses NaN and infinite weights with the tensor's name. Throws Error(Model) naming the file, what is wrong and
/// what to do.
class SafetensorsFile {
public:
    explicit SafetensorsFile(const std::filesystem::path& path);
    ~SafetensorsFile();
    SafetensorsFile(SafetensorsFile&&) noexcept;
    SafetensorsFile& operator=(SafetensorsFile&&) noexcept;

    const std::filesystem::path& path() const;
    const std::map<std::string, TensorView>& tensors() const;
    const std::map<std::string, std::string>& metadata() const;
    bool has(const std::string& name) const;
    /// Throws Error(Model) naming the tensor when it is absent or `shape` (if given) differs.
    const TensorView& tensor(const std::string& name, const std::vector<int64_t>& shape = {}) const;
    /// The same as float32, converted from F64, F32, F16 or BF16.
    std::vector<float> floats(const std::string& name, const std::vector<int64_t>& shape = {}) const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

/// A tensor to be written; bytes.size() == elements * sizeOf(dtype).
struct TensorToWrite {
    std::string name;
    DType dtype = DType::F32;
    std::vector<int64_t> shape;
    std::vector<std::byte> bytes;

    static TensorToWrite f32(std::string name, std::vector<int64_t> shape, std::span<const float> values);
    /// Rounded to nearest even half precision.
    static TensorToWrite f16(std::string name, std::vector<int64_t> shape, std::span<const float> values);
};

/// Writes a file that every safetensors reader accepts, atomically. Equal input gives equal bytes. Throws
/// Error(Storage).
void writeSafetensors(const std::filesystem::path& path, const std::vector<TensorToWrite>& tensors,
    const std::map<std::string, std::string>& metadata = {});

float halfToFloat(uint16_t half);
uint16_t floatToHalf(float value);

} // namespace clipscope
