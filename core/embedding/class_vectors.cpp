// SPDX-License-Identifier: GPL-3.0-or-later
#include "embedding/class_vectors_internal.h"

#include "base/error.h"
#include "base/files.h"
#include "models/safetensors.h"

#include <optional>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

std::string digestOf(const std::string& recipe, const std::vector<float>& values)
{
    std::string bytes = recipe + "\n";
    bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
    return sha256(bytes);
}

std::optional<Matrix> readRows(const fs::path& file, const std::string& recipe, size_t rows, size_t columns)
{
    std::error_code ignored;
    if (!fs::is_regular_file(file, ignored))
        return {};
    try {
        const SafetensorsFile stored(file);
        Matrix out;
        out.rows = rows;
        out.columns = columns;
        out.values = stored.floats("vectors", {int64_t(rows), int64_t(columns)});
        const auto digest = stored.metadata().find("sha256");
        if (digest != stored.metadata().end() && digest->second == digestOf(recipe, out.values))
            return out;
    } catch (const Error&) {
        // Worth no word: it is made again.
    }
    return {};
}

} // namespace

Matrix cachedRows(const std::string& recipe, size_t rows, size_t columns, const std::function<Matrix()>& make)
{
    const fs::path folder = cacheHome() / "class-vectors";
    const fs::path file = folder / (sha256(recipe).substr(0, 32) + ".safetensors");
    if (std::optional<Matrix> stored = readRows(file, recipe, rows, columns))
        return std::move(*stored);
    Matrix made = make();
    if (made.rows != rows || made.columns != columns)
        throw Error(ErrorKind::Internal, "the vectors made have another shape than was asked for");
    try {
        std::error_code ignored;
        fs::create_directories(folder, ignored);
        writeSafetensors(file, {TensorToWrite::f32("vectors", {int64_t(rows), int64_t(columns)}, made.values)},
            {{"sha256", digestOf(recipe, made.values)}});
    } catch (const Error&) {
        // The next start makes them again.
    }
    return made;
}

} // namespace clipscope
