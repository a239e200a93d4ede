// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/train_clip.h"

#include "base/files.h"
#include "base/machine.h"
#include "models/model_catalogue.h"
#include "models/tokenizer.h"
#include "nn/device.h"
#include "nn/training_checkpoint.h"
#include "nn/training_folder.h"
#include "retrieval/clip_training.h"
#include "retrieval/clip_validation.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <numeric>
#include <optional>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr double kFramesPerSecond = 1.6;
constexpr int kPictureSize = 96;
constexpr int kVocabulary = 2000;
constexpr double kLearningRate = 1e-3; ///< from nothing
constexpr double kFurtherRate = 1e-4; ///< from a model
constexpr double kClipShare = 1. / 3; ///< from nothing
constexpr int64_t kWarmUpSteps = 60;
constexpr double kWithoutDropout = .15; ///< last share of the training that sees whole pictures
constexpr double kTruthWeight = 6;
constexpr double kCheckpointSec = 60;
constexpr int kValidationFrames = 12;
constexpr int kCurvePoints = 50; ///< besides the one before the first step
constexpr int kPointsAValidation = 5;

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}

ClipConfig smallConfig(int64_t vocabularySize, int64_t endToken, int64_t longestText)
{
    ClipConfig config;
    config.vision.imageSize = kPictureSize;
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

void check(const TrainClipOptions& options)
{
    const auto refuse = [](const char* happened, const char* option) {
        throw Error(ErrorKind::Input, happened, option);
    };
    if (!(options.learningRate >= 0 && options.learningRate <= 1))
        refuse("a learning rate lies above 0 and not above 1", "--learning-rate");
    if (options.frames < 1 || options.frames > TrainClipBatches::kPictures / 2)
        refuse("a clip has 1 to 96 frames", "--frames");
    if (!(options.patchDropout >= 0 && options.patchDropout < 1))
        refuse("the share of dropped patches lies from 0 to below 1", "--patch-dropout");
    if (options.pictures < 0 || (options.pictures == 0 && !(options.minutes > 0 && options.minutes <= 100000)))
        refuse("a training takes more than 0 minutes", "--minutes");
}

/// The running means a person wants to see.
struct Losses {
    double event = 0;
    double clip = 0;
    static Json toJson(double mean) { return mean == 0 ? Json() : Json(mean); } ///< null: none yet
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
    int curvePoint = -kPointsAValidation; ///< the last one that was noted
};

class TrainClipJob {
public:
    TrainClipJob(const fs::path& data, const fs::path& out, const TrainClipOptions& options, JobContext& context)
        : m_data(data)
        , m_out(out)
        , m_options(options)
        , m_context(context)
    {
        check(m_options);
        m_freezing = ClipFreezing::parse(m_options.freeze);
        if (!m_options.from.empty())
            m_base = findModel(m_options.from);
        if (m_base && m_base->backend != "clip")
            throw Error(ErrorKind::Input, "is not a model of CLIP's layout", m_options.from,
                "Name one of backend clip (`clipscope-cli models list`).");
        if (m_options.learningRate == 0)
            m_options.learningRate = m_base ? kFurtherRate : kLearningRate;
        m_config = config();
    }

    RunRecord run()
    {
        const RunClock clock("train-clip", m_config, m_options.seed);
        prepare();
        train();
        finish();
        const double perSecond = double(m_at.pictures) / std::max(1e-9, m_at.seconds);
        const auto epoch = double(m_set.videos.size() * size_t(m_options.frames)); // each video once, one clip of it
        Json results = {{"steps", m_at.steps}, {"pictures", m_at.pictures}, {"trainSeconds", m_at.seconds},
            {"picturesPerSecond", perSecond}, {"secondsPerEpoch", epoch / std::max(1e-9, perSecond)},
            {"eventLoss", m_losses.event}, {"clipLoss", m_losses.clip}, {"videos", m_set.videos.size()},
            {"trainingPictures", m_frames->count()}, {"parameters", parameterCount()},
            {"trainableParameters", m_training->trainableParameters()}, {"peakMemoryBytes", peakMemoryBytes()},
            {"curve", m_curve}, {"folder", m_out.string()}};
        results["validation"] = nullptr;
        if (m_validation)
            results["validation"] = {{"r1", m_validation->r1}, {"r5", m_validation->r5}, {"r10", m_validation->r10},
                {"medianRank", m_validation->medianRank}, {"meanRank", m_validation->meanRank},
                {"videos", m_validation->queries}};
        return clock.finish(std::move(results));
    }

private:
    /// What makes two trainings the same one: a checkpoint of another is never gone on with.
    Json config() const
    {
        Json out = {{"data", m_data.string()}, {"splits", m_options.splits}, {"frames", m_options.frames},
            {"patchDropout", m_options.patchDropout}, {"tube", m_options.tube}, {"freeze", m_freezing.toString()},
            {"minutes", m_options.pictures > 0 ? 0 : m_options.minutes}, {"pictures", m_options.pictures},
            {"batch", TrainClipBatches::kPictures}, {"learningRate", m_options.learningRate},
            {"framesPerSecond", kFramesPerSecond}};
        if (m_base) {
            out["from"] = m_base->name;
            out["fromHash"] = m_base->hash;
        }
        return out;
    }

    void prepare()
    {
        const at::Device device = parseDevice(m_options.device);
        m_set = TrainingSet::read(m_data, m_options.splits);
        m_work.emplace(m_out / "training", m_config, m_options.seed, m_out);
        std::optional<ClipModel> model;
        if (m_base)
            model = ClipModel::load(m_base->path, ClipModel::Use::Training);
        const FrameFit fit = FrameFit::centreSquare(model ? int(model->config().vision.imageSize) : kPictureSize, 1);
        const fs::path pictures = m_options.pictureCache.empty() ? m_work->path() : m_options.pictureCache;
        std::error_code code;
        fs::create_directories(pictures, code);
        m_frames = std::make_unique<TrainingFrames>(m_set, fit, kFramesPerSecond, pictures / "pictures.rgb", m_context);
        if (model)
            copyTokenizer();
        else
            trainClipTokenizer(m_set.texts(), kVocabulary, m_out);
        m_tokenizer = loadClipTokenizer(m_out / "vocab.json", m_out / "merges.txt");
        if (!model) {
            size_t longest = 0;
            for (const TrainingVideo& video : m_set.videos)
                longest = std::max(longest, m_tokenizer->encode(video.paragraph, 1000).size());
            model = ClipModel::random(
                smallConfig(m_tokenizer->vocabularySize(), m_tokenizer->endToken(), int64_t(longest)), m_options.seed);
        }
        if (m_base && m_set.videos.size() < 2)
            throw Error(ErrorKind::Input, "a training by clips compares at least two captioned videos", m_data.string(),
                "Name another --split, or import captions of more videos.");
        m_clip = model->config();
        const TrainClipDraw how{m_options.frames, m_base ? 1 : kClipShare, m_options.tube};
        m_batches = std::make_unique<TrainClipBatches>(m_set, *m_frames, *m_tokenizer, m_clip, how, m_options.seed);
        if (std::find(m_options.splits.begin(), m_options.splits.end(), "val") == m_options.splits.end())
            prepareValidation(fit, how, pictures);
        if (m_base)
            m_set.attributes.clear(); // a model that has learnt reads the words
        m_training =
            std::make_unique<ClipTraining>(std::move(*model), m_freezing, m_set.attributes, m_options.seed, device);
        if (m_work->hasCheckpoint()) {
            const fs::path file = m_work->checkpoint();
            const Json note = parseJson(m_training->restore(file), file.string());
            m_at = {note.at("steps"), note.at("pictures"), note.at("seconds"), note.value("curvePoint", 0)};
            m_losses = {note.at("eventLoss"), note.at("clipLoss")};
            m_curve = note.at("curve");
            for (const Json& entry : m_curve)
                m_lastR1 = entry.value("r1", m_lastR1);
            m_context.log(LogLevel::Info, "going on after " + std::to_string(m_at.pictures) + " pictures");
        }
    }

    void copyTokenizer() const
    {
        for (const char* name : {"vocab.json", "merges.txt"})
            writeFileAtomically(m_out / name, readFile(m_base->path / name));
    }

    void prepareValidation(const FrameFit& fit, const TrainClipDraw& how, const fs::path& pictures)
    {
        try {
            m_validationSet = TrainingSet::read(m_data, {"val"});
        } catch (const Error&) { // data without a validation split: nothing is measured on the way
            return;
        }
        m_validationFrames = std::make_unique<TrainingFrames>(
            m_validationSet, fit, kFramesPerSecond, pictures / "validation.rgb", m_context);
        m_validationBatches = std::make_unique<TrainClipBatches>(
            m_validationSet, *m_validationFrames, *m_tokenizer, m_clip, how, m_options.seed);
    }

    double done() const
    {
        return m_options.pictures > 0 ? double(m_at.pictures) / double(m_options.pictures)
                                      : m_at.seconds / (60 * m_options.minutes);
    }

    void train()
    {
        double saved = m_at.seconds, told = -1;
        const double secondsBefore = m_at.seconds;
        const int64_t picturesBefore = m_at.pictures;
        try {
            while (done() < 1) {
                m_context.throwIfStopped();
                if (const int point = int(done() * kCurvePoints); point > m_at.curvePoint)
                    note(point);
                const Clock::time_point start = Clock::now();
                step();
                m_at.seconds += secondsSince(start);
                if (m_at.seconds - saved > kCheckpointSec) {
                    save();
                    saved = m_at.seconds;
                }
                if (m_at.seconds - told > 1) {
                    report(double(m_at.pictures - picturesBefore) / std::max(1e-9, m_at.seconds - secondsBefore));
                    told = m_at.seconds;
                }
            }
            note(kCurvePoints);
        } catch (const Cancelled&) {
            save();
            throw;
        }
    }

    void step()
    {
        const double share = done();
        const TrainClipBatch batch =
            m_batches->draw(m_at.steps, share < 1 - kWithoutDropout ? m_options.patchDropout : 0);
        ClipTraining::Weighting weighting;
        weighting.learningRate = m_options.learningRate * warmUpCosine(m_at.steps, kWarmUpSteps, share);
        if (!m_set.attributes.empty()) { // the truth first, the words more and more
            weighting.contrastive = .1 + .9 * std::min(1., 2 * share);
            weighting.truth = kTruthWeight / double(m_set.attributes.size()) * std::max(0., 1 - 1.25 * share);
        }
        m_losses.add(batch.clips, m_training->step(batch, m_options.frames, weighting, m_context));
        ++m_at.steps;
        m_at.pictures += batch.pixels.size(0);
    }

    /// Where the training stands, for the curve; at each tenth with what it is worth.
    void note(int point)
    {
        Json entry = {{"pictures", m_at.pictures}, {"seconds", m_at.seconds},
            {"eventLoss", Losses::toJson(m_losses.event)}, {"clipLoss", Losses::toJson(m_losses.clip)}};
        if (m_validationBatches && point / kPointsAValidation > m_at.curvePoint / kPointsAValidation) {
            m_validation = validateClip(
                m_training->model(), m_validationSet, *m_validationBatches, *m_tokenizer, kValidationFrames, m_context);
            entry["r1"] = m_lastR1 = m_validation->r1;
            entry["r5"] = m_validation->r5;
        }
        m_curve.push_back(std::move(entry));
        m_at.curvePoint = point;
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
        progress.validationR1 = m_lastR1;
        m_context.partial(progress);
        char text[96];
        std::snprintf(text, sizeof text, "event loss %.3f, clip loss %.3f, %.0f pictures/s", m_losses.event,
            m_losses.clip, picturesPerSecond);
        if (m_options.pictures > 0)
            m_context.progress(std::min(m_at.pictures, m_options.pictures), m_options.pictures, text);
        else
            m_context.progress(int64_t(m_at.seconds), int64_t(60 * m_options.minutes), text);
    }

    void save() const
    {
        const Json note = {{"steps", m_at.steps}, {"pictures", m_at.pictures}, {"seconds", m_at.seconds},
            {"eventLoss", m_losses.event}, {"clipLoss", m_losses.clip}, {"curve", m_curve},
            {"curvePoint", m_at.curvePoint}};
        m_training->save(m_work->checkpoint(), note.dump());
    }

    void finish()
    {
        m_training->model().save(m_out, true);
        const bool sample = !m_set.attributes.empty();
        std::string note = sample ? "knows only the sample world" : "trained by Clipscope on your captions";
        if (m_base)
            note = m_base->name + ", trained further by Clipscope on your captions";
        const Json about = {{"title", sample ? "Sample model" : m_out.filename().string()}, {"note", note},
            {"languages", "en"}, {"source", "trained by `clipscope-cli train clip`"},
            {"licence",
                m_base       ? m_base->clipscope.value("licence", "")
                    : sample ? "GPL-3.0-or-later"
                             : ""},
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
    ClipFreezing m_freezing;
    std::optional<ModelFolder> m_base;
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
    Json m_curve = Json::array(); ///< what note() found, first to last
    double m_lastR1 = -1; ///< of the curve
    std::optional<RetrievalMetrics> m_validation;
};

RunRecord train(const fs::path& data, const fs::path& out, const TrainClipOptions& options, JobContext& context)
{
    return TrainClipJob(data, out, options, context).run();
}

const LateCode kTrainClip(trainClip, train);

} // namespace

} // namespace clipscope
