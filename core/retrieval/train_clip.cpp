// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/train_clip.h"

#include "base/files.h"
#include "models/tokenizer.h"
#include "nn/contrastive_loss.h"
#include "nn/device.h"
#include "nn/training_checkpoint.h"
#include "retrieval/clip_training.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/mm.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <numeric>
#include <optional>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr double kFramesPerSecond = 1.6;
constexpr int kVocabulary = 2000;
constexpr double kLearningRate = 1e-3;
constexpr int64_t kWarmUpSteps = 60;
constexpr double kWithoutDropout = .15; ///< last share of the training that sees whole pictures
constexpr double kTruthWeight = 6;
constexpr double kCheckpointSec = 60;
constexpr int kValidationFrames = 12;

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}

ClipConfig smallConfig(int64_t vocabularySize, int64_t endToken, int64_t longestText)
{
    ClipConfig config;
    config.vision.imageSize = 96;
    config.vision.patchSize = 16;
    config.vision.transformer = {192, 6, 3, 768, Activation::QuickGelu, true, 1e-5};
    config.text.transformer = {128, 3, 2, 512, Activation::QuickGelu, true, 1e-5};
    config.text.vocabularySize = vocabularySize;
    config.text.contextLength = std::max<int64_t>(77, (longestText * 5 / 4 + 7) / 8 * 8);
    config.text.endToken = endToken;
    config.projectionDim = 192;
    config.preprocessing.mean = {.5F, .5F, .5F};
    config.preprocessing.std = {.5F, .5F, .5F};
    return config;
}

/// What makes two trainings the same one: a checkpoint of another is never gone on with.
Json configOf(const fs::path& data, const TrainClipOptions& options)
{
    return {{"data", data.string()}, {"splits", options.splits}, {"frames", options.frames},
        {"patchDropout", options.patchDropout}, {"minutes", options.pictures > 0 ? 0 : options.minutes},
        {"pictures", options.pictures}, {"batch", TrainClipBatches::kPictures}, {"learningRate", kLearningRate},
        {"framesPerSecond", kFramesPerSecond}};
}

void check(const TrainClipOptions& options)
{
    const auto refuse = [](const char* happened, const char* option) {
        throw Error(ErrorKind::Input, happened, option);
    };
    if (options.frames < 1 || options.frames > TrainClipBatches::kPictures / 2)
        refuse("a clip has 1 to 96 frames", "--frames");
    if (!(options.patchDropout >= 0 && options.patchDropout < 1))
        refuse("the share of dropped patches lies from 0 to below 1", "--patch-dropout");
    if (options.pictures < 0 || (options.pictures == 0 && !(options.minutes > 0 && options.minutes <= 100000)))
        refuse("a training takes more than 0 minutes", "--minutes");
}

/// Retrieval of the videos `set` by their paragraphs, mean of the embeddings of kValidationFrames frames.
RetrievalMetrics validate(const ClipModel& model, const TrainingSet& set, const TrainClipBatches& batches,
    const Tokenizer& tokenizer, const JobContext& context)
{
    return withTorchErrors("validation", [&] {
        const c10::InferenceMode guard;
        std::vector<at::Tensor> videos;
        std::vector<std::vector<int32_t>> texts;
        std::vector<std::vector<int64_t>> truth;
        for (const TrainingVideo& video : set.videos) {
            context.throwIfStopped();
            const int64_t stored = video.endFrame - video.firstFrame;
            const int64_t n = std::min<int64_t>(kValidationFrames, stored);
            std::vector<int64_t> frames;
            for (int64_t i = 0; i < n; ++i)
                frames.push_back(video.firstFrame + (2 * i + 1) * stored / (2 * n));
            const at::Tensor rows =
                unitRows(model.imageFeatures(batches.plainPixels(frames).to(model.device())).projected);
            videos.push_back(unitRows(rows.mean(0, true)));
            texts.push_back(tokenizer.encode(video.paragraph, size_t(model.config().text.contextLength)));
            truth.push_back({int64_t(truth.size())});
        }
        const at::Tensor scores =
            at::mm(unitRows(model.textFeatures(texts, &context)), at::cat(videos).t()).cpu().contiguous();
        Matrix matrix(truth.size(), truth.size());
        std::copy_n(scores.data_ptr<float>(), scores.numel(), matrix.values.data());
        return retrievalMetrics(matrix, truth);
    });
}

/// The running means a person wants to see.
struct Losses {
    double event = 0;
    double clip = 0;
    void add(bool clips, double loss)
    {
        double& mean = clips ? clip : event;
        mean = mean == 0 ? loss : .95 * mean + .05 * loss;
    }
};

/// Where a resumed training goes on.
struct Counters {
    int64_t steps = 0;
    int64_t pictures = 0;
    double seconds = 0;
};

class TrainClipJob {
public:
    TrainClipJob(const fs::path& data, const fs::path& out, const TrainClipOptions& options, JobContext& context)
        : m_data(data)
        , m_out(out)
        , m_options(options)
        , m_context(context)
        , m_config(configOf(data, options))
    {
    }

    RunRecord run()
    {
        const RunClock clock("train-clip", m_config, m_options.seed);
        prepare();
        train();
        const std::optional<RetrievalMetrics> validation = validated();
        finish();
        Json results = {{"steps", m_at.steps}, {"pictures", m_at.pictures}, {"trainSeconds", m_at.seconds},
            {"picturesPerSecond", double(m_at.pictures) / std::max(1e-9, m_at.seconds)}, {"eventLoss", m_losses.event},
            {"clipLoss", m_losses.clip}, {"videos", m_set.videos.size()}, {"trainingPictures", m_frames->count()},
            {"parameters", parameterCount()}, {"folder", m_out.string()}};
        results["validation"] = nullptr;
        if (validation)
            results["validation"] = {{"r1", validation->r1}, {"r5", validation->r5}, {"r10", validation->r10},
                {"medianRank", validation->medianRank}, {"meanRank", validation->meanRank},
                {"videos", validation->queries}};
        return clock.finish(std::move(results));
    }

private:
    void prepare()
    {
        check(m_options);
        const at::Device device = parseDevice(m_options.device);
        m_set = TrainingSet::read(m_data, m_options.splits);
        m_work.emplace(m_out / "training", m_config, m_options.seed, m_out);
        const FrameFit fit = FrameFit::centreSquare(96, 1);
        m_frames =
            std::make_unique<TrainingFrames>(m_set, fit, kFramesPerSecond, m_work->path() / "pictures.rgb", m_context);
        trainClipTokenizer(m_set.texts(), kVocabulary, m_out);
        m_tokenizer = loadClipTokenizer(m_out / "vocab.json", m_out / "merges.txt");
        size_t longest = 0;
        for (const TrainingVideo& video : m_set.videos)
            longest = std::max(longest, m_tokenizer->encode(video.paragraph, 1000).size());
        m_clip = smallConfig(m_tokenizer->vocabularySize(), m_tokenizer->endToken(), int64_t(longest));
        m_batches = std::make_unique<TrainClipBatches>(
            m_set, *m_frames, *m_tokenizer, m_clip, m_options.frames, m_options.seed);
        if (std::find(m_options.splits.begin(), m_options.splits.end(), "val") == m_options.splits.end())
            prepareValidation(fit);
        m_training = std::make_unique<ClipTraining>(m_clip, m_set.attributes, m_options.seed, device);
        if (m_work->hasCheckpoint()) {
            const fs::path file = m_work->checkpoint();
            const Json note = parseJson(m_training->restore(file), file.string());
            m_at = {note.at("steps"), note.at("pictures"), note.at("seconds")};
            m_losses = {note.at("eventLoss"), note.at("clipLoss")};
            m_context.log(LogLevel::Info, "going on after " + std::to_string(m_at.pictures) + " pictures");
        }
    }

    void prepareValidation(const FrameFit& fit)
    {
        try {
            m_validationSet = TrainingSet::read(m_data, {"val"});
        } catch (const Error&) { // data without a validation split: nothing is measured on the way
            return;
        }
        m_validationFrames = std::make_unique<TrainingFrames>(
            m_validationSet, fit, kFramesPerSecond, m_work->path() / "validation.rgb", m_context);
        m_validationBatches = std::make_unique<TrainClipBatches>(
            m_validationSet, *m_validationFrames, *m_tokenizer, m_clip, m_options.frames, m_options.seed);
    }

    double done() const
    {
        return m_options.pictures > 0 ? double(m_at.pictures) / double(m_options.pictures)
                                      : m_at.seconds / (60 * m_options.minutes);
    }

    void train()
    {
        const Clock::time_point start = Clock::now();
        const double before = m_at.seconds;
        const int64_t picturesBefore = m_at.pictures;
        double saved = m_at.seconds, told = -1;
        const bool hasTruth = !m_set.attributes.empty();
        try {
            while (done() < 1) {
                m_context.throwIfStopped();
                const double share = done();
                const TrainClipBatch batch =
                    m_batches->draw(m_at.steps, share < 1 - kWithoutDropout ? m_options.patchDropout : 0);
                ClipTraining::Weighting weighting;
                weighting.learningRate = kLearningRate * warmUpCosine(m_at.steps, kWarmUpSteps, share);
                if (hasTruth) { // the truth first, the words more and more
                    weighting.contrastive = .1 + .9 * std::min(1., 2 * share);
                    weighting.truth = kTruthWeight / double(m_set.attributes.size()) * std::max(0., 1 - 1.25 * share);
                }
                m_losses.add(batch.clips, m_training->step(batch, m_options.frames, weighting, m_context));
                ++m_at.steps;
                m_at.pictures += batch.pixels.size(0);
                m_at.seconds = before + secondsSince(start);
                if (m_at.seconds - saved > kCheckpointSec) {
                    save();
                    saved = m_at.seconds;
                }
                if (m_at.seconds - told > 1) {
                    report(double(m_at.pictures - picturesBefore) / std::max(1e-9, m_at.seconds - before));
                    told = m_at.seconds;
                }
            }
        } catch (const Cancelled&) {
            save();
            throw;
        }
    }

    void report(double picturesPerSecond) const
    {
        TrainClipProgress progress;
        progress.steps = m_at.steps;
        progress.pictures = m_at.pictures;
        progress.done = done();
        progress.eventLoss = m_losses.event;
        progress.clipLoss = m_losses.clip;
        progress.picturesPerSecond = picturesPerSecond;
        m_context.partial(progress);
        char text[96];
        std::snprintf(text, sizeof text, "event loss %.3f, clip loss %.3f, %.0f pictures/s", m_losses.event,
            m_losses.clip, picturesPerSecond);
        if (m_options.pictures > 0)
            m_context.progress(std::min(m_at.pictures, m_options.pictures), m_options.pictures, text);
        else
            m_context.progress(int64_t(m_at.seconds), int64_t(60 * m_options.minutes), text);
    }

    std::optional<RetrievalMetrics> validated() const
    {
        if (!m_validationBatches)
            return std::nullopt;
        return validate(m_training->model(), m_validationSet, *m_validationBatches, *m_tokenizer, m_context);
    }

    void save() const
    {
        const Json note = {{"steps", m_at.steps}, {"pictures", m_at.pictures}, {"seconds", m_at.seconds},
            {"eventLoss", m_losses.event}, {"clipLoss", m_losses.clip}};
        m_training->save(m_work->checkpoint(), note.dump());
    }

    void finish()
    {
        m_training->model().save(m_out, true);
        const bool sample = !m_set.attributes.empty();
        const Json about = {{"title", sample ? "Sample model" : m_out.filename().string()},
            {"note", sample ? "knows only the sample world" : "trained by Clipscope on your captions"},
            {"languages", "en"}, {"source", "trained by `clipscope-cli train clip`"},
            {"licence", sample ? "GPL-3.0-or-later" : ""},
            {"training", {{"config", m_config}, {"seed", m_options.seed}, {"pictures", m_at.pictures}}},
            {"sha256",
                {{"model.safetensors", sha256File(m_out / "model.safetensors")},
                    {"vocab.json", sha256File(m_out / "vocab.json")},
                    {"merges.txt", sha256File(m_out / "merges.txt")}}}};
        writeFileAtomically(m_out / "clipscope.json", about.dump(1) + "\n");
        m_work->remove();
    }

    int64_t parameterCount() const
    {
        int64_t count = 0;
        for (const auto& [name, tensor] : m_training->model().parameters())
            count += tensor.numel();
        return count;
    }

    fs::path m_data;
    fs::path m_out;
    std::optional<TrainingFolder> m_work;
    TrainClipOptions m_options;
    JobContext& m_context;
    Json m_config;
    TrainingSet m_set;
    TrainingSet m_validationSet;
    std::unique_ptr<TrainingFrames> m_frames;
    std::unique_ptr<TrainingFrames> m_validationFrames;
    std::unique_ptr<Tokenizer> m_tokenizer;
    ClipConfig m_clip;
    std::unique_ptr<TrainClipBatches> m_batches;
    std::unique_ptr<TrainClipBatches> m_validationBatches;
    std::unique_ptr<ClipTraining> m_training;
    Counters m_at;
    Losses m_losses;
};

} // namespace

RunRecord trainClip(const fs::path& data, const fs::path& out, const TrainClipOptions& options, JobContext& context)
{
    return TrainClipJob(data, out, options, context).run();
}

} // namespace clipscope
