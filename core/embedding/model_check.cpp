// SPDX-License-Identifier: GPL-3.0-or-later
#include "embedding/model_check.h"

#include "base/json.h"
#include "models/safetensors.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr double kSame = .9999;
constexpr double kSameAfterScaling = .999;

struct Goldens {
    fs::path file;
    std::vector<std::string> texts;
    std::vector<RgbImage> frames;
    Matrix textVectors;
    Matrix frameVectors;
    double frameCosine = kSame;
};

Matrix vectors(const SafetensorsFile& file, const std::string& name, size_t rows)
{
    const std::vector<int64_t>& shape = file.tensor(name).shape;
    if (shape.size() != 2 || shape[0] != int64_t(rows))
        throw Error(
            ErrorKind::Model, "the tensor " + name + " does not have one row for each input", file.path().string());
    Matrix out(rows, size_t(shape[1]));
    out.values = file.floats(name);
    normaliseRows(out);
    return out;
}

std::vector<RgbImage> frames(const SafetensorsFile& file)
{
    const TensorView& view = file.tensor("frames");
    if (view.dtype != DType::U8 || view.shape.size() != 4 || view.shape[3] != 3 || view.shape[1] > 8192
        || view.shape[2] > 8192)
        throw Error(ErrorKind::Model, "the tensor frames is not U8 [n, height, width, 3]", file.path().string());
    std::vector<RgbImage> out;
    const std::byte* from = view.bytes.data();
    for (int64_t i = 0; i < view.shape[0]; ++i) {
        RgbImage frame(int(view.shape[2]), int(view.shape[1]));
        std::memcpy(frame.pixels.data(), from, frame.pixels.size());
        from += frame.pixels.size();
        out.push_back(std::move(frame));
    }
    return out;
}

Goldens readGoldens(const fs::path& folder, const FrameFit& fit)
{
    Goldens out;
    if (fs::is_regular_file(folder / "golden.safetensors")) {
        out.file = folder / "golden.safetensors";
        const SafetensorsFile file(out.file);
        const auto texts = file.metadata().find("texts");
        if (texts != file.metadata().end())
            for (const Json& text : parseJson(texts->second, out.file.string()))
                out.texts.push_back(text.is_string() ? text.get<std::string>() : std::string());
        out.frames = frames(file);
        out.textVectors = vectors(file, "text_vectors", out.texts.size());
        out.frameVectors = vectors(file, "frame_vectors", out.frames.size());
        return out;
    }
    if (fs::is_regular_file(folder / "anchors.safetensors")) {
        out.file = folder / "anchors.safetensors";
        const SafetensorsFile file(out.file);
        out.texts = {"a diagram", "a dog", "a cat"};
        out.textVectors = vectors(file, "golden.text_features", 3);
        out.frames = {readPicture(folder / "golden_image.png", fit)};
        out.frameVectors = vectors(file, "golden.image_features", 1);
        out.frameCosine = kSameAfterScaling;
        return out;
    }
    throw Error(ErrorKind::Model, "this folder holds no golden outputs", folder.string(),
        "Golden outputs are a golden.safetensors, or an anchors.safetensors with golden_image.png.");
}

void compare(const Matrix& here, const Matrix& golden, double needed, const std::vector<std::string>& names,
    std::vector<std::string>& findings)
{
    for (size_t i = 0; i < golden.rows; ++i) {
        const double cosine = dot(here.row(i), golden.row(i));
        if (!(cosine >= needed)) // a NaN is a finding too
            findings.push_back("the vector of " + names[i] + " differs from the golden one: cosine "
                + std::to_string(cosine) + ", needed " + std::to_string(needed));
    }
}

} // namespace

std::vector<std::string> checkModelOutputs(const ModelFolder& model, const fs::path& goldenFolder, JobContext& context)
{
    const std::shared_ptr<Encoder> encoder = makeEncoder(model.path.string(), {.device = "cpu", .precision = "fp32"});
    const Goldens goldens = readGoldens(goldenFolder, encoder->info().fit);
    const auto width = size_t(encoder->info().jointDim);
    if (goldens.textVectors.columns != width || goldens.frameVectors.columns != width)
        return {"the golden vectors in " + goldens.file.string() + " have "
            + std::to_string(goldens.textVectors.columns) + " numbers, the model's have " + std::to_string(width)
            + ": they belong to another model"};
    std::vector<std::string> findings, names;
    for (const std::string& text : goldens.texts)
        names.push_back("the text \"" + text + "\"");
    compare(encoder->encodeTexts(goldens.texts, context), goldens.textVectors, kSame, names, findings);
    names.clear();
    for (size_t i = 0; i < goldens.frames.size(); ++i)
        names.push_back("golden picture " + std::to_string(i + 1));
    compare(encoder->encodeFrames(goldens.frames, context).joint, goldens.frameVectors, goldens.frameCosine, names,
        findings);
    return findings;
}

void writeModelGoldens(Encoder& encoder, std::span<const RgbImage> frames, std::span<const std::string> texts,
    const fs::path& folder, JobContext& context)
{
    const FrameFit& fit = encoder.info().fit;
    TensorToWrite pixels{"frames", DType::U8, {int64_t(frames.size()), fit.height, fit.width, 3}, {}};
    for (const RgbImage& frame : frames) {
        if (frame.width != fit.width || frame.height != fit.height)
            throw Error(
                ErrorKind::Input, "a golden frame does not have the encoder's picture size", encoder.info().name);
        const auto bytes = std::as_bytes(std::span(frame.pixels));
        pixels.bytes.insert(pixels.bytes.end(), bytes.begin(), bytes.end());
    }
    const auto written = [](const char* name, const Matrix& m) {
        return TensorToWrite::f32(name, {int64_t(m.rows), int64_t(m.columns)}, m.values);
    };
    const Matrix textVectors = encoder.encodeTexts(texts, context);
    const Matrix frameVectors = encoder.encodeFrames(frames, context).joint;
    writeSafetensors(folder / "golden.safetensors",
        {pixels, written("text_vectors", textVectors), written("frame_vectors", frameVectors)},
        {{"texts", Json(std::vector<std::string>(texts.begin(), texts.end())).dump()}});
}

} // namespace clipscope
