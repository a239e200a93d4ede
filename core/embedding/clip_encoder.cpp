// SPDX-License-Identifier: GPL-3.0-or-later
#include "embedding/clip_encoder.h"

#include "base/machine.h"
#include "base/random.h"
#include "embedding/encoder_name.h"
#include "embedding/language_note.h"
#include "embedding/patch_tower.h"
#include "embedding/precision_choice.h"
#include "models/model_catalogue.h"
#include "models/tokenizer.h"
#include "nn/clip_model.h"
#include "nn/device.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <mutex>

namespace clipscope {

namespace {

/// Frames a pass so that one block takes about 100 ms (the longest a stop has to wait for): two timed passes, the first
/// warms up. On a CPU few: the packed kernels take a frame as fast alone as with 31 others, and the sooner a batch is
/// full, the sooner the encoder begins.
int measuredBatch(const ClipModel& model)
{
    constexpr double kBlockSec = .1;
    const int most = model.device().is_cpu() ? 4 : 64;
    const int probe = model.device().is_cpu() ? 1 : 4;
    const int64_t size = model.config().vision.imageSize;
    const at::Tensor pixels = at::zeros({probe, 3, size, size}, at::TensorOptions(model.device()));
    double seconds = 0;
    for (int pass = 0; pass < 2; ++pass) {
        const auto start = std::chrono::steady_clock::now();
        model.imageFeatures(pixels).projected.to(at::kCPU); // waits for a GPU
        seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }
    const double frameInBlock = seconds / double(probe * model.config().vision.transformer.layers);
    return std::clamp(int(kBlockSec / std::max(frameInBlock, 1e-6)), 1, most);
}

uint64_t pixelHash(const RgbImage& frame)
{
    // FNV-1a by 8 bytes: names the frame for its draw, nothing more.
    uint64_t hash = 0xcbf29ce484222325U;
    const std::vector<uint8_t>& bytes = frame.pixels;
    for (size_t i = 0; i < bytes.size(); i += sizeof(uint64_t)) {
        uint64_t word = 0;
        std::memcpy(&word, bytes.data() + i, std::min(sizeof(uint64_t), bytes.size() - i));
        hash = (hash ^ word) * 0x100000001b3U;
        hash ^= hash >> 29;
    }
    return hash;
}

Matrix unitRows(const at::Tensor& features)
{
    const at::Tensor values = features.to(at::kCPU, at::kFloat).contiguous();
    Matrix out(size_t(values.size(0)), size_t(values.size(1)));
    std::copy_n(values.data_ptr<float>(), values.numel(), out.values.data());
    normaliseRows(out);
    return out;
}

/// Four pictures with edges, slopes and grain, the same everywhere.
std::vector<RgbImage> samplePictures(int size)
{
    std::vector<RgbImage> out;
    for (int picture = 0; picture < 4; ++picture) {
        Random random(uint64_t(picture) + 1);
        RgbImage image(size, size);
        const int side = size / (2 + picture), left = int(random.below(uint64_t(size - side + 1)));
        for (int y = 0; y < size; ++y)
            for (int x = 0; x < size; ++x)
                for (int c = 0; c < 3; ++c) {
                    const bool inside = x >= left && x < left + side && y >= side / 2 && y < side / 2 + side;
                    const int slope = (c == picture % 3 ? x : y) * 200 / size;
                    const int value = inside ? (c == picture % 3 ? 230 : 40) : slope;
                    image.pixels[size_t((y * size + x) * 3 + c)] = uint8_t(value + int(random.below(25)));
                }
        out.push_back(std::move(image));
    }
    return out;
}

class ClipEncoder : public Encoder, public PatchTower {
public:
    ClipEncoder(const ModelFolder& folder, const EncoderOptions& options)
        : m_options(options)
        , m_tokenizer(loadTokenizer(folder.path))
    {
        const at::Device device = parseDevice(options.device);
        requireShare(options.patchDropout);
        m_model = ClipModel::load(folder.path);
        const ClipConfig config = m_model.config();
        if (m_tokenizer->vocabularySize() > config.text.vocabularySize)
            throw Error(ErrorKind::Model, "the tokenizer knows more tokens than the model", folder.path.string(),
                "Its vocab.json and merges.txt belong to another model.");
        const c10::InferenceMode guard;
        m_info.name = encoderName(folder);
        m_info.title = folder.clipscope.value("title", folder.name);
        m_info.note = folder.clipscope.value("note", std::string());
        m_englishOnly = folder.clipscope.value("languages", std::string("en")) == "en";
        m_info.modelHash = folder.hash;
        m_info.jointDim = int(config.projectionDim);
        m_info.fit = FrameFit::centreSquare(int(config.vision.imageSize), config.preprocessing.crop);
        m_info.device = deviceName(device);
        const Precision precision = precisionOn(device);
        m_info.precision = toString(precision);
        if (device.is_cpu())
            m_model.prepare(precision);
        else
            m_model.moveTo(device);
        m_info.batchSize = withTorchErrors(m_info.name, [&] { return measuredBatch(m_model); });
    }

    const EncoderInfo& info() const override { return m_info; }

    FrameEmbeddings encodeFrames(std::span<const RgbImage> frames, const JobContext& context) override
    {
        const std::scoped_lock lock(m_mutex);
        FrameEmbeddings out;
        out.joint = Matrix(frames.size(), size_t(m_info.jointDim));
        for (size_t at = 0; at < frames.size(); at += size_t(m_info.batchSize)) {
            const Matrix rows =
                encodeBatch(frames.subspan(at, std::min(size_t(m_info.batchSize), frames.size() - at)), context);
            std::copy(rows.values.begin(), rows.values.end(),
                out.joint.values.begin() + std::ptrdiff_t(at * out.joint.columns));
        }
        return out;
    }

    Matrix encodeTexts(std::span<const std::string> texts, const JobContext& context) override
    {
        constexpr size_t kTexts = 256;
        const std::scoped_lock lock(m_mutex);
        Matrix out(texts.size(), size_t(m_info.jointDim));
        for (size_t at = 0; at < texts.size(); at += kTexts) {
            context.throwIfStopped();
            std::vector<std::vector<int32_t>> ids;
            for (const std::string& text : texts.subspan(at, std::min(kTexts, texts.size() - at)))
                ids.push_back(m_tokenizer->encode(text, size_t(m_model.config().text.contextLength)));
            const c10::InferenceMode guard;
            const Matrix rows = unitRows(m_model.textFeatures(ids, &context));
            std::copy(rows.values.begin(), rows.values.end(), out.values.begin() + std::ptrdiff_t(at * out.columns));
        }
        return out;
    }

    int patchesPerSide() const override { return int(m_model.config().vision.gridSize()); }

    std::vector<int> keptPatches(const RgbImage& frame, double dropped, uint64_t seed) const override
    {
        requireShare(dropped);
        const int size = int(m_model.config().vision.imageSize);
        const bool fits = frame.width == size && frame.height == size;
        return withTorchErrors(m_info.name, [&] {
            const RgbImage fitted = fits ? RgbImage() : fitImage(frame, m_info.fit);
            const at::Tensor row = keptRows({fits ? &frame : &fitted, 1}, dropped, seed);
            const int64_t* first = row.data_ptr<int64_t>();
            return std::vector<int>(first, first + row.numel());
        });
    }

    std::string languageNote(const std::string& text) const override
    {
        return m_englishOnly && mostlyOutsideLatin(text)
            ? "The model " + m_info.title + " was trained on English words and probably does not understand this query."
            : std::string();
    }

private:
    static void requireShare(double dropped)
    {
        if (!(dropped >= 0 && dropped < 1))
            throw Error(ErrorKind::Input, "the share of dropped patches is not from 0 to below 1", "patch dropout");
    }

    /// What each frame keeps, int64 [frames, kept]: by its own pixels and the seed.
    at::Tensor keptRows(std::span<const RgbImage> frames, double dropped, uint64_t seed) const
    {
        std::vector<uint64_t> seeds;
        for (const RgbImage& frame : frames)
            seeds.push_back(deriveSeed(seed, pixelHash(frame)));
        return drawKeptPatches(seeds, m_model.config().vision.patches(), dropped);
    }

    Precision precisionOn(at::Device device) const
    {
        if (m_options.precision != "auto") {
            const Precision asked = parsePrecision(m_options.precision);
            if (!device.is_cpu() && asked != Precision::Fp32)
                throw Error(ErrorKind::Input, "is for the CPU: a GPU computes in fp32",
                    "precision " + m_options.precision, "Use auto or fp32.");
            return asked;
        }
        if (!device.is_cpu())
            return Precision::Fp32;
        std::vector<at::Tensor> truth; // of fp32, which comes first
        return measuredPrecision(m_info.modelHash, [&](Precision precision) { return attempt(precision, truth); });
    }

    /// Sample pictures and texts through the model in one precision, as the encoder itself takes them.
    PrecisionTrial attempt(Precision precision, std::vector<at::Tensor>& truth) const
    {
        constexpr int kPasses = 3;
        ClipModel model = m_model; // shares the weights; preparing it leaves the other as it is
        model.prepare(precision);
        const std::vector<RgbImage> pictures = samplePictures(int(m_model.config().vision.imageSize));
        std::vector<std::vector<int32_t>> ids;
        for (const char* text : {"a red ball slides to the left", "two people talk in a kitchen at night", "a dog"})
            ids.push_back(m_tokenizer->encode(text, size_t(m_model.config().text.contextLength)));
        return withTorchErrors(m_info.name, [&] {
            const at::Tensor pixels = pixelsOf(pictures);
            PrecisionTrial trial{precision, 1e30, 1};
            std::vector<at::Tensor> got;
            for (int pass = 0; pass < kPasses; ++pass) {
                const double start = processCpuSeconds();
                got = {model.imageFeatures(pixels).projected, model.textFeatures(ids)};
                trial.seconds = std::min(trial.seconds, processCpuSeconds() - start);
            }
            if (truth.empty())
                truth = got;
            for (size_t i = 0; i < got.size(); ++i) {
                const Matrix a = unitRows(truth[i]), b = unitRows(got[i]);
                for (size_t row = 0; row < a.rows; ++row)
                    trial.cosine = std::min(trial.cosine, double(dot(a.row(row), b.row(row))));
            }
            return trial;
        });
    }

    /// float [n, 3, size, size] of frames of that size.
    at::Tensor pixelsOf(std::span<const RgbImage> frames) const
    {
        const ClipPreprocessing& preprocessing = m_model.config().preprocessing;
        const int64_t size = m_model.config().vision.imageSize;
        const at::Tensor pixels = at::empty({int64_t(frames.size()), 3, size, size}, at::kFloat);
        normaliseFrames(frames, preprocessing.mean, preprocessing.std, pixels.data_ptr<float>());
        return pixels;
    }

    Matrix encodeBatch(std::span<const RgbImage> frames, const JobContext& context) const
    {
        context.throwIfStopped();
        return withTorchErrors(m_info.name, [&] {
            const c10::InferenceMode guard;
            const int size = int(m_model.config().vision.imageSize);
            std::vector<RgbImage> fitted;
            if (std::any_of(frames.begin(), frames.end(),
                    [&](const RgbImage& f) { return f.width != size || f.height != size; })) {
                for (const RgbImage& frame : frames)
                    fitted.push_back(fitImage(frame, m_info.fit));
                frames = fitted;
            }
            const at::Tensor pixels = pixelsOf(frames);
            ImageOptions options;
            options.context = &context;
            if (m_options.patchDropout > 0)
                options.keptPatches = keptRows(frames, m_options.patchDropout, m_options.seed);
            return unitRows(m_model.imageFeatures(pixels.to(m_model.device()), options).projected);
        });
    }

    EncoderOptions m_options;
    EncoderInfo m_info;
    bool m_englishOnly = true;
    std::unique_ptr<Tokenizer> m_tokenizer;
    ClipModel m_model;
    std::mutex m_mutex;
};

std::shared_ptr<Encoder> make(const std::string& nameOrFolder, const EncoderOptions& options)
{
    const ModelFolder folder = findModel(nameOrFolder);
    return folder.backend == "clip" ? std::make_shared<ClipEncoder>(folder, options) : nullptr;
}

const LateCode kMakeClipEncoder(makeClipEncoder, make);

} // namespace

void normaliseFrames(
    std::span<const RgbImage> frames, std::span<const float> mean, std::span<const float> std, float* out)
{
    for (const RgbImage& frame : frames) {
        const size_t area = size_t(frame.width) * size_t(frame.height);
        for (size_t channel = 0; channel < 3; ++channel) {
            const float factor = 1 / (255 * std[channel]), offset = -mean[channel] / std[channel];
            const uint8_t* from = frame.pixels.data() + channel;
            for (size_t i = 0; i < area; ++i)
                out[i] = float(from[3 * i]) * factor + offset;
            out += area;
        }
    }
}

} // namespace clipscope
