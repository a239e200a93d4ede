// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/train_aggregator.h"

#include "aggregation/mean_pooling.h"
#include "aggregation/transformer_aggregator.h"
#include "base/files.h"
#include "base/random.h"
#include "made_library.h"
#include "nn/model_threads.h"
#include "retrieval/aggregator_batches.h"
#include "retrieval/aggregator_validation.h"
#include "retrieval/evaluate.h"

#include <any>
#include <set>
#include <sstream>
#include <stop_token>

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

namespace {

const std::vector<std::string> kWords = {"red", "green", "blue", "dog", "cat", "rain"};

/// AxisEncoder's pictures; of a text's words the first counts most: the order of three words tells six texts apart,
/// while the mean of frames is the same for all six.
class OrderEncoder : public AxisEncoder {
public:
    Matrix encodeTexts(std::span<const std::string> texts, const JobContext& context) override
    {
        ++textCalls;
        context.throwIfStopped();
        Matrix out;
        for (const std::string& text : texts) {
            std::vector<float> v(kDim);
            std::istringstream words(text);
            float weight = 1;
            for (std::string word; words >> word; weight *= .5F)
                v.at(size_t(std::ranges::find(kWords, word) - kWords.begin())) += weight;
            normalise(v);
            out.append(v);
        }
        return out;
    }
};

/// One of the 120 sequences of three different words of six.
std::array<int, 3> sequence(int number)
{
    std::vector<int> left = {0, 1, 2, 3, 4, 5};
    std::array<int, 3> out{};
    for (int& word : out) {
        const int place = number % int(left.size());
        number /= int(left.size());
        word = left[size_t(place)];
        left.erase(left.begin() + place);
    }
    return out;
}

/// Three events of two to four frames each, with noise, and their captions one by one.
VideoId addStory(MadeLibrary& made, const std::string& name, int number, const std::string& split, Random& random)
{
    std::vector<std::vector<float>> frames;
    std::vector<std::pair<double, double>> times;
    const auto frameCount = size_t(random.integer(2, 5));
    for (const int word : sequence(number)) {
        times.emplace_back(frames.size(), frames.size() + frameCount);
        for (size_t i = 0; i < frameCount; ++i) {
            std::vector<float> frame = cosines({{word, .8}});
            for (float& v : frame)
                v += float(.05 * random.normal());
            normalise(frame);
            frames.push_back(frame);
        }
    }
    const VideoId id = made.add(name, frames, 1, split);
    for (size_t i = 0; i < 3; ++i)
        made.caption(id, kWords[size_t(sequence(number)[i])], times[i].first, times[i].second);
    return id;
}

/// A library in which order decides. Sequences are spread over the splits so that those of `test` occur nowhere else.
void fillWithStories(MadeLibrary& made, int train, int val, int test)
{
    Random random(17);
    for (int i = 0; i < train; ++i)
        addStory(made, "train" + std::to_string(i), i % 90, "train", random);
    for (int i = 0; i < val; ++i)
        addStory(made, "val" + std::to_string(i), 60 + i % 30, "val", random);
    for (int i = 0; i < test; ++i)
        addStory(made, "test" + std::to_string(i), 90 + i % 30, "test", random);
}

RunRecord train(MadeLibrary& made, const fs::path& out, const TrainAggregatorOptions& options, JobContext& context)
{
    OrderEncoder encoder;
    return trainAggregator(*made.library, encoder, made.key, out, options, context);
}

double r1(MadeLibrary& made, const std::string& aggregation, int frames = 0)
{
    OrderEncoder encoder;
    JobContext context;
    EvaluateOptions options;
    options.split = "test";
    options.aggregation = aggregation;
    options.frames = frames;
    return evaluateRetrieval(*made.library, encoder, made.key, options, context).textToVideo.r1;
}

} // namespace

class TestTrainAggregator : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        setModelThreads(1); // small products; beside other programs threads would wait for each other
        fillWithStories(m_made, 270, 30, 30);
    }

    /// What the mean cannot tell apart, a trained aggregation does, on sequences it never saw.
    void orderIsLearnt()
    {
        TrainAggregatorOptions options;
        options.epochs = 160;
        options.seed = 1;
        JobContext context;
        int told = 0;
        context.onPartial = [&](const std::any& value) {
            const auto progress = std::any_cast<TrainAggregatorProgress>(value);
            QVERIFY(progress.totalSteps == 160 && progress.steps <= 160 && progress.validationMeanR1 >= 0);
            ++told;
        };
        const RunRecord run = train(m_made, m_dir / "a.safetensors", options, context);
        QVERIFY(told >= 1);
        const double mean = r1(m_made, "mean"),
                     trained = r1(m_made, "transformer:" + (m_dir / "a.safetensors").string());
        qInfo("R@1 of 30 unseen sequences: mean %.2f, trained %.2f; loss %.3f; %.1f s", mean, trained,
            run.results.at("loss").get<double>(), run.results.at("trainSeconds").get<double>());
        QVERIFY(mean <= .5);
        QVERIFY(trained >= .9);
        QCOMPARE(run.kind, std::string("train-aggregator"));
        QCOMPARE(run.results.at("videos").get<int>(), 270);
        const Json& validation = run.results.at("validation");
        QCOMPARE(validation.at("videos").get<int>(), 30);
        QCOMPARE(validation.at("on").get<std::string>(), std::string("val"));
        QCOMPARE(validation.at("frames").size(), size_t(3));
        QCOMPARE(validation.at("frames")[2].at("frames").get<int>(), 12);
        QVERIFY(validation.at("frames")[2].at("transformer").at("r1").get<double>()
            > validation.at("frames")[2].at("mean").at("r1").get<double>());
        const Json& history = run.results.at("history");
        QVERIFY(history.at("epoch").size() > 10);
        QCOMPARE(history.at("loss").size(), history.at("epoch").size());
        QCOMPARE(history.at("validationR1").size(), history.at("epoch").size());
        QCOMPARE(history.at("epoch").back().get<double>(), 160.);
        QVERIFY(!fs::exists(m_dir / "a.safetensors.training"));
    }

    void theSameSeedGivesTheSameBytes()
    {
        TrainAggregatorOptions options;
        options.epochs = 20;
        for (const auto& [name, seed] : {std::pair("s1", 3U), std::pair("s2", 3U), std::pair("s3", 4U)}) {
            JobContext context;
            options.seed = seed;
            train(m_made, m_dir / name, options, context);
        }
        QCOMPARE(sha256File(m_dir / "s1"), sha256File(m_dir / "s2"));
        QVERIFY(sha256File(m_dir / "s1") != sha256File(m_dir / "s3"));
    }

    void resumesWhereItStopped()
    {
        TrainAggregatorOptions options;
        options.epochs = 40;
        options.seed = 5;
        JobContext undisturbed;
        const RunRecord whole = train(m_made, m_dir / "whole", options, undisturbed);
        // Stopped between two validations, when one is due, and once more.
        for (const int64_t at : {11, 16, 29}) {
            std::stop_source stop;
            JobContext context;
            context.stop = stop.get_token();
            context.onProgress = [&](const Progress& progress) {
                if (progress.total == options.epochs && progress.done >= at)
                    stop.request_stop();
            };
            QVERIFY_EXCEPTION_THROWN(train(m_made, m_dir / "parts", options, context), Cancelled);
            QVERIFY(fs::exists(m_dir / "parts.training" / "checkpoint.safetensors"));
            QVERIFY(!fs::exists(m_dir / "parts"));
        }
        TrainAggregatorOptions others = options;
        others.epochs = 41;
        JobContext context;
        QVERIFY(errorOf<Error>([&] { train(m_made, m_dir / "parts", others, context); }).find("other settings")
            != std::string::npos);
        const RunRecord resumed = train(m_made, m_dir / "parts", options, context);
        QCOMPARE(sha256File(m_dir / "parts"), sha256File(m_dir / "whole"));
        QCOMPARE(resumed.results.at("history").dump(), whole.results.at("history").dump());
        QVERIFY(!fs::exists(m_dir / "parts.training"));
    }

    /// Where nothing can be learnt for others, mean pooling is what stays.
    void littleDataDoesNoHarm()
    {
        // Texts that have nothing to do with their videos.
        MadeLibrary made;
        Random random(23);
        for (int i = 0; i < 60; ++i) {
            const VideoId id = addStory(made, std::to_string(i), i, i < 40 ? "train" : "val", random);
            made.library->setCaptions(id, CaptionSource::Caption, {});
            made.caption(id, kWords[random.below(6)] + " " + kWords[random.below(6)]);
        }
        TrainAggregatorOptions options;
        options.epochs = 100;
        JobContext context;
        const RunRecord run = train(made, m_dir / "little", options, context);
        for (const Json& row : run.results.at("validation").at("frames"))
            QVERIFY(row.at("transformer").at("r5").get<double>() >= row.at("mean").at("r5").get<double>() - .1);
        qInfo("texts by chance: step %d of 100 is kept", run.results.at("bestStep").get<int>());
    }

    void withoutAValidationSplitSomeVideosAreHeldOut()
    {
        MadeLibrary made;
        fillWithStories(made, 50, 0, 0);
        TrainAggregatorOptions options;
        options.epochs = 3;
        JobContext context;
        const RunRecord run = train(made, m_dir / "held", options, context);
        QCOMPARE(run.results.at("videos").get<int>(), 40);
        QCOMPARE(run.results.at("validation").at("videos").get<int>(), 10);
        QCOMPARE(run.results.at("validation").at("on").get<std::string>(), std::string("held out"));
        // Three steps of warm-up change nothing that counts: the untrained state stays.
        QCOMPARE(run.results.at("bestStep").get<int>(), 0);
    }

    void betterThanByChance()
    {
        AggregatorValidation::Result a, b;
        b.reciprocalRanks = {.5, .5, .5, .5};
        b.meanReciprocalRank = .5;
        const auto isBetter = [&](std::vector<double> ranks) {
            a.reciprocalRanks = std::move(ranks);
            a.meanReciprocalRank =
                (a.reciprocalRanks[0] + a.reciprocalRanks[1] + a.reciprocalRanks[2] + a.reciprocalRanks[3]) / 4;
            return AggregatorValidation::isClearlyBetter(a, b);
        };
        QVERIFY(isBetter({.6, .6, .7, .6}));
        QVERIFY(!isBetter({.5, .5, .5, .5}));
        QVERIFY(!isBetter({1, .5, .5, .2})); // mean difference .05, standard error .17
        QVERIFY(!isBetter({.4, .4, .4, .4}));
    }

    void withoutValidationTheLastStateIsKept()
    {
        TrainAggregatorOptions options;
        options.epochs = 9;
        options.splits = {"train", "val"};
        JobContext context;
        const RunRecord run = train(m_made, m_dir / "both", options, context);
        QVERIFY(run.results.at("validation").is_null());
        QCOMPARE(run.results.at("videos").get<int>(), 300);
        QCOMPARE(run.results.at("bestStep").get<int>(), 9);
        options.splits = {};
        QCOMPARE(train(m_made, m_dir / "all", options, context).results.at("videos").get<int>(), 330);
    }

    void refusesWhatCannotBeTrainedOn()
    {
        const auto failure = [&](MadeLibrary& made, const TrainAggregatorOptions& options) {
            JobContext context;
            return errorOf<Error>([&] { train(made, m_dir / "nothing", options, context); });
        };
        TrainAggregatorOptions options;
        options.splits = {"nosuchsplit"};
        QVERIFY(failure(m_made, options).starts_with("nosuchsplit"));
        options = {};
        options.epochs = 0;
        QVERIFY(failure(m_made, options).starts_with("--epochs"));
        options = {};
        options.framesPerClip = 0;
        QVERIFY(failure(m_made, options).starts_with("--clip-frames"));
        MadeLibrary single;
        fillWithStories(single, 1, 0, 0);
        QVERIFY(failure(single, {}).find("two captioned videos") != std::string::npos);
        QVERIFY(!fs::exists(m_dir / "nothing") && !fs::exists(m_dir / "nothing.training"));
    }

    /// What a batch shows: every video once an epoch, frames in order, runs of captions with their own frames.
    void batches()
    {
        // The frames of a video are told by what stands on the last two axes.
        const auto videos = [] {
            std::vector<CaptionedVideo> out;
            for (int v = 0; v < 5; ++v) {
                CaptionedVideo video;
                for (int i = 0; i < 40; ++i) {
                    std::vector<float> frame(8);
                    frame[0] = float(v);
                    frame[1] = float(i);
                    video.frames.append(frame);
                    video.timesSec.push_back(i + .5);
                }
                for (int c = 0; c < 3 && v < 4; ++c)
                    video.timed.push_back({v, kWords[size_t(c)], c * 10. + 5, c * 10. + 15, CaptionSource::Caption});
                out.push_back(video);
            }
            return out;
        };
        OrderEncoder encoder;
        const AggregatorBatches batches(videos(), encoder, 1, 7, {});
        QCOMPARE(batches.videos(), size_t(4)); // the fifth has no caption
        QCOMPARE(batches.batchesPerEpoch(), int64_t(1));
        const std::vector<std::string> runs = {"red", "green", "blue", "red green", "green blue", "red green blue"};
        const Matrix texts = encoder.encodeTexts(runs, {});
        std::set<int64_t> lengths;
        std::set<size_t> shown;
        for (int64_t step = 0; step < 200; ++step) {
            const AggregatorBatch batch = batches.draw(step);
            QCOMPARE(batch.frames.size(0), int64_t(4));
            std::set<int> seen;
            for (int64_t row = 0; row < 4; ++row) {
                const int64_t n = batch.lengths[size_t(row)];
                lengths.insert(n);
                const float* text = batch.texts.data_ptr<float>() + row * 8;
                size_t run = 0;
                while (run < texts.rows && !std::equal(text, text + 8, texts.row(run).begin()))
                    ++run;
                QVERIFY(run < texts.rows);
                shown.insert(run);
                const double from = run == 5 ? 0 : run == 1 || run == 4 ? 15 : run == 2 ? 25 : 5;
                const double to = run == 5 ? 40 : run == 0 ? 15 : run == 1 || run == 3 ? 25 : 35;
                double before = -1;
                for (int64_t k = 0; k < batch.frames.size(1); ++k) {
                    const float* frame = batch.frames.data_ptr<float>() + (row * batch.frames.size(1) + k) * 8;
                    if (k >= n) {
                        QVERIFY(std::all_of(frame, frame + 8, [](float x) { return x == 0; }));
                        continue;
                    }
                    seen.insert(int(frame[0]));
                    QVERIFY(frame[1] > before && frame[1] + .5 >= from && frame[1] + .5 < to);
                    // One frame of each equal part.
                    QVERIFY(frame[1] + .5 - from >= std::floor(double(k) * (to - from) / double(n))
                        && frame[1] + .5 - from < std::ceil(double(k + 1) * (to - from) / double(n)));
                    before = frame[1];
                }
            }
            QCOMPARE(seen, std::set<int>({0, 1, 2, 3}));
        }
        QCOMPARE(shown.size(), size_t(6));
        QVERIFY(*lengths.begin() == 1 && *lengths.rbegin() > 20 && *lengths.rbegin() <= 32 && lengths.size() > 15);
        // The same number gives the same batch, another seed another.
        const AggregatorBatches again(videos(), encoder, 1, 7, {}), others(videos(), encoder, 1, 8, {});
        QVERIFY(batches.draw(42).frames.equal(again.draw(42).frames));
        QVERIFY(batches.draw(42).texts.equal(again.draw(42).texts));
        bool differs = false;
        for (int64_t step = 0; step < 5; ++step)
            differs = differs || !batches.draw(step).frames.equal(others.draw(step).frames);
        QVERIFY(differs);
        // Clips of four frames are their unit means.
        const AggregatorBatch clips = AggregatorBatches(videos(), encoder, 4, 7, {}).plain(3);
        QCOMPARE(clips.lengths, std::vector<int64_t>({3, 3, 3, 3}));
        QVERIFY((clips.frames.square().sum(2) - 1).abs().max().item<float>() < 1e-5F);
    }

    void stopsBeforeItBegins()
    {
        std::stop_source source;
        source.request_stop();
        JobContext context;
        context.stop = source.get_token();
        QVERIFY_EXCEPTION_THROWN(train(m_made, m_dir / "never", {}, context), Cancelled);
        QVERIFY(!fs::exists(m_dir / "never"));
    }

private:
    MadeLibrary m_made;
    TempDir m_dir;
};

QTEST_GUILESS_MAIN(TestTrainAggregator)
#include "tst_train_aggregator.moc"
