// SPDX-License-Identifier: GPL-3.0-or-later
#include "embedding/clip_encoder.h"

#include "base/random.h"
#include "embedding/model_check.h"
#include "embedding/patch_tower.h"
#include "models/safetensors.h"
#include "models/tokenizer.h"
#include "nn/clip_model.h"
#include "support/test_data.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <cmath>
#include <fstream>
#include <stop_token>
#include <thread>

using namespace clipscope;
using namespace clipscope::test;

namespace {

constexpr int kSize = 32;

/// A whole model folder: random weights and a tokenizer learned from a few words.
void makeModel(const std::filesystem::path& folder, const std::string& clipscopeJson = {})
{
    trainClipTokenizer({"a red ball", "a blue box slides left", "the green star", "two rings meet"}, 560, folder);
    const auto tokenizer = loadTokenizer(folder);
    ClipConfig config;
    config.projectionDim = 16;
    config.vision.imageSize = kSize;
    config.vision.patchSize = 8;
    config.vision.transformer = {32, 3, 2, 64};
    config.text.vocabularySize = tokenizer->vocabularySize();
    config.text.contextLength = 20;
    config.text.endToken = tokenizer->endToken();
    config.text.transformer = {24, 2, 2, 48};
    config.preprocessing.mean = {.1F, .2F, .3F};
    config.preprocessing.crop = .5;
    ClipModel::random(config, 11).save(folder, false);
    if (!clipscopeJson.empty())
        std::ofstream(folder / "clipscope.json") << clipscopeJson;
}

RgbImage noise(uint64_t seed, int width = kSize, int height = kSize)
{
    RgbImage image(width, height);
    Random random(seed);
    for (uint8_t& value : image.pixels)
        value = uint8_t(random.below(256));
    return image;
}

double difference(std::span<const float> a, std::span<const float> b)
{
    double most = a.size() == b.size() ? 0 : 1e9;
    for (size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        most = std::max(most, std::abs(double(a[i]) - double(b[i])));
    return most;
}

} // namespace

class TestClipEncoder : public QObject {
    Q_OBJECT

    TempDir m_folder;
    std::shared_ptr<Encoder> m_encoder;

private Q_SLOTS:
    void initTestCase()
    {
        makeModel(m_folder.path());
        m_encoder = makeClipEncoder(m_folder.path().string(), {.device = "cpu", .precision = "fp32"});
        QVERIFY(m_encoder);
    }
    void infoSaysWhatTheModelIs()
    {
        const EncoderInfo& info = m_encoder->info();
        QCOMPARE(info.jointDim, 16);
        QCOMPARE(info.featureDim, 0);
        QVERIFY(info.fit.mode == FrameFit::Mode::CentreSquare);
        QCOMPARE(info.fit.width, kSize);
        QCOMPARE(info.fit.crop, .5);
        QCOMPARE(info.device, std::string("cpu"));
        QCOMPARE(info.precision, std::string("fp32"));
        QVERIFY(info.batchSize >= 1 && !info.modelHash.empty());
    }
    void framesAreWhatTheModelGives()
    {
        const std::vector<RgbImage> frames{noise(1), noise(2), noise(3)};
        const Matrix got = m_encoder->encodeFrames(frames, {}).joint;
        const at::NoGradGuard guard;
        const ClipModel model = ClipModel::load(m_folder.path());
        const at::Tensor pixels = at::empty({3, 3, kSize, kSize}, at::kFloat);
        const ClipPreprocessing& p = model.config().preprocessing;
        for (int64_t i = 0; i < 3; ++i)
            for (int64_t c = 0; c < 3; ++c)
                for (int64_t at = 0; at < kSize * kSize; ++at)
                    pixels.data_ptr<float>()[(i * 3 + c) * kSize * kSize + at] =
                        (float(frames[size_t(i)].pixels[size_t(at * 3 + c)]) / 255 - p.mean[size_t(c)])
                        / p.std[size_t(c)];
        at::Tensor expect = model.imageFeatures(pixels).projected;
        expect = (expect / expect.norm(2, 1, true)).contiguous();
        QVERIFY(difference(got.values, {expect.data_ptr<float>(), 48}) < 1e-5);
    }
    void batchesAndOtherSizesChangeNothing()
    {
        std::vector<RgbImage> frames;
        for (uint64_t i = 0; i < 150; ++i) // more than one batch
            frames.push_back(noise(i));
        const Matrix all = m_encoder->encodeFrames(frames, {}).joint;
        QCOMPARE(all.rows, size_t(150));
        for (const size_t i : {size_t(0), size_t(63), size_t(64), size_t(149)})
            QVERIFY(difference(all.row(i), m_encoder->encodeFrames({&frames[i], 1}, {}).joint.row(0)) < 1e-5);
        const RgbImage wide = noise(5, 160, 80);
        const RgbImage fitted = fitImage(wide, m_encoder->info().fit);
        QVERIFY(difference(m_encoder->encodeFrames({&wide, 1}, {}).joint.values,
                    m_encoder->encodeFrames({&fitted, 1}, {}).joint.values)
            < 1e-6);
        QCOMPARE(m_encoder->encodeFrames({}, {}).joint.rows, size_t(0));
    }
    void textsAreUnitRowsInOrder()
    {
        const std::vector<std::string> texts{"a red ball", "",
            "two rings meet and a blue box slides left past the green star again and again", "the star"};
        const Matrix all = m_encoder->encodeTexts(texts, {});
        for (size_t i = 0; i < texts.size(); ++i) {
            QVERIFY(std::abs(norm(all.row(i)) - 1) < 1e-5);
            QVERIFY(difference(all.row(i), m_encoder->encodeTexts({&texts[i], 1}, {}).row(0)) < 1e-5);
        }
        QVERIFY(difference(all.row(0), all.row(3)) > 1e-3);
    }
    /// Positions that are drawn over a frame are those the model used: through the model itself they give the very
    /// vector of the encoder, and one other position gives another.
    void keptPatchesAreTheOnesTheModelUses()
    {
        const PatchTower* tower = patchTowerOf(m_encoder.get());
        QVERIFY(tower);
        QCOMPARE(tower->patchesPerSide(), 4);
        const ClipModel model = ClipModel::load(m_folder.path());
        const ClipPreprocessing& p = model.config().preprocessing;
        const auto through = [&](const RgbImage& frame, const std::vector<int>& kept) {
            const at::NoGradGuard guard;
            const at::Tensor pixels = at::empty({1, 3, kSize, kSize}, at::kFloat);
            normaliseFrames({&frame, 1}, p.mean, p.std, pixels.data_ptr<float>());
            ImageOptions options;
            options.keptPatches = at::empty({1, int64_t(kept.size())}, at::kLong);
            std::copy(kept.begin(), kept.end(), options.keptPatches.data_ptr<int64_t>());
            at::Tensor out = model.imageFeatures(pixels, options).projected;
            out = (out / out.norm(2, 1, true)).contiguous();
            return std::vector<float>(out.data_ptr<float>(), out.data_ptr<float>() + out.numel());
        };
        for (const double dropped : {.25, .5, .9})
            for (const uint64_t seed : {0, 7}) {
                const auto encoder = makeClipEncoder(m_folder.path().string(),
                    {.device = "cpu", .patchDropout = dropped, .seed = seed, .precision = "fp32"});
                for (const RgbImage& frame : {noise(1), noise(2), fitImage(noise(3, 90, 70), encoder->info().fit)}) {
                    // The encoder without patch dropout draws the same.
                    const std::vector<int> kept = tower->keptPatches(frame, dropped, seed);
                    QCOMPARE(kept, patchTowerOf(encoder.get())->keptPatches(frame, dropped, seed));
                    QCOMPARE(int64_t(kept.size()), keptPatchCount(16, dropped));
                    QVERIFY(std::is_sorted(kept.begin(), kept.end()));
                    const Matrix used = encoder->encodeFrames({&frame, 1}, {}).joint;
                    QVERIFY(difference(used.values, through(frame, kept)) < 1e-5);
                    for (size_t i = 0; i < kept.size(); ++i) {
                        std::vector<int> other = kept;
                        for (int patch = 0; patch < 16; ++patch)
                            if (!std::count(kept.begin(), kept.end(), patch))
                                other[i] = patch;
                        QVERIFY(difference(used.values, through(frame, other)) > 1e-4);
                    }
                }
            }
        // A picture of another size is fitted first, as for encoding.
        const RgbImage wide = noise(3, 90, 70);
        QCOMPARE(tower->keptPatches(wide, .5, 1), tower->keptPatches(fitImage(wide, m_encoder->info().fit), .5, 1));
        QCOMPARE(tower->keptPatches(noise(1), 0, 1).size(), size_t(16));
        for (const double wrong : {-.1, 1., double(NAN)})
            QVERIFY(!errorOf<Error>([&] { tower->keptPatches(noise(1), wrong, 1); }).empty());
        QVERIFY(!patchTowerOf(makeEncoder("fake").get()));
        QVERIFY(!patchTowerOf(nullptr));
    }
    void patchDropoutDependsOnFrameAndSeedOnly()
    {
        const auto make = [&](uint64_t seed) {
            return makeClipEncoder(
                m_folder.path().string(), {.device = "cpu", .patchDropout = .5, .seed = seed, .precision = "fp32"});
        };
        const std::vector<RgbImage> frames{noise(1), noise(2)};
        const auto first = make(1);
        const Matrix together = first->encodeFrames(frames, {}).joint;
        QVERIFY(difference(together.row(1), make(1)->encodeFrames({&frames[1], 1}, {}).joint.row(0)) < 1e-5);
        QVERIFY(difference(together.values, make(2)->encodeFrames(frames, {}).joint.values) > 1e-4);
        QVERIFY(difference(together.values, m_encoder->encodeFrames(frames, {}).joint.values) > 1e-4);
        QVERIFY(!errorOf<Error>([&] {
            makeClipEncoder(m_folder.path().string(), {.device = "cpu", .patchDropout = 1});
        }).empty());
    }
    void anyThreadMayCall()
    {
        const RgbImage frame = noise(9);
        const Matrix expect = m_encoder->encodeFrames({&frame, 1}, {}).joint;
        std::vector<Matrix> got(4);
        std::vector<std::jthread> threads;
        for (Matrix& result : got)
            threads.emplace_back([&] { result = m_encoder->encodeFrames({&frame, 1}, {}).joint; });
        threads.clear();
        for (const Matrix& result : got)
            QVERIFY(difference(result.values, expect.values) < 1e-6);
    }
    void stopEndsIt()
    {
        std::stop_source source;
        source.request_stop();
        JobContext context;
        context.stop = source.get_token();
        const RgbImage frame = noise(1);
        const std::string text = "a ball";
        QVERIFY_THROWS_EXCEPTION(Cancelled, m_encoder->encodeFrames({&frame, 1}, context));
        QVERIFY_THROWS_EXCEPTION(Cancelled, m_encoder->encodeTexts({&text, 1}, context));
    }
    void languageNoteForEnglishModelsOnly()
    {
        const std::string chinese = "\xe6\xa3\x95\xe7\x86\x8a";
        QVERIFY(m_encoder->languageNote("a bear").empty());
        QVERIFY(m_encoder->languageNote(chinese).find("English") != std::string::npos);
        const TempDir folder;
        makeModel(folder.path(), R"({"title":"Many","languages":"many"})");
        const auto many = makeClipEncoder(folder.path().string(), {.device = "cpu"});
        QCOMPARE(many->info().title, std::string("Many"));
        QVERIFY(many->languageNote(chinese).empty());
    }
    void goldensFindAChangedModel()
    {
        JobContext context;
        const std::vector<RgbImage> frames{noise(1), noise(2)};
        const std::vector<std::string> texts{"a red ball", "the green star"};
        writeModelGoldens(*m_encoder, frames, texts, m_folder.path(), context);
        const ModelFolder model = findModel(m_folder.path().string());
        QCOMPARE(checkModelOutputs(model, m_folder.path(), context), std::vector<std::string>());
        // A model with one bent weight matrix differs in its pictures and not in its texts.
        const TempDir bent;
        makeModel(bent.path());
        {
            const at::NoGradGuard guard;
            ClipModel other = ClipModel::load(bent.path(), ClipModel::Use::Training);
            for (auto& [name, tensor] : other.parameters())
                if (name == "vision_model.encoder.layers.1.mlp.fc1.weight")
                    tensor.mul_(-1);
            other.save(bent.path(), false);
        }
        const auto findings = checkModelOutputs(findModel(bent.path().string()), m_folder.path(), context);
        QCOMPARE(findings.size(), size_t(2));
        QVERIFY(findings[0].find("picture 1") != std::string::npos);
        const TempDir empty;
        QVERIFY(errorOf<Error>([&] { checkModelOutputs(model, empty.path(), context); }).find("golden")
            != std::string::npos);
    }
    void goldensOfAnotherModelAreToldApart()
    {
        NEED_SHARED("models/clip-vit-b32-text-anchors/anchors.safetensors");
        JobContext context;
        const auto findings = checkModelOutputs(
            findModel(m_folder.path().string()), sharedDir() / "models" / "clip-vit-b32-text-anchors", context);
        QCOMPARE(findings.size(), size_t(1));
        QVERIFY(findings[0].find("512") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestClipEncoder)
#include "tst_clip_encoder.moc"
