// SPDX-License-Identifier: GPL-3.0-or-later
#include "aggregation/clip_means.h"
#include "aggregation/mean_pooling.h"
#include "aggregation/transformer_aggregator.h"
#include "base/files.h"
#include "base/random.h"
#include "models/model_catalogue.h"
#include "models/safetensors.h"
#include "support/test_data.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>

#include <cmath>
#include <numeric>
#include <stop_token>

using namespace clipscope;
using clipscope::test::errorOf;
namespace fs = std::filesystem;

namespace {

constexpr int kWidth = 24;

Matrix randomFrames(size_t rows, uint64_t seed, size_t columns = kWidth)
{
    Random random(seed);
    Matrix m(rows, columns);
    for (float& v : m.values)
        v = float(random.normal());
    normaliseRows(m);
    return m;
}

TransformerAggregatorConfig smallConfig(int64_t framesPerClip = 1)
{
    TransformerAggregatorConfig config;
    config.embeddingWidth = kWidth;
    config.width = 32;
    config.heads = 2;
    config.positions = 8;
    config.framesPerClip = framesPerClip;
    config.origin = {"axis", "axis-hash", kWidth};
    return config;
}

/// Every weight moved: what the blocks, the positions and the text side do shows.
TransformerAggregator moved(int64_t framesPerClip = 1)
{
    TransformerAggregator out(smallConfig(framesPerClip), 5);
    const at::NoGradGuard guard;
    Random random(6);
    for (auto& [name, tensor] : out.parameters())
        tensor.add_(normalTensor(random, tensor.sizes(), .2));
    return out;
}

double largestDifference(std::span<const float> a, std::span<const float> b)
{
    double out = a.size() == b.size() ? 0 : 1e9;
    for (size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        out = std::max(out, double(std::fabs(a[i] - b[i])));
    return out;
}

at::Tensor tensorOf(const Matrix& m)
{
    return at::from_blob(const_cast<float*>(m.values.data()), {1, int64_t(m.rows), int64_t(m.columns)}, at::kFloat)
        .clone();
}

Matrix reversed(const Matrix& m)
{
    Matrix out;
    for (size_t i = m.rows; i-- > 0;)
        out.append(m.row(i));
    return out;
}

/// A safetensors file of one tensor with this configuration.
fs::path fileWith(const fs::path& file, const std::string& config)
{
    const std::vector<float> one = {1};
    writeSafetensors(file, {TensorToWrite::f32("in.bias", {1}, one)}, {{"clipscope_aggregator", config}});
    return file;
}

} // namespace

class TestTransformerAggregator : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void untrainedItIsMeanPooling()
    {
        const TransformerAggregator untrained(smallConfig(), 1);
        for (const size_t frames : {1U, 2U, 5U, 8U, 9U, 64U, 256U}) {
            const Matrix video = randomFrames(frames, frames);
            QVERIFY(largestDifference(untrained.aggregate(video), MeanPooling().aggregate(video)) < 1e-5);
        }
        const Matrix text = randomFrames(1, 77);
        QVERIFY(largestDifference(untrained.mapText(text.row(0)), text.row(0)) < 1e-6);
        const Matrix video = randomFrames(12, 3);
        QVERIFY(std::fabs(untrained.score(video, text.row(0)) - MeanPooling().score(video, text.row(0))) < 1e-5F);
    }
    void aVideoIsAUnitVectorAndOrderCounts()
    {
        const TransformerAggregator trained = moved();
        const Matrix video = randomFrames(12, 3);
        const std::vector<float> there = trained.aggregate(video);
        QVERIFY(std::fabs(norm(there) - 1) < 1e-5F);
        QVERIFY(largestDifference(there, trained.aggregate(reversed(video))) > 1e-2);
        QVERIFY(largestDifference(there, MeanPooling().aggregate(video)) > 1e-2);
        const TransformerAggregator untrained(smallConfig(), 1);
        QVERIFY(largestDifference(untrained.aggregate(video), untrained.aggregate(reversed(video))) < 1e-5);
    }
    void paddingChangesNothing()
    {
        const TransformerAggregator trained = moved();
        const at::NoGradGuard guard;
        const Matrix first = randomFrames(5, 1), second = randomFrames(11, 2);
        // What stands behind a video's frames is noise here, not zeros.
        at::Tensor batch = tensorOf(randomFrames(2 * 11, 9)).view({2, 11, kWidth}).clone();
        batch[0].narrow(0, 0, 5).copy_(tensorOf(first)[0]);
        batch[1].copy_(tensorOf(second)[0]);
        const at::Tensor both = trained.forward(batch, {5, 11});
        QVERIFY((both[0] - trained.forward(tensorOf(first), {5})[0]).abs().max().item<float>() < 1e-5F);
        QVERIFY((both[1] - trained.forward(tensorOf(second), {11})[0]).abs().max().item<float>() < 1e-5F);
    }
    void manyAtOnceAreAsOneByOne()
    {
        const TransformerAggregator trained = moved();
        std::vector<Matrix> videos;
        for (const size_t frames : {3U, 300U, 1U, 40U, 3U, 257U, 2U, 90U})
            videos.push_back(randomFrames(frames, frames + 100));
        const Matrix all = trained.aggregateAll(videos, {});
        QCOMPARE(all.rows, videos.size());
        for (size_t i = 0; i < videos.size(); ++i)
            QVERIFY(largestDifference(all.row(i), trained.aggregate(videos[i])) < 1e-5);
        QCOMPARE(trained.aggregateAll({}, {}).rows, size_t(0));
    }
    void anyLengthIsTaken()
    {
        // Positions are places in the video, not numbers of frames: a video shown with each frame twice is the same.
        const TransformerAggregator trained = moved();
        Random random(4);
        Matrix few, many;
        for (int i = 0; i < 40; ++i) {
            const Matrix frame = randomFrames(1, uint64_t(i / 10) + 50);
            many.append(frame.row(0));
            if (i % 2 == 0)
                few.append(frame.row(0));
        }
        QVERIFY(dot(trained.aggregate(few), trained.aggregate(many)) > .999F);
        QVERIFY(std::fabs(norm(trained.aggregate(randomFrames(5000, 8))) - 1) < 1e-5F);
    }
    void clipsAreTheMeansOfTheirFrames()
    {
        QCOMPARE(clipBounds(7, 3, 100), std::vector<size_t>({0, 3, 6, 7}));
        QCOMPARE(clipBounds(4, 1, 100), std::vector<size_t>({0, 1, 2, 3, 4}));
        QCOMPARE(clipBounds(10, 1, 4), std::vector<size_t>({0, 2, 5, 7, 10}));
        QCOMPARE(clipBounds(0, 2, 4), std::vector<size_t>({0}));
        const Matrix video = randomFrames(10, 12);
        const std::vector<size_t> bounds = clipBounds(10, 4, 100);
        const Matrix clips = clipMeans(video, bounds);
        QCOMPARE(clips.rows, size_t(3));
        Matrix last;
        last.append(video.row(8));
        last.append(video.row(9));
        QVERIFY(largestDifference(clips.row(2), MeanPooling().aggregate(last)) < 1e-6);
        QVERIFY(clipMeans(video, clipBounds(10, 1, 10)) == video);

        const TransformerAggregator byClips = moved(4), byFrames = moved();
        QVERIFY(largestDifference(byClips.aggregate(video), byFrames.aggregate(clips)) < 1e-6);
        const std::vector<float> w = byClips.weights(video, video.row(0));
        QCOMPARE(w.size(), size_t(10));
        QVERIFY(w[0] == w[3] && w[8] == w[9]);
    }
    void weightsAreSharesOfTheScore()
    {
        const Matrix video = randomFrames(9, 13), text = randomFrames(1, 14);
        for (const bool isTrained : {false, true}) {
            const TransformerAggregator aggregator = isTrained ? moved() : TransformerAggregator(smallConfig(), 1);
            const std::vector<float> w = aggregator.weights(video, text.row(0));
            QCOMPARE(w.size(), size_t(9));
            QVERIFY(std::fabs(std::accumulate(w.begin(), w.end(), 0.) - 1) < 1e-5);
            QVERIFY(std::ranges::all_of(w, [](float v) { return v >= 0; }));
        }
        // Untrained, a frame's share is its cosine, and what speaks against the text has none.
        const std::vector<float> w = TransformerAggregator(smallConfig(), 1).weights(video, text.row(0));
        double sum = 0;
        for (size_t k = 0; k < 9; ++k)
            sum += std::max(0., double(dot(video.row(k), text.row(0))));
        for (size_t k = 0; k < 9; ++k)
            QVERIFY(std::fabs(w[k] - std::max(0., double(dot(video.row(k), text.row(0)))) / sum) < 1e-5);
        // Where all do, they count alike.
        Matrix one;
        one.append(text.row(0));
        std::vector<float> opposite(text.values);
        for (float& v : opposite)
            v = -v;
        one.append(text.row(0));
        QCOMPARE(TransformerAggregator(smallConfig(), 1).weights(one, opposite), std::vector<float>({.5F, .5F}));
    }
    void allWeightsLearn()
    {
        TransformerAggregator trained = moved();
        trained.requireGrad(true);
        const at::Tensor video = trained.forward(tensorOf(randomFrames(6, 20)), {6});
        const at::Tensor text = trained.mapTexts(tensorOf(randomFrames(1, 21))[0]);
        (video * text).sum().backward();
        for (const auto& [name, tensor] : trained.parameters()) {
            QVERIFY2(tensor.grad().defined(), name.c_str());
            // A key's bias shifts all scores of a query alike; everything else counts.
            QVERIFY2(tensor.grad().abs().max().item<float>() > 0, name.c_str());
        }
        // From the start the gradient has somewhere to go, though the last projection is zero.
        TransformerAggregator untrained(smallConfig(), 1);
        untrained.requireGrad(true);
        (untrained.forward(tensorOf(randomFrames(6, 20)), {6}) * text.detach()).sum().backward();
        for (const auto& [name, tensor] : untrained.parameters())
            if (name == "out.weight")
                QVERIFY(tensor.grad().abs().max().item<float>() > 1e-4F);
    }
    void aFileGivesItBack()
    {
        const test::TempDir dir;
        const TransformerAggregator trained = moved(2);
        const Matrix video = randomFrames(12, 30), text = randomFrames(1, 31);
        for (const bool half : {false, true}) {
            const fs::path file = dir / (half ? "half" : "single");
            trained.save(file, half, {{"seed", 7}});
            const TransformerAggregator read = TransformerAggregator::load(file);
            QVERIFY(largestDifference(read.aggregate(video), trained.aggregate(video)) <= (half ? 3e-3 : 0));
            QVERIFY(largestDifference(read.mapText(text.row(0)), trained.mapText(text.row(0))) <= (half ? 3e-3 : 0));
            QCOMPARE(read.config().framesPerClip, int64_t(2));
            QCOMPARE(read.config().origin.model, std::string("axis"));
            QCOMPARE(read.config().origin.modelHash, std::string("axis-hash"));
            QVERIFY(read.isCurrent());
            trained.save(dir / "again", half, {{"seed", 7}});
            QCOMPARE(sha256File(dir / "again"), sha256File(file));
            QVERIFY(readFile(file).find("\\\"seed\\\":7") != std::string::npos);
            trained.save(file, half, {{"seed", 12345}});
            QVERIFY(!read.isCurrent());
        }
        QVERIFY(fs::file_size(dir / "half") < fs::file_size(dir / "single") * .6);
    }
    void bySpelling()
    {
        const test::TempDir dir;
        const fs::path file = dir / "a:b.safetensors"; // a colon in the name is part of it
        moved().save(file, false);
        const std::string spec = "transformer:" + file.string();
        const Matrix video = randomFrames(4, 40);
        for (const EmbeddingOrigin& origin : {EmbeddingOrigin{}, EmbeddingOrigin{"axis", "axis-hash", kWidth}}) {
            const auto aggregator = makeAggregator(spec, origin);
            QCOMPARE(aggregator->name(), std::string("transformer"));
            QVERIFY(!aggregator->dependsOnQuery());
            QVERIFY(largestDifference(aggregator->aggregate(video), moved().aggregate(video)) == 0);
        }
        // A model's folder may hold its own.
        fs::create_directories(dir / "model");
        writeFileAtomically(dir / "model" / "config.json", R"({"model_type": "bert"})");
        const EmbeddingOrigin folder{(dir / "model").string(), "axis-hash", kWidth};
        const std::string none = errorOf<Error>([&] { makeAggregator("transformer", folder); });
        QVERIFY2(none.find("train aggregator") != std::string::npos && none.find(folder.model) != std::string::npos,
            none.c_str());
        moved().save(dir / "model" / kShippedAggregator, false);
        QVERIFY(
            largestDifference(makeAggregator("transformer", folder)->aggregate(video), moved().aggregate(video)) == 0);
    }
    void theSampleModelBringsItsOwn()
    {
        const ModelFolder model = findModel("sample-clip");
        const auto shipped = makeAggregator("transformer", {model.name, model.hash, 192});
        const Matrix video = randomFrames(12, 50, 192);
        QVERIFY(std::fabs(norm(shipped->aggregate(video)) - 1) < 1e-5F);
        QVERIFY(largestDifference(shipped->aggregate(video), shipped->aggregate(reversed(video))) > 1e-2);
        JobContext context;
        QVERIFY(checkModelFiles(model, context).empty());
    }
    void anotherModelsIsRefused()
    {
        const test::TempDir dir;
        const fs::path file = dir / "a.safetensors";
        moved().save(file, false);
        const std::string spec = "transformer:" + file.string();
        const auto failure = [&](const EmbeddingOrigin& origin) {
            return errorOf<Error>([&] { makeAggregator(spec, origin); });
        };
        for (const std::string& text : {failure({"starter", "another", 384}), failure({"clip", "another", kWidth}),
                 failure({"axis", "axis-hash-2", kWidth})})
            QVERIFY2(
                text.starts_with(file.string()) && text.find("train aggregator") != std::string::npos, text.c_str());
        QVERIFY(failure({"starter", "another", 384}).find("384") != std::string::npos);
        QVERIFY(failure({"clip", "another", kWidth}).find("another model (axis)") != std::string::npos);
        QVERIFY(failure({"axis", "axis-hash-2", kWidth}).find("has changed since") != std::string::npos);
    }
    void badFilesAreRefused()
    {
        const test::TempDir dir;
        const auto failure = [&](const fs::path& file) {
            return errorOf<Error>([&] { TransformerAggregator::load(file); });
        };
        QVERIFY(!failure(dir / "missing").empty());
        const std::vector<float> one = {1};
        writeSafetensors(dir / "weights", {TensorToWrite::f32("x", {1}, one)});
        QVERIFY(failure(dir / "weights").find("is no aggregation") != std::string::npos);
        const std::string sound =
            R"({"type":"transformer","model":"m","modelHash":"h","embeddingWidth":8,"width":8,"layers":1,"heads":2,)"
            R"("positions":4,"framesPerClip":1})";
        QVERIFY(failure(fileWith(dir / "tensors", sound)).find("in.weight") != std::string::npos);
        const auto with = [&](const std::string& key, const std::string& value) {
            const size_t at = sound.find(key) + key.size() + 2;
            std::string out = sound;
            return out.replace(at, sound.find_first_of(",}", at) - at, value);
        };
        for (const std::string& config :
            {std::string("{}"), std::string("[1]"), std::string("{"), with("heads", "3"), with("heads", "0"),
                with("width", "-8"), with("layers", "1000000000"), with("positions", "9223372036854775807"),
                with("embeddingWidth", "1e3"), with("type", "\"lstm\""), with("model", "7"), with("heads", "null")})
            QVERIFY2(!failure(fileWith(dir / "config", config)).empty(), config.c_str());
        moved().save(dir / "cut", false);
        fs::resize_file(dir / "cut", fs::file_size(dir / "cut") - 4);
        QVERIFY(!failure(dir / "cut").empty());
        QVERIFY(!errorOf<Error>([&] { TransformerAggregator(TransformerAggregatorConfig{}, 1); }).empty());
    }
    void framesMustFit()
    {
        const TransformerAggregator trained = moved();
        QVERIFY(!errorOf<Error>([&] { trained.aggregate(Matrix()); }).empty());
        QVERIFY(!errorOf<Error>([&] { trained.aggregate(randomFrames(3, 1, kWidth + 1)); }).empty());
        QVERIFY(!errorOf<Error>([&] { trained.mapText(randomFrames(1, 1, 3).row(0)); }).empty());
        QVERIFY(!errorOf<Error>([&] { trained.forward(tensorOf(randomFrames(3, 1)), {4}); }).empty());
        QVERIFY(!errorOf<Error>([&] { trained.forward(tensorOf(randomFrames(3, 1)), {0}); }).empty());
    }
    void stops()
    {
        std::stop_source source;
        source.request_stop();
        JobContext context;
        context.stop = source.get_token();
        const std::vector<Matrix> videos = {randomFrames(3, 1)};
        QVERIFY_EXCEPTION_THROWN(moved().aggregateAll(videos, context), Cancelled);
        QVERIFY_EXCEPTION_THROWN(MeanPooling().aggregateAll(videos, context), Cancelled);
    }
};

QTEST_GUILESS_MAIN(TestTransformerAggregator)
#include "tst_transformer_aggregator.moc"
