// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/clip_freezing.h"

#include "nn/clip_model.h"
#include "support/test_data.h"

#include <set>

using namespace clipscope;

namespace {

ClipModel twoBlocks()
{
    ClipConfig config;
    config.vision.imageSize = 32;
    config.vision.patchSize = 16;
    config.vision.transformer = {16, 2, 2, 32, Activation::QuickGelu, true, 1e-5};
    config.text.transformer = {16, 2, 2, 32, Activation::QuickGelu, true, 1e-5};
    config.text.vocabularySize = 600;
    config.text.contextLength = 8;
    config.text.endToken = 599;
    config.projectionDim = 8;
    return ClipModel::random(config, 1);
}

std::set<std::string> frozen(const std::vector<std::string>& words)
{
    const ClipFreezing freezing = ClipFreezing::parse(words);
    std::set<std::string> out;
    for (const auto& [name, tensor] : twoBlocks().parameters())
        if (freezing.freezes(name))
            out.insert(name);
    return out;
}

const std::set<std::string> kPatch = {"vision_model.embeddings.class_embedding",
    "vision_model.embeddings.patch_embedding.weight", "vision_model.embeddings.position_embedding.weight",
    "vision_model.pre_layrnorm.weight", "vision_model.pre_layrnorm.bias"};
const std::set<std::string> kToken = {
    "text_model.embeddings.token_embedding.weight", "text_model.embeddings.position_embedding.weight"};

} // namespace

class TestClipFreezing : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void embeddings()
    {
        QVERIFY(frozen({}).empty());
        QVERIFY(frozen({"none"}).empty());
        QCOMPARE(frozen({"patch"}), kPatch);
        QCOMPARE(frozen({"token"}), kToken);
    }

    /// The blocks below N of each tower and what lies below them; the second block, the last norms and the projections
    /// move.
    void firstBlocks()
    {
        const std::set<std::string> names = frozen({"first:1"});
        size_t ofBlocks = 0;
        for (const std::string& name : names)
            ofBlocks += name.find(".encoder.layers.0.") != std::string::npos;
        QCOMPARE(ofBlocks, size_t(2 * 12)); // weight and bias of qkv, out, fc1, fc2 and two norms, in two towers
        QCOMPARE(names.size(), ofBlocks + kPatch.size() + kToken.size());
        QCOMPARE(frozen({"first:2"}).size(), 2 * ofBlocks + kPatch.size() + kToken.size());
    }

    void towers()
    {
        std::set<std::string> both = frozen({"picture"});
        QVERIFY(both.contains("visual_projection.weight") && !both.contains("text_projection.weight"));
        both.merge(frozen({"text"}));
        QCOMPARE(both.size(), twoBlocks().parameters().size() - 1); // the logit scale always moves
    }

    void words()
    {
        QCOMPARE(ClipFreezing::parse({"first:3", "token", "patch"}).toString(), std::string("patch,token,first:3"));
        QCOMPARE(ClipFreezing::parse({}).toString(), std::string("none"));
        for (const char* bad : {"first:", "first:0", "first:-1", "first:2x", "patches", ""}) {
            const std::string said = test::errorOf<Error>([&] { ClipFreezing::parse({bad}); });
            QVERIFY2(said.find("first:N") != std::string::npos, bad);
        }
        QVERIFY(!test::errorOf<Error>([] { ClipFreezing::parse({"picture", "text"}); }).empty());
    }
};

QTEST_GUILESS_MAIN(TestClipFreezing)
#include "tst_clip_freezing.moc"
