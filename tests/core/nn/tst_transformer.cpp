// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "golden.h"
#include "nn/transformer.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <stop_token>

using namespace clipscope;
using namespace clipscope::test;

namespace {

constexpr int64_t kLayers = 3, kHeads = 4, kWidth = 32, kNeurons = 48, kTokens = 11;

/// Random everywhere, biases and norms too.
Transformer encoder(bool preNorm, Activation activation = Activation::Gelu)
{
    Transformer t = Transformer::random({kWidth, kLayers, kHeads, kNeurons, activation, preNorm, 1e-5}, 1);
    for (TransformerLayer& l : t.layers()) {
        for (at::Tensor* bias : {&l.qkvBias, &l.outBias, &l.upBias, &l.downBias, &l.attentionNormBias, &l.mlpNormBias})
            bias->copy_(at::randn(bias->sizes()) * .3);
        for (at::Tensor* weight : {&l.outWeight, &l.downWeight, &l.qkvWeight})
            weight->mul_(2);
    }
    return t;
}

at::Tensor input()
{
    return at::randn({2, kTokens, kWidth});
}

at::Tensor numbers(std::initializer_list<int64_t> values)
{
    at::Tensor out = at::empty({int64_t(values.size())}, at::kLong);
    std::copy(values.begin(), values.end(), out.data_ptr<int64_t>());
    return out;
}

bool close(const at::Tensor& a, const at::Tensor& b, double bound = 2e-5)
{
    return largestDifference(a, b) < bound;
}

} // namespace

class TestTransformer : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void explicitPathEqualsFastPath()
    {
        const at::NoGradGuard guard;
        for (const bool preNorm : {true, false})
            for (const bool causal : {true, false}) {
                const Transformer t = encoder(preNorm);
                const at::Tensor x = input();
                TransformerHooks plain, watched;
                plain.causal = watched.causal = causal;
                int calls = 0;
                watched.onAttention = [&](int layer, const at::Tensor& p) {
                    QCOMPARE(layer, calls++);
                    QCOMPARE(p.sizes().vec(), (std::vector<int64_t>{2, kHeads, kTokens, kTokens}));
                    QVERIFY(close(p.sum(-1), at::ones({2, kHeads, kTokens})));
                    if (causal)
                        QCOMPARE(p.triu(1).abs().max().item<float>(), 0.F);
                };
                QVERIFY(close(t.forward(x, plain), t.forward(x, watched)));
                QCOMPARE(calls, int(kLayers));
            }
    }
    void someRowsAreTheRowsOfAll()
    {
        const at::NoGradGuard guard;
        const at::Tensor rows = numbers({3, 9});
        for (const bool preNorm : {true, false})
            for (const bool causal : {true, false})
                for (const bool padded : {true, false}) {
                    const Transformer t = encoder(preNorm);
                    const at::Tensor x = input();
                    TransformerHooks hooks;
                    hooks.causal = causal;
                    if (padded) {
                        hooks.keyPadding = at::ones({2, kTokens}, at::kBool);
                        hooks.keyPadding[0].narrow(0, 5, 6).fill_(false);
                    }
                    const at::Tensor all = t.forward(x, hooks), some = t.forwardAt(x, rows, hooks);
                    QVERIFY(close(some[0], all[0][3]) && close(some[1], all[1][9]));
                }
    }
    void paddedBatchEqualsUnpaddedTexts()
    {
        const at::NoGradGuard guard;
        for (const bool preNorm : {true, false})
            for (const int hard : {0, 4}) {
                const Transformer t = encoder(preNorm);
                const at::Tensor x = input();
                TransformerHooks alone, hooks;
                alone.hardAttentionTopK = hooks.hardAttentionTopK = std::vector<int>(kLayers, hard);
                hooks.keyPadding = at::ones({2, kTokens}, at::kBool);
                hooks.keyPadding[0].narrow(0, 6, kTokens - 6).fill_(false);
                const at::Tensor together = t.forward(x, hooks);
                QVERIFY(close(together[0].narrow(0, 0, 6), t.forward(x.narrow(0, 0, 1).narrow(1, 0, 6), alone)[0]));
                QVERIFY(close(together[1], t.forward(x.narrow(0, 1, 1), alone)[0]));
            }
    }
    void hardAttentionKeepsTheLargest()
    {
        const at::NoGradGuard guard;
        const Transformer t = encoder(false);
        const at::Tensor x = input();
        TransformerHooks hooks;
        hooks.hardAttentionTopK = {int(kTokens), 30, 1000};
        QVERIFY(close(t.forward(x, hooks), t.forward(x)));
        // Only layer 1, K = 3: exactly the three largest of the soft row, unchanged.
        std::vector<at::Tensor> soft, hard;
        hooks.hardAttentionTopK = {};
        hooks.onAttention = [&](int, const at::Tensor& p) { soft.push_back(p); };
        t.forward(x, hooks);
        hooks.hardAttentionTopK = {0, 3};
        hooks.onAttention = [&](int, const at::Tensor& p) { hard.push_back(p); };
        t.forward(x, hooks);
        QVERIFY(close(soft[0], hard[0]));
        const at::Tensor third = std::get<0>(soft[1].sort(-1, true)).narrow(-1, 2, 1);
        QVERIFY(close(hard[1], soft[1] * soft[1].ge(third)));
        QVERIFY(!close(soft[2], hard[2], 1e-4));
    }
    void maskedHeadEqualsZeroedWeights()
    {
        const at::NoGradGuard guard;
        const Transformer t = encoder(true);
        const at::Tensor x = input();
        TransformerHooks hooks;
        hooks.headMask = at::ones({kLayers, kHeads});
        hooks.headMask[1][2] = 0;
        Transformer zeroed = encoder(true);
        zeroed.layers()[1].qkvWeight = t.layers()[1].qkvWeight.clone();
        for (size_t i = 0; i < size_t(kLayers); ++i)
            zeroed.layers()[i] = t.layers()[i];
        TransformerLayer& layer = zeroed.layers()[1];
        layer.qkvWeight = layer.qkvWeight.clone();
        layer.qkvBias = layer.qkvBias.clone();
        for (int64_t part = 0; part < 3; ++part) {
            layer.qkvWeight.narrow(0, part * kWidth + 2 * 8, 8).zero_();
            layer.qkvBias.narrow(0, part * kWidth + 2 * 8, 8).zero_();
        }
        QVERIFY(close(t.forward(x, hooks), zeroed.forward(x)));
        QVERIFY(!close(t.forward(x, hooks), t.forward(x), 1e-3));
    }
    void maskedNeuronEqualsZeroedColumn()
    {
        const at::NoGradGuard guard;
        const Transformer t = encoder(false, Activation::Relu);
        const at::Tensor x = input();
        TransformerHooks hooks;
        hooks.neuronMask = at::ones({kLayers, kNeurons});
        hooks.neuronMask[0].narrow(0, 16, 16).zero_();
        Transformer zeroed = t;
        zeroed.layers()[0].downWeight = t.layers()[0].downWeight.clone();
        zeroed.layers()[0].downWeight.narrow(1, 16, 16).zero_();
        QVERIFY(close(t.forward(x, hooks), zeroed.forward(x)));
    }
    void removedBlocksLeaveTheResidual()
    {
        const at::NoGradGuard guard;
        const at::Tensor x = input();
        TransformerHooks hooks;
        hooks.skipAttention = hooks.skipFeedForward = {true, true, true};
        QVERIFY(encoder(true).forward(x, hooks).equal(x));
        const at::Tensor post =
            encoder(false).forward(x, hooks); // papers 2.2: the residual still passes the LayerNorms
        QVERIFY(!close(post, x, 1e-2) && post.isfinite().all().item<bool>());
    }
    void shrunkEqualsMasked_data()
    {
        QTest::addColumn<bool>("preNorm");
        QTest::addColumn<bool>("causal");
        QTest::newRow("pre-norm causal") << true << true;
        QTest::newRow("pre-norm") << true << false;
        QTest::newRow("post-norm") << false << false;
    }
    void shrunkEqualsMasked()
    {
        QFETCH(bool, preNorm);
        QFETCH(bool, causal);
        const at::NoGradGuard guard;
        const Transformer t = encoder(preNorm);
        const at::Tensor x = input();
        TransformerHooks hooks;
        hooks.causal = causal;
        hooks.headMask = at::rand({kLayers, kHeads});
        hooks.headMask[0].narrow(0, 1, 2).zero_();
        hooks.headMask[2].zero_(); // no head left
        hooks.neuronMask = at::rand({kLayers, kNeurons});
        hooks.neuronMask[1].narrow(0, 5, 20).zero_();
        hooks.neuronMask[2].zero_(); // no neuron left
        hooks.skipAttention = {false, true, false};
        hooks.skipFeedForward = {true, false, false};
        const Transformer small = t.shrunk(hooks);
        TransformerHooks rest;
        rest.causal = causal;
        QVERIFY(close(t.forward(x, hooks), small.forward(x, rest)));
        QVERIFY(close(t.forwardAt(x, numbers({0, 4}), hooks), small.forwardAt(x, numbers({0, 4}), rest)));
        QCOMPARE(small.layers()[0].heads, 2);
        QCOMPARE(small.layers()[1].upWeight.size(0), 28);
        QVERIFY(!small.layers()[0].upWeight.defined() && !small.layers()[1].qkvWeight.defined());
        QVERIFY(small.parameterCount() < t.parameterCount() / 2);
        // The original is untouched.
        QCOMPARE(t.layers()[0].heads, kHeads);
        QVERIFY(errorOf<Error>([&] { small.forward(x, hooks); }).find("shrunk") != std::string::npos);
    }
    void masksCarryGradients()
    {
        const Transformer t = encoder(true);
        TransformerHooks hooks;
        hooks.headMask = at::ones({kLayers, kHeads}).set_requires_grad(true);
        hooks.neuronMask = at::ones({kLayers, kNeurons}).set_requires_grad(true);
        t.forward(input(), hooks).pow(2).sum().backward();
        QVERIFY(hooks.headMask.grad().abs().min().item<float>() > 0);
        QVERIFY(hooks.neuronMask.grad().isfinite().all().item<bool>());
    }
    void stopIsSeenBetweenBlocks()
    {
        const at::NoGradGuard guard;
        std::stop_source source;
        JobContext context;
        context.stop = source.get_token();
        TransformerHooks hooks;
        hooks.context = &context;
        int layers = 0;
        hooks.onAttention = [&](int, const at::Tensor&) {
            ++layers;
            source.request_stop();
        };
        QVERIFY_THROWS_EXCEPTION(Cancelled, encoder(true).forward(input(), hooks));
        QCOMPARE(layers, 1);
    }
    void wrongShapesAreNamed()
    {
        const Transformer t = encoder(true);
        TransformerHooks hooks;
        hooks.headMask = at::ones({kLayers, kHeads + 1});
        QVERIFY(errorOf<Error>([&] { t.forward(input(), hooks); }).find("headMask") != std::string::npos);
        hooks.headMask = at::Tensor();
        hooks.keyPadding = at::ones({2, kTokens});
        QVERIFY(errorOf<Error>([&] { t.forward(input(), hooks); }).find("keyPadding") != std::string::npos);
        QVERIFY(errorOf<Error>([&] {
            t.forward(at::randn({2, kTokens, kWidth + 1}));
        }).find("input")
            != std::string::npos);
    }
    void activationsOfKnownValues()
    {
        const at::Tensor x = at::ones({1}) * 1.5;
        QVERIFY(
            std::abs(activate(Activation::QuickGelu, x).item<double>() - 1.5 / (1 + std::exp(-1.702 * 1.5))) < 1e-6);
        QVERIFY(
            std::abs(activate(Activation::Gelu, x).item<double>() - .75 * (1 + std::erf(1.5 / std::sqrt(2.)))) < 1e-6);
        QVERIFY(std::abs(activate(Activation::GeluTanh, x).item<double>() - 1.3995715) < 1e-5);
        QCOMPARE(activate(Activation::Relu, -x).item<float>(), 0.F);
        for (const Activation a : {Activation::QuickGelu, Activation::Gelu, Activation::GeluTanh, Activation::Relu})
            QCOMPARE(parseActivation(toString(a), "x"), a);
    }
};

QTEST_GUILESS_MAIN(TestTransformer)
#include "tst_transformer.moc"
