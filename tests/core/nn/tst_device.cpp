// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "golden.h"
#include "nn/clip_model.h"
#include "nn/device.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

using namespace clipscope;
using namespace clipscope::test;

class TestDevice : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void names()
    {
        QVERIFY(parseDevice("cpu").is_cpu());
        QCOMPARE(parseDevice("auto").is_cuda(), gpuCount() > 0);
        for (const char* name : {"gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:1 ", "CPU"}) {
            const std::string error = errorOf<Error>([&] { parseDevice(name); });
            QVERIFY2(error.find("auto") != std::string::npos, name);
        }
    }
    void absentGpuIsNamedWithARemedy()
    {
        const std::string name = "cuda:" + std::to_string(gpuCount());
        try {
            parseDevice(name);
            QFAIL("no error");
        } catch (const Error& error) {
            QCOMPARE(error.kind(), ErrorKind::Resource);
            QVERIFY(error.subject().find(name) != std::string::npos && !error.remedy().empty());
        }
    }
    void torchErrorsBecomeOneSentence()
    {
        try {
            withTorchErrors("the subject", [] { return at::zeros({2, 3}).matmul(at::zeros({2, 3})); });
            QFAIL("no error");
        } catch (const Error& error) {
            QCOMPARE(error.subject(), std::string("the subject"));
            QVERIFY(std::string(error.what()).find('\n') == std::string::npos);
            QVERIFY(error.happened().find("2x3") != std::string::npos);
        }
    }
    void exhaustedMemoryIsAResourceError()
    {
        // The CPU allocator's own words; really asking for that much would stop a sanitized build.
        const c10::Error error({"f", "alloc_cpu.cpp", 1},
            "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to "
            "allocate 4503599627370496 bytes. Error code 12 (Cannot allocate memory)");
        QCOMPARE(translated(error, "the subject").kind(), ErrorKind::Resource);
    }
    void gpuGivesWhatTheCpuGives()
    {
        if (gpuCount() == 0)
            QSKIP("no GPU on this machine");
        const at::NoGradGuard guard;
        const Weights golden(goldenFolder("hf_quick_gelu") / "golden.safetensors");
        ClipModel model = ClipModel::load(goldenFolder("hf_quick_gelu"));
        model.moveTo(parseDevice("cuda:0"));
        const at::Tensor image = model.imageFeatures(golden.view("pixels").to(model.device())).projected.cpu();
        QVERIFY(smallestCosine(image, golden.view("image_projected")) > .9999);
        const SafetensorsFile raw(golden.path());
        const at::Tensor text = model.textFeatures(rowsOf(integers(raw, "ids"), integers(raw, "lengths"))).cpu();
        QVERIFY(smallestCosine(text, golden.view("text_projected")) > .9999);
    }
};

QTEST_GUILESS_MAIN(TestDevice)
#include "tst_device.moc"
