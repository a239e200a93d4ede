// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/vector_file.h"

#include "base/error.h"
#include "base/files.h"
#include "base/npy_file.h"
#include "models/safetensors.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <optional>
#include <string_view>
#include <utility>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr int64_t kMostBytes = int64_t(16) << 30;
constexpr int64_t kMostDims = 65536; ///< what a shard can hold
constexpr int64_t kMostPerRow = 100'000;

bool isFloat(DType type)
{
    return type == DType::F16 || type == DType::F32 || type == DType::F64 || type == DType::BF16;
}

/// That of a NumPy array; unset for what is no float.
std::optional<DType> floatOf(const NpyArray& array)
{
    constexpr std::pair<std::string_view, DType> kFloats[] = {
        {"<f4", DType::F32}, {"<f2", DType::F16}, {"<f8", DType::F64}};
    for (const auto& [name, type] : kFloats)
        if (array.type == name)
            return type;
    return {};
}

bool isForm(const std::vector<int64_t>& shape)
{
    return shape.size() == 2 || shape.size() == 3;
}

std::string shapeText(const std::vector<int64_t>& shape)
{
    std::string out = "[";
    for (size_t i = 0; i < shape.size(); ++i)
        out += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
    return out + "]";
}

std::string firstBytes(const fs::path& path)
{
    std::string out(8, '\0');
    std::ifstream in(path, std::ios::binary);
    in.read(out.data(), std::streamsize(out.size()));
    out.resize(size_t(in.gcount()));
    return out;
}

/// The tensor that holds the vectors.
const TensorView& chosenTensor(const SafetensorsFile& file)
{
    for (const char* name : {"vectors", "embeddings"})
        if (file.has(name))
            return file.tensor(name);
    std::vector<std::string> names;
    for (const auto& [name, tensor] : file.tensors())
        if (isForm(tensor.shape))
            names.push_back(name);
    if (names.empty())
        throw Error(ErrorKind::Input, "holds no tensor of vectors [n, d] or [n, K, d]", file.path().string(),
            "Save the vectors as the tensor \"vectors\".");
    if (names.size() > 1)
        throw Error(ErrorKind::Input,
            "holds several tensors that may be the vectors (" + names[0] + ", " + names[1] + ", ...)",
            file.path().string(), "Call the right one \"vectors\".");
    return file.tensor(names[0]);
}

} // namespace

struct VectorFile::Impl {
    fs::path path;
    std::string npy; ///< all bytes of a NumPy file
    std::optional<SafetensorsFile> safetensors;
    DType type = DType::F32;
    const char* data = nullptr;
    size_t rows = 0, perRow = 1, dim = 0;

    void take(DType dtype, const std::vector<int64_t>& shape, const char* bytes)
    {
        const auto refuse = [&](const std::string& happened, const std::string& remedy) {
            throw Error(ErrorKind::Input, happened, path.string(), remedy);
        };
        if (!isForm(shape))
            refuse("has the shape " + shapeText(shape) + ", which is none of vectors",
                "Needed are n rows of one vector, [n, d], or of K vectors each, [n, K, d].");
        if (!isFloat(dtype))
            refuse(std::string("holds numbers of the type ") + toString(dtype), "Save them as float32 or float16.");
        if (std::ranges::any_of(shape, [](int64_t n) { return n == 0; }))
            refuse("holds no vectors (its shape is " + shapeText(shape) + ")", "Save at least one.");
        if (shape.back() > kMostDims || (shape.size() == 3 && shape[1] > kMostPerRow))
            refuse("has the shape " + shapeText(shape) + ", beyond what a library keeps",
                "Vectors have at most " + std::to_string(kMostDims) + " numbers, a row at most "
                    + std::to_string(kMostPerRow) + " vectors.");
        type = dtype;
        data = bytes;
        rows = size_t(shape[0]);
        perRow = shape.size() == 3 ? size_t(shape[1]) : 1;
        dim = size_t(shape.back());
    }

    float number(size_t at) const
    {
        const char* bytes = data + at * sizeOf(type);
        if (type == DType::F32) {
            float v = 0;
            std::memcpy(&v, bytes, sizeof v);
            return v;
        }
        if (type == DType::F64) {
            double v = 0;
            std::memcpy(&v, bytes, sizeof v);
            return float(v);
        }
        uint16_t v = 0;
        std::memcpy(&v, bytes, sizeof v);
        return type == DType::F16 ? halfToFloat(v) : std::bit_cast<float>(uint32_t(v) << 16);
    }
};

VectorFile::VectorFile(const fs::path& path)
    : m_impl(std::make_unique<Impl>())
{
    m_impl->path = path;
    if (isNpy(firstBytes(path))) {
        m_impl->npy = readFile(path, kMostBytes);
        const NpyArray array = parseNpy(m_impl->npy, path.string());
        const std::optional<DType> type = floatOf(array);
        if (!type)
            throw Error(ErrorKind::Input, "holds values of the type \"" + array.type + "\"", path.string(),
                "Save them as floats: a.astype('<f4').");
        m_impl->take(*type, array.shape, m_impl->npy.data() + array.dataOffset);
        return;
    }
    try {
        m_impl->safetensors.emplace(path);
    } catch (const Error& e) {
        if (path.extension() == ".safetensors" || e.kind() != ErrorKind::Model)
            throw;
        throw Error(ErrorKind::Input, "is neither a NumPy file (.npy) nor a safetensors file", path.string(),
            "Save the vectors with numpy.save or safetensors; a .npz holds several arrays, save the one that is "
            "meant.");
    }
    const TensorView& tensor = chosenTensor(*m_impl->safetensors);
    m_impl->take(tensor.dtype, tensor.shape, reinterpret_cast<const char*>(tensor.bytes.data()));
}

VectorFile::~VectorFile() = default;
VectorFile::VectorFile(VectorFile&&) noexcept = default;

const fs::path& VectorFile::path() const
{
    return m_impl->path;
}

size_t VectorFile::rows() const
{
    return m_impl->rows;
}

size_t VectorFile::perRow() const
{
    return m_impl->perRow;
}

size_t VectorFile::dim() const
{
    return m_impl->dim;
}

Matrix VectorFile::unitRow(size_t row, const std::string& name) const
{
    const auto refuse = [&](const std::string& what, const std::string& remedy) {
        throw Error(ErrorKind::Input, "row " + std::to_string(row + 1) + " (" + name + ") " + what,
            m_impl->path.string(), remedy);
    };
    Matrix out(m_impl->perRow, m_impl->dim);
    size_t kept = 0;
    const size_t first = row * out.values.size();
    for (size_t i = 0; i < out.values.size(); ++i) {
        out.values[i] = m_impl->number(first + i);
        if (!std::isfinite(out.values[i]))
            refuse("has a number that is not finite", "Take it out of the vectors and the ids, or make it again.");
        if (out.values[i] != 0)
            kept = i / m_impl->dim + 1;
    }
    if (kept == 0)
        refuse("is all zeros", "Take it out of the vectors and the ids, or make it again.");
    out.rows = kept;
    out.values.resize(kept * m_impl->dim);
    normaliseRows(out);
    for (size_t i = 0; i < out.rows; ++i)
        if (std::fabs(norm(out.row(i)) - 1) > 1e-3F)
            refuse("has a vector of zeros before others, or one too long or too short to be told from none",
                "Padding stands behind the vectors.");
    return out;
}

} // namespace clipscope
