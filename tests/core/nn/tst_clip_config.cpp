// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "golden.h"
#include "nn/clip_config.h"

using namespace clipscope;
using namespace clipscope::test;

namespace {

/// "0":0,"1":1, ...
QString manyKeys(int count)
{
    QString out;
    for (int i = 0; i < count; ++i)
        out += QStringLiteral("%1\"%2\":%2").arg(i ? "," : "").arg(i);
    return out;
}

} // namespace

class TestClipConfig : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void preprocessingOfOpenClip()
    {
        const ClipConfig c = readClipConfig(goldenFolder("open_clip_gelu"));
        QCOMPARE(c.preprocessing.mean[1], .4F);
        QCOMPARE(c.preprocessing.std[2], .3F);
    }
    void theFirstFilesOfHuggingFace()
    {
        // openai/clip-vit-large-patch14 in short: the _dict parts win, the rest are transformers' defaults.
        const ClipConfig c = parseHuggingFaceClipConfig(parseJson(R"({"projection_dim":768,
            "text_config":{"hidden_size":512},"text_config_dict":{"hidden_size":768,"intermediate_size":3072,
            "num_attention_heads":12,"eos_token_id":2},"vision_config_dict":null,
            "vision_config":{"hidden_size":1024,"num_hidden_layers":24,"num_attention_heads":16,
            "intermediate_size":4096,"patch_size":14}})",
                                                            "x"),
            "x");
        QCOMPARE(c.text.transformer.width, 768);
        QCOMPARE(c.text.transformer.layers, 12);
        QCOMPARE(c.text.endToken, 2);
        QCOMPARE(c.text.vocabularySize, 49408);
        QCOMPARE(c.vision.patches(), 256);
        QCOMPARE(c.vision.transformer.layers, 24);
        QVERIFY(c.vision.transformer.activation == Activation::QuickGelu && c.vision.transformer.preNorm);
    }
    void sizesOfPreprocessors()
    {
        const auto crop = [](const char* json) { return parsePreprocessing(parseJson(json, "x"), 224, "x").crop; };
        QCOMPARE(crop(R"({"size":224,"crop_size":224})"), 1.);
        QCOMPARE(crop(R"({"size":{"shortest_edge":256}})"), 224. / 256);
        QCOMPARE(crop("{}"), 1.);
        const ClipPreprocessing p =
            parsePreprocessing(parseJson(R"({"image_mean":[0,0.5,1],"image_std":[1,2,4]})", "x"), 224, "x");
        QCOMPARE(p.mean, (std::array<float, 3>{0, .5F, 1}));
        QCOMPARE(p.std, (std::array<float, 3>{1, 2, 4}));
        const auto error = [&](const char* json) { return errorOf<Error>([&] { crop(json); }); };
        QVERIFY(error(R"({"image_std":[1,0,1]})").find("deviation") != std::string::npos);
        for (const char* json : {R"({"image_std":[1,1e300,1]})", R"({"image_std":[1,1e-40,1]})",
                 R"({"image_std":[1,-1,1]})", R"({"image_mean":[1e300,0,0]})", R"({"image_mean":[0,0,-1e39]})"})
            QVERIFY2(error(json).find("deviation") != std::string::npos, json);
        for (const char* json : {R"({"size":1e308})", R"({"size":{"shortest_edge":1000000}})"})
            QVERIFY2(error(json).find("\"size\"") != std::string::npos, json);
        QCOMPARE(crop(R"({"size":-5})"), 1.);
        QVERIFY(error(R"({"image_mean":[1,0]})").find("image_mean") != std::string::npos);
    }
    void writtenConfigurationReadsTheSame()
    {
        ClipConfig c;
        c.vision = {96, 16, {192, 6, 3, 768, Activation::Gelu, true, 1e-6}};
        c.text = {2000, 40, 1999, {128, 3, 2, 512}};
        c.projectionDim = 192;
        c.preprocessing.crop = .875;
        const ClipConfig back = parseHuggingFaceClipConfig(toHuggingFaceConfig(c), "x");
        QVERIFY(toHuggingFaceConfig(back) == toHuggingFaceConfig(c));
        QCOMPARE(back.vision.transformer.mlpWidth, 768);
        QVERIFY(back.vision.transformer.activation == Activation::Gelu);
        QCOMPARE(back.text.endToken, 1999);
        const ClipPreprocessing p = parsePreprocessing(toPreprocessorConfig(c), 96, "x");
        QCOMPARE(p.mean, c.preprocessing.mean);
        QVERIFY(std::abs(p.crop - .875) < .01);
    }
    void theWeightsThereDecideTheLayout()
    {
        const TempDir folder;
        std::filesystem::copy(goldenFolder("hf_quick_gelu") / "config.json", folder / "config.json");
        QVERIFY(clipLayoutOf(folder.path()) == ClipLayout::HuggingFace);
        std::filesystem::copy(
            goldenFolder("open_clip_gelu") / "open_clip_config.json", folder / "open_clip_config.json");
        QVERIFY(clipLayoutOf(folder.path()) == ClipLayout::OpenClip);
        std::filesystem::copy(goldenFolder("hf_quick_gelu") / "model.safetensors", folder / "model.safetensors");
        QVERIFY(clipLayoutOf(folder.path()) == ClipLayout::HuggingFace);
    }
    void badConfigurationsAreRefusedByName_data()
    {
        QTest::addColumn<QString>("json");
        QTest::addColumn<QString>("word");
        QTest::newRow("list") << "[]"
                              << "object";
        QTest::newRow("negative") << R"({"projection_dim":-1})"
                                  << "projection_dim";
        QTest::newRow("fraction") << R"({"vision_config":{"hidden_size":7.5}})"
                                  << "hidden_size";
        QTest::newRow("huge") << R"({"text_config":{"vocab_size":18446744073709551615}})"
                              << "vocab_size";
        QTest::newRow("patches") << R"({"vision_config":{"image_size":30,"patch_size":8}})"
                                 << "patch";
        QTest::newRow("heads") << R"({"text_config":{"num_attention_heads":7}})"
                               << "heads";
        QTest::newRow("activation") << R"({"text_config":{"hidden_act":"swish9"}})"
                                    << "swish9";
        QTest::newRow("two towers in one, without end")
            << R"({"vision_config":{"a":1},"vision_config_dict":{)" + manyKeys(1001) + "}}"
            << "1000 keys";
        QTest::newRow("gray") << R"({"vision_config":{"num_channels":1}})"
                              << "RGB";
    }
    void badConfigurationsAreRefusedByName()
    {
        QFETCH(QString, json);
        QFETCH(QString, word);
        const std::string error =
            errorOf<Error>([&] { parseHuggingFaceClipConfig(parseJson(json.toStdString(), "x"), "the file"); });
        QVERIFY2(error.find("the file") != std::string::npos && error.find(word.toStdString()) != std::string::npos,
            error.c_str());
    }
    void openClipsOtherTowersAreRefused()
    {
        const auto parse = [](const char* json) {
            return errorOf<Error>([&] { parseOpenClipConfig(parseJson(json, "x"), "x"); });
        };
        QVERIFY(parse(R"({"vision_cfg":{"timm_model_name":"convnext"}})").find("timm_model_name") != std::string::npos);
        QVERIFY(parse(R"({"text_cfg":{"hf_model_name":"roberta"}})").find("hf_model_name") != std::string::npos);
        QVERIFY(parse(R"({"vision_cfg":{"width":1,"mlp_ratio":0.01}})").find("without width") != std::string::npos);
        QVERIFY(parse(R"({"preprocess_cfg":{"std":[1,1e300,1]}})").find("deviation") != std::string::npos);
        QCOMPARE(
            parse(R"({"vision_cfg":{"timm_model_name":null},"text_cfg":{"no_causal_mask":false}})"), std::string());
    }
};

QTEST_GUILESS_MAIN(TestClipConfig)
#include "tst_clip_config.moc"
