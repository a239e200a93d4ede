// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/video_reference.h"
#include "media/thumbnail_maker.h"

#include <QElapsedTimer>

#include <fstream>
#include <map>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

using namespace clipscope;
using namespace clipscope::test;

namespace {

void write(const std::filesystem::path& path, const std::string& bytes)
{
    std::ofstream(path, std::ios::binary) << bytes;
}

std::string refusal(const std::filesystem::path& path)
{
    return errorOf<Error>([&] { VideoReader reader(path); });
}

} // namespace

class TestBadMedia : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// Every entry ends in pictures or in a sentence that names the file, in time.
    void theWholeBadSet()
    {
        NEED_SHARED("peers/make_bad_media.sh");
        NEED_FFMPEG();
        const TempDir dir;
        const auto set = dir / "bad";
        std::string output;
        const int status =
            runProgram({"bash", (sharedDir() / "peers" / "make_bad_media.sh").string(), set.string()}, &output);
        QVERIFY2(status == 0, output.c_str());

        // What must be refused, and a word of the reason; everything else must give frames.
        const std::map<std::string, std::string> refused{{"zero_length.mp4", "empty"}, {"ten_bytes.mp4", "too short"},
            {"truncated_no_moov.mp4", "moov"}, {"random_bytes.mp4", "not a video"}, {"text_file.mp4", "text file"},
            {"audio_only.mp4", "no video stream"}, {"still.png", "still picture"}, {"png_as.mp4", "still picture"},
            {"folder.mp4", "folder"}, {"dangling_link.mp4", "does not exist"}, {"loop.mp4", "back to itself"}};
        // Damaged by chance: pictures or a refusal, but nothing else.
        const std::set<std::string> either{"bitflips_moov0.mp4", "bitflips_moov1.mp4", "bitflips_moov2.mp4",
            "bitflips_moov3.mp4", "bitflips_moov4.mp4", "bitflips_moov5.mp4", "stsz_count_lie.mp4"};
        const std::set<std::string> damaged{
            "truncated_half.mp4", "truncated_tenth.mp4", "very_corrupt_packets.mp4", "corrupt_packets.mp4"};

        int read = 0;
        for (const auto& entry : std::filesystem::directory_iterator(set)) {
            const std::string name = entry.path().filename().string();
            QElapsedTimer clock;
            clock.start();
            std::string reason;
            SampleReport report;
            int delivered = 0;
            try {
                VideoReader reader(entry.path());
                report = reader.sample(
                    SamplerSpec::parse("uniform:8"), FrameFit::centreSquare(64, 1), {}, [&](VideoFrame&& frame) {
                        QCOMPARE(frame.timeSec, reader.timeline().timesSec[size_t(frame.index)]);
                        QCOMPARE(frame.image.width, 64);
                        ++delivered;
                    });
                ++read;
                thumbnailAt(entry.path(), 1);
            } catch (const Error& e) {
                reason = e.what();
                QCOMPARE(std::filesystem::path(e.subject()), entry.path());
                QVERIFY2(e.happened().size() > 8, name.c_str());
            }
            qInfo(
                "%s: %d of %d %s %s", name.c_str(), report.usable, report.asked, report.damage.c_str(), reason.c_str());
            QVERIFY2(clock.elapsed() < 30000, name.c_str());
            QCOMPARE(delivered, report.usable);
            const auto expected = refused.find(name);
            if (expected != refused.end()) {
                QVERIFY2(reason.find(expected->second) != std::string::npos, (name + ": " + reason).c_str());
            } else if (!either.contains(name)) {
                // Of the most corrupt one every frame may carry damage.
                QVERIFY2(reason.empty() && (report.usable > 0 || name == "very_corrupt_packets.mp4"),
                    (name + ": " + reason).c_str());
                QVERIFY2(report.damage.empty() != damaged.contains(name) || name.starts_with("bitflips")
                        || name == "corrupt_packets.mp4",
                    (name + ": " + report.damage).c_str());
            }
        }
        QVERIFY2(read >= 24, std::to_string(read).c_str());
    }
    void intactOddFilesEqualAFullDecode()
    {
        NEED_SHARED("peers/make_bad_media.sh");
        NEED_FFMPEG();
        const TempDir dir;
        QCOMPARE(
            runProgram({"bash", (sharedDir() / "peers" / "make_bad_media.sh").string(), (dir / "bad").string()}), 0);
        for (const char* name : {"good.mp4", "good_faststart.mp4", "wrong_extension.avi", "no_extension",
                 "one_frame.mp4", "tiny_16.mp4", "odd_size_444.mp4", "hevc_10bit.mp4", "vfr.mp4", "rotated90.mp4",
                 "one_keyframe.mp4", "starts_off_keyframe.mp4", "starts_at_1h.mp4", "gray.mkv", "alpha.webm",
                 "non_square_pixels.mp4", "interlaced.mp4", "duration_lie.mp4", "dims_65535.mp4"}) {
            const auto video = dir.path() / "bad" / name;
            if (!std::filesystem::exists(video))
                continue; // this ffmpeg lacks the encoder
            const FrameFit fit = FrameFit::bounds(120, 120);
            VideoReader whole(video);
            const auto frames = readAll(whole, fit);
            // The times of a full decode by another program.
            std::string times;
            QCOMPARE(runProgram({"ffprobe", "-v", "quiet", "-select_streams", "v:0", "-show_entries", "frame=pts",
                                    "-of", "csv=p=0", video.string()},
                         &times),
                0);
            const auto lines = QByteArray::fromStdString(times).split('\n');
            size_t decoded = 0;
            for (const auto& line : lines)
                decoded += !line.trimmed().isEmpty();
            QVERIFY2(decoded == frames.size(), name);
            for (const auto& frame : frames)
                QVERIFY2(!frame.empty(), name);
            VideoReader reader(video);
            for (const char* spec : {"uniform:8", "uniform:13", "fps:2", "keyframes"}) {
                const std::string difference = sampleDiffers(reader, SamplerSpec::parse(spec), fit, frames);
                QVERIFY2(difference.empty(), (std::string(name) + ": " + difference).c_str());
            }
        }
    }
    void whatIsNotAFileIsRefusedWithoutBlocking()
    {
        const TempDir dir;
        QCOMPARE(mkfifo((dir / "pipe.mp4").c_str(), 0600), 0);
        QVERIFY(refusal(dir / "pipe.mp4").find("is a pipe") != std::string::npos);
        QVERIFY(refusal("/dev/zero").find("is a device") != std::string::npos);
        QVERIFY(refusal(dir.path()).find("is a folder") != std::string::npos);
        QVERIFY(refusal(dir / "absent.mp4").find("does not exist") != std::string::npos);
        try {
            VideoReader reader(std::filesystem::path(std::string("a\0b", 3)));
            QFAIL("a name that is cut at its NUL was opened");
        } catch (const Error& e) {
            QCOMPARE(e.happened(), std::string("has a name that cannot exist"));
        }
        if (::geteuid() != 0) {
            write(dir / "locked.mp4", "x");
            QCOMPARE(chmod((dir / "locked.mp4").c_str(), 0), 0);
            QVERIFY(refusal(dir / "locked.mp4").find("may not be read") != std::string::npos);
        }
    }
    void playlistsOpenNothing()
    {
        NEED_FFMPEG();
        const TempDir dir;
        QVERIFY(ffmpeg({"-f", "lavfi", "-i", "testsrc2=duration=1", "-c:v", "libx264", (dir / "real.ts").string()}));
        const std::string real = (dir / "real.ts").string();
        write(dir / "list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n" + real + "\n#EXT-X-ENDLIST\n");
        write(dir / "concat.mp4", "ffconcat version 1.0\nfile '" + real + "'\n");
        write(dir / "session.sdp",
            "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\na=rtpmap:96 "
            "H264/90000\n");
        write(dir / "dash.mp4",
            "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"><Period></Period></MPD>");
        for (const char* name : {"list.m3u8", "concat.mp4", "session.sdp", "dash.mp4"}) {
            const std::string message = refusal(dir / name);
            QVERIFY2(message.find("text file") != std::string::npos, (name + (": " + message)).c_str());
        }
    }
    void flippedBitsNeverCrash()
    {
        NEED_FFMPEG();
        const TempDir dir;
        for (const auto& [name, codec] :
            std::map<std::string, std::string>{{"a.mp4", "libx264"}, {"a.mkv", "libvpx-vp9"}, {"a.avi", "mpeg4"},
                {"a.gif", "gif"}, {"a.ts", "mpeg2video"}, {"a.ogv", "libtheora"}, {"a.flv", "flv"}}) {
            QVERIFY(ffmpeg({"-f", "lavfi", "-i", "testsrc2=size=128x96:rate=15:duration=2", "-c:v", codec, "-g", "10",
                (dir / name).string()}));
            std::ifstream in(dir / name, std::ios::binary);
            const std::string good((std::istreambuf_iterator<char>(in)), {});
            uint64_t state = 88172645463325252U;
            const auto random = [&] { return state ^= state << 13, state ^= state >> 7, state ^= state << 17; };
            for (int round = 0; round < 12; ++round) {
                std::string bad = good;
                for (int flip = 0; flip < 1 << (round / 2); ++flip)
                    bad[random() % bad.size()] ^= char(1 << random() % 8);
                if (round % 4 == 3)
                    bad.resize(random() % bad.size());
                const auto video = dir / ("bad_" + name);
                write(video, bad);
                try {
                    VideoReader reader(video);
                    const auto report = reader.sample(
                        SamplerSpec::parse("uniform:6"), FrameFit::bounds(64, 64), {}, [](VideoFrame&&) {});
                    QVERIFY(report.usable <= report.asked);
                    QVERIFY(report.usable == report.asked || !report.damage.empty());
                } catch (const Error& e) {
                    QCOMPARE(std::filesystem::path(e.subject()), video);
                }
            }
        }
    }
    void damageIsCounted()
    {
        NEED_FFMPEG();
        const TempDir dir;
        QVERIFY(ffmpeg({"-f", "lavfi", "-i", "testsrc2=size=320x240:rate=30:duration=4", "-c:v", "libx264", "-g", "30",
            "-pix_fmt", "yuv420p", "-movflags", "+faststart", (dir / "good.mp4").string()}));
        const auto bytes = std::filesystem::file_size(dir / "good.mp4");
        std::filesystem::copy_file(dir / "good.mp4", dir / "half.mp4");
        std::filesystem::resize_file(dir / "half.mp4", bytes / 2);
        VideoReader good(dir / "good.mp4");
        const auto whole = readAll(good, FrameFit::bounds(80, 80));
        VideoReader half(dir / "half.mp4");
        QVERIFY(half.info().frames > 30 && half.info().frames < 110);
        // No frame that comes out of the damaged file is another than the intact file's at that time.
        const auto report =
            half.sample(SamplerSpec::parse("uniform:40"), FrameFit::bounds(80, 80), {}, [&](VideoFrame&& frame) {
                const auto index = good.frameAt(half.info().startSec + frame.timeSec - good.info().startSec);
                QCOMPARE(frame.image, whole[size_t(index)]);
            });
        QVERIFY2(report.damage.find("cut off") != std::string::npos, report.damage.c_str());
        QVERIFY(report.usable >= 36);
    }
    void candidates()
    {
        const TempDir dir;
        write(dir / "text.mp4", "text");
        write(dir / "UPPER.MOV", "x");
        write(dir / "notes.txt", "text");
        write(dir / "photo.png", "\x89PNG\r\n\x1a\n0123456789");
        write(dir / "sound.wav", "RIFF0123WAVEfmt ");
        write(dir / "matroska", std::string("\x1A\x45\xDF\xA3") + std::string(40, 'x'));
        write(dir / "mp4",
            std::string("\0\0\0\x18"
                        "ftypisom",
                12)
                + std::string(40, '\0'));
        write(dir / "avi.dat", "RIFF0123AVI LIST");
        write(dir / "gif", "GIF89a0123456789");
        std::string ts;
        for (int i = 0; i < 8; ++i)
            ts += 'G' + std::string(187, 'x');
        write(dir / "stream", ts);
        write(dir / "empty", "");
        std::filesystem::create_directory(dir / "folder.mp4");
        mkfifo((dir / "pipe.mp4").c_str(), 0600);
        std::filesystem::create_symlink(dir / "text.mp4", dir / "link.mp4");
        std::filesystem::create_symlink("/dev/zero", dir / "zero.mp4");
        for (const char* name : {"text.mp4", "UPPER.MOV", "matroska", "mp4", "avi.dat", "gif", "stream", "link.mp4"})
            QVERIFY2(isMediaCandidate(dir / name), name);
        for (const char* name :
            {"notes.txt", "photo.png", "sound.wav", "empty", "folder.mp4", "pipe.mp4", "zero.mp4", "absent.mp4"})
            QVERIFY2(!isMediaCandidate(dir / name), name);
    }
};

QTEST_GUILESS_MAIN(TestBadMedia)
#include "tst_bad_media.moc"
