// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/safetensors.h"

#include "base/error.h"
#include "base/file_writer.h"
#include "base/text.h"

#include <algorithm>
#include <cstring>

namespace clipscope {

namespace {

/// The reference library lays out the widest types first, so that every tensor is aligned to its own size.
int layoutRank(DType type)
{
    static constexpr DType kOrder[] = {DType::I64, DType::F64, DType::F32, DType::I32, DType::BF16, DType::F16,
        DType::I16, DType::I8, DType::U8, DType::Bool};
    return int(std::find(std::begin(kOrder), std::end(kOrder), type) - std::begin(kOrder));
}

void checkTensor(const TensorToWrite& tensor, const std::filesystem::path& path)
{
    auto refuse = [&](const std::string& why) {
        throw Error(
            ErrorKind::Internal, "tensor \"" + validUtf8(tensor.name) + "\" cannot be written: " + why, path.string());
    };
    if (tensor.name == "__metadata__" || !isValidUtf8(tensor.name))
        refuse("the format does not allow this name");
    size_t bytes = sizeOf(tensor.dtype);
    for (const int64_t size : tensor.shape) {
        if (size < 0 || __builtin_mul_overflow(bytes, size_t(size), &bytes))
            refuse("its shape is impossible");
    }
    if (bytes != tensor.bytes.size())
        refuse("its shape needs " + std::to_string(bytes) + " bytes, it has " + std::to_string(tensor.bytes.size()));
}

void appendEntry(std::string& header, const TensorToWrite& tensor, uint64_t begin)
{
    header += Json(tensor.name).dump();
    header += R"(:{"dtype":")";
    header += toString(tensor.dtype);
    header += R"(","shape":[)";
    for (size_t i = 0; i < tensor.shape.size(); ++i) {
        if (i > 0)
            header += ',';
        header += std::to_string(tensor.shape[i]);
    }
    header += R"(],"data_offsets":[)";
    header += std::to_string(begin);
    header += ',';
    header += std::to_string(begin + tensor.bytes.size());
    header += "]}";
}

std::string headerOf(
    const std::vector<const TensorToWrite*>& sorted, const std::map<std::string, std::string>& metadata)
{
    // Composed by hand: an ordered JSON object searches all its keys at each insertion.
    std::string header = "{";
    if (!metadata.empty()) {
        header += "\"__metadata__\":{";
        for (const auto& [key, value] : metadata) {
            if (header.back() != '{')
                header += ',';
            header += Json(validUtf8(key)).dump();
            header += ':';
            header += Json(validUtf8(value)).dump();
        }
        header += '}';
    }
    uint64_t at = 0;
    for (const TensorToWrite* tensor : sorted) {
        if (header.size() > 1)
            header += ',';
        appendEntry(header, *tensor, at);
        at += tensor->bytes.size();
    }
    header += '}';
    header.append((8 - header.size() % 8) % 8, ' ');
    return header;
}

} // namespace

TensorToWrite TensorToWrite::f32(std::string name, std::vector<int64_t> shape, std::span<const float> values)
{
    TensorToWrite out{std::move(name), DType::F32, std::move(shape), std::vector<std::byte>(values.size_bytes())};
    if (!values.empty())
        std::memcpy(out.bytes.data(), values.data(), values.size_bytes());
    return out;
}

TensorToWrite TensorToWrite::f16(std::string name, std::vector<int64_t> shape, std::span<const float> values)
{
    TensorToWrite out{std::move(name), DType::F16, std::move(shape), std::vector<std::byte>(values.size() * 2)};
    for (size_t i = 0; i < values.size(); ++i) {
        const uint16_t half = floatToHalf(values[i]);
        std::memcpy(out.bytes.data() + 2 * i, &half, 2);
    }
    return out;
}

void writeSafetensors(const std::filesystem::path& path, const std::vector<TensorToWrite>& tensors,
    const std::map<std::string, std::string>& metadata)
{
    std::vector<const TensorToWrite*> sorted;
    for (const TensorToWrite& tensor : tensors) {
        checkTensor(tensor, path);
        sorted.push_back(&tensor);
    }
    std::sort(
        sorted.begin(), sorted.end(), [](const TensorToWrite* a, const TensorToWrite* b) { return a->name < b->name; });
    for (size_t i = 1; i < sorted.size(); ++i) {
        if (sorted[i]->name == sorted[i - 1]->name)
            throw Error(ErrorKind::Internal, "tensor \"" + sorted[i]->name + "\" is given twice", path.string());
    }
    std::stable_sort(sorted.begin(), sorted.end(),
        [](const TensorToWrite* a, const TensorToWrite* b) { return layoutRank(a->dtype) < layoutRank(b->dtype); });

    const std::string header = headerOf(sorted, metadata);
    const uint64_t length = header.size();
    FileWriter file(path);
    file.write(&length, sizeof length);
    file.write(header.data(), header.size());
    for (const TensorToWrite* tensor : sorted)
        file.write(tensor->bytes.data(), tensor->bytes.size());
    file.commit();
}

} // namespace clipscope
