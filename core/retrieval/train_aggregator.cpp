// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/train_aggregator.h"

#include "aggregation/mean_pooling.h"
#include "base/error.h"
#include "base/random.h"
#include "nn/training_checkpoint.h"
#include "nn/training_folder.h"
#include "retrieval/aggregator_batches.h"
#include "retrieval/aggregator_training.h"
#include "retrieval/aggregator_validation.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr double kLearningRate = 5e-4;
constexpr int64_t kWarmUpSteps = 20;
constexpr double kCheckpointSec = 60;
constexpr int64_t kStepsPerValidation = 8; ///< or an epoch, where that is more
/// Stored frames a video that are trained on: more hardly differ, and a library of long videos would fill the memory.
constexpr int kStoredFrames = 64;
/// From fewer videos none can be spared.
constexpr size_t kLeastToHoldOutFrom = 4;

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
              {"batch", AggregatorBatches::kVideos}, {"learningRate", kLearningRate},
              {"weightDecay", AggregatorTraining::kWeightDecay}})
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
                    + " steps was best on videos not trained on and is kept");
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
        std::vector<CaptionedVideo> videos =
            readCaptionedVideos(m_library, m_encoder, m_key, m_options.splits, stored, m_context);
        std::erase_if(videos, [](const CaptionedVideo& video) { return video.timed.empty() && video.untimed.empty(); });
        prepareValidation(videos);
        m_batches = std::make_unique<AggregatorBatches>(
            std::move(videos), m_encoder, m_options.framesPerClip, m_options.seed, m_context);
        const TransformerAggregatorConfig config = configFor(m_key, m_options.framesPerClip);
        m_training = std::make_unique<AggregatorTraining>(config, m_options.seed);
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

    /// On the split "val", or on what it takes from `training`.
    void prepareValidation(std::vector<CaptionedVideo>& training)
    {
        if (m_options.splits.empty() || std::ranges::find(m_options.splits, "val") != m_options.splits.end())
            return;
        std::vector<CaptionedVideo> videos;
        try {
            videos = readCaptionedVideos(m_library, m_encoder, m_key, {"val"}, 0, m_context);
            m_validatedOn = "val";
        } catch (const Error& e) {
            if (e.kind() != ErrorKind::Input)
                throw;
            videos = heldOut(training);
            m_validatedOn = "held out";
        }
        if (videos.empty())
            return;
        m_validation =
            std::make_unique<AggregatorValidation>(std::move(videos), m_encoder, m_options.framesPerClip, m_context);
        m_meanPooling = m_validation->measure(MeanPooling(), m_context);
    }

    std::vector<CaptionedVideo> heldOut(std::vector<CaptionedVideo>& training) const
    {
        std::vector<CaptionedVideo> out;
        if (training.size() < kLeastToHoldOutFrom)
            return out;
        Random(deriveSeed(m_options.seed, "held out")).shuffle(training);
        for (size_t i = std::max<size_t>(2, training.size() / 5); i > 0; --i) {
            out.push_back(std::move(training.back()));
            training.pop_back();
        }
        return out;
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
            const bool counts = m_at.step == 0 || AggregatorValidation::isClearlyBetter(result, m_meanPooling);
            if (counts && result.meanReciprocalRank > m_at.best) {
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
        Json out = {{"on", m_validatedOn}, {"videos", m_validation->videos()}, {"frames", Json::array()}};
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
    std::string m_validatedOn;
    AggregatorValidation::Result m_meanPooling;
    std::unique_ptr<AggregatorTraining> m_training;
    std::optional<TrainingFolder> m_folder;
    State m_at;
};

RunRecord train(VideoLibrary& library, Encoder& encoder, const EmbeddingKey& key, const fs::path& out,
    const TrainAggregatorOptions& options, JobContext& context)
{
    return TrainAggregatorJob(library, encoder, key, out, options, context).run();
}

const LateCode kTrainAggregator(trainAggregator, train);

} // namespace

} // namespace clipscope
