// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "media/frame_sampler.h"
#include "support/test_data.h"

#include <algorithm>
#include <cmath>

using namespace clipscope;
using clipscope::test::errorOf;

namespace {

std::vector<double> constantRate(int64_t frames, double fps, double tick = 0)
{
    std::vector<double> times;
    for (int64_t i = 0; i < frames; ++i)
        times.push_back(tick > 0 ? std::round(double(i) / fps / tick) * tick : double(i) / fps);
    return times;
}

std::vector<int64_t> uniform(int count, const std::vector<double>& times, double duration)
{
    return sampleFrameIndices({SamplerKind::Uniform, count, 1}, times, std::vector<bool>(times.size()), duration);
}

} // namespace

class TestFrameSampler : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void uniformTakesTheMiddlesOfEqualParts()
    {
        for (const double fps : {4., 23.976, 25., 29.97, 60.}) {
            for (const int64_t n : {1, 2, 8, 11, 12, 50, 179, 1800}) {
                for (const double tick : {0., .001, 1. / 12800}) {
                    for (const int count : {1, 4, 7, 8, 12, 32}) {
                        const auto got = uniform(count, constantRate(n, fps, tick), double(n) / fps);
                        const int64_t expected = std::min<int64_t>(count, n);
                        QCOMPARE(int64_t(got.size()), expected);
                        for (int64_t i = 0; i < expected; ++i)
                            QCOMPARE(
                                got[size_t(i)], int64_t(std::floor((double(i) + .5) * double(n) / double(expected))));
                    }
                }
            }
        }
    }
    void uniformOfVariableRateIsTheFrameOnScreen()
    {
        // Shown: frame 0 for 9 s, then one a tenth of a second.
        std::vector<double> times{0};
        for (int i = 0; i < 10; ++i)
            times.push_back(9 + i * .1);
        QCOMPARE(uniform(5, times, 10), (std::vector<int64_t>{0, 0, 0, 0, 1}));
        QCOMPARE(uniform(10, times, 10).back(), int64_t(6)); // 9.5 s: the frame that begins there
    }
    void fpsTakesTheMiddlesOfIntervals()
    {
        const auto times = constantRate(250, 25);
        const std::vector<bool> keys(250);
        const auto one = sampleFrameIndices({SamplerKind::Fps, 12, 1}, times, keys, 10);
        QCOMPARE(one, (std::vector<int64_t>{12, 37, 62, 87, 112, 137, 162, 187, 212, 237}));
        // Never a frame twice, however many are asked for.
        QCOMPARE(sampleFrameIndices({SamplerKind::Fps, 12, 1000}, times, keys, 10).size(), size_t(250));
        // A clip shorter than one interval gives its middle.
        const auto brief = constantRate(8, 25);
        QCOMPARE(sampleFrameIndices({SamplerKind::Fps, 12, .5}, brief, std::vector<bool>(8), 8. / 25),
            (std::vector<int64_t>{4}));
    }
    void keyframesAndTheirAbsence()
    {
        const auto times = constantRate(5, 25);
        QCOMPARE(sampleFrameIndices({SamplerKind::Keyframes}, times, {true, false, false, true, false}, .2),
            (std::vector<int64_t>{0, 3}));
        QCOMPARE(
            sampleFrameIndices({SamplerKind::Keyframes}, times, std::vector<bool>(5), .2), (std::vector<int64_t>{0}));
        QVERIFY(sampleFrameIndices({}, {}, {}, 0).empty());
    }
    void spellings()
    {
        for (const char* text :
            {"uniform:12", "uniform:1", "uniform:100000", "fps:1", "fps:0.001", "fps:29.97", "keyframes"})
            QCOMPARE(SamplerSpec::parse(text).toString(), std::string(text));
        QCOMPARE(SamplerSpec::parse("fps:2").fps, 2.);
        QCOMPARE(SamplerSpec::parse("uniform:7").count, 7);
        for (const char* text : {"", "uniform", "uniform:", "uniform:0", "uniform:-3", "uniform:100001", "uniform:12x",
                 "uniform: 12", "fps:0", "fps:nan", "fps:1e9", "fps:1,5", "keyframe", "Uniform:12"}) {
            const std::string message = errorOf<Error>([&] { SamplerSpec::parse(text); });
            QVERIFY2(message.find("uniform:N") != std::string::npos && message.find("fps:X") != std::string::npos
                    && message.find("keyframes") != std::string::npos,
                text);
        }
    }
};

QTEST_GUILESS_MAIN(TestFrameSampler)
#include "tst_frame_sampler.moc"
