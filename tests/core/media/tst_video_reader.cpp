// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/video_reference.h"

#include <QElapsedTimer>
#include <QFile>
#include <cmath>
#include <random>

using namespace clipscope;
using namespace clipscope::test;

namespace {

/// Arguments of ffmpeg that make one odd clip; "SRC" is a 320x240 test picture of 6 s at 30 fps.
struct OddClip {
    const char* name;
    std::vector<std::string> arguments;
    int64_t frames = 0; ///< 0: whatever the full decode gives
};

const std::vector<std::string> kSource{"-f", "lavfi", "-i", "testsrc2=size=320x240:rate=30:duration=6"};

std::vector<OddClip> oddClips()
{
    const auto x264 = [](std::vector<std::string> more) {
        std::vector<std::string> all{"-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    };
    return {
        {"bframes.mp4", x264({"-g", "30", "-bf", "3"}), 180},
        {"pyramid.mp4", x264({"-g", "50", "-bf", "8", "-b_strategy", "2", "-x264-params", "b-pyramid=normal"}), 180},
        {"open_gop.mp4", x264({"-g", "20", "-bf", "3", "-x264-params", "open-gop=1"}), 180},
        {"open_gop.mkv", x264({"-g", "20", "-bf", "3", "-x264-params", "open-gop=1"}), 180},
        {"intra_refresh.mp4", x264({"-g", "40", "-x264-params", "intra-refresh=1"}), 180},
        {"bframes.ts", x264({"-g", "30", "-bf", "3"}), 180},
        {"bframes.mkv", x264({"-g", "30", "-bf", "3"}), 180},
        {"bframes.flv", x264({"-g", "30", "-bf", "3"}), 180},
        {"h264.avi", x264({"-g", "30", "-bf", "0"}), 180},
        {"h264_bframes.avi", x264({"-g", "30", "-bf", "3"}), 180},
        {"one_keyframe.mp4", x264({"-g", "9999", "-keyint_min", "9999", "-sc_threshold", "0"}), 180},
        {"one_hour.mp4", x264({"-g", "30", "-bf", "2", "-output_ts_offset", "3600"}), 180},
        {"one_hour.ts", x264({"-g", "30", "-bf", "2", "-output_ts_offset", "3600"}), 180},
        {"vfr.mp4", x264({"-vf", "select='not(mod(n\\,3))+not(mod(n\\,7))'", "-vsync", "vfr", "-g", "20"}), 77},
        {"fragmented.mp4", x264({"-g", "30", "-bf", "2", "-movflags", "frag_keyframe+empty_moov"}), 180},
        {"interlaced.mp4", x264({"-vf", "tinterlace=interleave_top,setfield=tff", "-flags", "+ildct+ilme", "-g", "20"}),
            90},
        {"hevc10.mp4",
            {"-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:keyint=30:bframes=4",
                "-pix_fmt", "yuv420p10le"},
            180},
        {"vp8_altref.webm",
            {"-c:v", "libvpx", "-b:v", "300k", "-auto-alt-ref", "1", "-lag-in-frames", "16", "-g", "40", "-deadline",
                "good", "-cpu-used", "8"},
            180},
        {"vp9_altref.webm",
            {"-c:v", "libvpx-vp9", "-b:v", "300k", "-auto-alt-ref", "1", "-lag-in-frames", "16", "-g", "40",
                "-cpu-used", "8"},
            180},
        {"mpeg4_bframes.avi", {"-c:v", "mpeg4", "-bf", "2", "-g", "15", "-q:v", "4"}, 180},
        {"mpeg4.avi", {"-c:v", "mpeg4", "-g", "15", "-q:v", "4"}, 180},
        {"mpeg2.mpg", {"-c:v", "mpeg2video", "-bf", "2", "-g", "15", "-q:v", "4"}, 180},
        {"mpeg2.ts", {"-c:v", "mpeg2video", "-bf", "2", "-g", "15", "-q:v", "4"}, 180},
        {"gray.mkv", {"-vf", "format=gray", "-c:v", "ffv1"}, 180},
        {"palette.gif", {"-vf", "fps=10"}, 60},
        {"mjpeg.avi", {"-c:v", "mjpeg", "-q:v", "5"}, 180},
        {"theora.ogv", {"-c:v", "libtheora", "-q:v", "5", "-g", "30"}, 180},
        {"odd_444.mp4", {"-vf", "scale=321:241", "-c:v", "libx264", "-pix_fmt", "yuv444p", "-g", "30"}, 180},
    };
}

double meanError(const RgbImage& a, const RgbImage& b)
{
    double sum = 0;
    for (size_t i = 0; i < a.pixels.size(); ++i)
        sum += std::abs(int(a.pixels[i]) - int(b.pixels[i]));
    return sum / double(a.pixels.size());
}

} // namespace

class TestVideoReader : public QObject {
    Q_OBJECT

    TempDir m_dir;

    /// Uniform, fps and keyframe sampling, and single frames in any order, equal one full pass.
    void compareWithFullPass(const std::filesystem::path& video, int steps = 40)
    {
        const FrameFit fit = FrameFit::bounds(96, 96);
        VideoReader whole(video);
        const auto frames = readAll(whole, fit);
        VideoReader reader(video);
        for (const char* spec : {"uniform:1", "uniform:4", "uniform:8", "uniform:32", "fps:1", "fps:7", "keyframes"}) {
            const std::string difference = sampleDiffers(reader, SamplerSpec::parse(spec), fit, frames);
            QVERIFY2(difference.empty(), (video.filename().string() + ": " + difference).c_str());
        }
        std::mt19937 random(7);
        int64_t index = 0;
        for (int i = 0; i < steps; ++i) {
            index = i % 4 == 0 ? int64_t(random() % frames.size()) : std::min(index + 1, reader.info().frames - 1);
            if (frames[size_t(index)].empty())
                continue;
            const VideoFrame frame = reader.frame(index, fit);
            QVERIFY2(frame.image == frames[size_t(index)],
                (video.filename().string() + ": frame " + std::to_string(index)
                    + " by itself differs from the full pass")
                    .c_str());
        }
    }

private Q_SLOTS:
    void oddClipsEqualAFullDecode_data()
    {
        QTest::addColumn<int>("clip");
        const auto clips = oddClips();
        for (size_t i = 0; i < clips.size(); ++i)
            QTest::newRow(clips[i].name) << int(i);
    }
    void oddClipsEqualAFullDecode()
    {
        NEED_FFMPEG();
        QFETCH(int, clip);
        const OddClip odd = oddClips()[size_t(clip)];
        const auto video = m_dir / odd.name;
        auto arguments = kSource;
        arguments.insert(arguments.end(), odd.arguments.begin(), odd.arguments.end());
        arguments.push_back(video.string());
        QVERIFY(ffmpeg(arguments));

        VideoReader reader(video);
        const VideoInfo& info = reader.info();
        const auto expected = fullDecode(video, info.width, info.height);
        QCOMPARE(int64_t(expected.size()), info.frames);
        QCOMPARE(info.frames, odd.frames);
        const auto frames = readAll(reader, FrameFit::full());
        for (size_t i = 0; i < frames.size(); ++i)
            QVERIFY2(frames[i] == expected[i], ("frame " + std::to_string(i) + " differs from ffmpeg's").c_str());
        QVERIFY2(std::abs(info.durationSec - 6) < .11, std::to_string(info.durationSec).c_str());
        compareWithFullPass(video);
    }
    void copiedClipThatStartsOffAKeyframe()
    {
        NEED_FFMPEG();
        auto arguments = kSource;
        arguments.insert(
            arguments.end(), {"-c:v", "libx264", "-g", "60", "-pix_fmt", "yuv420p", (m_dir / "good.mp4").string()});
        QVERIFY(ffmpeg(arguments));
        for (const char* name : {"off.mp4", "off.mkv", "off.ts"}) {
            const auto video = m_dir / name;
            QVERIFY(ffmpeg({"-ss", "1.3", "-i", (m_dir / "good.mp4").string(), "-c", "copy", "-avoid_negative_ts",
                "disabled", video.string()}));
            compareWithFullPass(video);
        }
        // The edit list hides what precedes 1.3 s; what is shown first is frame 39.
        VideoReader good(m_dir / "good.mp4");
        VideoReader off(m_dir / "off.mp4");
        QCOMPARE(off.info().frames, int64_t(180 - 39));
        QCOMPARE(off.frame(0, FrameFit::full()).image, good.frame(39, FrameFit::full()).image);
        QCOMPARE(off.timeline().timesSec.front(), 0.);
    }
    void timesComeFromPacketsNotFromHeaders()
    {
        NEED_FFMPEG();
        auto arguments = kSource;
        arguments.insert(
            arguments.end(), {"-c:v", "libx264", "-output_ts_offset", "3600", (m_dir / "late.mp4").string()});
        QVERIFY(ffmpeg(arguments));
        VideoReader reader(m_dir / "late.mp4");
        const VideoInfo& info = reader.info();
        QVERIFY(std::abs(info.durationSec - 6) < 1e-6);
        QVERIFY(std::abs(info.fps - 30) < 1e-6);
        QVERIFY(!info.variableFrameRate);
        QCOMPARE(reader.frameAt(-1), int64_t(0));
        QCOMPARE(reader.frameAt(.0333), int64_t(0));
        QCOMPARE(reader.frameAt(1), int64_t(30));
        QCOMPARE(reader.frameAt(99), int64_t(179));
    }
    void uprightAndSquare()
    {
        NEED_FFMPEG();
        auto arguments = kSource;
        arguments.insert(
            arguments.end(), {"-t", "1", "-c:v", "libx264", "-pix_fmt", "yuv420p", (m_dir / "flat.mp4").string()});
        QVERIFY(ffmpeg(arguments));
        VideoReader flat(m_dir / "flat.mp4");
        const RgbImage image = flat.frame(5, FrameFit::full()).image;
        for (const int turn : {90, 180, 270}) {
            // This ffmpeg writes the tag as a display matrix that turns the other way.
            const int tag = 360 - turn;
            const auto video = m_dir / ("turned" + std::to_string(turn) + ".mp4");
            QVERIFY(ffmpeg({"-i", (m_dir / "flat.mp4").string(), "-c", "copy", "-metadata:s:v",
                "rotate=" + std::to_string(tag), video.string()}));
            VideoReader reader(video);
            QCOMPARE(reader.info().rotationDegrees, turn);
            QCOMPARE(reader.info().width, turn == 180 ? 320 : 240);
            const RgbImage turned = reader.frame(5, FrameFit::full()).image;
            QCOMPARE(turned.width, reader.info().width);
            // The upper left pixel goes to the upper right (90), lower right (180), lower left (270).
            const uint8_t* corner = turn == 90 ? turned.row(0) + 3 * 239
                : turn == 180                  ? turned.row(239) + 3 * 319
                                               : turned.row(319);
            QVERIFY(std::equal(corner, corner + 3, image.row(0)));
            // Against ffmpeg's own turn, which works on the chroma planes: equal but for their interpolation.
            const auto png = m_dir / "turned.png";
            QVERIFY(ffmpeg({"-i", video.string(), "-vf", "select=eq(n\\,5)", "-frames:v", "1", png.string()}));
            QVERIFY(meanError(turned, readPicture(png)) < 3);
        }
        arguments = kSource;
        arguments.insert(
            arguments.end(), {"-t", "1", "-vf", "setsar=4/3", "-c:v", "libx264", (m_dir / "sar.mp4").string()});
        QVERIFY(ffmpeg(arguments));
        VideoReader sar(m_dir / "sar.mp4");
        QCOMPARE(sar.info().width, 427);
        QCOMPARE(sar.info().height, 240);
        const RgbImage fitted = sar.frame(0, FrameFit::bounds(200, 200)).image;
        QCOMPARE(fitted.width, 200);
        QCOMPARE(fitted.height, 112);
    }
    void centreSquareIsResizeThenCrop()
    {
        NEED_FFMPEG();
        auto arguments = kSource;
        arguments.insert(arguments.end(),
            {"-t", "1", "-vf", "scale=640:360,setsar=1", "-c:v", "libx264", "-crf", "12",
                (m_dir / "wide.mp4").string()});
        QVERIFY(ffmpeg(arguments));
        VideoReader reader(m_dir / "wide.mp4");
        const RgbImage square = reader.frame(3, FrameFit::centreSquare(224, 1)).image;
        const auto png = m_dir / "square.png";
        QVERIFY(ffmpeg({"-i", (m_dir / "wide.mp4").string(), "-vf",
            "select=eq(n\\,3),format=gbrp,crop=360:360,scale=224:224:flags=bicubic+accurate_rnd", "-frames:v", "1",
            "-pix_fmt", "rgb24", png.string()}));
        const double error = meanError(square, readPicture(png));
        QVERIFY2(error < 2, std::to_string(error).c_str());
        // crop = C / S: the middle 7/8 of the square.
        const RgbImage inner = reader.frame(3, FrameFit::centreSquare(224, .875)).image;
        QVERIFY(ffmpeg({"-i", (m_dir / "wide.mp4").string(), "-vf",
            "select=eq(n\\,3),format=gbrp,crop=316:316:162:22,scale=224:224:flags=bicubic+accurate_rnd", "-frames:v",
            "1", "-pix_fmt", "rgb24", png.string()}));
        QVERIFY(meanError(inner, readPicture(png)) < 2);
        QVERIFY(meanError(inner, square) > 5);
    }
    void coloursFollowTheStreamsMatrixAndRange()
    {
        NEED_FFMPEG();
        for (const auto& [matrix, range] :
            {std::pair("bt709", "tv"), {"bt709", "pc"}, {"smpte170m", "tv"}, {"bt2020nc", "tv"}}) {
            const auto video = m_dir / (std::string(matrix) + range + ".mkv");
            // 0xC02060 throughout, converted by ffmpeg with that matrix and range.
            const std::string other = std::string(matrix) == "smpte170m" ? "bt601" : matrix;
            QVERIFY(ffmpeg({"-f", "lavfi", "-i", "color=0xC02060:size=64x64:rate=5:duration=1,format=gbrp", "-vf",
                "scale=out_color_matrix=" + (other == "bt2020nc" ? std::string("bt2020") : other)
                    + ":out_range=" + range + ",format=yuv444p",
                "-colorspace", matrix, "-color_range", range, "-c:v", "ffv1", video.string()}));
            VideoReader reader(video);
            const RgbImage image = reader.frame(0, FrameFit::full()).image;
            const uint8_t* pixel = image.row(32) + size_t(3) * 32;
            QVERIFY2(std::abs(pixel[0] - 0xC0) <= 2 && std::abs(pixel[1] - 0x20) <= 2 && std::abs(pixel[2] - 0x60) <= 2,
                (std::string(matrix) + " " + range + ": " + std::to_string(pixel[0]) + " " + std::to_string(pixel[1])
                    + " " + std::to_string(pixel[2]))
                    .c_str());
        }
    }
    void hdrIsToneMappedAndSaid()
    {
        NEED_FFMPEG();
        const auto video = m_dir / "pq.mkv";
        // A PQ code value of 0.58 is 203 nits (BT.2408's reference white); gray stays gray.
        QVERIFY(ffmpeg({"-f", "lavfi", "-i", "color=0x949494:size=64x64:rate=5:duration=1,format=gbrp10", "-vf",
            "scale=out_color_matrix=bt2020:out_range=tv,format=yuv420p10le", "-colorspace", "bt2020nc", "-color_trc",
            "smpte2084", "-color_primaries", "bt2020", "-color_range", "tv", "-c:v", "ffv1", video.string()}));
        VideoReader reader(video);
        QCOMPARE(reader.info().hdr, std::string("HDR (PQ), tone-mapped"));
        const RgbImage image = reader.frame(0, FrameFit::full()).image;
        const uint8_t* pixel = image.row(10);
        QVERIFY2(pixel[0] > 200 && pixel[0] < 250, std::to_string(pixel[0]).c_str());
        QVERIFY(std::abs(pixel[0] - pixel[1]) <= 2 && std::abs(pixel[1] - pixel[2]) <= 2);
    }
    void resolutionMayChangeInTheMiddle()
    {
        NEED_FFMPEG();
        auto arguments = kSource;
        for (const auto& [name, size] : {std::pair("a.ts", "320:240"), {"b.ts", "160:120"}}) {
            arguments = kSource;
            arguments.insert(arguments.end(),
                {"-t", "1", "-vf", std::string("scale=") + size, "-c:v", "libx264", "-g", "10",
                    (m_dir / name).string()});
            QVERIFY(ffmpeg(arguments));
        }
        QVERIFY(ffmpeg({"-i", "concat:" + (m_dir / "a.ts").string() + "|" + (m_dir / "b.ts").string(), "-c", "copy",
            (m_dir / "change.ts").string()}));
        VideoReader reader(m_dir / "change.ts");
        int sizes[2] = {0, 0};
        const auto report =
            reader.sample(SamplerSpec::parse("uniform:20"), FrameFit::full(), {}, [&](VideoFrame&& frame) {
                QVERIFY(frame.image.width == 320 || frame.image.width == 160);
                ++sizes[frame.image.width == 320];
            });
        QVERIFY(report.usable >= 18);
        QVERIFY(sizes[0] >= 8 && sizes[1] >= 8);
    }
    void namesAreNamesNotAddresses()
    {
        NEED_FFMPEG();
        auto arguments = kSource;
        const auto plain = m_dir / "plain.mp4";
        arguments.insert(arguments.end(), {"-t", "1", "-c:v", "libx264", plain.string()});
        QVERIFY(ffmpeg(arguments));
        for (const std::string name : {"concat:a|b.mp4", "http:x.mp4", "%d.mp4", "$(x) ;y\n.mp4",
                 "caf\xc3\xa9 \xf0\x9f\x8e\xac.mp4", "\xff\xfe.mp4", "-i.mp4"}) {
            const auto odd = m_dir / name;
            std::filesystem::copy_file(plain, odd);
            QCOMPARE(VideoReader(odd).info().frames, int64_t(30));
        }
    }
    void cancelling()
    {
        NEED_FFMPEG();
        const auto video = m_dir / "cancel.mp4";
        auto arguments = kSource;
        arguments.insert(arguments.end(), {"-c:v", "libx264", video.string()});
        QVERIFY(ffmpeg(arguments));
        std::stop_source source;
        JobContext context;
        context.stop = source.get_token();
        VideoReader reader(video, context);
        int frames = 0;
        QVERIFY_EXCEPTION_THROWN(reader.sample(SamplerSpec::parse("uniform:50"), FrameFit::bounds(64, 64), context,
                                     [&](VideoFrame&&) {
                                         if (++frames == 3)
                                             source.request_stop();
                                     }),
            Cancelled);
        QCOMPARE(frames, 3);
        QVERIFY_EXCEPTION_THROWN(VideoReader(video, context), Cancelled);
        // The reader itself is not spoilt by it.
        QCOMPARE(reader.read({0, 179}, FrameFit::bounds(64, 64), {}, [](VideoFrame&&) {}).usable, 2);
    }
    void playingForwardIsFast()
    {
        NEED_FFMPEG();
        const auto video = m_dir / "play.mp4";
        auto arguments = kSource;
        arguments.insert(arguments.end(), {"-c:v", "libx264", "-pix_fmt", "yuv420p", video.string()});
        QVERIFY(ffmpeg(arguments));
        VideoReader reader(video);
        QElapsedTimer clock;
        clock.start();
        for (int64_t i = 0; i < 180; ++i)
            QCOMPARE(reader.frame(i, FrameFit::full()).index, i);
        const double fps = 180e3 / double(std::max<qint64>(1, clock.elapsed()));
        qInfo("%.0f frames a second", fps);
#if !defined(__SANITIZE_THREAD__) // where every frame costs more than its decoding
        // Stepping that seeks for every frame would be ten times slower than this bar even on a busy machine.
        QVERIFY2(fps > 100, std::to_string(fps).c_str());
#endif
    }
    void realClipsEqualAFullPass_data()
    {
        QTest::addColumn<QString>("path");
        const auto clips = sharedDir() / "data" / "video-clips";
        if (sharedDir().empty() || !std::filesystem::exists(clips)) {
            QTest::newRow("absent") << QString();
            return;
        }
        for (const auto& entry : std::filesystem::recursive_directory_iterator(clips)) {
            if (entry.is_regular_file() && isMediaCandidate(entry.path()))
                QTest::newRow(entry.path().filename().c_str()) << QString::fromStdString(entry.path().string());
        }
    }
    void realClipsEqualAFullPass()
    {
        NEED_SHARED("data/video-clips");
        QFETCH(QString, path);
        compareWithFullPass(path.toStdString(), 8);
    }
    void realClipsHaveTheFramesOfAFullDecode()
    {
        NEED_SHARED("data/video-clips/check.csv");
        const auto clips = sharedDir() / "data" / "video-clips";
        QFile list(QString::fromStdString((clips / "check.csv").string()));
        QVERIFY(list.open(QIODevice::ReadOnly));
        list.readLine();
        int compared = 0;
        while (!list.atEnd()) {
            // path,codec,pix_fmt,width,height,fps,frames,duration_s,...
            const auto cells = list.readLine().split(',');
            VideoReader reader(clips / cells[0].toStdString());
            const auto& info = reader.info();
            QVERIFY2(info.frames == cells[6].toInt(),
                (cells[0] + ": " + QByteArray::number(qint64(info.frames)) + " for " + cells[6]).constData());
            QCOMPARE(info.codec, cells[1].toStdString());
            QCOMPARE(info.width, int(std::lround(cells[3].toInt() * info.sampleAspect)));
            QCOMPARE(info.height, cells[4].toInt());
            ++compared;
        }
        QCOMPARE(compared, 132);
    }
};

QTEST_GUILESS_MAIN(TestVideoReader)
#include "tst_video_reader.moc"
