// SPDX-License-Identifier: GPL-3.0-or-later
// What every encoder must hold to, whatever is behind it.
#include "embedding/encoder.h"

#include "base/error.h"
#include "base/random.h"
#include "models/model_catalogue.h"
#include "models/tokenizer.h"
#include "nn/clip_model.h"
#include "nn/device.h"
#include "nn/precision.h"
#include "support/test_data.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <stop_token>
#include <thread>

using namespace clipscope;
using namespace clipscope::test;

namespace {

/// A CLIP folder with random weights and a tokenizer learned from a few words.
void makeClipFolder(const std::filesystem::path& folder)
{
    trainClipTokenizer({"a red ball", "a blue box slides left", "the green star", "two rings meet"}, 560, folder);
    const auto tokenizer = loadTokenizer(folder);
    ClipConfig config;
    config.projectionDim = 16;
    config.vision.imageSize = 32;
    config.vision.patchSize = 8;
    config.vision.transformer = {32, 3, 2, 64};
    config.text.vocabularySize = tokenizer->vocabularySize();
    config.text.contextLength = 20;
    config.text.endToken = tokenizer->endToken();
    config.text.transformer = {24, 2, 2, 48};
    ClipModel::random(config, 5).save(folder, false);
}

RgbImage noise(uint64_t seed, int width, int height)
{
    RgbImage image(width, height);
    Random random(seed);
    for (uint8_t& value : image.pixels)
        value = uint8_t(random.below(256));
    return image;
}

RgbImage plain(int width, int height, uint8_t value)
{
    RgbImage image(width, height);
    std::fill(image.pixels.begin(), image.pixels.end(), value);
    return image;
}

std::vector<RgbImage> pictures(const Encoder& encoder, size_t count)
{
    std::vector<RgbImage> out;
    for (size_t i = 0; i < count; ++i)
        out.push_back(noise(i, encoder.info().fit.width, encoder.info().fit.height));
    return out;
}

double difference(std::span<const float> a, std::span<const float> b)
{
    double most = a.size() == b.size() ? 0 : 1e9;
    for (size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        most = std::max(most, std::abs(double(a[i]) - double(b[i])));
    return most;
}

bool unitRows(const Matrix& m)
{
    for (size_t i = 0; i < m.rows; ++i)
        if (!(std::abs(norm(m.row(i)) - 1) < 1e-5)) // NaN fails too
            return false;
    return true;
}

} // namespace

class TestEncoderContract : public QObject {
    Q_OBJECT

    TempDir m_clip;
    std::map<std::string, std::shared_ptr<Encoder>> m_encoders; ///< by name and precision to make them
    bool m_starter = false;

    /// One row a backend and precision it knows; NEED_ENCODER leaves those that are not there.
    void backends()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("precision");
        std::set<std::string> known{"fake", "starter", "clip"};
        for (const EncoderBackend& backend : encoderBackends()) {
            QVERIFY2(known.contains(backend.name), "a backend that this test does not know");
            const std::string name = backend.name == "fake" ? "fake:3"
                : backend.name == "clip"                    ? m_clip.path().string()
                                                            : backend.name;
            for (const char* precision : {"auto", "fp32", "int8", "bf16"})
                if (backend.name == "clip" || std::string(precision) == "auto")
                    QTest::newRow((backend.name + " " + precision).c_str())
                        << QString::fromStdString(name) << precision;
        }
    }
    static std::shared_ptr<Encoder> made(const QString& name, const QString& precision)
    {
        return makeEncoder(name.toStdString(), {.device = "cpu", .precision = precision.toStdString()});
    }
    Encoder& encoder(const QString& name, const QString& precision)
    {
        std::shared_ptr<Encoder>& there = m_encoders[(name + "\n" + precision).toStdString()];
        if (!there)
            there = made(name, precision);
        return *there;
    }
    static bool isThere(const QString& precision)
    {
        if (precision == QStringLiteral("auto"))
            return true;
        const auto& all = availablePrecisions();
        return std::find(all.begin(), all.end(), parsePrecision(precision.toStdString())) != all.end();
    }

#define NEED_ENCODER()                                                                                                 \
    QFETCH(QString, name);                                                                                             \
    QFETCH(QString, precision);                                                                                        \
    if (!isThere(precision))                                                                                           \
        QSKIP("this processor does not compute in that precision");                                                    \
    if (name == QStringLiteral("starter") && !m_starter)                                                               \
        QSKIP("the starter is not installed");                                                                         \
    Encoder& e = encoder(name, precision)

private Q_SLOTS:
    void initTestCase()
    {
        makeClipFolder(m_clip.path());
        m_starter = findInstalled("starter").has_value();
    }

    void saysWhatItIs_data()
    {
        backends();
    }
    void saysWhatItIs()
    {
        NEED_ENCODER();
        const EncoderInfo& info = e.info();
        QVERIFY(!info.name.empty() && !info.title.empty() && !info.modelHash.empty() && !info.precision.empty());
        QVERIFY(info.jointDim > 0 && info.featureDim >= 0 && info.batchSize >= 1);
        QVERIFY(info.fit.mode == FrameFit::Mode::CentreSquare && info.fit.width > 0);
        QCOMPARE(info.fit.width, info.fit.height);
        QCOMPARE(info.device, std::string("cpu"));
        // The name alone finds the same model again.
        const auto again = made(QString::fromStdString(info.name), precision);
        QCOMPARE(again->info().precision, info.precision);
        if (precision != QStringLiteral("auto"))
            QCOMPARE(info.precision, precision.toStdString());
        QCOMPARE(again->info().modelHash, info.modelHash);
        QCOMPARE(again->info().name, info.name);
    }

    void rowsAreUnitVectors_data()
    {
        backends();
    }
    void rowsAreUnitVectors()
    {
        NEED_ENCODER();
        const int size = e.info().fit.width;
        std::vector<RgbImage> frames = pictures(e, 2);
        for (const int value : {0, 128, 255})
            frames.push_back(plain(size, size, uint8_t(value)));
        const FrameEmbeddings got = e.encodeFrames(frames, {});
        QCOMPARE(got.joint.rows, frames.size());
        QCOMPARE(got.joint.columns, size_t(e.info().jointDim));
        QCOMPARE(got.features.columns, size_t(e.info().featureDim));
        QCOMPARE(got.features.rows, e.info().featureDim > 0 ? frames.size() : 0);
        QVERIFY(unitRows(got.joint) && unitRows(got.features));
        QVERIFY(difference(got.joint.row(0), got.joint.row(2)) > 1e-4);

        const std::vector<std::string> texts{"a red ball", "", " ", "\xff\xfe broken \xc3", "two rings meet",
            std::string(5000, 'x'), std::string("nul\0byte", 8), "\xe6\xa3\x95\xe7\x86\x8a"};
        const Matrix words = e.encodeTexts(texts, {});
        QCOMPARE(words.rows, texts.size());
        QCOMPARE(words.columns, size_t(e.info().jointDim));
        QVERIFY(unitRows(words));
        QVERIFY(difference(words.row(0), words.row(4)) > 1e-4);
        QCOMPARE(e.encodeFrames({}, {}).joint.rows, size_t(0));
        QCOMPARE(e.encodeTexts({}, {}).rows, size_t(0));
    }

    void theSameComesAgain_data()
    {
        backends();
    }
    void theSameComesAgain()
    {
        NEED_ENCODER();
        const std::vector<RgbImage> frames = pictures(e, 3);
        const std::vector<std::string> texts{"a red ball", "the green star"};
        const FrameEmbeddings first = e.encodeFrames(frames, {});
        const Matrix words = e.encodeTexts(texts, {});
        const auto other = made(name, precision);
        for (Encoder* again : {&e, other.get()}) {
            const FrameEmbeddings got = again->encodeFrames(frames, {});
            QVERIFY(difference(got.joint.values, first.joint.values) < 1e-6);
            QVERIFY(difference(got.features.values, first.features.values) < 1e-6);
            QVERIFY(difference(again->encodeTexts(texts, {}).values, words.values) < 1e-6);
        }
    }

    void neighboursChangeNothing_data()
    {
        backends();
    }
    void neighboursChangeNothing()
    {
        NEED_ENCODER();
        const size_t count = size_t(e.info().batchSize) + 3; // more than one batch
        const std::vector<RgbImage> frames = pictures(e, count);
        const FrameEmbeddings all = e.encodeFrames(frames, {});
        for (const size_t i : {size_t(0), count / 2, count - 1}) {
            const FrameEmbeddings alone = e.encodeFrames({&frames[i], 1}, {});
            QVERIFY(difference(alone.joint.row(0), all.joint.row(i)) < 1e-5);
            if (e.info().featureDim > 0)
                QVERIFY(difference(alone.features.row(0), all.features.row(i)) < 1e-5);
        }
        const std::vector<std::string> texts{"a red ball", "the green star and two rings meet a blue box", "", "star"};
        const Matrix words = e.encodeTexts(texts, {});
        for (size_t i = 0; i < texts.size(); ++i)
            QVERIFY(difference(e.encodeTexts({&texts[i], 1}, {}).row(0), words.row(i)) < 1e-5);
    }

    void othersSizesAreFitted_data()
    {
        backends();
    }
    void othersSizesAreFitted()
    {
        NEED_ENCODER();
        const std::vector<RgbImage> frames{noise(1, 300, 200), noise(2, 31, 77), noise(3, 1, 1)};
        std::vector<RgbImage> fitted;
        for (const RgbImage& frame : frames)
            fitted.push_back(fitImage(frame, e.info().fit));
        QVERIFY(difference(e.encodeFrames(frames, {}).joint.values, e.encodeFrames(fitted, {}).joint.values) < 1e-5);
    }

    void precisionsAgree_data()
    {
        backends();
    }
    void precisionsAgree()
    {
        NEED_ENCODER();
        const std::vector<RgbImage> frames = pictures(e, 4);
        const std::vector<std::string> texts{"a red ball", "the green star", "two rings meet"};
        const auto truth = made(name, "fp32");
        const Matrix a = e.encodeFrames(frames, {}).joint, b = truth->encodeFrames(frames, {}).joint;
        for (size_t i = 0; i < a.rows; ++i)
            QVERIFY(dot(a.row(i), b.row(i)) >= .995);
        const Matrix c = e.encodeTexts(texts, {}), d = truth->encodeTexts(texts, {});
        for (size_t i = 0; i < c.rows; ++i)
            QVERIFY(dot(c.row(i), d.row(i)) >= .995);
        // What is said is what is computed in.
        QCOMPARE(difference(a.values, b.values) == 0, e.info().precision == "fp32");
    }
    void precisionsThatAreNotThereAreRefused()
    {
        for (const char* precision : {"int8", "bf16", "fp16"})
            if (precision == std::string("fp16") || !isThere(precision))
                QVERIFY(
                    !errorOf<Error>([&] { made(QString::fromStdString(m_clip.path().string()), precision); }).empty());
        QVERIFY(!errorOf<Error>([&] { made("fake:3", "int8"); }).empty());
    }

    void aStopEndsIt_data()
    {
        backends();
    }
    void aStopEndsIt()
    {
        NEED_ENCODER();
        std::stop_source source;
        source.request_stop();
        JobContext context;
        context.stop = source.get_token();
        const std::vector<RgbImage> frames = pictures(e, 2);
        const std::string text = "a ball";
        QVERIFY_THROWS_EXCEPTION(Cancelled, e.encodeFrames(frames, context));
        QVERIFY_THROWS_EXCEPTION(Cancelled, e.encodeTexts({&text, 1}, context));
    }

    void anyThreadMayCall_data()
    {
        backends();
    }
    void anyThreadMayCall()
    {
        NEED_ENCODER();
        const std::vector<RgbImage> frames = pictures(e, 2);
        const std::vector<std::string> texts{"a red ball"};
        const Matrix expectFrames = e.encodeFrames(frames, {}).joint, expectTexts = e.encodeTexts(texts, {});
        std::vector<double> most(4);
        std::vector<std::jthread> threads;
        for (double& worst : most)
            threads.emplace_back([&] {
                worst = std::max(difference(e.encodeFrames(frames, {}).joint.values, expectFrames.values),
                    difference(e.encodeTexts(texts, {}).values, expectTexts.values));
            });
        threads.clear();
        for (const double worst : most)
            QVERIFY2(worst < 1e-5, qPrintable(QString::number(worst)));
    }

    void aGpuGivesTheSame_data()
    {
        backends();
    }
    void aGpuGivesTheSame()
    {
        if (gpuCount() == 0)
            QSKIP("no GPU on this machine: the CUDA path is not tested here");
        NEED_ENCODER();
        const auto there = makeEncoder(name.toStdString(), {.device = "cuda:0"});
        const std::vector<RgbImage> frames = pictures(e, 5);
        const std::vector<std::string> texts{"a red ball", "the green star"};
        const Matrix a = e.encodeFrames(frames, {}).joint, b = there->encodeFrames(frames, {}).joint;
        for (size_t i = 0; i < a.rows; ++i)
            QVERIFY(dot(a.row(i), b.row(i)) > .999);
        const Matrix c = e.encodeTexts(texts, {}), d = there->encodeTexts(texts, {});
        for (size_t i = 0; i < c.rows; ++i)
            QVERIFY(dot(c.row(i), d.row(i)) > .999);
    }

    void aDeviceThatIsNotThereIsRefused_data()
    {
        backends();
    }
    void aDeviceThatIsNotThereIsRefused()
    {
        NEED_ENCODER();
        Q_UNUSED(e);
        try {
            makeEncoder(name.toStdString(), {.device = "cuda:99"});
            QFAIL("cuda:99 was taken");
        } catch (const Error& error) {
            QVERIFY(error.kind() == ErrorKind::Resource);
        }
    }

    void namesThatAreNoneAreRefused()
    {
        QVERIFY(errorOf<Error>([] { makeEncoder("no-such-model"); }).find("no-such-model") != std::string::npos);
        QVERIFY(errorOf<Error>([] { makeEncoder("fake:seven"); }).find("seed") != std::string::npos);
        QVERIFY(!errorOf<Error>([] { makeEncoder(""); }).empty());
        QVERIFY(makeEncoder("fake:1")->info().modelHash != makeEncoder("fake:2")->info().modelHash);
    }
    void colourWordsFindColoursWithTheFake()
    {
        const auto fake = makeEncoder("fake:9");
        std::vector<RgbImage> frames(2, RgbImage(32, 32));
        for (size_t i = 0; i < frames[0].pixels.size(); i += 3)
            frames[0].pixels[i] = 220, frames[1].pixels[i + 2] = 220;
        const Matrix joint = fake->encodeFrames(frames, {}).joint;
        const std::vector<std::string> texts{"a red ball", "Blue sky"};
        const Matrix words = fake->encodeTexts(texts, {});
        QVERIFY(dot(words.row(0), joint.row(0)) > dot(words.row(0), joint.row(1)) + .2F);
        QVERIFY(dot(words.row(1), joint.row(1)) > dot(words.row(1), joint.row(0)) + .2F);
    }
};

QTEST_GUILESS_MAIN(TestEncoderContract)
#include "tst_encoder_contract.moc"
