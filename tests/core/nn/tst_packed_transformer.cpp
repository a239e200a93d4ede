// SPDX-License-Identifier: GPL-3.0-or-later
// The prepared form against the Transformer it was made of, with every set of kernels this processor can run.
#include "nn/packed_transformer.h"

#include "base/error.h"
#include "golden.h"
#include "nn/clip_model.h"
#include "nn/model_threads.h"
#include "nn/packed_kernels_internal.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <stop_token>

using namespace clipscope;
using namespace clipscope::test;

namespace {

/// Random everywhere, biases and norms too.
Transformer encoder(const TransformerConfig& config)
{
    Transformer t = Transformer::random(config, 1);
    for (TransformerLayer& l : t.layers())
        for (at::Tensor* tensor : {&l.qkvBias, &l.outBias, &l.upBias, &l.downBias, &l.attentionNormBias, &l.mlpNormBias,
                 &l.attentionNormWeight, &l.mlpNormWeight})
            tensor->add_(at::randn(tensor->sizes()) * .3);
    return t;
}

/// What `a` and `b` say of the tokens that are there, one row each.
double worstCosine(const at::Tensor& a, const at::Tensor& b, const std::vector<int64_t>& lengths)
{
    double worst = 1;
    for (int64_t row = 0; row < a.size(0); ++row) {
        const int64_t n = lengths.empty() ? a.size(1) : lengths[size_t(row)];
        worst = std::min(worst, smallestCosine(a[row].narrow(0, 0, n), b[row].narrow(0, 0, n)));
    }
    return worst;
}

at::Tensor numbers(const std::vector<int64_t>& values)
{
    at::Tensor out = at::empty({int64_t(values.size())}, at::kLong);
    std::copy(values.begin(), values.end(), out.data_ptr<int64_t>());
    return out;
}

struct Case {
    const char* name;
    TransformerConfig config;
    int64_t batch, tokens;
    bool causal;
    std::vector<int64_t> lengths;
    std::vector<int64_t> queries;
};

/// CLIP's shapes, BERT's, and odd ones: widths, heads and lengths that fill no register.
const std::vector<Case> kCases{
    {"vision", {128, 3, 2, 256, Activation::QuickGelu, true, 1e-5}, 3, 50, false, {}, {0, 0, 0}},
    {"text", {96, 3, 4, 160, Activation::Gelu, true, 1e-5}, 2, 19, true, {}, {18, 7}},
    {"bert", {64, 3, 4, 128, Activation::Gelu, false, 1e-12}, 3, 21, false, {21, 4, 1}, {20, 3, 0}},
    {"odd", {36, 2, 3, 50, Activation::GeluTanh, true, 1e-5}, 2, 37, true, {}, {0, 36}},
    {"odd post-norm", {30, 2, 5, 7, Activation::Relu, false, 1e-5}, 1, 65, false, {}, {64}},
    {"one token", {40, 2, 2, 64, Activation::QuickGelu, true, 1e-5}, 2, 1, true, {}, {0, 0}},
    {"no layer", {16, 0, 2, 32, Activation::Gelu, true, 1e-5}, 2, 3, false, {}, {2, 1}},
};

} // namespace

class TestPackedTransformer : public QObject {
    Q_OBJECT

    void kernels()
    {
        QTest::addColumn<int>("set");
        const auto sets = runnableKernels();
        for (size_t i = 0; i < sets.size(); ++i)
            QTest::newRow(sets[i]->name) << int(i);
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (runnableKernels().empty())
            QSKIP("this processor has no AVX2: LibTorch computes, and tst_transformer tests that");
    }

    void givesWhatTheTransformerGives_data() { kernels(); }
    void givesWhatTheTransformerGives()
    {
        QFETCH(int, set);
        const PackedKernels* kernels = runnableKernels()[size_t(set)];
        const c10::InferenceMode guard;
        for (const Case& c : kCases) {
            const Transformer plain = encoder(c.config);
            const at::Tensor x = at::randn({c.batch, c.tokens, c.config.width});
            TransformerHooks hooks;
            hooks.causal = c.causal;
            if (!c.lengths.empty())
                hooks.keyPadding = at::arange(c.tokens).unsqueeze(0).lt(numbers(c.lengths).unsqueeze(1));
            const PackedPass pass{c.causal, c.lengths, nullptr};
            const at::Tensor all = plain.forward(x, hooks), rows = plain.forwardAt(x, numbers(c.queries), hooks);
            const PackedTransformer packed(plain, Precision::Fp32, kernels);
            const double a = worstCosine(packed.forward(x, pass), all, c.lengths);
            const double b = smallestCosine(packed.forwardAt(x, c.queries, pass), rows);
            QVERIFY2(a >= .99999 && b >= .99999, qPrintable(QStringLiteral("%1: %2 %3").arg(c.name).arg(a).arg(b)));
            QVERIFY2(largestDifference(packed.forwardAt(x, c.queries, pass), rows) < 1e-4, c.name);
            const PackedTransformer bytes(plain, Precision::Int8, kernels);
            const double d = worstCosine(bytes.forward(x, pass), all, c.lengths);
            const double e = smallestCosine(bytes.forwardAt(x, c.queries, pass), rows);
            QVERIFY2(d >= .995 && e >= .995, qPrintable(QStringLiteral("%1 int8: %2 %3").arg(c.name).arg(d).arg(e)));
            // It is int8, not fp32 under another name, and takes a quarter of the memory.
            if (c.config.layers > 0) {
                QVERIFY(!bytes.forward(x, pass).equal(packed.forward(x, pass)));
                QVERIFY(bytes.bytes() < packed.bytes() / 2);
            }
        }
    }
    void bf16GoesThroughLibTorch()
    {
        // Emulated, and slow, where the processor has no such instructions; the numbers are the same.
        const c10::InferenceMode guard;
        for (const Case& c : kCases) {
            const Transformer plain = encoder(c.config);
            const at::Tensor x = at::randn({c.batch, c.tokens, c.config.width});
            TransformerHooks hooks;
            hooks.causal = c.causal;
            const PackedPass pass{c.causal, {}, nullptr};
            const PackedTransformer packed(plain, Precision::Bf16);
            QVERIFY2(smallestCosine(packed.forwardAt(x, c.queries, pass), plain.forwardAt(x, numbers(c.queries), hooks))
                    > .999,
                c.name);
        }
    }
    void shrunkOnesToo()
    {
        const c10::InferenceMode guard;
        const Transformer plain = encoder({64, 3, 4, 96, Activation::Gelu, false, 1e-5});
        TransformerHooks hooks;
        hooks.headMask = at::ones({3, 4});
        hooks.headMask[1][2] = 0;
        hooks.skipAttention = {false, false, true};
        hooks.skipFeedForward = {true, false, false};
        const at::Tensor x = at::randn({2, 9, 64});
        const PackedTransformer packed(plain.shrunk(hooks), Precision::Fp32);
        QVERIFY(smallestCosine(packed.forward(x), plain.forward(x, hooks)) >= .99999);
        QVERIFY(smallestCosine(packed.forwardAt(x, {3, 0}), plain.forwardAt(x, numbers({3, 0}), hooks)) >= .99999);
    }
    void neitherNeighboursNorThreadsChangeABit_data() { kernels(); }
    void neitherNeighboursNorThreadsChangeABit()
    {
        QFETCH(int, set);
        const PackedKernels* kernels = runnableKernels()[size_t(set)];
        const c10::InferenceMode guard;
        const Transformer plain = encoder({96, 2, 3, 200, Activation::QuickGelu, true, 1e-5});
        const at::Tensor x = at::randn({7, 50, 96});
        for (const Precision precision : {Precision::Fp32, Precision::Int8}) {
            const PackedTransformer packed(plain, precision, kernels);
            setModelThreads(1);
            const at::Tensor one = packed.forward(x);
            QVERIFY(packed.forward(x).equal(one));
            for (const int64_t i : {0, 3, 6})
                QVERIFY(packed.forward(x.narrow(0, i, 1)).equal(one.narrow(0, i, 1)));
            setModelThreads(2);
            QVERIFY(packed.forward(x).equal(one));
            setModelThreads(0);
        }
    }
    void extremesStayFinite_data() { kernels(); }
    void extremesStayFinite()
    {
        QFETCH(int, set);
        const PackedKernels* kernels = runnableKernels()[size_t(set)];
        const c10::InferenceMode guard;
        // The largest weights against the largest inputs: no sum of bytes may overflow.
        const at::Tensor weight = at::ones({40, 512}), signs = at::ones({40, 512});
        signs.narrow(0, 0, 20).neg_();
        const at::Tensor x = at::ones({3, 512}) * 1000;
        for (const Precision precision : {Precision::Fp32, Precision::Int8}) {
            const PackedLinear linear(weight * signs, {}, precision, kernels);
            at::Tensor y = at::zeros({3, 40});
            PackedWorkspace workspace;
            linear.apply(x.data_ptr<float>(), 512, 3, y.data_ptr<float>(), 40, workspace);
            QVERIFY(largestDifference(y, x.matmul((weight * signs).t())) < 512000 * 1e-2);
        }
        // Activations far out: 0 on the left, x on the right, never NaN.
        for (const Activation activation :
            {Activation::QuickGelu, Activation::Gelu, Activation::GeluTanh, Activation::Relu}) {
            const PackedLinear same(at::eye(64), {}, Precision::Fp32, kernels);
            at::Tensor values = at::linspace(-60, 60, 64).unsqueeze(0), y = at::empty({1, 64});
            values[0][0] = -1e4;
            values[0][63] = 1e4;
            PackedWorkspace workspace;
            same.apply(values.data_ptr<float>(), 64, 1, y.data_ptr<float>(), 64, workspace, activation);
            QVERIFY(largestDifference(y, activate(activation, values)) < 1e-3);
            at::Tensor near = at::linspace(-6, 6, 64).unsqueeze(0);
            same.apply(near.data_ptr<float>(), 64, 1, y.data_ptr<float>(), 64, workspace, activation);
            QVERIFY(largestDifference(y, activate(activation, near)) < 2e-6);
        }
        const PackedTransformer packed(
            encoder({64, 2, 2, 128, Activation::Gelu, true, 1e-5}), Precision::Int8, kernels);
        for (const double scale : {0., 1e-20, 1e6})
            QVERIFY(packed.forward(at::ones({1, 5, 64}) * scale).isfinite().all().item<bool>());
    }
    void aStopEndsItBetweenBlocks()
    {
        std::stop_source source;
        source.request_stop();
        JobContext context;
        context.stop = source.get_token();
        const c10::InferenceMode guard;
        const PackedTransformer packed(encoder({64, 2, 2, 128, Activation::Gelu, true, 1e-5}), Precision::Fp32);
        QVERIFY_THROWS_EXCEPTION(Cancelled, packed.forward(at::ones({1, 5, 64}), {false, {}, &context}));
    }
    void aPreparedModelRefusesWhatItCannotDo()
    {
        const c10::InferenceMode guard;
        ClipConfig config;
        config.projectionDim = 16;
        config.vision.imageSize = 16;
        config.vision.patchSize = 8;
        config.vision.transformer = {32, 1, 2, 64};
        config.text.vocabularySize = 20;
        config.text.contextLength = 8;
        config.text.transformer = {32, 1, 2, 64};
        ClipModel model = ClipModel::random(config, 1);
        const at::Tensor pixels = at::ones({1, 3, 16, 16});
        const TransformerHooks hooks;
        ImageOptions options;
        options.hooks = &hooks;
        model.imageFeatures(pixels, options); // before, it can
        model.prepare(Precision::Fp32);
        const TempDir folder;
        QVERIFY_THROWS_EXCEPTION(Error, model.imageFeatures(pixels, options));
        QVERIFY_THROWS_EXCEPTION(Error, model.save(folder / "m", false));
        QVERIFY_THROWS_EXCEPTION(Error, model.prepare(Precision::Fp32));
        QVERIFY_THROWS_EXCEPTION(Error, model.parameters());
        if (availablePrecisions().back() != Precision::Bf16) {
            ClipModel other = ClipModel::random(config, 1);
            QVERIFY_THROWS_EXCEPTION(Error, other.prepare(Precision::Bf16));
        }
    }
};

QTEST_GUILESS_MAIN(TestPackedTransformer)
#include "tst_packed_transformer.moc"
