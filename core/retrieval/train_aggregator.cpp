// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/train_aggregator.h"

#include "aggregation/mean_pooling.h"
#include "aggregation/transformer_aggregator.h"
#include "base/error.h"
#include "nn/contrastive_loss.h"
#include "nn/device.h"
#include "nn/training_checkpoint.h"
#include "retrieval/aggregator_batches.h"
#include "retrieval/aggregator_validation.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/scalar_tensor.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr double kLearningRate = 5e-4;
constexpr double kWeightDecay = .1;
constexpr int64_t kWarmUpSteps = 20;
constexpr double kCheckpointSec = 60;
constexpr int64_t kStepsPerValidation = 8; ///< or an epoch, where that is more
/// Stored frames a video that are trained on: more hardly differ, and a library of long videos would fill the memory.
constexpr int kStoredFrames = 64;

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}

void check(const TrainAggregatorOptions& options)
{
    if (options.epochs < 1 || options.epochs > 100000)
        throw Error(ErrorKind::Input, "a training takes 1 to 100000 epochs", "--epochs");
    if (options.framesPerClip < 1 || options.framesPerClip > 64)
        throw Error(ErrorKind::Input, "a clip has 1 to 64 frames", "--clip-frames");
}

TransformerAggregatorConfig configFor(const EmbeddingKey& key, int framesPerClip)
{
    constexpr int64_t kHeadSize = 64, kMostHeads = 8;
    TransformerAggregatorConfig config;
    config.embeddingWidth = key.jointDim;
    config.heads = std::clamp<int64_t>((key.jointDim + kHeadSize / 2) / kHeadSize, 1, kMostHeads);
    config.width = config.heads * kHeadSize;
    config.framesPerClip = framesPerClip;
    config.origin = originOf(key);
    return config;
}

Json toJson(const RetrievalMetrics& m)
{
    return {{"r1", m.r1}, {"r5", m.r5}, {"r10", m.r10}, {"medianRank", m.medianRank}, {"meanRank", m.meanRank}};
}

/// What is being trained: the header, the temperature, the optimiser, and the best state so far.
class Training {
public:
    Training(const TransformerAggregatorConfig& config, uint64_t seed)
        : m_aggregator(config, seed)
        , m_optimiser({}, {})
    {
        withTorchErrors("training", [&] {
            m_aggregator.requireGrad(true);
            m_logitScale = at::scalar_tensor(0., at::TensorOptions(at::kFloat)).requires_grad_(true);
            const c10::AutoGradMode noGradients(false);
            for (const auto& [name, tensor] : m_aggregator.parameters())
                m_best.emplace_back("best." + name, tensor.detach().clone());
            NamedTensors learning = m_aggregator.parameters();
            learning.emplace_back("logit_scale", m_logitScale);
            m_optimiser = AdamW(learning, {.weightDecay = kWeightDecay});
        });
    }

    const TransformerAggregator& aggregator() const { return m_aggregator; }

    /// The temperature that suits the embeddings as they are: training would take hundreds of steps to find it.
    void chooseTemperature(const AggregatorBatch& batch)
    {
        withTorchErrors("training", [&] {
            const c10::AutoGradMode noGradients(false);
            const at::Tensor videos = m_aggregator.forward(batch.frames, batch.lengths);
            double least = 0;
            for (double scale = 4; scale < 100; scale *= 1.19) {
                const at::Tensor logarithm = at::scalar_tensor(std::log(scale), at::TensorOptions(at::kFloat));
                const double loss = contrastiveLoss(videos, batch.texts, logarithm).item<double>();
                if (least == 0 || loss < least) {
                    least = loss;
                    m_logitScale.copy_(logarithm);
                }
            }
        });
    }

    /// Returns the loss. Throws Error(Model) and changes nothing when it is no number.
    double step(const AggregatorBatch& batch, double learningRate, const JobContext& context)
    {
        return withTorchErrors("training", [&] {
            const c10::AutoGradMode gradients(true);
            const at::Tensor videos = m_aggregator.forward(batch.frames, batch.lengths, &context);
            const at::Tensor loss = contrastiveLoss(videos, m_aggregator.mapTexts(batch.texts), m_logitScale);
            const double value = loss.item<double>();
            if (!std::isfinite(value))
                throw Error(ErrorKind::Model, "the loss is no longer a number", "training",
                    "Train with another seed or other data.");
            m_optimiser.zeroGradients();
            loss.backward();
            m_optimiser.clipGradients(1);
            m_optimiser.step(learningRate);
            return value;
        });
    }

    void keepBest() { copyTo(m_aggregator.parameters(), m_best); }
    void takeBest() { copyTo(m_best, m_aggregator.parameters()); }

    void save(const fs::path& file, const std::string& note) const
    {
        saveCheckpoint(file, allTensors(), m_optimiser, note);
    }
    std::string restore(const fs::path& file) { return restoreCheckpoint(file, allTensors(), m_optimiser); }

private:
    static void copyTo(const NamedTensors& from, NamedTensors to)
    {
        withTorchErrors("training", [&] {
            const c10::AutoGradMode noGradients(false);
            for (size_t i = 0; i < from.size(); ++i)
                to[i].second.copy_(from[i].second);
        });
    }
    NamedTensors allTensors() const
    {
        NamedTensors out = m_aggregator.parameters();
        out.emplace_back("logit_scale", m_logitScale);
        out.insert(out.end(), m_best.begin(), m_best.end());
        return out;
    }

    TransformerAggregator m_aggregator;
    at::Tensor m_logitScale;
    AdamW m_optimiser;
    NamedTensors m_best;
};

/// Where a resumed training goes on.
struct State {
    int64_t step = 0;
    double seconds = 0;
    double loss = 0; ///< running mean
    double best = -1; ///< mean reciprocal rank
    int64_t bestStep = 0;
    int64_t validatedStep = -1;
    double validationR1 = -1; ///< then
    Json history = {{"epoch", Json::array()}, {"loss", Json::array()}, {"validationR1", Json::array()}};

    Json toJson() const
    {
        return {{"step", step}, {"seconds", seconds}, {"loss", loss}, {"best", best}, {"bestStep", bestStep},
            {"validatedStep", validatedStep}, {"validationR1", validationR1}, {"history", history}};
    }
    static State of(const Json& json)
    {
        return {json.at("step"), json.at("seconds"), json.at("loss"), json.at("best"), json.at("bestStep"),
            json.at("validatedStep"), json.at("validationR1"), json.at("history")};
    }
};

class TrainAggregatorJob {
public:
    TrainAggregatorJob(VideoLibrary& library, Encoder& encoder, const EmbeddingKey& key, const fs::path& out,
        const TrainAggregatorOptions& options, JobContext& context)
        : m_library(library)
        , m_encoder(encoder)
        , m_key(key)
        , m_out(out)
        , m_options(options)
        , m_context(context)
        , m_config({{"library", library.folder().string()}, {"model", key.model}, {"modelHash", key.modelHash},
              {"sampler", key.sampler}, {"precision", key.precision}, {"patchDropout", key.patchDropout},
              {"splits", options.splits}, {"epochs", options.epochs}, {"framesPerClip", options.framesPerClip},
              {"batch", AggregatorBatches::kVideos}, {"learningRate", kLearningRate}, {"weightDecay", kWeightDecay}})
    {
    }

    RunRecord run()
    {
        const RunClock clock("train-aggregator", m_config, m_options.seed);
        prepare();
        train();
        if (m_validation && m_at.bestStep < m_at.step) {
            m_training->takeBest();
            m_context.log(LogLevel::Info,
                "the state after " + std::to_string(m_at.bestStep) + " of " + std::to_string(m_at.step)
                    + " steps was best on the split val and is kept");
        }
        save(m_out);
        const Json validation = validated();
        m_folder->remove();
        int64_t parameters = 0;
        for (const auto& [name, tensor] : m_training->aggregator().parameters())
            parameters += tensor.numel();
        return clock.finish({{"file", m_out.string()}, {"steps", m_at.step}, {"bestStep", m_at.bestStep},
            {"loss", m_at.loss}, {"trainSeconds", m_at.seconds}, {"videos", m_batches->videos()},
            {"parameters", parameters}, {"validation", validation}, {"history", m_at.history}});
    }

private:
    void prepare()
    {
        check(m_options);
        const int stored = std::max(kStoredFrames, AggregatorValidation::kFrames.back() * m_options.framesPerClip);
        m_batches = std::make_unique<AggregatorBatches>(
            readCaptionedVideos(m_library, m_encoder, m_key, m_options.splits, stored, m_context), m_encoder,
            m_options.framesPerClip, m_options.seed, m_context);
        prepareValidation();
        const TransformerAggregatorConfig config = configFor(m_key, m_options.framesPerClip);
        m_training = std::make_unique<Training>(config, m_options.seed);
        fs::path folder = m_out;
        folder += ".training";
        m_folder.emplace(folder, m_config, m_options.seed, m_out);
        if (m_folder->hasCheckpoint()) {
            const fs::path file = m_folder->checkpoint();
            m_at = State::of(parseJson(m_training->restore(file), file.string()));
            m_context.log(LogLevel::Info, "going on after " + std::to_string(m_at.step) + " steps");
        } else {
            m_training->chooseTemperature(m_batches->plain(AggregatorValidation::kFrames.back()));
        }
    }

    void prepareValidation()
    {
        if (m_options.splits.empty() || std::ranges::find(m_options.splits, "val") != m_options.splits.end())
            return;
        try {
            m_validation = std::make_unique<AggregatorValidation>(
                readCaptionedVideos(m_library, m_encoder, m_key, {"val"}, 0, m_context), m_encoder,
                m_options.framesPerClip, m_context);
        } catch (const Error& e) {
            if (e.kind() != ErrorKind::Input)
                throw;
            return; // a library without a validation split: nothing is measured on the way
        }
        m_meanPooling = m_validation->measure(MeanPooling(), m_context);
    }

    int64_t totalSteps() const { return m_options.epochs * m_batches->batchesPerEpoch(); }

    void train()
    {
        const Clock::time_point start = Clock::now();
        const double before = m_at.seconds;
        const int64_t stepsBefore = m_at.step;
        const int64_t interval = std::max(kStepsPerValidation, m_batches->batchesPerEpoch());
        double saved = m_at.seconds, told = m_at.seconds - 1;
        int64_t shown = 0;
        try {
            for (;;) {
                const bool isLast = m_at.step == totalSteps();
                m_context.progress(m_at.step, totalSteps(), summary());
                if ((isLast || m_at.step % interval == 0) && m_at.validatedStep < m_at.step)
                    validate();
                if (isLast || m_at.seconds - told >= 1) {
                    report(double(shown) / std::max(1e-9, m_at.seconds - before));
                    told = m_at.seconds;
                }
                if (isLast)
                    break;
                m_context.throwIfStopped();
                const AggregatorBatch batch = m_batches->draw(m_at.step);
                const double share = double(m_at.step) / double(totalSteps());
                const double loss =
                    m_training->step(batch, kLearningRate * warmUpCosine(m_at.step, kWarmUpSteps, share), m_context);
                m_at.loss = m_at.step == 0 ? loss : .95 * m_at.loss + .05 * loss;
                ++m_at.step;
                shown += batch.frames.size(0);
                m_at.seconds = before + secondsSince(start);
                if (m_at.seconds - saved > kCheckpointSec) {
                    checkpoint();
                    saved = m_at.seconds;
                }
            }
        } catch (const Cancelled&) {
            if (m_at.step > stepsBefore)
                checkpoint();
            throw;
        }
    }

    void validate()
    {
        if (m_validation) {
            const AggregatorValidation::Result result = m_validation->measure(m_training->aggregator(), m_context);
            m_at.validationR1 = result.textToVideo.back().r1;
            if (result.meanReciprocalRank > m_at.best) {
                m_at.best = result.meanReciprocalRank;
                m_at.bestStep = m_at.step;
                m_training->keepBest();
            }
        } else {
            m_at.bestStep = m_at.step;
        }
        m_at.validatedStep = m_at.step;
        m_at.history["epoch"].push_back(double(m_at.step) / double(m_batches->batchesPerEpoch()));
        m_at.history["loss"].push_back(m_at.step == 0 ? Json() : Json(m_at.loss));
        m_at.history["validationR1"].push_back(m_validation ? Json(m_at.validationR1) : Json());
    }

    std::string summary() const
    {
        char text[96];
        const int length = std::snprintf(text, sizeof text, "loss %.3f", m_at.loss);
        if (m_validation)
            std::snprintf(text + length, sizeof text - size_t(length), ", R@1 %.3f (mean pooling %.3f)",
                m_at.validationR1, m_meanPooling.textToVideo.back().r1);
        return text;
    }

    void report(double videosPerSecond) const
    {
        TrainAggregatorProgress progress;
        progress.steps = m_at.step;
        progress.totalSteps = totalSteps();
        progress.epoch = double(m_at.step) / double(m_batches->batchesPerEpoch());
        progress.loss = m_at.loss;
        progress.videosPerSecond = videosPerSecond;
        if (m_validation) {
            progress.validationR1 = m_at.validationR1;
            progress.validationMeanR1 = m_meanPooling.textToVideo.back().r1;
        }
        m_context.partial(progress);
    }

    Json validated() const
    {
        if (!m_validation)
            return nullptr;
        // What the file gives, half precision and all.
        const AggregatorValidation::Result result =
            m_validation->measure(TransformerAggregator::load(m_out), m_context);
        Json out = {{"videos", m_validation->videos()}, {"frames", Json::array()}};
        for (size_t i = 0; i < AggregatorValidation::kFrames.size(); ++i)
            out["frames"].push_back({{"frames", AggregatorValidation::kFrames[i] * m_options.framesPerClip},
                {"mean", toJson(m_meanPooling.textToVideo[i])}, {"transformer", toJson(result.textToVideo[i])}});
        return out;
    }

    void save(const fs::path& file) const
    {
        Json training = m_config;
        training.erase("library"); // a place on this machine
        training["seed"] = m_options.seed;
        training["steps"] = m_at.bestStep;
        training["videos"] = m_batches->videos();
        m_context.onceThereIsSpace([&] { m_training->aggregator().save(file, true, training); });
    }

    void checkpoint() const
    {
        m_context.onceThereIsSpace([&] { m_training->save(m_folder->checkpoint(), m_at.toJson().dump()); });
    }

    VideoLibrary& m_library;
    Encoder& m_encoder;
    EmbeddingKey m_key;
    fs::path m_out;
    TrainAggregatorOptions m_options;
    JobContext& m_context;
    Json m_config;
    std::unique_ptr<AggregatorBatches> m_batches;
    std::unique_ptr<AggregatorValidation> m_validation; ///< null where there is nothing to validate on
    AggregatorValidation::Result m_meanPooling;
    std::unique_ptr<Training> m_training;
    std::optional<TrainingFolder> m_folder;
    State m_at;
};

} // namespace

RunRecord trainAggregator(VideoLibrary& library, Encoder& encoder, const EmbeddingKey& key, const fs::path& out,
    const TrainAggregatorOptions& options, JobContext& context)
{
    return TrainAggregatorJob(library, encoder, key, out, options, context).run();
}

} // namespace clipscope
