// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/safetensors.h"

#include "base/error.h"
#include "base/text.h"
#include "models/safetensors_header_internal.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fcntl.h>
#include <limits>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr uint64_t kMaxHeaderBytes = 100'000'000;

/// Other formats that people rename to .safetensors, told by their first bytes; empty when unknown.
std::string foreignFormat(std::string_view start)
{
    if (start.starts_with("PK\x03\x04") || start.starts_with("\x80\x02"))
        return "a PyTorch pickle (.pt, .pth, .bin)";
    if (start.starts_with("version https://git-lfs"))
        return "a Git LFS pointer, the weights themselves were not fetched";
    if (start.starts_with("\x08") && start.find("pytorch") != std::string_view::npos)
        return "an ONNX model";
    if (start.starts_with("GGUF"))
        return "a GGUF model";
    if (start.starts_with("<!DOCTYPE") || start.starts_with("<html"))
        return "a web page";
    return {};
}

std::string shapeText(const std::vector<int64_t>& shape)
{
    std::string text = "[";
    for (const int64_t size : shape)
        text += (text.size() > 1 ? ", " : "") + std::to_string(size);
    return text + "]";
}

/// Whether any element has all bits of `exponent` set. Without a branch in the inner loop, so that it runs at memory
/// speed.
template <class Word> bool anyNotFinite(std::span<const std::byte> bytes, Word exponent)
{
    constexpr size_t kBlock = 4096;
    const size_t count = bytes.size() / sizeof(Word);
    for (size_t from = 0; from < count; from += kBlock) {
        const size_t to = std::min(count, from + kBlock);
        Word bad = 0;
        for (size_t i = from; i < to; ++i) {
            Word word;
            std::memcpy(&word, bytes.data() + i * sizeof(Word), sizeof(Word));
            bad = Word(bad | Word((word & exponent) == exponent));
        }
        if (bad)
            return true;
    }
    return false;
}

bool isFinite(const TensorView& tensor)
{
    switch (tensor.dtype) {
    case DType::F64:
        return !anyNotFinite<uint64_t>(tensor.bytes, 0x7ff0000000000000ULL);
    case DType::F32:
        return !anyNotFinite<uint32_t>(tensor.bytes, 0x7f800000U);
    case DType::F16:
        return !anyNotFinite<uint16_t>(tensor.bytes, 0x7c00U);
    case DType::BF16:
        return !anyNotFinite<uint16_t>(tensor.bytes, 0x7f80U);
    default:
        return true;
    }
}

template <class Word, class Convert>
void convert(std::span<const std::byte> bytes, std::vector<float>& out, Convert&& toFloat)
{
    for (size_t i = 0; i < out.size(); ++i) {
        Word word;
        std::memcpy(&word, bytes.data() + i * sizeof(Word), sizeof(Word));
        out[i] = toFloat(word);
    }
}

} // namespace

struct SafetensorsFile::Impl {
    fs::path path;
    int fd = -1;
    uint64_t size = 0;
    void* map = MAP_FAILED;
    std::map<std::string, TensorView> tensors;
    std::map<std::string, std::string> metadata;

    ~Impl()
    {
        if (map != MAP_FAILED)
            ::munmap(map, size);
        if (fd >= 0)
            ::close(fd);
    }
    [[noreturn]] void refuse(const std::string& why, const std::string& remedy = {}) const
    {
        throw Error(ErrorKind::Model, why, path.string(), remedy);
    }
    /// Reading mapped bytes that a later truncation took away would kill the program (SIGBUS).
    void checkSize() const
    {
        struct stat st;
        if (::fstat(fd, &st) != 0 || uint64_t(st.st_size) != size)
            refuse("changed its size while it was in use", "Load the model again once the file is complete.");
    }
    void open();
    void readHeader();
};

void SafetensorsFile::Impl::open()
{
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        refuse(std::string("cannot be opened: ") + std::strerror(errno));
    struct stat st;
    if (::fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        refuse("is not a regular file");
    size = uint64_t(st.st_size);
    if (size < 8)
        refuse("is not a valid safetensors file: it has " + std::to_string(size)
                + " bytes, fewer than the smallest header",
            "The file is damaged or was not fetched whole: fetch it again.");
    map = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED)
        refuse(std::string("cannot be mapped into memory: ") + std::strerror(errno));
}

void SafetensorsFile::Impl::readHeader()
{
    const auto* bytes = static_cast<const char*>(map);
    const std::string foreign = foreignFormat({bytes, std::min<size_t>(size, 64)});
    if (!foreign.empty())
        refuse("is not a safetensors file but " + foreign,
            "Only safetensors weights are opened: they cannot hold programs.");
    uint64_t length = 0;
    std::memcpy(&length, bytes, sizeof length);
    if (length > kMaxHeaderBytes)
        refuse("is not a valid safetensors file: its header claims " + std::to_string(length) + " bytes, more than the "
            + std::to_string(kMaxHeaderBytes) + " the format allows");
    if (length > size - 8)
        refuse("is not a valid safetensors file: its header claims " + std::to_string(length)
                + " bytes, the file has only " + std::to_string(size - 8) + " after the length",
            "The file is damaged or was not fetched whole: fetch it again.");
    const SafetensorsHeader header = readSafetensorsHeader({bytes + 8, length}, size - 8 - length, path);
    const auto* data = static_cast<const std::byte*>(map) + 8 + length;
    for (const auto& [name, entry] : header.tensors)
        tensors.emplace(name, TensorView{entry.dtype, entry.shape, {data + entry.begin, entry.end - entry.begin}});
    metadata = header.metadata;
}

SafetensorsFile::SafetensorsFile(const fs::path& path)
    : m_impl(std::make_unique<Impl>())
{
    m_impl->path = path;
    m_impl->open();
    m_impl->readHeader();
    m_impl->checkSize();
    for (const auto& [name, tensor] : m_impl->tensors) {
        if (!isFinite(tensor))
            m_impl->refuse("holds weights that are not finite numbers (NaN or infinity) in the tensor \"" + name + "\"",
                "The model was damaged or its training diverged: use another copy.");
    }
}

SafetensorsFile::~SafetensorsFile() = default;
SafetensorsFile::SafetensorsFile(SafetensorsFile&&) noexcept = default;
SafetensorsFile& SafetensorsFile::operator=(SafetensorsFile&&) noexcept = default;

const fs::path& SafetensorsFile::path() const
{
    return m_impl->path;
}

const std::map<std::string, TensorView>& SafetensorsFile::tensors() const
{
    return m_impl->tensors;
}

const std::map<std::string, std::string>& SafetensorsFile::metadata() const
{
    return m_impl->metadata;
}

bool SafetensorsFile::has(const std::string& name) const
{
    return m_impl->tensors.contains(name);
}

const TensorView& SafetensorsFile::tensor(const std::string& name, const std::vector<int64_t>& shape) const
{
    const auto found = m_impl->tensors.find(name);
    if (found == m_impl->tensors.end())
        m_impl->refuse("has no tensor \"" + name + "\", which this kind of model needs",
            "The weights belong to another kind of model than config.json says.");
    if (!shape.empty() && found->second.shape != shape)
        m_impl->refuse("has the tensor \"" + name + "\" in the shape " + shapeText(found->second.shape) + "; "
                + shapeText(shape) + " is needed",
            "The weights belong to another model than config.json describes.");
    m_impl->checkSize();
    return found->second;
}

std::vector<float> SafetensorsFile::floats(const std::string& name, const std::vector<int64_t>& shape) const
{
    const TensorView& view = tensor(name, shape);
    std::vector<float> out(size_t(view.elements()));
    switch (view.dtype) {
    case DType::F64:
        convert<double>(view.bytes, out, [&](double v) {
            if (std::abs(v) > double(std::numeric_limits<float>::max()))
                m_impl->refuse("holds a number in the tensor \"" + name + "\" that is too large for single precision");
            return float(v);
        });
        break;
    case DType::F32:
        if (!out.empty())
            std::memcpy(out.data(), view.bytes.data(), view.bytes.size());
        break;
    case DType::F16:
        convert<uint16_t>(view.bytes, out, halfToFloat);
        break;
    case DType::BF16:
        convert<uint16_t>(view.bytes, out, [](uint16_t v) {
            const uint32_t bits = uint32_t(v) << 16;
            float value;
            std::memcpy(&value, &bits, sizeof value);
            return value;
        });
        break;
    default:
        m_impl->refuse(
            std::string("holds the tensor \"") + name + "\" as " + toString(view.dtype) + ", not as real numbers");
    }
    return out;
}

} // namespace clipscope
