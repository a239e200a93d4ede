// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/efficientnet_lite.h"

#include "base/random.h"
#include "models/safetensors.h"
#include "nn/device.h"
#include "support/test_data.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>

#include <cmath>
#include <map>

using namespace clipscope;
using namespace clipscope::test;

namespace {

constexpr double kEpsilon = 1e-3;
constexpr int kFeatures = 20, kClasses = 7;

EfficientNetLiteConfig smallConfig()
{
    EfficientNetLiteConfig config;
    config.stages = {{3, 1, 1, 1}, {3, 2, 6, 2}, {5, 2, 4, 3}, {5, 1, 6, 1}};
    config.batchNormEpsilon = kEpsilon;
    config.imageSize = 40;
    return config;
}

/// The tensors of a small network by name, as a file holds them: batch norm apart.
class Tensors {
public:
    Tensors()
        : m_random(3)
    {
        conv("_conv_stem", "_bn0", {6, 3, 3, 3});
        int64_t channels = 6, number = 0;
        const std::vector<int64_t> widths{4, 5, 8, 6};
        const EfficientNetLiteConfig config = smallConfig();
        for (size_t s = 0; s < config.stages.size(); ++s)
            for (int64_t i = 0; i < config.stages[s].repeats; ++i) {
                const std::string p = "_blocks." + std::to_string(number++) + ".";
                const int64_t wide = channels * config.stages[s].expansion, kernel = config.stages[s].kernel;
                if (wide != channels)
                    conv(p + "_expand_conv", p + "_bn0", {wide, channels, 1, 1});
                conv(p + "_depthwise_conv", p + "_bn1", {wide, 1, kernel, kernel});
                conv(p + "_project_conv", p + "_bn2", {widths[s], wide, 1, 1});
                channels = widths[s];
            }
        conv("_conv_head", "_bn1", {kFeatures, channels, 1, 1});
        fill("_fc.weight", {kClasses, kFeatures}, .5);
        fill("_fc.bias", {kClasses}, .5);
    }
    void save(const std::filesystem::path& path) const
    {
        std::vector<TensorToWrite> tensors;
        for (const auto& [name, tensor] : all)
            tensors.push_back(TensorToWrite::f32(name, tensor.first, tensor.second));
        writeSafetensors(path, tensors);
    }

    std::map<std::string, std::pair<std::vector<int64_t>, std::vector<float>>> all;

private:
    void fill(const std::string& name, const std::vector<int64_t>& shape, double deviation, double mean = 0)
    {
        size_t count = 1;
        for (const int64_t n : shape)
            count *= size_t(n);
        std::vector<float> values(count);
        for (float& value : values)
            value = float(mean + deviation * m_random.normal());
        all[name] = {shape, std::move(values)};
    }
    void conv(const std::string& name, const std::string& norm, const std::vector<int64_t>& shape)
    {
        const double fan = double(shape[1] * shape[2] * shape[3]);
        fill(name + ".weight", shape, 1.5 / std::sqrt(fan));
        fill(norm + ".weight", {shape[0]}, .2, 1);
        fill(norm + ".bias", {shape[0]}, .5, .5);
        fill(norm + ".running_mean", {shape[0]}, .3);
        fill(norm + ".running_var", {shape[0]}, .05, 1);
    }
    Random m_random;
};

/// One map [channels][height][width] in double precision.
struct Map {
    int64_t channels = 0, height = 0, width = 0;
    std::vector<double> values;
    double at(int64_t c, int64_t y, int64_t x) const
    {
        return y < 0 || x < 0 || y >= height || x >= width ? 0 : values[size_t((c * height + y) * width + x)];
    }
};

/// Convolution, batch norm and ReLU6 by their definitions, TensorFlow's padding.
Map reference(const Tensors& t, const Map& in, const std::string& name, const std::string& norm, int64_t stride,
    bool depthwise, bool clamped)
{
    const auto& [shape, weight] = t.all.at(name + ".weight");
    const auto value = [&](const char* part, int64_t c) { return double(t.all.at(norm + part).second[size_t(c)]); };
    const int64_t k = shape[2];
    Map out{shape[0], (in.height + stride - 1) / stride, (in.width + stride - 1) / stride, {}};
    const int64_t top = std::max<int64_t>((out.height - 1) * stride + k - in.height, 0) / 2;
    const int64_t left = std::max<int64_t>((out.width - 1) * stride + k - in.width, 0) / 2;
    for (int64_t c = 0; c < out.channels; ++c)
        for (int64_t y = 0; y < out.height; ++y)
            for (int64_t x = 0; x < out.width; ++x) {
                double sum = 0;
                for (int64_t i = 0; i < shape[1]; ++i)
                    for (int64_t dy = 0; dy < k; ++dy)
                        for (int64_t dx = 0; dx < k; ++dx)
                            sum += weight[size_t(((c * shape[1] + i) * k + dy) * k + dx)]
                                * in.at(depthwise ? c : i, y * stride + dy - top, x * stride + dx - left);
                const double normed = (sum - value(".running_mean", c)) / std::sqrt(value(".running_var", c) + kEpsilon)
                        * value(".weight", c)
                    + value(".bias", c);
                out.values.push_back(clamped ? std::clamp(normed, 0., 6.) : normed);
            }
    return out;
}

std::vector<double> referenceFeatures(const Tensors& t, Map x)
{
    x = reference(t, x, "_conv_stem", "_bn0", 2, false, true);
    int64_t number = 0;
    for (const EfficientNetLiteConfig::Stage& stage : smallConfig().stages)
        for (int64_t i = 0; i < stage.repeats; ++i) {
            const std::string p = "_blocks." + std::to_string(number++) + ".";
            Map y = x;
            if (stage.expansion > 1)
                y = reference(t, y, p + "_expand_conv", p + "_bn0", 1, false, true);
            y = reference(t, y, p + "_depthwise_conv", p + "_bn1", i == 0 ? stage.stride : 1, true, true);
            y = reference(t, y, p + "_project_conv", p + "_bn2", 1, false, false);
            if (i > 0)
                for (size_t v = 0; v < y.values.size(); ++v)
                    y.values[v] += x.values[v];
            x = y;
        }
    x = reference(t, x, "_conv_head", "_bn1", 1, false, true);
    std::vector<double> out;
    for (int64_t c = 0; c < x.channels; ++c) {
        double sum = 0;
        for (int64_t v = 0; v < x.height * x.width; ++v)
            sum += x.values[size_t(c * x.height * x.width + v)];
        out.push_back(sum / double(x.height * x.width));
    }
    return out;
}

at::Tensor noise(int64_t count, int64_t height, int64_t width)
{
    Random random(uint64_t(height * 1000 + width));
    at::Tensor out = at::empty({count, 3, height, width}, at::kFloat);
    for (int64_t i = 0; i < out.numel(); ++i)
        out.data_ptr<float>()[i] = float(random.uniform(-1, 1));
    return out;
}

} // namespace

class TestEfficientNetLite : public QObject {
    Q_OBJECT

    TempDir m_folder;
    Tensors m_tensors;
    EfficientNetLite m_net;

private Q_SLOTS:
    void initTestCase()
    {
        m_tensors.save(m_folder / "net.safetensors");
        m_net = EfficientNetLite::load(m_folder / "net.safetensors", smallConfig());
        QCOMPARE(m_net.featureDim(), int64_t(kFeatures));
        QCOMPARE(m_net.classes(), int64_t(kClasses));
    }
    void equalsTheDefinition_data()
    {
        QTest::addColumn<int>("height");
        QTest::addColumn<int>("width");
        QTest::newRow("even") << 40 << 40;
        QTest::newRow("odd") << 37 << 37;
        QTest::newRow("both") << 33 << 40; // other padding in rows than in columns
        QTest::newRow("tiny") << 5 << 1;
    }
    void equalsTheDefinition()
    {
        QFETCH(int, height);
        QFETCH(int, width);
        const at::Tensor pixels = noise(2, height, width);
        const EfficientNetLite::Output got = m_net.forward(pixels);
        const float* values = pixels.data_ptr<float>();
        for (int64_t i = 0; i < 2; ++i) {
            const int64_t size = 3 * height * width;
            const std::vector<double> expect =
                referenceFeatures(m_tensors, {3, height, width, {values + i * size, values + (i + 1) * size}});
            double most = 0, largest = 0;
            for (int64_t f = 0; f < kFeatures; ++f) {
                most = std::max(most, std::abs(got.features[i][f].item<double>() - expect[size_t(f)]));
                largest = std::max(largest, std::abs(expect[size_t(f)]));
            }
            QVERIFY2(most < 1e-4 && largest > .1, qPrintable(QString::number(most)));
            for (int64_t c = 0; c < kClasses; ++c) {
                double logit = m_tensors.all.at("_fc.bias").second[size_t(c)];
                for (int64_t f = 0; f < kFeatures; ++f)
                    logit += expect[size_t(f)] * m_tensors.all.at("_fc.weight").second[size_t(c * kFeatures + f)];
                QVERIFY(std::abs(got.logits[i][c].item<double>() - logit) < 5e-4);
            }
        }
    }
    void neighboursChangeNothing()
    {
        const at::Tensor pixels = noise(7, 40, 40);
        const EfficientNetLite::Output together = m_net.forward(pixels);
        const at::Tensor last = m_net.forward(pixels.contiguous(at::MemoryFormat::ChannelsLast).narrow(0, 3, 4)).logits;
        QVERIFY((together.logits.narrow(0, 3, 4) - last).abs().max().item<double>() < 1e-5);
        QCOMPARE(m_net.forward(pixels.narrow(0, 0, 0)).logits.size(0), int64_t(0));
    }
    void aGpuGivesTheSame()
    {
        if (gpuCount() == 0)
            QSKIP("no GPU on this machine");
        EfficientNetLite there = EfficientNetLite::load(m_folder / "net.safetensors", smallConfig());
        there.moveTo(parseDevice("cuda:0"));
        const at::Tensor pixels = noise(3, 40, 40);
        QVERIFY((there.forward(pixels).logits.cpu() - m_net.forward(pixels).logits).abs().max().item<double>() < 1e-2);
    }
    void stopEndsIt()
    {
        std::stop_source source;
        source.request_stop();
        JobContext context;
        context.stop = source.get_token();
        QVERIFY_THROWS_EXCEPTION(Cancelled, m_net.forward(noise(4, 40, 40), &context));
    }
    void badWeightsAreNamed()
    {
        const auto complaint = [&](const std::function<void(Tensors&)>& bend) {
            Tensors bent;
            bend(bent);
            bent.save(m_folder / "bent.safetensors");
            return errorOf<Error>([&] { EfficientNetLite::load(m_folder / "bent.safetensors", smallConfig()); });
        };
        QVERIFY(complaint([](Tensors&) {}).empty());
        const auto names = [&](const std::string& name, const std::function<void(Tensors&)>& bend) {
            return complaint(bend).find(name) != std::string::npos;
        };
        QVERIFY(
            names("_blocks.2._project_conv.weight", [](Tensors& t) { t.all.erase("_blocks.2._project_conv.weight"); }));
        QVERIFY(names("_conv_head.weight", [](Tensors& t) {
            t.all["_conv_head.weight"].first = {kFeatures, 3, 2, 1};
        }));
        QVERIFY(names("_bn0.running_var", [](Tensors& t) { t.all["_bn0.running_var"].second[2] = -1; }));
        QVERIFY(names("_fc.bias", [](Tensors& t) { t.all["_fc.bias"] = {{2}, {0, 0}}; }));
    }
    void badConfigurationsAreRefused_data()
    {
        QTest::addColumn<QString>("json");
        QTest::newRow("no stages") << R"({"image_size":260})";
        QTest::newRow("empty") << R"({"stages":[]})";
        QTest::newRow("three") << R"({"stages":[[3,1,1]]})";
        QTest::newRow("zero") << R"({"stages":[[3,0,1,1]]})";
        QTest::newRow("even kernel") << R"({"stages":[[4,1,1,1]]})";
        QTest::newRow("size") << R"({"stages":[[3,1,1,1]],"image_size":"big"})";
        QTest::newRow("kind") << R"({"stages":[[3,1,1,1]],"architecture":"resnet"})";
    }
    void badConfigurationsAreRefused()
    {
        QFETCH(QString, json);
        const Json config = parseJson(json.toStdString(), "test");
        QVERIFY(!errorOf<Error>([&] { parseEfficientNetLiteConfig(config, "config.json"); }).empty());
    }
};

QTEST_GUILESS_MAIN(TestEfficientNetLite)
#include "tst_efficientnet_lite.moc"
