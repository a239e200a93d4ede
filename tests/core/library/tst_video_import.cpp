// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/files.h"
#include "core/media/video_reference.h"
#include "library/import_reading.h"
#include "library/video_import.h"

#include <QElapsedTimer>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <mutex>
#include <set>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

namespace {

void write(const fs::path& path, const std::string& bytes)
{
    std::ofstream(path, std::ios::binary) << bytes;
}

/// Two seconds of a test picture.
bool makeVideo(const fs::path& path, const std::string& source = "testsrc2=size=160x120:rate=15:duration=2")
{
    return ffmpeg(
        {"-f", "lavfi", "-i", source, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", path.string()});
}

struct Import {
    explicit Import(const fs::path& folder)
        : library(VideoLibrary::openOrCreate(folder))
    {
        context.onPartial = [this](const std::any& value) {
            const std::lock_guard lock(mutex);
            if (const auto* video = std::any_cast<VideoRecord>(&value))
                videos.push_back(*video);
            else if (const auto* item = std::any_cast<ImportReport::Failed>(&value))
                failed.push_back(*item);
        };
        context.onProgress = [this](const Progress& p) {
            const std::lock_guard lock(mutex);
            progress.push_back(p);
        };
        context.onLog = [this](LogLevel, const std::string& text) {
            const std::lock_guard lock(mutex);
            log += text + "\n";
        };
    }
    ImportReport run(const std::vector<fs::path>& paths, const std::string& sampler = "uniform:12")
    {
        videos.clear();
        failed.clear();
        progress.clear();
        log.clear();
        return importVideos(*library, paths, {SamplerSpec::parse(sampler)}, context);
    }

    std::shared_ptr<VideoLibrary> library;
    JobContext context;
    std::mutex mutex;
    std::vector<VideoRecord> videos;
    std::vector<ImportReport::Failed> failed;
    std::vector<Progress> progress;
    std::string log;
};

std::string describe(const ImportReport& report)
{
    std::string out = std::to_string(report.ok) + " ok, " + std::to_string(report.skipped) + " skipped";
    for (const auto& item : report.failed)
        out.append("\n").append(item.path.string()).append(": ").append(item.reason);
    return out;
}

} // namespace

#define EXPECT(REPORT, OK, SKIPPED, FAILED)                                                                            \
    do {                                                                                                               \
        const ImportReport expected = REPORT;                                                                          \
        QVERIFY2(expected.ok == (OK) && expected.skipped == (SKIPPED) && expected.failed.size() == size_t(FAILED),     \
            describe(expected).c_str());                                                                               \
    } while (false)

class TestVideoImport : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void realClips()
    {
        NEED_SHARED("data/video-clips");
        const TempDir dir;
        Import import(dir / "lib");
        const fs::path clips = sharedDir() / "data" / "video-clips";
        const ImportReport report = import.run({clips}, "uniform:8");
        EXPECT(report, 132, 0, 0);
        QCOMPARE(import.videos.size(), size_t(132));
        QCOMPARE(import.progress.back().done, 132);
        QCOMPARE(import.library->videoCount(), 132);
        for (const VideoRecord& video : import.library->videos()) {
            QVERIFY(video.path.is_absolute() && video.bytes == int64_t(fs::file_size(video.path)));
            QCOMPARE(video.hash, contentHash(video.path));
            QVERIFY(video.sampledFrames >= 1 && video.sampledFrames <= 8);
            QVERIFY2(!video.damaged() && video.usableFrames == video.sampledFrames, video.damage.c_str());
            QVERIFY(video.info.durationSec > 0 && video.info.width > 0);
            QCOMPARE(video.importRoot, clips);
            const RgbImage thumbnail = readPicture(import.library->thumbnailPath(video));
            QVERIFY(thumbnail.width <= 320 && thumbnail.height <= 240 && thumbnail.width > 8);
            const RgbImage strip = readPicture(import.library->stripPath(video));
            QVERIFY(strip.height == kStripHeight && strip.width % kStripFrames == 0);
        }
        QVERIFY(!import.library->matchWords("bear", 5).empty());
        QElapsedTimer clock;
        clock.start();
        EXPECT(import.run({clips}, "uniform:8"), 0, 132, 0);
        qInfo("second run: %lld ms", clock.elapsed());
        QVERIFY(clock.elapsed() < 2000);
        EXPECT(import.run({clips}, "uniform:9"), 0, 132, 0);
        QVERIFY2(import.log.find("132 videos") != std::string::npos, import.log.c_str());
    }
    void badMedia()
    {
        NEED_SHARED("peers/make_bad_media.sh");
        NEED_FFMPEG();
        const TempDir dir;
        QCOMPARE(
            runProgram({"bash", (sharedDir() / "peers" / "make_bad_media.sh").string(), (dir / "bad").string()}), 0);
        QCOMPARE(mkfifo((dir / "bad/pipe.mp4").c_str(), 0600), 0);
        fs::create_symlink("/dev/zero", dir / "bad/zero.mp4");
        fs::create_directory_symlink("..", dir / "bad/up");
        Import import(dir / "lib");
        const ImportReport report = import.run({dir / "bad"});
        qInfo("%s", describe(report).c_str());
        QVERIFY(report.ok >= 20 && report.skipped == 0);
        std::set<std::string> refused;
        for (const auto& item : report.failed) {
            QCOMPARE(item.path.parent_path(), dir / "bad");
            QVERIFY2(item.reason.size() > 8, item.reason.c_str());
            QVERIFY2(item.reason.find(item.path.string()) == std::string::npos, item.reason.c_str());
            refused.insert(item.path.filename().string());
        }
        for (const char* name : {"zero_length.mp4", "ten_bytes.mp4", "truncated_no_moov.mp4", "random_bytes.mp4",
                 "text_file.mp4", "audio_only.mp4", "png_as.mp4", "dangling_link.mp4", "loop.mp4"})
            QVERIFY2(refused.contains(name), name);
        for (const char* name :
            {"pipe.mp4", "zero.mp4", "folder.mp4", "still.png", "good.mp4", "no_extension", "huge_8k.mp4"})
            QVERIFY2(!refused.contains(name), name);
        QVERIFY(import.library->videoByPath(dir / "bad/no_extension"));
        QCOMPARE(size_t(import.library->videoCount()), size_t(report.ok));
        QCOMPARE(import.failed.size(), report.failed.size());
        // Damaged ones are in the library, with how much of them is usable.
        const auto half = std::find_if(report.damaged.begin(), report.damaged.end(),
            [](const auto& d) { return d.path.filename() == "truncated_half.mp4"; });
        QVERIFY(half != report.damaged.end() && half->usableFrames > 0 && half->usableFrames <= half->frames);
        for (const auto& damaged : report.damaged)
            QVERIFY(import.library->videoByPath(damaged.path)->damaged());
        QVERIFY(!import.library->videoByPath(dir / "bad/good.mp4")->damaged());
    }
    void theStripAndTheThumbnailShowWhatTheyShould()
    {
        NEED_FFMPEG();
        const TempDir dir;
        // One second each of red, green, blue, ..., ten in all: part i of the strip is second i, the middle is
        // second 5.

        const std::vector<std::string> names{
            "red", "lime", "blue", "white", "black", "yellow", "cyan", "magenta", "gray", "navy"};
        std::vector<std::string> arguments;
        for (const std::string& name : names) {
            arguments.insert(
                arguments.end(), {"-f", "lavfi", "-i", "color=" + name + ":size=160x90:rate=10:duration=1"});
        }
        arguments.insert(arguments.end(),
            {"-filter_complex", "concat=n=10", "-c:v", "libx264", "-pix_fmt", "yuv420p", (dir / "c.mp4").string()});
        QVERIFY(ffmpeg(arguments));
        Import import(dir / "lib");
        EXPECT(import.run({dir / "c.mp4"}, "uniform:3"), 1, 0, 0);
        const VideoRecord video = import.library->videos().at(0);
        QCOMPARE(video.sampledFrames, 3);
        QCOMPARE(video.importRoot, dir / "c.mp4");
        const RgbImage strip = readPicture(import.library->stripPath(video));
        QCOMPARE(strip.width, 10 * 240);
        const std::vector<std::array<int, 3>> expected{{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255},
            {0, 0, 0}, {255, 255, 0}, {0, 255, 255}, {255, 0, 255}, {128, 128, 128}, {0, 0, 128}};
        const auto near = [](const uint8_t* pixel, const std::array<int, 3>& colour) {
            return std::abs(pixel[0] - colour[0]) < 24 && std::abs(pixel[1] - colour[1]) < 24
                && std::abs(pixel[2] - colour[2]) < 24;
        };
        for (size_t i = 0; i < 10; ++i)
            QVERIFY2(near(strip.row(60) + 3 * (240 * i + 120), expected[i]), names[i].c_str());
        const RgbImage thumbnail = readPicture(import.library->thumbnailPath(video));
        QCOMPARE(thumbnail.width, 160);
        QVERIFY(near(thumbnail.row(45) + 3 * 80, expected[5]));
    }
    void framesNearbyAreStoredWithTheirError()
    {
        NEED_FFMPEG();
        const TempDir dir;
        const auto arguments = [&](const std::string& group, const fs::path& to) {
            return std::vector<std::string>{"-f", "lavfi", "-i", "testsrc2=size=160x120:rate=15:duration=8", "-c:v",
                "libx264", "-g", group, "-keyint_min", group, "-sc_threshold", "0", "-pix_fmt", "yuv420p", to.string()};
        };
        fs::create_directory(dir / "clips");
        QVERIFY(ffmpeg(arguments("30", dir / "clips/a.mp4")));
        QVERIFY(ffmpeg(arguments("999", dir / "clips/b.mp4")));
        Import import(dir / "lib");
        const ImportReport report = import.run({dir / "clips"}, "uniform:12@keyframe");
        EXPECT(report, 2, 0, 0);
        const VideoRecord a = import.library->videoByPath(dir / "clips/a.mp4").value();
        // Keyframes at 0, 30, 60, 90; moments at 5, 15, ..., 115, those half way taken by the earlier one.
        QVERIFY(a.sampler == SamplerSpec::parse("uniform:12@keyframe"));
        QCOMPARE(a.sampledFrames, 4);
        QCOMPARE(a.usableFrames, 4);
        QCOMPARE(a.sampleError.moments, int64_t(12));
        QCOMPARE(a.sampleError.sumFrames, int64_t(3 * (5 + 15 + 5) + 5 + 15 + 25));
        QCOMPARE(a.sampleError.largestFrames, int64_t(25));
        QVERIFY(std::abs(a.sampleError.largestSec() - 25. / 15) < 1e-6);
        // Groups of pictures longer than 5 s are sampled exactly.
        const VideoRecord b = import.library->videoByPath(dir / "clips/b.mp4").value();
        QCOMPARE(b.sampledFrames, 12);
        QVERIFY(b.sampleError == (SampleError{12, 0, 0, 0, 0}));
        SampleError both = a.sampleError;
        both.add(b.sampleError);
        QVERIFY(report.sampleError == both);
        QCOMPARE(readPicture(import.library->stripPath(a)).height, kStripHeight);
        QVERIFY(!readPicture(import.library->thumbnailPath(a)).empty());
    }
    void namesOfAnyBytesLinksAndLoops()
    {
        NEED_FFMPEG();
        const TempDir dir;
        QVERIFY(makeVideo(dir / "good.mp4"));
        const fs::path tree = dir / "tree";
        fs::create_directories(tree / "a/b");
        const std::vector<std::string> names{"bad \xff\xfe\x80.mp4", "new\nline.mp4", "\u6771\u4EAC \U0001F600.mkv",
            "$(rm -rf ;) %n '\".mp4", std::string(250, 'x') + ".mp4", "-f.mp4", "file:x.mp4", "UPPER.MP4",
            "no extension", ".hidden.mp4"};
        for (const std::string& name : names)
            fs::copy_file(dir / "good.mp4", tree / "a" / name);
        write(tree / "a/notes.txt", "no video");
        write(tree / "a/cover.jpg", "no video");
        fs::create_directory_symlink(tree, tree / "a/b/up"); // a loop
        fs::create_directory_symlink(tree / "a", tree / "0-again"); // found by its own name too
        fs::create_symlink(tree / "a/UPPER.MP4", tree / "0-link.mp4"); // so is this
        fs::create_directory(dir / "outside");
        fs::copy_file(dir / "good.mp4", dir / "outside/far.mp4");
        fs::create_directory_symlink(dir / "outside", tree / "linked"); // followed
        fs::create_symlink(dir / "good.mp4", tree / "link.mp4"); // followed
        Import import(tree / "lib"); // a library inside the folder it is made of
        EXPECT(import.run({tree, tree / "a", tree / "./a/../a/UPPER.MP4", tree}), int64_t(names.size()) + 2, 0, 0);
        for (const std::string& name : names)
            QVERIFY2(import.library->videoByPath(tree / "a" / name), name.c_str());
        QVERIFY(import.library->videoByPath(tree / "linked/far.mp4") && import.library->videoByPath(tree / "link.mp4"));
        for (const Progress& progress : import.progress)
            QVERIFY(QString::fromStdString(progress.text).toStdString() == progress.text);
        EXPECT(import.run({tree}), 0, int64_t(names.size()) + 2, 0);
        // A path through ".." behind a link is where the disk says it is.
        EXPECT(import.run({tree / "linked/../good.mp4"}), 1, 0, 0);
        QVERIFY(import.library->videoByPath(fs::canonical(dir / "good.mp4")));
    }
    void pathsThatAreNotThere()
    {
        const TempDir dir;
        Import import(dir / "lib");
        try {
            import.run({dir / "nowhere"});
            QFAIL("was imported");
        } catch (const Error& e) {
            QCOMPARE(e.kind(), ErrorKind::Input);
            QCOMPARE(fs::path(e.subject()), dir / "nowhere");
        }
        fs::create_directory(dir / "empty");
        EXPECT(import.run({dir / "empty"}), 0, 0, 0);
        EXPECT(import.run({}), 0, 0, 0);
        write(dir / "notes.txt", "text");
        EXPECT(import.run({dir / "notes.txt"}), 0, 0, 0);
        QVERIFY2(import.log.find("notes.txt is no video") != std::string::npos, import.log.c_str());
        QCOMPARE(mkfifo((dir / "pipe").c_str(), 0600), 0);
        EXPECT(import.run({dir / "pipe", "/dev/zero"}), 0, 0, 0);
        fs::create_symlink("nothing.mp4", dir / "dangling.mp4");
        EXPECT(import.run({dir / "dangling.mp4"}), 0, 0, 1);
    }
    void changedRemovedAndReadded()
    {
        NEED_FFMPEG();
        const TempDir dir;
        const fs::path films = dir / "films";
        fs::create_directory(films);
        QVERIFY(makeVideo(films / "a.mp4"));
        QVERIFY(makeVideo(films / "b.mp4", "color=red:size=64x48:rate=10:duration=1"));
        Import import(dir / "lib");
        VideoLibrary& library = *import.library;
        EXPECT(import.run({films}), 2, 0, 0);
        const VideoRecord a = *library.videoByPath(films / "a.mp4");
        library.setLabel(a.id, "test");
        library.setSplit(a.id, "val");
        library.setCaptions(a.id, CaptionSource::Caption, {{0, "a test picture", {}, {}}});
        // Changed: imported anew, with its number, label, split and captions.
        QVERIFY(makeVideo(films / "a.mp4", "color=blue:size=80x60:rate=10:duration=3"));
        EXPECT(import.run({films}), 1, 1, 0);
        const VideoRecord changed = *library.videoByPath(films / "a.mp4");
        QCOMPARE(changed.id, a.id);
        QVERIFY(changed.hash != a.hash && changed.info.width == 80);
        QCOMPARE(changed.label, std::string("test"));
        QCOMPARE(changed.split, std::string("val"));
        QCOMPARE(library.captions(a.id).size(), size_t(1));
        // Same bytes, other time: looked at again.
        fs::last_write_time(films / "a.mp4", fs::last_write_time(films / "a.mp4") - std::chrono::hours(1));
        EXPECT(import.run({films}), 1, 1, 0);
        // Broken meanwhile: a failure, and what was known stays.
        write(films / "b.mp4", "broken");
        EXPECT(import.run({films}), 0, 1, 1);
        QCOMPARE(library.videoCount(), 2);
        // Removed from the library, and added again.
        library.remove({a.id});
        QCOMPARE(library.videoCount(), 1);
        EXPECT(import.run({films / "a.mp4"}), 1, 0, 0);
        QVERIFY(library.videoByPath(films / "a.mp4") && fs::exists(library.thumbnailPath(changed)));
    }
    void sidecarSubtitlesAreRead()
    {
        NEED_FFMPEG();
        const TempDir dir;
        QVERIFY(makeVideo(dir / "bear.mp4"));
        write(dir / "bear.srt", "1\n0:00:00,500 --> 0:00:01,500\nLook, an otter!\n");
        write(dir / "bear.en.vtt",
            "WEBVTT\n\n00:00.500 --> 00:01.500\nLook, an otter!\n\n00:01.600 --> 00:01.900\nGone.\n");
        write(dir / "bear.de.srt", "nothing to read");
        Import import(dir / "lib");
        EXPECT(import.run({dir / "bear.mp4"}), 1, 0, 0);
        QVERIFY2(import.log.find("bear.de.srt") != std::string::npos, import.log.c_str());
        const VideoId id = import.library->videos().at(0).id;
        const auto lines = import.library->captions(id);
        QCOMPARE(lines.size(), size_t(2)); // the same cue of two files once
        const auto match = import.library->matchWords("otter", 5).at(0);
        QCOMPARE(match.field, VideoLibrary::NameMatch::Field::Subtitle);
        QCOMPARE(*match.startSec, .5);
        // Subtitles that come later are taken though the video is unchanged, and those that are gone are forgotten.
        write(dir / "bear.srt", "1\n0:00:00,500 --> 0:00:01,500\nLook, a beaver!\n");
        EXPECT(import.run({dir / "bear.mp4"}), 0, 1, 0);
        QCOMPARE(import.library->matchWords("beaver", 5).size(), size_t(1));
        for (const char* name : {"bear.srt", "bear.en.vtt", "bear.de.srt"})
            fs::remove(dir / name);
        EXPECT(import.run({dir / "bear.mp4"}), 0, 1, 0);
        QVERIFY(import.library->captions(id).empty());
    }
    void cancelIsQuickAndKeepsWhatIsDone()
    {
        NEED_FFMPEG();
        const TempDir dir;
        const fs::path films = dir / "films";
        fs::create_directory(films);
        // Long enough that none is done at once: big pictures, every one of them asked for.
        QVERIFY(ffmpeg({"-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=30:duration=10", "-c:v", "libx264", "-preset",
            "ultrafast", "-pix_fmt", "yuv420p", (films / "b0.mp4").string()}));
        fs::copy_file(films / "b0.mp4", films / "b1.mp4");
        QVERIFY(makeVideo(films / "a.mp4"));
        Import import(dir / "lib");
        std::stop_source stop;
        import.context.stop = stop.get_token();
        std::atomic<bool> aDone = false;
        import.context.onPartial = [&](const std::any&) { aDone = true;
    };
    QElapsedTimer clock;
    std::jthread canceller([&] {
        while (!aDone)
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        clock.start();
        stop.request_stop();
    });
    bool cancelled = false;
    try {
        import.run({films}, "uniform:300");
    } catch (const Cancelled&) {
        cancelled = true;
    }
    const qint64 took = clock.elapsed();
    canceller.join();
    QVERIFY(cancelled);
    QVERIFY2(took < 500, std::to_string(took).c_str());
    QCOMPARE(import.library->videoCount(), 1);
    // Once more, to the end.
    import.context.stop = {};
    EXPECT(import.run({films}, "uniform:4"), 2, 1, 0);
    stop.request_stop();
    import.context.stop = stop.get_token();
    QVERIFY_EXCEPTION_THROWN(import.run({films}), Cancelled);
} void aFileThatChangesMeanwhileIsRefused()
{
    NEED_FFMPEG();
    const TempDir dir;
    QVERIFY(makeVideo(dir / "a.mp4"));
    // The first call of the stop token's owner comes while the file is open: progress is reported before, so grow the
    // file from a second thread until the import notices.
    std::atomic<bool> end = false;
    std::jthread writer([&] {
        while (!end) {
            std::ofstream(dir / "a.mp4", std::ios::binary | std::ios::app) << "x";
            std::this_thread::sleep_for(std::chrono::microseconds(200));
        }
    });
    Import import(dir / "lib");
    const ImportReport report = import.run({dir / "a.mp4"});
    end = true;
    EXPECT(report, 0, 0, 1);
    QVERIFY2(report.failed[0].reason.find("changed while") != std::string::npos, report.failed[0].reason.c_str());
}
void aDiskThatFailsEndsTheImport()
{
    NEED_FFMPEG();
    const TempDir dir;
    QVERIFY(makeVideo(dir / "a.mp4"));
    Import import(dir / "lib");
    write(dir / "lib/thumbnails", "in the way");
    const std::string message = errorOf<Error>([&] { import.run({dir / "a.mp4"}); });
    QVERIFY2(message.find((dir / "lib/thumbnails").string()) != std::string::npos, message.c_str());
    fs::remove(dir / "lib/thumbnails");
    EXPECT(import.run({dir / "a.mp4"}), 1, 0, 0);
}
}
;

QTEST_GUILESS_MAIN(TestVideoImport)
#include "tst_video_import.moc"
