// SPDX-License-Identifier: GPL-3.0-or-later
#include "embedding/starter_encoder.h"

#include "base/machine.h"
#include "embedding/class_vectors_internal.h"
#include "embedding/encoder_name.h"
#include "embedding/language_note.h"
#include "embedding/precision_choice.h"
#include "models/tokenizer.h"
#include "nn/bert_model.h"
#include "nn/config_reader.h"
#include "nn/device.h"
#include "nn/efficientnet_lite.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/softmax.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <mutex>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

/// config.json of the folder.
struct StarterConfig {
    EfficientNetLiteConfig picture;
    fs::path pictureWeights, textFolder, classes;
    size_t maxTokens = 256;
    std::string prompt; ///< "{}" stands for the class
    double tau = 1;
};

const Json& objectAt(const Json& config, const char* key, const std::string& subject)
{
    const auto at = config.find(key);
    if (at == config.end() || !at->is_object())
        throw Error(ErrorKind::Model, std::string("\"") + key + "\" is no object", subject);
    return *at;
}

/// A file or folder the configuration names, which must lie inside the model's folder.
fs::path inside(const ModelFolder& folder, const std::string& name, const std::string& subject)
{
    const fs::path part = fs::path(name).lexically_normal();
    if (part.empty() || part.is_absolute() || *part.begin() == "..")
        throw Error(ErrorKind::Model, "\"" + name + "\" lies outside the model's folder", subject);
    return folder.path / part;
}

StarterConfig parseConfig(const ModelFolder& folder)
{
    const std::string subject = (folder.path / "config.json").string();
    const Json& picture = objectAt(folder.config, "picture", subject);
    const ConfigReader text(objectAt(folder.config, "text", subject), subject);
    const ConfigReader conse(objectAt(folder.config, "conse", subject), subject);
    StarterConfig out;
    out.picture = parseEfficientNetLiteConfig(picture, subject);
    out.pictureWeights = inside(folder, ConfigReader(picture, subject).text("weights", "model.safetensors"), subject);
    out.textFolder = inside(folder, text.text("folder", "text"), subject);
    out.maxTokens = size_t(text.integer("max_tokens", 256, 3, 65536));
    out.classes = inside(folder, conse.text("classes", "classes.json"), subject);
    out.prompt = conse.text("prompt", "a photo of a {}");
    out.tau = conse.number("tau", 2.5, 1e-3, 1e3);
    if (text.text("pooling", "mean") != "mean")
        throw Error(ErrorKind::Model, "only mean pooling of the sentence encoder is supported", subject);
    if (out.prompt.find("{}") == std::string::npos)
        throw Error(ErrorKind::Model, "\"prompt\" has no {} for the class", subject);
    return out;
}

/// The sentences whose vectors stand for the classes.
std::vector<std::string> readPrompts(const StarterConfig& config)
{
    const auto broken = [&](const std::string& what) {
        return Error(ErrorKind::Model, what, config.classes.string(), "Install the starter again.");
    };
    Json names;
    try {
        names = readJsonFile(config.classes, 16 << 20);
    } catch (const Error& e) {
        throw broken(e.happened());
    }
    if (!names.is_array() || names.empty())
        throw broken("is no list of class names");
    std::vector<std::string> out;
    for (const Json& name : names) {
        if (!name.is_string())
            throw broken("holds a class without a name");
        out.push_back(config.prompt);
        out.back().replace(config.prompt.find("{}"), 2, name.get<std::string>());
    }
    return out;
}

Matrix matrixOf(const at::Tensor& tensor)
{
    const at::Tensor values = tensor.to(at::kCPU, at::kFloat).contiguous();
    Matrix out(size_t(values.size(0)), size_t(values.size(1)));
    std::copy_n(values.data_ptr<float>(), out.values.size(), out.values.data());
    return out;
}

class StarterEncoder : public Encoder {
public:
    StarterEncoder(const ModelFolder& folder, const EncoderOptions& options)
        : m_config(parseConfig(folder))
        , m_tokenizer(loadTokenizer(m_config.textFolder))
        , m_picture(EfficientNetLite::load(m_config.pictureWeights, m_config.picture))
        , m_text(BertModel::load(m_config.textFolder))
    {
        const at::Device device = parseDevice(options.device);
        const std::vector<std::string> prompts = readPrompts(m_config);
        if (int64_t(prompts.size()) != m_picture.classes())
            throw Error(ErrorKind::Model,
                "has " + std::to_string(prompts.size()) + " names for " + std::to_string(m_picture.classes())
                    + " classes",
                m_config.classes.string(), "Install the starter again.");
        if (m_tokenizer->vocabularySize() > m_text.config().vocabularySize)
            throw Error(ErrorKind::Model, "the tokenizer knows more tokens than the sentence encoder",
                m_config.textFolder.string(), "Install the starter again.");
        m_config.maxTokens = std::min(m_config.maxTokens, size_t(m_text.config().maxPositions));
        m_info.name = encoderName(folder);
        m_info.title = folder.clipscope.value("title", std::string("Starter"));
        m_info.note = folder.clipscope.value("note",
            std::string("knows what ImageNet's 1,000 classes can express: things, animals, places; weak on actions and "
                        "people"));
        m_info.modelHash = folder.hash; // of every part, class names and sentence encoder too
        m_info.jointDim = int(m_text.config().transformer.width);
        m_info.featureDim = int(m_picture.featureDim());
        m_info.fit = FrameFit::centreSquare(int(m_config.picture.imageSize), m_config.picture.crop);
        m_info.batchSize = device.is_cpu() ? 16 : 64;
        m_info.device = deviceName(device);
        m_info.precision = "fp32";
        // On the CPU whatever the device: the same vectors for all of them.
        if (device.is_cpu())
            m_text.prepare();
        // Other kernels round in another way.
        m_centred = cachedRows("starter class vectors 2\n" + m_info.modelHash + "\n" + kernelNames(), prompts.size(),
            size_t(m_info.jointDim), [&] { return sentences(prompts, {}); });
        centre();
        m_picture.moveTo(device);
        if (!device.is_cpu())
            m_text.moveTo(device);
    }

    const EncoderInfo& info() const override { return m_info; }

    FrameEmbeddings encodeFrames(std::span<const RgbImage> frames, const JobContext& context) override
    {
        const std::scoped_lock lock(m_pictureMutex);
        FrameEmbeddings out{
            Matrix(frames.size(), size_t(m_info.jointDim)), Matrix(frames.size(), size_t(m_info.featureDim))};
        for (size_t at = 0; at < frames.size(); at += size_t(m_info.batchSize)) {
            context.throwIfStopped();
            encodeBatch(frames.subspan(at, std::min(size_t(m_info.batchSize), frames.size() - at)), at, out, context);
        }
        return out;
    }

    Matrix encodeTexts(std::span<const std::string> texts, const JobContext& context) override
    {
        const std::scoped_lock lock(m_textMutex);
        Matrix out = sentences(texts, context);
        for (size_t i = 0; i < out.rows; ++i) {
            for (size_t d = 0; d < out.columns; ++d)
                out.at(i, d) -= m_mean[d];
            normalise(out.row(i));
        }
        return out;
    }

    std::string languageNote(const std::string& text) const override
    {
        return mostlyOutsideLatin(text) ? "The Starter engine knows English only." : std::string();
    }

private:
    /// Unit sentence vectors, not centred.
    Matrix sentences(std::span<const std::string> texts, const JobContext& context) const
    {
        constexpr size_t kTexts = 256;
        Matrix out(texts.size(), size_t(m_info.jointDim));
        for (size_t at = 0; at < texts.size(); at += kTexts) {
            context.throwIfStopped();
            std::vector<std::vector<int32_t>> ids;
            for (const std::string& text : texts.subspan(at, std::min(kTexts, texts.size() - at)))
                ids.push_back(m_tokenizer->encode(text, m_config.maxTokens));
            const c10::InferenceMode guard;
            const Matrix rows = matrixOf(m_text.sentenceVectors(ids, &context));
            std::copy(rows.values.begin(), rows.values.end(), out.values.begin() + std::ptrdiff_t(at * out.columns));
        }
        return out;
    }

    void centre()
    {
        m_mean.assign(m_centred.columns, 0.F);
        for (size_t d = 0; d < m_centred.columns; ++d) {
            double sum = 0;
            for (size_t i = 0; i < m_centred.rows; ++i)
                sum += m_centred.at(i, d);
            m_mean[d] = float(sum / double(m_centred.rows));
        }
        for (size_t i = 0; i < m_centred.rows; ++i)
            for (size_t d = 0; d < m_centred.columns; ++d)
                m_centred.at(i, d) -= m_mean[d];
    }

    void encodeBatch(
        std::span<const RgbImage> frames, size_t first, FrameEmbeddings& out, const JobContext& context) const
    {
        withTorchErrors(m_info.name, [&] {
            const c10::InferenceMode guard;
            const int64_t size = m_config.picture.imageSize;
            const at::Tensor pixels = at::empty({int64_t(frames.size()), size, size, 3}, at::kFloat);
            float* to = pixels.data_ptr<float>();
            for (const RgbImage& frame : frames) {
                const bool fits = frame.width == size && frame.height == size;
                normaliseTo(to, fits ? frame : fitImage(frame, m_info.fit));
                to += 3 * size * size;
            }
            // The buffer lies channels last as it is.
            const EfficientNetLite::Output got = m_picture.forward(pixels.permute({0, 3, 1, 2}), &context);
            const Matrix features = matrixOf(got.features);
            const Matrix shares = matrixOf(at::softmax(got.logits / m_config.tau, 1));
            for (size_t i = 0; i < frames.size(); ++i) {
                const std::span<float> joint = out.joint.row(first + i), feature = out.features.row(first + i);
                // A row at a time, so that it does not depend on its neighbours.
                for (size_t c = 0; c < shares.columns; ++c)
                    for (size_t d = 0; d < joint.size(); ++d)
                        joint[d] += shares.at(i, c) * m_centred.at(c, d);
                normalise(joint);
                std::copy(features.row(i).begin(), features.row(i).end(), feature.begin());
                normalise(feature);
            }
        });
    }

    void normaliseTo(float* to, const RgbImage& frame) const
    {
        const auto factor = float(1 / m_config.picture.pixelScale);
        const auto mean = float(m_config.picture.pixelMean);
        for (size_t i = 0; i < frame.pixels.size(); ++i)
            to[i] = (float(frame.pixels[i]) - mean) * factor;
    }

    StarterConfig m_config;
    EncoderInfo m_info;
    std::unique_ptr<Tokenizer> m_tokenizer;
    EfficientNetLite m_picture;
    BertModel m_text;
    Matrix m_centred; ///< [classes, jointDim]: t_i - m
    std::vector<float> m_mean; ///< m
    std::mutex m_pictureMutex, m_textMutex;
};

std::shared_ptr<Encoder> make(const std::string& nameOrFolder, const EncoderOptions& options)
{
    const ModelFolder folder = findModel(nameOrFolder);
    if (folder.backend != "starter")
        return nullptr;
    if (options.patchDropout != 0)
        throw Error(ErrorKind::Input, "the starter has no patches to drop", "patch dropout",
            "Choose a CLIP model, or leave patch dropout out.");
    requireFp32(options, "the starter");
    return std::make_shared<StarterEncoder>(folder, options);
}

const LateCode kMakeStarterEncoder(makeStarterEncoder, make);

} // namespace

} // namespace clipscope
