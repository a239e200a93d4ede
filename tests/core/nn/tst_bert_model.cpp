// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "golden.h"
#include "nn/bert_model.h"

#include <ATen/core/grad_mode.h>

using namespace clipscope;
using namespace clipscope::test;

class TestBertModel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void goldens_data()
    {
        QTest::addColumn<bool>("prepared");
        QTest::newRow("plain") << false;
        QTest::newRow("prepared") << true;
    }
    void goldens()
    {
        QFETCH(bool, prepared);
        const at::NoGradGuard guard;
        BertModel model = BertModel::load(goldenFolder("bert"));
        if (prepared)
            model.prepare();
        const Weights golden(goldenFolder("bert") / "golden.safetensors");
        const SafetensorsFile raw(goldenFolder("bert") / "golden.safetensors");
        const at::Tensor lengths = integers(raw, "lengths");
        BertInput input;
        input.ids = rowsOf(integers(raw, "ids"), lengths);
        const auto compareTokens = [&](const at::Tensor& hidden, const at::Tensor& expected) {
            for (size_t r = 0; r < input.ids.size(); ++r) {
                const auto n = int64_t(input.ids[r].size());
                SAME_AS_GOLDEN(hidden[int64_t(r)].narrow(0, 0, n), expected[int64_t(r)].narrow(0, 0, n));
            }
        };
        compareTokens(model.hiddenStates(input), golden.view("hidden"));
        input.tokenTypes = rowsOf(integers(raw, "types"), lengths);
        compareTokens(model.hiddenStates(input), golden.view("hidden_typed"));
        input.tokenTypes.clear();
        input.positions = rowsOf(integers(raw, "positions"), lengths);
        compareTokens(model.hiddenStates(input), golden.view("hidden_moved"));
        SAME_AS_GOLDEN(model.sentenceVectors(input.ids), golden.view("sentence"));
    }
    void sentencesTogetherAndAloneAreTheSame()
    {
        const at::NoGradGuard guard;
        const BertModel model = BertModel::load(goldenFolder("bert"));
        const std::vector<std::vector<int32_t>> texts{{1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2}, {4, 4, 4}, {9, 8, 7, 6, 5}};
        const at::Tensor together = model.sentenceVectors(texts);
        for (size_t i = 0; i < texts.size(); ++i)
            QVERIFY(largestDifference(together[int64_t(i)], model.sentenceVectors({texts[i]})[0]) < 1e-6);
        QCOMPARE(model.sentenceVectors({}).sizes().vec(), (std::vector<int64_t>{0, 48}));
    }
    void savedModelIsTheSameAndItsPrefixIsAccepted()
    {
        const at::NoGradGuard guard;
        BertConfig config;
        config.vocabularySize = 20;
        config.maxPositions = 8;
        config.transformer = {16, 2, 2, 24, Activation::Gelu, false, 1e-12};
        const BertModel model = BertModel::random(config, 3);
        const TempDir folder;
        model.save(folder / "m", false);
        const std::vector<std::vector<int32_t>> texts{{1, 2, 3}, {4, 5}};
        QVERIFY(BertModel::load(folder / "m").sentenceVectors(texts).equal(model.sentenceVectors(texts)));
        std::vector<TensorToWrite> prefixed;
        {
            const SafetensorsFile file(folder / "m" / "model.safetensors");
            for (const auto& [name, view] : file.tensors())
                prefixed.push_back({"bert." + name, view.dtype, view.shape, {view.bytes.begin(), view.bytes.end()}});
        }
        writeSafetensors(folder / "m" / "model.safetensors", prefixed);
        QVERIFY(BertModel::load(folder / "m").sentenceVectors(texts).equal(model.sentenceVectors(texts)));
    }
    void everyParameterOnTheWayLearns()
    {
        BertModel model = BertModel::load(goldenFolder("bert"), BertModel::Use::Training);
        model.requireGrad(true);
        model.sentenceVectors({{1, 2, 3}, {4, 5, 6, 7}}).select(1, 0).sum().backward();
        for (const auto& [name, tensor] : model.parameters())
            QVERIFY2(tensor.grad().defined() && tensor.grad().isfinite().all().item<bool>(), name.c_str());
    }
    void badInputIsRefused()
    {
        const BertModel model = BertModel::load(goldenFolder("bert"));
        const auto error = [&](BertInput input) { return errorOf<Error>([&] { model.hiddenStates(input); }); };
        QVERIFY(error({{{1, 96}}, {}, {}}).find("96") != std::string::npos);
        QVERIFY(!error({{{}}, {}, {}}).empty());
        QVERIFY(!error({{}, {}, {}}).empty());
        QVERIFY(!error({{std::vector<int32_t>(25, 1)}, {}, {}}).empty());
        QVERIFY(!error({{{1, 2}}, {{0}}, {}}).empty());
        QVERIFY(error({{{1, 2}}, {}, {{0, 24}}}).find("24") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestBertModel)
#include "tst_bert_model.moc"
