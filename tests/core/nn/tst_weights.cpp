// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "golden.h"

#include <ATen/ops/arange.h>

#include <optional>

using namespace clipscope;
using namespace clipscope::test;

class TestWeights : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyFloatTypeBecomesFloat32()
    {
        const TempDir folder;
        const std::vector<float> values{0, 1, -2.5F, 65504, 6.1035156e-5F, .333251953125F};
        std::vector<TensorToWrite> tensors{
            TensorToWrite::f32("f32", {2, 3}, values), TensorToWrite::f16("f16", {2, 3}, values)};
        TensorToWrite f64{"f64", DType::F64, {2, 3}, std::vector<std::byte>(6 * 8)}, bf16{"bf16", DType::BF16, {2}, {}};
        for (size_t i = 0; i < 6; ++i) {
            const double v = values[i];
            std::memcpy(f64.bytes.data() + 8 * i, &v, 8);
        }
        for (const uint16_t bits : {uint16_t(0x3f80), uint16_t(0xc020)}) // 1 and -2.5
            for (const int shift : {0, 8})
                bf16.bytes.push_back(std::byte(bits >> shift));
        tensors.push_back(f64);
        tensors.push_back(bf16);
        // An odd number of bytes before them leaves the others unaligned if the writer does not sort by size.
        tensors.push_back({"a", DType::U8, {1}, {std::byte(7)}});
        writeSafetensors(folder / "w.safetensors", tensors);
        std::optional<Weights> weights(folder / "w.safetensors");
        const at::Tensor f32 = weights->view("f32", {2, 3});
        QCOMPARE(f32.scalar_type(), at::kFloat);
        for (size_t i = 0; i < 6; ++i)
            QCOMPARE(f32.flatten()[int64_t(i)].item<float>(), values[i]);
        QVERIFY(weights->view("f64").equal(f32));
        QVERIFY(weights->view("f16").equal(f32)); // all of them are halves
        QCOMPARE(weights->view("bf16")[1].item<float>(), -2.5F);
        QCOMPARE(weights->shape("f16"), (std::vector<int64_t>{2, 3}));
        // Views outlive the object; copies are the caller's own.
        const at::Tensor copy = weights->copy("f32");
        copy.add_(1);
        weights.reset();
        QCOMPARE(f32[0][2].item<float>(), -2.5F);
        QCOMPARE(copy[0][2].item<float>(), -1.5F);
    }
    void refusalsNameTheTensor()
    {
        const TempDir folder;
        writeSafetensors(folder / "w.safetensors",
            {TensorToWrite::f32("a", {2}, std::vector<float>{1, 2}),
                {"n", DType::I64, {1}, std::vector<std::byte>(8)}});
        const Weights weights(folder / "w.safetensors");
        QVERIFY(errorOf<Error>([&] { weights.view("missing"); }).find("missing") != std::string::npos);
        QVERIFY(errorOf<Error>([&] { weights.view("a", {3}); }).find('a') != std::string::npos);
        QVERIFY(errorOf<Error>([&] { weights.copy("n"); }).find("I64") != std::string::npos);
    }
    void whatIsWrittenIsReadBack()
    {
        const TempDir folder;
        const at::Tensor t = at::arange(24, at::TensorOptions(at::kFloat)).view({2, 3, 4}).transpose(0, 2);
        writeSafetensors(folder / "w.safetensors", {toWrite("t", t, false), toWrite("h", t, true)});
        const Weights weights(folder / "w.safetensors");
        QVERIFY(weights.view("t").equal(t));
        QVERIFY(weights.view("h").equal(t));
    }
};

QTEST_GUILESS_MAIN(TestWeights)
#include "tst_weights.moc"
