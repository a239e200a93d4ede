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

std::vector<int64_t> sampled(const SamplerSpec& spec, const std::vector<double>& times, double duration)
{
    return sampleFrames(spec, {times, std::vector<bool>(times.size()), {}, duration}).indices;
}

std::vector<int64_t> uniform(int count, const std::vector<double>& times, double duration)
{
    return sampled({SamplerKind::Uniform, count, 1}, times, duration);
}

/// 10 frames a second with keyframes at `keys`; every frame costs what lies between it and the keyframe before it.
FrameTimeline timelineWithKeys(int64_t frames, const std::vector<int64_t>& keys)
{
    FrameTimeline timeline;
    timeline.timesSec = constantRate(frames, 10);
    timeline.isKeyframe.resize(size_t(frames));
    timeline.durationSec = double(frames) / 10;
    for (const int64_t key : keys)
        timeline.isKeyframe[size_t(key)] = true;
    int32_t cost = 0;
    for (size_t i = 0; i < size_t(frames); ++i) {
        cost = timeline.isKeyframe[i] ? 1 : cost + 1;
        timeline.reachCost.push_back(cost);
    }
    return timeline;
}

bool near(double a, double b)
{
    return std::abs(a - b) < 1e-9;
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
        const auto one = sampled({SamplerKind::Fps, 12, 1}, times, 10);
        QCOMPARE(one, (std::vector<int64_t>{12, 37, 62, 87, 112, 137, 162, 187, 212, 237}));
        // Never a frame twice, however many are asked for.
        QCOMPARE(sampled({SamplerKind::Fps, 12, 1000}, times, 10).size(), size_t(250));
        // A clip shorter than one interval gives its middle.
        const auto brief = constantRate(8, 25);
        QCOMPARE(sampled({SamplerKind::Fps, 12, .5}, brief, 8. / 25), (std::vector<int64_t>{4}));
    }
    void keyframesAndTheirAbsence()
    {
        const auto times = constantRate(5, 25);
        const SampledFrames found =
            sampleFrames({SamplerKind::Keyframes}, {times, {true, false, false, true, false}, {}, .2});
        QCOMPARE(found.indices, (std::vector<int64_t>{0, 3}));
        QVERIFY(found.error == (SampleError{2, 0, 0, 0, 0}));
        QCOMPARE(sampled({SamplerKind::Keyframes}, times, .2), (std::vector<int64_t>{0}));
        QVERIFY(sampleFrames({}, {}).indices.empty());
        QCOMPARE(sampleFrames({}, {}).error.moments, int64_t(0));
    }
    void nearestKeyframeAndItsError()
    {
        const FrameTimeline timeline = timelineWithKeys(100, {0, 20, 60});
        // Exact: 5, 15, 25, 35, 45, 55, 65, 75, 85, 95.
        const SampledFrames got = sampleFrames(SamplerSpec::parse("uniform:10@keyframe"), timeline);
        QCOMPARE(got.indices, (std::vector<int64_t>{0, 20, 60}));
        // Off by 5, 5, 5, 15, 15, 5, 5, 15, 25, 35.
        QCOMPARE(got.error.moments, int64_t(10));
        QVERIFY(near(got.error.meanFrames(), 13) && near(got.error.meanSec(), 1.3));
        QCOMPARE(got.error.largestFrames, int64_t(35));
        QVERIFY(near(got.error.largestSec(), 3.5));
        // Half way between two the earlier one.
        QCOMPARE(snappedFrame(40, SamplerSnap::Keyframe, timeline), int64_t(20));
        QCOMPARE(snappedFrame(41, SamplerSnap::Keyframe, timeline), int64_t(60));
        QCOMPARE(snappedFrame(60, SamplerSnap::Keyframe, timeline), int64_t(60));
    }
    void longGroupsOfPicturesAreSampledExactly()
    {
        // Groups of 5 s, 5.1 s and, to the end, 4.9 s.
        const FrameTimeline timeline = timelineWithKeys(150, {0, 50, 101});
        QCOMPARE(snappedFrame(30, SamplerSnap::Keyframe, timeline), int64_t(50));
        for (const int64_t frame : {51, 75, 100})
            QCOMPARE(snappedFrame(frame, SamplerSnap::Keyframe, timeline), frame);
        QCOMPARE(snappedFrame(149, SamplerSnap::Keyframe, timeline), int64_t(101));
        const FrameTimeline one = timelineWithKeys(51, {0});
        QCOMPARE(snappedFrame(1, SamplerSnap::Keyframe, one), int64_t(1));
        QCOMPARE(snappedFrame(49, SamplerSnap::Keyframe, timelineWithKeys(50, {0})), int64_t(0));
    }
    void whatPrecedesTheFirstKeyframe()
    {
        QCOMPARE(snappedFrame(3, SamplerSnap::Keyframe, timelineWithKeys(60, {10})), int64_t(10));
        QCOMPARE(snappedFrame(3, SamplerSnap::Keyframe, timelineWithKeys(90, {60})), int64_t(3));
        QCOMPARE(snappedFrame(3, SamplerSnap::Keyframe, timelineWithKeys(30, {})), int64_t(3));
    }
    void cheaperFramesNearby()
    {
        FrameTimeline timeline = timelineWithKeys(12, {0, 8});
        const auto snapped = [&](int64_t frame) { return snappedFrame(frame, SamplerSnap::Reference, timeline); };
        QCOMPARE(snapped(0), int64_t(0));
        QCOMPARE(snapped(1), int64_t(0));
        QCOMPARE(snapped(5), int64_t(3)); // never more than two off
        QCOMPARE(snapped(6), int64_t(8));
        QCOMPARE(snapped(11), int64_t(9));
        // Of equal costs the nearest, then the earlier one.
        timeline.reachCost = {5, 5, 5, 4, 5, 4, 4, 5, 5, 5, 5, 5};
        QCOMPARE(snapped(4), int64_t(3));
        QCOMPARE(snapped(7), int64_t(6));
        QCOMPARE(snapped(10), int64_t(10));
        const SampledFrames got = sampleFrames(SamplerSpec::parse("uniform:12@reference"), timeline);
        QCOMPARE(got.indices, (std::vector<int64_t>{0, 3, 5, 6, 9, 10, 11}));
    }
    void errorsOfSeveralVideosAdd()
    {
        SampleError sum;
        sum.add({});
        QVERIFY(sum == SampleError());
        QCOMPARE(sum.meanFrames(), 0.);
        sum.add({2, 8, 800'000'000, 7, 700'000'000});
        sum.add({6, 0, 0, 0, 0});
        QVERIFY(sum == (SampleError{8, 8, 800'000'000, 7, 700'000'000}));
        QVERIFY(near(sum.meanFrames(), 1) && near(sum.meanSec(), .1) && near(sum.largestSec(), .7));
    }
    void spellings()
    {
        for (const char* text : {"uniform:12", "uniform:1", "uniform:100000", "fps:1", "fps:0.001", "fps:29.97",
                 "keyframes", "uniform:12@reference", "fps:0.5@reference", "uniform:100000@keyframe", "fps:1@keyframe"})
            QCOMPARE(SamplerSpec::parse(text).toString(), std::string(text));
        QCOMPARE(SamplerSpec::parse("fps:2").fps, 2.);
        QCOMPARE(SamplerSpec::parse("uniform:7").count, 7);
        QVERIFY(SamplerSpec::parse("fps:2@keyframe").snap == SamplerSnap::Keyframe);
        QVERIFY(!(SamplerSpec::parse("fps:2@keyframe") == SamplerSpec::parse("fps:2")));
        for (const char* text : {"@keyframe", "keyframes@keyframe", "uniform:12@", "uniform:12@keyframes",
                 "uniform:12@exact", "uniform:12@reference@keyframe", "fps:1 @keyframe", "", "uniform",
                 "uniform:", "uniform:0", "uniform:-3", "uniform:100001", "uniform:12x", "uniform: 12", "fps:0",
                 "fps:nan", "fps:1e9", "fps:1,5", "keyframe", "Uniform:12"}) {
            const std::string message = errorOf<Error>([&] { SamplerSpec::parse(text); });
            QVERIFY2(message.find("uniform:N") != std::string::npos && message.find("fps:X") != std::string::npos
                    && message.find("keyframes;") != std::string::npos
                    && message.find("uniform:N@reference") != std::string::npos
                    && message.find("fps:X@keyframe") != std::string::npos,
                text);
        }
    }
};

QTEST_GUILESS_MAIN(TestFrameSampler)
#include "tst_frame_sampler.moc"
