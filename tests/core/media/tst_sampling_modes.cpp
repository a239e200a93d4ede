// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/video_reference.h"

#include <cmath>
#include <fstream>
#include <future>

using namespace clipscope;
using namespace clipscope::test;

namespace {

/// Arguments of ffmpeg that make a clip out of kSource, 6 s at 25 fps, and what its pictures allow.
struct Clip {
    const char* name;
    std::vector<std::string> arguments;
    bool skips = false; ///< some pictures are needed by no other, and known to be
    bool longGroups = false; ///< keyframes lie more than 5 s apart
};

const std::vector<std::string> kSource{
    "-f", "lavfi", "-i", "testsrc2=size=192x144:rate=25:duration=6,noise=alls=8:allf=t"};

std::vector<Clip> clips()
{
    const auto x264 = [](std::vector<std::string> more) {
        std::vector<std::string> all{"-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    };
    const auto x265 = [](const std::string& more) {
        return std::vector<std::string>{"-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p",
            "-x265-params", "log-level=error:" + more};
    };
    return {
        {"plain.mp4", x264({"-g", "25", "-bf", "0"})},
        {"bframes.mp4", x264({"-g", "50", "-bf", "2"}), true},
        {"bframes.mkv", x264({"-g", "50", "-bf", "3"}), true},
        {"bframes.ts", x264({"-g", "50", "-bf", "3"}), true},
        {"pyramid.mp4", x264({"-g", "60", "-bf", "8", "-x264-params", "b-pyramid=normal"}), true},
        {"vfr.mp4", x264({"-vf", "select='not(mod(n\\,3))+not(mod(n\\,7))'", "-vsync", "vfr", "-g", "20", "-bf", "3"}),
            true},
        {"open_gop.mp4", x264({"-g", "20", "-bf", "3", "-x264-params", "open-gop=1"}), true},
        {"one_keyframe.mp4", x264({"-g", "9999", "-keyint_min", "9999", "-sc_threshold", "0", "-bf", "2"}), true, true},
        {"one_hour.mp4", x264({"-g", "30", "-bf", "2", "-output_ts_offset", "3600"}), true},
        {"hevc.mp4", x265("keyint=40:bframes=4:b-pyramid=1"), true},
        {"hevc_open.mkv", x265("keyint=25:bframes=3:open-gop=1"), true},
        {"hevc_layers.mkv", x265("keyint=50:bframes=3:temporal-layers=1"), true},
        {"av1.mp4", {"-c:v", "libsvtav1", "-preset", "12", "-crf", "40", "-g", "50", "-pix_fmt", "yuv420p"}, true},
        {"vp9.webm",
            {"-c:v", "libvpx-vp9", "-b:v", "200k", "-auto-alt-ref", "1", "-lag-in-frames", "16", "-g", "40",
                "-cpu-used", "8"}},
        {"mpeg2.ts", {"-c:v", "mpeg2video", "-bf", "2", "-g", "15", "-q:v", "4"}, true},
        {"mpeg4.mp4", {"-c:v", "mpeg4", "-bf", "2", "-g", "25", "-q:v", "4"}, true},
    };
}

/// The nearest keyframe by looking at all of them, and the rule for long groups of pictures.
int64_t keyframeByTheTables(int64_t wanted, const VideoReader& reader)
{
    const FrameTimeline& t = reader.timeline();
    const auto timeOf = [&](int64_t frame) { return t.timesSec[size_t(frame)]; };
    int64_t best = -1;
    double fromSec = 0;
    double toSec = reader.info().durationSec;
    for (int64_t frame = 0; frame < reader.info().frames; ++frame) {
        if (!t.isKeyframe[size_t(frame)])
            continue;
        if (frame <= wanted)
            fromSec = timeOf(frame);
        else
            toSec = std::min(toSec, timeOf(frame));
        if (best < 0 || std::abs(timeOf(frame) - timeOf(wanted)) < std::abs(timeOf(best) - timeOf(wanted)) - 1e-9)
            best = frame;
    }
    return best < 0 || toSec - fromSec > 5 ? wanted : best;
}

/// Frames of groups of pictures in which nothing is lost, nor in the group before.
std::vector<bool> soundGroups(const std::vector<bool>& isKeyframe, const std::vector<RgbImage>& frames)
{
    std::vector<bool> isSound(frames.size());
    bool previous = true;
    for (size_t from = 0, to = 0; from < frames.size(); from = to) {
        bool sound = true;
        for (to = from; to < frames.size() && (to == from || !isKeyframe[to]); ++to)
            sound &= !frames[to].empty();
        std::fill(isSound.begin() + std::ptrdiff_t(from), isSound.begin() + std::ptrdiff_t(to), sound && previous);
        previous = sound;
    }
    return isSound;
}

/// Empty, or how the frames and the error of a snapped pass differ from what the tables say.
std::string modeDiffers(VideoReader& reader, const std::string& moments, SamplerSnap snap)
{
    const FrameTimeline& t = reader.timeline();
    std::vector<int64_t> given;
    const SamplerSpec spec = SamplerSpec::parse(moments + (snap == SamplerSnap::Keyframe ? "@keyframe" : "@reference"));
    const SampleReport report =
        reader.sample(spec, FrameFit::bounds(32, 32), {}, [&](VideoFrame&& frame) { given.push_back(frame.index); });
    if (!report.damage.empty() || report.usable != int(given.size()))
        return "damage in a sound clip: " + report.damage;

    std::vector<int64_t> expected;
    double frames = 0, sec = 0, largestSec = 0;
    int64_t largestFrames = 0;
    const std::vector<int64_t> exact = sampleFrames(SamplerSpec::parse(moments), t).indices;
    for (const int64_t wanted : exact) {
        int64_t got = keyframeByTheTables(wanted, reader);
        if (snap == SamplerSnap::Reference) {
            // Whichever was taken: near, and no dearer than any other as near.
            const auto near = std::find_if(given.begin(), given.end(), [&](int64_t frame) {
                if (std::abs(frame - wanted) > 2)
                    return false;
                const int64_t last = std::min(wanted + 2, reader.info().frames - 1);
                for (int64_t other = std::max<int64_t>(0, wanted - 2); other <= last; ++other) {
                    if (t.reachCost[size_t(other)] < t.reachCost[size_t(frame)])
                        return false;
                }
                return true;
            });
            if (near == given.end())
                return "no frame for " + std::to_string(wanted);
            got = snappedFrame(wanted, snap, t);
            if (std::find(given.begin(), given.end(), got) == given.end())
                return "frame " + std::to_string(got) + " did not come";
        }
        expected.push_back(got);
        const double off = std::abs(t.timesSec[size_t(got)] - t.timesSec[size_t(wanted)]);
        frames += double(std::abs(got - wanted));
        sec += off;
        largestFrames = std::max(largestFrames, std::abs(got - wanted));
        largestSec = std::max(largestSec, off);
    }
    expected.erase(std::unique(expected.begin(), expected.end()), expected.end());
    if (given != expected)
        return "other frames than the tables say";
    const auto n = double(exact.size());
    const SampleError& error = report.error;
    if (error.moments != int64_t(exact.size()) || std::abs(error.meanFrames() - frames / n) > 1e-8
        || std::abs(error.meanSec() - sec / n) > 1e-8 || error.largestFrames != largestFrames
        || std::abs(error.largestSec() - largestSec) > 1e-8)
        return "another error than the tables say";
    return {};
}

} // namespace

class TestSamplingModes : public QObject {
    Q_OBJECT

    TempDir m_dir;

    bool make(const Clip& clip)
    {
        auto arguments = kSource;
        arguments.insert(arguments.end(), clip.arguments.begin(), clip.arguments.end());
        arguments.push_back((m_dir / clip.name).string());
        return ffmpeg(arguments);
    }
    /// Every way of sampling against one pass that decodes every picture.
    void compareModes(const std::filesystem::path& video)
    {
        const std::string name = video.filename().string() + ": ";
        const FrameFit fit = FrameFit::bounds(96, 96);
        VideoReader whole(video);
        const auto frames = readAll(whole, fit);
        VideoReader reader(video);
        for (const std::string moments : {"uniform:1", "uniform:12", "uniform:64", "fps:3"}) {
            for (const std::string ending : {"", "@reference", "@keyframe"}) {
                const std::string difference = sampleDiffers(reader, SamplerSpec::parse(moments + ending), fit, frames);
                QVERIFY2(difference.empty(), (name + difference).c_str());
            }
            for (const SamplerSnap snap : {SamplerSnap::Reference, SamplerSnap::Keyframe}) {
                const std::string difference = modeDiffers(reader, moments, snap);
                QVERIFY2(difference.empty(), (name + moments + ": " + difference).c_str());
            }
        }
    }

private Q_SLOTS:
    void everyModeGivesTrueFrames_data()
    {
        QTest::addColumn<int>("clip");
        const auto all = clips();
        for (size_t i = 0; i < all.size(); ++i)
            QTest::newRow(all[i].name) << int(i);
    }
    void everyModeGivesTrueFrames()
    {
        NEED_FFMPEG();
        QFETCH(int, clip);
        const Clip made = clips()[size_t(clip)];
        QVERIFY(make(made));
        const auto video = m_dir / made.name;
        compareModes(video);

        // What is passed over changes nothing: a full decode by ffmpeg itself, with one thread and with two.
        VideoReader reader(video);
        const VideoInfo& info = reader.info();
        for (const int threads : {1, 2}) {
            const auto expected = fullDecode(video, info.width, info.height, threads);
            QCOMPARE(int64_t(expected.size()), info.frames);
            const std::string difference =
                sampleDiffers(reader, SamplerSpec::parse("uniform:12"), FrameFit::full(), expected);
            QVERIFY2(difference.empty(), difference.c_str());
        }

        const FrameTimeline& t = reader.timeline();
        QCOMPARE(t.reachCost.size(), size_t(info.frames));
        int64_t cheaper = 0;
        int64_t key = 0;
        for (int64_t i = 0; i < info.frames; ++i) {
            if (t.isKeyframe[size_t(i)])
                key = i;
            QVERIFY(t.reachCost[size_t(i)] >= 1);
            QVERIFY(!t.isKeyframe[size_t(i)] || t.reachCost[size_t(i)] == 1);
            cheaper += t.reachCost[size_t(i)] <= (i - key) * 9 / 10;
        }
        QVERIFY2((cheaper > info.frames / 4) == made.skips, std::to_string(cheaper).c_str());

        const SampledFrames snapped = sampleFrames(SamplerSpec::parse("uniform:12@keyframe"), t);
        if (made.longGroups) {
            QCOMPARE(snapped.error.largestFrames, int64_t(0));
            QCOMPARE(snapped.indices, sampleFrames(SamplerSpec::parse("uniform:12"), t).indices);
        } else {
            for (const int64_t index : snapped.indices)
                QVERIFY(t.isKeyframe[size_t(index)]);
        }
    }
    void clipThatStartsOffAKeyframe()
    {
        NEED_FFMPEG();
        QVERIFY(make(
            {"good.mp4", {"-c:v", "libx264", "-preset", "veryfast", "-g", "50", "-bf", "2", "-pix_fmt", "yuv420p"}}));
        for (const char* name : {"off.mp4", "off.mkv", "off.ts"}) {
            QVERIFY(ffmpeg({"-ss", "1.3", "-i", (m_dir / "good.mp4").string(), "-c", "copy", "-avoid_negative_ts",
                "disabled", (m_dir / name).string()}));
            compareModes(m_dir / name);
        }
        // The keyframe before the cut is hidden: what stands for its moments is the next one.
        VideoReader off(m_dir / "off.mp4");
        QVERIFY(!off.timeline().isKeyframe[0]);
        QVERIFY(off.timeline().isKeyframe[size_t(snappedFrame(0, SamplerSnap::Keyframe, off.timeline()))]);
    }
    void twoReadersAtOnce()
    {
        NEED_FFMPEG();
        const Clip clip{"two.mp4", {"-c:v", "libx264", "-preset", "veryfast", "-g", "50", "-pix_fmt", "yuv420p"}};
        QVERIFY(make(clip));
        const FrameFit fit = FrameFit::bounds(96, 96);
        VideoReader whole(m_dir / clip.name);
        const auto frames = readAll(whole, fit);
        const auto sample = [&](const char* spec) {
            return std::async(std::launch::async, [&, spec] {
                VideoReader reader(m_dir / clip.name);
                return sampleDiffers(reader, SamplerSpec::parse(spec), fit, frames);
            });
        };
        for (const char* other : {"uniform:12", "uniform:12@reference", "uniform:12@keyframe"}) {
            auto one = sample("uniform:30");
            auto two = sample(other);
            QCOMPARE(one.get(), std::string());
            QCOMPARE(two.get(), std::string());
        }
    }
    void damagedClipsAreSalvaged()
    {
        NEED_FFMPEG();
        for (const Clip& clip : clips()) {
            const std::string name = clip.name;
            if (name != "bframes.mp4" && name != "open_gop.mp4" && name != "hevc.mp4" && name != "mpeg2.ts")
                continue;
            if (!std::filesystem::exists(m_dir / name))
                QVERIFY(make(clip));
            std::ifstream in(m_dir / name, std::ios::binary);
            std::string bytes{std::istreambuf_iterator<char>(in), {}};
            // Holes in the first half; the index of an MP4 stands at its end.
            for (size_t at = bytes.size() / 10; at < bytes.size() / 2; at += bytes.size() / 12)
                std::fill_n(bytes.begin() + std::ptrdiff_t(at), 600, '\xAA');
            const auto damaged = m_dir / ("damaged_" + name);
            std::ofstream(damaged, std::ios::binary) << bytes;

            const FrameFit fit = FrameFit::bounds(96, 96);
            VideoReader whole(damaged);
            const auto frames = readAll(whole, fit);
            const auto lost = std::count_if(frames.begin(), frames.end(), [](const RgbImage& i) { return i.empty(); });
            QVERIFY2(lost > 0 && lost < std::ssize(frames) * 9 / 10, (name + " " + std::to_string(lost)).c_str());
            const auto isSound = soundGroups(whole.timeline().isKeyframe, frames);
            VideoReader reader(damaged);
            for (const char* spec : {"uniform:64", "uniform:64@reference", "uniform:64@keyframe"}) {
                int usable = 0;
                const SampleReport report = reader.sample(SamplerSpec::parse(spec), fit, {}, [&](VideoFrame&& frame) {
                    ++usable;
                    QCOMPARE(frame.timeSec, reader.timeline().timesSec[size_t(frame.index)]);
                    // How a decoder conceals what is lost depends on what it has seen; elsewhere nothing does.
                    if (isSound[size_t(frame.index)])
                        QVERIFY2(frame.image == frames[size_t(frame.index)], (name + " " + spec).c_str());
                });
                QCOMPARE(report.usable, usable);
                QVERIFY2(usable > 0 && (usable < report.asked) == !report.damage.empty(), spec);
            }
        }
    }
};

QTEST_GUILESS_MAIN(TestSamplingModes)
#include "tst_sampling_modes.moc"
