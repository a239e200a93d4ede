// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/video_reference.h"
#include "media/decoding_limits.h"
#include "media/local_video_reader_internal.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QProcess>

#include <atomic>
#include <csignal>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <thread>
#include <unistd.h>

namespace fs = std::filesystem;
using namespace clipscope;
using namespace clipscope::test;

namespace {

const FrameFit kSmall = FrameFit::bounds(64, 64);

/// Processes that run a decoder, the real one or ours (names are cut after 15 bytes), and whose parent is `parent`; the
/// dead that nobody has buried are none.
std::set<pid_t> decodersOf(pid_t parent)
{
    std::set<pid_t> out;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator("/proc", error)) {
        std::ifstream in(entry.path() / "stat");
        std::string line;
        // pid (name) state parent ...
        if (!std::getline(in, line) || line.find("dec") == std::string::npos)
            continue;
        std::istringstream rest(line.substr(line.rfind(')') + 1));
        char state = 0;
        pid_t itsParent = 0;
        rest >> state >> itsParent;
        if (itsParent == parent && state != 'Z' && state != 'X')
            out.insert(pid_t(std::stol(line)));
    }
    return out;
}

std::set<pid_t> ourDecoders()
{
    return decodersOf(::getpid());
}

/// How much slower ThreadSanitizer may make us.
#if defined(__SANITIZE_THREAD__)
constexpr int kSlower = 5;
#else
constexpr int kSlower = 1;
#endif

/// Its letter in /proc: 'T' is stopped, 'Z' has ended; 'X' when there is none.
char stateOf(pid_t process)
{
    std::ifstream in("/proc/" + std::to_string(process) + "/stat");
    std::string line;
    return std::getline(in, line) ? line[line.rfind(')') + 2] : 'X';
}

bool isAlive(pid_t process)
{
    const char state = stateOf(process);
    return state != 'Z' && state != 'X';
}

/// The decoder of ours that has this file open.
pid_t decoderOf(const fs::path& video)
{
    for (const pid_t decoder : ourDecoders()) {
        std::error_code error;
        for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(decoder) + "/fd", error)) {
            if (fs::read_symlink(entry.path(), error) == video)
                return decoder;
        }
    }
    qFatal("no decoder has it open");
}

/// Ends every decoder of ours, and returns when they are dead.
void endDecoders(int signal)
{
    for (const pid_t decoder : ourDecoders()) {
        ::kill(decoder, signal);
        QTRY_VERIFY_WITH_TIMEOUT(!isAlive(decoder), 5000);
    }
}

/// Part of what is said of a decoder that a signal ended. The sanitizers answer a fault themselves and leave with a status.
const char* endBy([[maybe_unused]] int signal)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    if (signal == SIGSEGV)
        return "made its decoder end (status ";
#endif
    return signal == SIGKILL ? "killed" : "crash";
}

size_t openDescriptors()
{
    return size_t(std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
}

/// While it lives, decoding has these limits.
class WithLimits {
public:
    explicit WithLimits(const DecodingLimits& limits) { setDecodingLimits(limits); }
    ~WithLimits() { setDecodingLimits({}); }
};

/// While it lives, an environment variable has this value.
class WithVariable {
public:
    WithVariable(const char* name, const QByteArray& value)
        : m_name(name)
    {
        qputenv(name, value);
    }
    ~WithVariable() { qunsetenv(m_name); }

private:
    const char* m_name;
};

std::vector<int64_t> allFrames(const VideoReader& reader)
{
    std::vector<int64_t> indices(size_t(reader.info().frames));
    for (size_t i = 0; i < indices.size(); ++i)
        indices[i] = int64_t(i);
    return indices;
}

} // namespace

/// Decoding in another process: what a crash, a hang, a bomb or a lie of it costs.
class TestDecoderProcess : public QObject {
    Q_OBJECT

    TempDir m_dir;
    fs::path m_video; ///< 8 s, 200 frames
    fs::path m_other;

    /// The whole of both files comes through, by `reader` and by a new one.
    void expectAllIsWell(VideoReader& reader)
    {
        QCOMPARE(reader.read({0, 1, 100, 199}, kSmall, {}, [](VideoFrame&&) {}).usable, 4);
        VideoReader next(m_other);
        QCOMPARE(next.sample(SamplerSpec::parse("uniform:8"), kSmall, {}, [](VideoFrame&&) {}).usable, 8);
    }

private Q_SLOTS:
    void initTestCase()
    {
        NEED_FFMPEG();
        m_video = m_dir / "video.mp4";
        m_other = m_dir / "other.mkv";
        QVERIFY(ffmpeg({"-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=8", "-c:v", "libx264", "-preset",
            "ultrafast", "-pix_fmt", "yuv420p", m_video.string()}));
        QVERIFY(ffmpeg({"-f", "lavfi", "-i", "testsrc=size=160x120:rate=10:duration=3", "-c:v", "libx264", "-pix_fmt",
            "yuv420p", m_other.string()}));
    }

    void picturesAreThoseOfTheSameProcess()
    {
        for (const fs::path& video : {m_video, m_other}) {
            VideoReader reader(video);
            LocalVideoReader local(openMediaFile(video), video, {});
            QVERIFY(reader.timeline() == local.timeline());
            QCOMPARE(reader.info().codec, local.info().codec);
            QCOMPARE(reader.info().container, local.info().container);
            QCOMPARE(reader.info().frames, local.info().frames);
            QCOMPARE(reader.info().durationSec, local.info().durationSec);
            for (const FrameFit& fit : {FrameFit::full(), kSmall, FrameFit::centreSquare(48, .9)}) {
                std::vector<RgbImage> here;
                std::vector<RgbImage> there;
                const auto spec = SamplerSpec::parse("uniform:17");
                local.read(sampleFrames(spec, local.timeline()).indices, fit, {},
                    [&](VideoFrame&& frame) { here.push_back(std::move(frame.image)); });
                reader.sample(spec, fit, {}, [&](VideoFrame&& frame) {
                    QCOMPARE(frame.timeSec, reader.timeline().timesSec[size_t(frame.index)]);
                    there.push_back(std::move(frame.image));
                });
                QCOMPARE(there.size(), size_t(17));
                QVERIFY(here == there);
                QCOMPARE(reader.frame(9, fit).image, local.frame(9, fit, {}).image);
            }
        }
    }

    /// A picture larger than what is shared at first.
    void largePictures()
    {
        const auto large = m_dir / "large.mkv";
        QVERIFY(ffmpeg({"-f", "lavfi", "-i", "testsrc2=size=3840x2160:rate=5:duration=1", "-c:v", "mjpeg", "-pix_fmt",
            "yuvj420p", large.string()}));
        VideoReader reader(large);
        LocalVideoReader local(openMediaFile(large), large, {});
        int frames = 0;
        // Small ones wait in the ring when the large ones come.
        for (const FrameFit& fit : {kSmall, FrameFit::full(), kSmall, FrameFit::full()}) {
            reader.read({0, 1, 2, 3, 4}, fit, {}, [&](VideoFrame&& frame) {
                ++frames;
                QCOMPARE(frame.image, local.frame(frame.index, fit, {}).image);
            });
        }
        QCOMPARE(frames, 20);
    }

    void killedInTheMiddleCostsOneReading_data()
    {
        QTest::addColumn<int>("signal");
        QTest::newRow("SIGKILL") << SIGKILL;
        QTest::newRow("SIGSEGV") << SIGSEGV;
        QTest::newRow("SIGABRT") << SIGABRT;
    }
    void killedInTheMiddleCostsOneReading()
    {
        QFETCH(int, signal);
        VideoReader reader(m_video);
        int frames = 0;
        const std::string message = errorOf<Error>([&] {
            reader.read(allFrames(reader), kSmall, {}, [&](VideoFrame&&) {
                if (++frames == 3) {
                    for (const pid_t decoder : ourDecoders())
                        ::kill(decoder, signal);
                }
            });
        });
        QVERIFY2(message.starts_with(m_video.string() + ": "), message.c_str());
        QVERIFY2(message.find(endBy(signal)) != std::string::npos, message.c_str());
        QVERIFY(frames < 200);
        expectAllIsWell(reader);
        // Killed while nobody asks anything: nothing is lost at all.
        endDecoders(signal);
        expectAllIsWell(reader);
        // Nor where it dies between a question and the first word of the answer.
        const pid_t decoder = decoderOf(m_video);
        ::kill(decoder, SIGSTOP);
        std::jthread killer([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            ::kill(decoder, SIGKILL);
        });
        expectAllIsWell(reader);
    }

    void aHangIsEndedByTheWatchdog()
    {
        VideoReader reader(m_video);
        int frames = 0;
        QElapsedTimer clock;
        const std::string message = errorOf<Error>([&] {
            const WithLimits limits({int64_t(2) << 30, .6, 10});
            reader.read(allFrames(reader), kSmall, {}, [&](VideoFrame&&) {
                if (++frames == 3) {
                    ::kill(decoderOf(m_video), SIGSTOP);
                    clock.start();
                }
            });
        });
        QVERIFY2(message.find("gave no picture for 0.6 seconds") != std::string::npos, message.c_str());
        QVERIFY2(clock.elapsed() >= 500 && clock.elapsed() < 5000, qPrintable(QString::number(clock.elapsed())));
        expectAllIsWell(reader);
    }

    void tooMuchMemoryCostsOneFile()
    {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        QSKIP("sanitizers need terabytes of addresses");
#endif
        const auto bomb = m_dir / "bomb.png";
        QVERIFY(ffmpeg(
            {"-f", "lavfi", "-i", "color=size=9000x9000", "-frames:v", "1", "-pix_fmt", "rgb24", bomb.string()}));
        const WithLimits limits({int64_t(450) << 20, 30, 10});
        const std::string message = errorOf<Error>([&] { readPicture(bomb); });
        QVERIFY2(message.starts_with(bomb.string() + ": "), message.c_str());
        QVERIFY2(message.find("memory") != std::string::npos, message.c_str());
        VideoReader reader(m_video);
        expectAllIsWell(reader);
        setDecodingLimits({});
        QCOMPARE(readPicture(bomb, kSmall).width, 64);
    }

    void aLyingDecoderIsNotBelieved_data()
    {
        QTest::addColumn<QString>("what");
        for (const char* what :
            {"garbage", "claims 4 GB", "other ticket", "no frames", "other count", "times backwards", "endless times",
                "no size", "picture outside", "picture half outside", "huge picture", "negative picture", "other size",
                "no such frame", "frame before the first", "wrong count", "room without end", "pictures without end",
                "trickles", "complains and aborts", "spins"})
            QTest::newRow(what) << QString::fromLatin1(what);
    }
    void aLyingDecoderIsNotBelieved()
    {
        QFETCH(QString, what);
        QElapsedTimer clock;
        clock.start();
        std::vector<std::string> log;
        {
            const WithLimits limits({int64_t(2) << 30, .6, .1});
            const WithVariable program("CLIPSCOPE_DECODER", MISBEHAVING_DECODER);
            const WithVariable misbehaviour("CLIPSCOPE_MISBEHAVIOUR", what.toUtf8());
            JobContext context;
            context.onLog = [&](LogLevel, const std::string& text) { log.push_back(text); };
            try {
                VideoReader reader(m_video, context);
                reader.read({0, 1}, FrameFit::centreSquare(32, 1), context, [](VideoFrame&&) {});
                QFAIL("it was believed");
            } catch (const Error& e) {
                QCOMPARE(fs::path(e.subject()), m_video);
                QVERIFY2(e.kind() == ErrorKind::Media, e.what());
                QVERIFY(!e.happened().empty());
            }
        }
        QVERIFY2(clock.elapsed() < 5000, qPrintable(QString::number(clock.elapsed())));
        if (what == QStringLiteral("complains and aborts"))
            QVERIFY(!log.empty() && log.front().find("a red herring") != std::string::npos);
        VideoReader reader(m_video);
        expectAllIsWell(reader);
    }

    void withoutTheProgramItSaysSo()
    {
        {
            const WithVariable program("CLIPSCOPE_DECODER", "/nowhere/clipscope-decoder");
            try {
                VideoReader reader(m_video);
                QFAIL("it was opened by nothing");
            } catch (const Error& e) {
                QVERIFY(e.kind() == ErrorKind::Resource);
                QVERIFY2(e.reason().find("/nowhere/clipscope-decoder") != std::string::npos, e.what());
                QCOMPARE(fs::path(e.subject()), m_video);
            }
        }
        const WithVariable program("CLIPSCOPE_DECODER", MISBEHAVING_DECODER);
        const WithVariable misbehaviour("CLIPSCOPE_MISBEHAVIOUR", "other version");
        const std::string message = errorOf<Error>([&] { VideoReader reader(m_video); });
        QVERIFY2(message.find("another version") != std::string::npos, message.c_str());
    }

    void cancelling_data()
    {
        QTest::addColumn<bool>("hangs");
        QTest::newRow("it answers") << false;
        QTest::newRow("it hangs") << true;
    }
    void cancelling()
    {
        QFETCH(bool, hangs);
        VideoReader reader(m_video);
        for (int round = 0; round < 5; ++round) {
            std::stop_source stop;
            JobContext context;
            context.stop = stop.get_token();
            std::atomic<int> frames = 0;
            std::atomic<qint64> stoppedNs = 0;
            QElapsedTimer clock;
            clock.start();
            std::jthread stopper([&] {
                while (frames == 0)
                    std::this_thread::sleep_for(std::chrono::milliseconds(1));
                if (hangs) {
                    ::kill(decoderOf(m_video), SIGSTOP);
                    std::this_thread::sleep_for(std::chrono::milliseconds(100));
                }
                stoppedNs = clock.nsecsElapsed();
                stop.request_stop();
            });
            bool cancelled = false;
            try {
                // Without an end: a machine of any speed is caught in the middle.
                for (;;)
                    reader.read(allFrames(reader), FrameFit::full(), context, [&](VideoFrame&&) { ++frames; });
            } catch (const Cancelled&) {
                cancelled = true;
            }
            const double tookMs = double(clock.nsecsElapsed() - stoppedNs) / 1e6;
            QVERIFY(cancelled);
            QVERIFY2(tookMs < 500 * kSlower, std::to_string(tookMs).c_str());
            expectAllIsWell(reader);
        }
    }

    void twoThreadsReadTwoFiles()
    {
        VideoReader whole(m_video);
        const auto expected = readAll(whole, kSmall);
        std::atomic<int> equal = 0;
        {
            std::vector<std::jthread> threads;
            for (int i = 0; i < 2; ++i) {
                threads.emplace_back([&] {
                    for (int round = 0; round < 5; ++round) {
                        VideoReader reader(m_video);
                        equal += readAll(reader, kSmall) == expected;
                        VideoReader other(m_other);
                        equal += other.frame(7, kSmall).index == 7;
                    }
                });
            }
        }
        QCOMPARE(equal.load(), 20);
    }

    void manyFilesUseOneDecoderAndLeakNothing()
    {
        const auto readOne = [&] {
            VideoReader reader(m_other);
            QCOMPARE(reader.sample(SamplerSpec::parse("uniform:2"), kSmall, {}, [](VideoFrame&&) {}).usable, 2);
        };
        readOne();
        const std::set<pid_t> before = ourDecoders();
        const size_t descriptors = openDescriptors();
        std::ofstream(m_dir / "text.mp4") << "text";
        for (int i = 0; i < 200; ++i) {
            readOne();
            QVERIFY(!errorOf<Error>([&] { VideoReader reader(m_dir / "text.mp4"); }).empty());
            QVERIFY(!errorOf<Error>([&] { readPicture(m_dir / "text.mp4"); }).empty());
        }
        QVERIFY2(openDescriptors() <= descriptors, std::to_string(openDescriptors()).c_str());
        // Renewed now and then, never more of them.
        QVERIFY(ourDecoders().size() <= std::max<size_t>(before.size(), 1));
        // Each closes all it had when it is lost.
        for (int i = 0; i < 5; ++i) {
            endDecoders(SIGKILL);
            readOne();
        }
        QVERIFY(openDescriptors() <= descriptors);
    }

    void itHasNothingButItsFile()
    {
        VideoReader reader(m_video);
        reader.frame(0, kSmall);
        bool found = false;
        for (const pid_t decoder : ourDecoders()) {
            const fs::path process = "/proc/" + std::to_string(decoder);
            std::set<std::string> files;
            for (const auto& entry : fs::directory_iterator(process / "fd"))
                files.insert(fs::read_symlink(entry.path()).string());
            for (const std::string& file : files)
                QVERIFY2(file == "/dev/null" || file.starts_with("pipe:") || file.starts_with("socket:")
                        || file.starts_with("/memfd:clipscope-pixels") || file == m_video.string(),
                    file.c_str());
            found |= files.contains(m_video.string());
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
            std::ifstream in(process / "status");
            const std::string status((std::istreambuf_iterator<char>(in)), {});
            if (status.find("\nSeccomp:") != std::string::npos)
                QVERIFY2(status.find("\nSeccomp:\t2") != std::string::npos, status.c_str());
            std::ifstream limitsFile(process / "limits");
            const std::string limits((std::istreambuf_iterator<char>(limitsFile)), {});
            QVERIFY2(limits.find("Max address space         2147483648") != std::string::npos, limits.c_str());
#endif
        }
        QVERIFY(found);
    }

    void itDiesWithItsParent_data()
    {
        QTest::addColumn<QString>("misbehaviour");
        QTest::addColumn<bool>("stopped");
        QTest::newRow("idle") << QString() << false;
        QTest::newRow("hangs in a library") << QStringLiteral("spins") << false;
        QTest::newRow("stopped") << QString() << true;
    }
    void itDiesWithItsParent()
    {
        QFETCH(QString, misbehaviour);
        QFETCH(bool, stopped);
        QProcess parent;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        if (!misbehaviour.isEmpty()) {
            environment.insert(QStringLiteral("CLIPSCOPE_DECODER"), QStringLiteral(MISBEHAVING_DECODER));
            environment.insert(QStringLiteral("CLIPSCOPE_MISBEHAVIOUR"), misbehaviour);
        }
        parent.setProcessEnvironment(environment);
        parent.start(QCoreApplication::applicationFilePath(),
            {QStringLiteral("--hold"), QString::fromStdString(m_video.string())});
        QVERIFY(parent.waitForStarted());
        std::set<pid_t> decoders;
        QTRY_VERIFY_WITH_TIMEOUT(!(decoders = decodersOf(pid_t(parent.processId()))).empty(), 20000);
        if (misbehaviour.isEmpty())
            QVERIFY(parent.waitForReadyRead(20000));
        const pid_t decoder = *decoders.begin();
        if (stopped) {
            ::kill(decoder, SIGSTOP);
            // Only one that has already stopped when its parent goes is an orphan that nobody could wake.
            QTRY_COMPARE_WITH_TIMEOUT(stateOf(decoder), 'T', 5000);
        }
        ::kill(pid_t(parent.processId()), SIGKILL);
        QVERIFY(parent.waitForFinished());
        QTRY_VERIFY_WITH_TIMEOUT(!isAlive(decoder), 2000);
    }
};

/// --hold VIDEO: opens it, says so, and waits to be killed.
int main(int argc, char** argv)
{
    if (argc == 3 && std::string(argv[1]) == "--hold") {
        const VideoReader reader(argv[2]);
        std::puts("open");
        std::fflush(stdout);
        for (;;)
            ::pause();
    }
    QCoreApplication application(argc, argv);
    TestDecoderProcess test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_decoder_process.moc"
