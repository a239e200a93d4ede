// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "golden.h"
#include "nn/clip_model.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <numeric>
#include <set>

using namespace clipscope;
using namespace clipscope::test;

namespace {

ClipConfig tinyConfig()
{
    ClipConfig c;
    c.projectionDim = 12;
    c.vision.imageSize = 16;
    c.vision.patchSize = 4;
    c.vision.transformer = {24, 2, 3, 48};
    c.text.vocabularySize = 50;
    c.text.contextLength = 10;
    c.text.endToken = 49;
    c.text.transformer = {16, 2, 2, 32};
    return c;
}

const std::vector<std::vector<int32_t>> kTexts{{48, 3, 49}, {48, 5, 7, 9, 11, 13, 49}, {48, 49}, {48, 4, 6, 49}};

/// A safetensors file with the tensor `left` left out or `bent` given another shape.
void copyWeights(const std::filesystem::path& from, const std::filesystem::path& to, const std::string& left,
    const std::string& bent)
{
    const SafetensorsFile file(from);
    std::vector<TensorToWrite> out;
    for (const auto& [name, view] : file.tensors()) {
        if (name == left)
            continue;
        TensorToWrite t{name, view.dtype, view.shape, {view.bytes.begin(), view.bytes.end()}};
        if (name == bent)
            t.shape = {view.elements()};
        out.push_back(t);
    }
    writeSafetensors(to, out);
}

} // namespace

class TestClipModel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void goldens_data()
    {
        QTest::addColumn<QString>("folder");
        QTest::addColumn<bool>("prepared");
        for (const char* name : {"hf_quick_gelu", "hf_gelu_eos2", "open_clip_gelu", "open_clip_quick_gelu"}) {
            QTest::newRow(name) << QString(name) << false;
            QTest::newRow((std::string(name) + " prepared").c_str()) << QString(name) << true;
        }
    }
    void goldens()
    {
        QFETCH(QString, folder);
        QFETCH(bool, prepared);
        const auto path = goldenFolder(folder.toStdString());
        const at::NoGradGuard guard;
        ClipModel model = ClipModel::load(path);
        if (prepared)
            model.prepare(Precision::Fp32);
        const Weights golden(path / "golden.safetensors");
        const SafetensorsFile raw(path / "golden.safetensors");
        const at::Tensor pixels = golden.view("pixels");
        const ImageOutput image = model.imageFeatures(pixels);
        SAME_AS_GOLDEN(image.projected, golden.view("image_projected"));
        ImageOptions all;
        all.wantTokens = true;
        const ImageOutput withTokens = model.imageFeatures(pixels, all);
        SAME_AS_GOLDEN(withTokens.projected, golden.view("image_projected"));
        if (golden.has("image_tokens")) {
            SAME_AS_GOLDEN(image.pooled, golden.view("image_pooled"));
            SAME_AS_GOLDEN(withTokens.tokens, golden.view("image_tokens"));
        }
        ImageOptions dropped;
        dropped.keptPatches = integers(raw, "kept");
        SAME_AS_GOLDEN(model.imageFeatures(pixels, dropped).projected, golden.view("image_dropped"));
        // The order of the kept patches is of no consequence.
        dropped.keptPatches = std::get<0>(dropped.keptPatches.sort(1));
        SAME_AS_GOLDEN(model.imageFeatures(pixels, dropped).projected, golden.view("image_dropped"));

        const auto texts = rowsOf(integers(raw, "ids"), integers(raw, "lengths"));
        const at::Tensor words = model.textFeatures(texts);
        SAME_AS_GOLDEN(words, golden.view("text_projected"));
        QCOMPARE(model.logitScale().item<float>(), golden.view("logit_scale").item<float>());
        if (golden.has("logits_per_image")) {
            const auto unit = [](const at::Tensor& t) { return t / t.norm(2, 1, true); };
            const at::Tensor logits = unit(image.projected).matmul(unit(words).t()) * model.logitScale().exp();
            SAME_AS_GOLDEN(logits, golden.view("logits_per_image"));
        }
    }
    void textsInAnyOrderAndGroupGiveTheSame()
    {
        const at::NoGradGuard guard;
        const ClipModel model = ClipModel::random(tinyConfig(), 1);
        const at::Tensor together = model.textFeatures(kTexts);
        for (size_t i = 0; i < kTexts.size(); ++i)
            QVERIFY(largestDifference(together[int64_t(i)], model.textFeatures({kTexts[i]})[0]) < 1e-5);
    }
    void positionsPutPicturesOfOtherSizesOnTheGrid()
    {
        const at::NoGradGuard guard;
        const ClipModel model = ClipModel::random(tinyConfig(), 2);
        const at::Tensor pixels = at::randn({2, 3, 16, 16});
        ImageOptions options;
        options.positions = at::zeros({16}, at::kLong);
        for (int64_t i = 0; i < 16; ++i)
            options.positions[i] = i;
        QVERIFY(largestDifference(model.imageFeatures(pixels, options).projected, model.imageFeatures(pixels).projected)
            < 1e-6);
        // The two left columns as a picture of their own = the same patches kept out of the whole.
        options.positions = integers({0, 1, 4, 5, 8, 9, 12, 13});
        const at::Tensor left = model.imageFeatures(pixels.narrow(3, 0, 8), options).projected;
        ImageOptions kept;
        kept.keptPatches = options.positions.unsqueeze(0).expand({2, 8});
        QVERIFY(largestDifference(left, model.imageFeatures(pixels, kept).projected) < 1e-5);
        QVERIFY(errorOf<Error>([&] { model.imageFeatures(pixels.narrow(3, 0, 8)); }).find("size") != std::string::npos);
    }
    void patchDropoutKeepsWhatTheFormulaSays()
    {
        QCOMPARE(keptPatchCount(49, .5), 24);
        QCOMPARE(keptPatchCount(49, 0), 49);
        QCOMPARE(keptPatchCount(49, .99), 1);
        QCOMPARE(keptPatchCount(36, .75), 9);
        const std::vector<uint64_t> seeds{7, 7, 8, 9, 10};
        const at::Tensor kept = drawKeptPatches(seeds, 36, .5);
        QCOMPARE(kept.sizes().vec(), (std::vector<int64_t>{5, 18}));
        for (int64_t r = 0; r < 5; ++r) {
            const int64_t* row = kept.data_ptr<int64_t>() + r * 18;
            QVERIFY(std::is_sorted(row, row + 18));
            QCOMPARE(std::set<int64_t>(row, row + 18).size(), size_t(18));
            QVERIFY(row[0] >= 0 && row[17] < 36);
        }
        QVERIFY(kept[0].equal(kept[1])); // a tube
        QVERIFY(!kept[1].equal(kept[2]));
        // Every patch is kept about as often as any other.
        std::vector<uint64_t> many(4000);
        std::iota(many.begin(), many.end(), 100);
        const at::Tensor counts = drawKeptPatches(many, 36, .5).flatten().bincount();
        QVERIFY(counts.min().item<int64_t>() > 1850 && counts.max().item<int64_t>() < 2150);
    }
    void everyParameterLearns()
    {
        ClipModel model = ClipModel::random(tinyConfig(), 3);
        model.requireGrad(true);
        ImageOptions options;
        const std::vector<uint64_t> seeds{1, 2, 3, 4};
        options.keptPatches = drawKeptPatches(seeds, 16, .5);
        const at::Tensor images = model.imageFeatures(at::randn({4, 3, 16, 16}), options).projected;
        const at::Tensor texts = model.textFeatures(kTexts);
        const auto unit = [](const at::Tensor& t) { return t / t.norm(2, 1, true); };
        const at::Tensor logits = unit(images).matmul(unit(texts).t()) * model.logitScale().exp();
        (-logits.log_softmax(1).diagonal().mean() - logits.log_softmax(0).diagonal().mean()).backward();
        const auto parameters = model.parameters();
        QCOMPARE(parameters.size(), size_t(5 + 2 * 12 + 3 + 2 + 2 * 12 + 2 + 2));
        for (const auto& [name, tensor] : parameters) {
            QVERIFY2(tensor.grad().defined() && tensor.grad().isfinite().all().item<bool>(), name.c_str());
            // A key's bias moves all scores of a query alike, so only its third of the fused bias stays without
            // gradient.
            QVERIFY2(tensor.grad().abs().max().item<float>() > 0, name.c_str());
        }
    }
    void parametersAreTheModelsOwn()
    {
        const at::NoGradGuard guard;
        ClipModel model = ClipModel::random(tinyConfig(), 4);
        const at::Tensor pixels = at::randn({1, 3, 16, 16});
        const at::Tensor before = model.imageFeatures(pixels).projected;
        for (auto& [name, tensor] : model.parameters())
            if (name == "visual_projection.weight")
                tensor.mul_(2);
        QVERIFY(largestDifference(model.imageFeatures(pixels).projected, before * 2) < 1e-5);
    }
    void sameSeedSameModel()
    {
        const auto a = ClipModel::random(tinyConfig(), 5).parameters(),
                   b = ClipModel::random(tinyConfig(), 5).parameters(),
                   c = ClipModel::random(tinyConfig(), 6).parameters();
        bool differs = false;
        for (size_t i = 0; i < a.size(); ++i) {
            QVERIFY(a[i].second.equal(b[i].second));
            differs = differs || !a[i].second.equal(c[i].second);
        }
        QVERIFY(differs);
    }
    void whatIsSavedComesBack()
    {
        const at::NoGradGuard guard;
        const TempDir folder;
        ClipConfig config = tinyConfig();
        config.preprocessing.mean = {.5F, .25F, .125F};
        config.preprocessing.crop = .5;
        config.text.transformer.activation = Activation::Gelu;
        const ClipModel model = ClipModel::random(config, 7);
        const at::Tensor pixels = at::randn({2, 3, 16, 16});
        model.save(folder / "full", false);
        const ClipModel full = ClipModel::load(folder / "full", ClipModel::Use::Training);
        const auto before = model.parameters(), after = full.parameters();
        for (size_t i = 0; i < before.size(); ++i)
            QVERIFY2(before[i].second.equal(after[i].second), before[i].first.c_str());
        QVERIFY(largestDifference(full.textFeatures(kTexts), model.textFeatures(kTexts)) == 0);
        QCOMPARE(full.config().preprocessing.mean, config.preprocessing.mean);
        QCOMPARE(full.config().preprocessing.crop, .5);
        QCOMPARE(full.config().text.endToken, 49);
        model.save(folder / "half", true);
        const ClipModel half = ClipModel::load(folder / "half");
        QVERIFY(smallestCosine(half.imageFeatures(pixels).projected, model.imageFeatures(pixels).projected) > .9999);
        QCOMPARE(half.logitScale().item<float>(), model.logitScale().item<float>());
        QVERIFY(std::filesystem::file_size(folder / "half" / "model.safetensors")
            < std::filesystem::file_size(folder / "full" / "model.safetensors") * 6 / 10);
    }
    void badFoldersAreRefusedByName()
    {
        const TempDir folder;
        const auto source = goldenFolder("hf_quick_gelu");
        std::filesystem::copy(source / "config.json", folder / "config.json");
        const auto load = [&] { ClipModel::load(folder.path()); };
        copyWeights(source / "model.safetensors", folder / "model.safetensors",
            "text_model.encoder.layers.1.self_attn.k_proj.bias", "");
        QVERIFY(errorOf<Error>(load).find("text_model.encoder.layers.1.self_attn.k_proj.bias") != std::string::npos);
        copyWeights(source / "model.safetensors", folder / "model.safetensors", "", "visual_projection.weight");
        QVERIFY(errorOf<Error>(load).find("visual_projection.weight") != std::string::npos);
        const auto open = goldenFolder("open_clip_gelu");
        const TempDir second;
        std::filesystem::copy(open / "open_clip_config.json", second / "open_clip_config.json");
        copyWeights(open / "open_clip_model.safetensors", second / "open_clip_model.safetensors",
            "visual.transformer.resblocks.1.attn.in_proj_weight", "");
        QVERIFY(errorOf<Error>([&] {
            ClipModel::load(second.path());
        }).find("visual.transformer.resblocks.1.attn.in_proj_weight")
            != std::string::npos);
        const TempDir empty;
        QVERIFY(errorOf<Error>([&] { ClipModel::load(empty.path()); }).find("no CLIP model") != std::string::npos);
    }
    void badTextsAreRefused()
    {
        const ClipModel model = ClipModel::random(tinyConfig(), 8);
        QVERIFY(errorOf<Error>([&] { model.textFeatures({{1, 50}}); }).find("50") != std::string::npos);
        QVERIFY(!errorOf<Error>([&] { model.textFeatures({{}}); }).empty());
        QVERIFY(!errorOf<Error>([&] { model.textFeatures({std::vector<int32_t>(11, 1)}); }).empty());
        QCOMPARE(model.textFeatures({}).sizes().vec(), (std::vector<int64_t>{0, 12}));
    }

private:
    static at::Tensor integers(std::initializer_list<int64_t> values)
    {
        at::Tensor out = at::empty({int64_t(values.size())}, at::kLong);
        std::copy(values.begin(), values.end(), out.data_ptr<int64_t>());
        return out;
    }
    static at::Tensor integers(const SafetensorsFile& file, const std::string& name)
    {
        return test::integers(file, name);
    }
};

QTEST_GUILESS_MAIN(TestClipModel)
#include "tst_clip_model.moc"
