// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "library/subtitles.h"
#include "support/test_data.h"

#include <QElapsedTimer>

#include <cmath>
#include <fstream>
#include <sys/stat.h>

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

namespace {

void write(const fs::path& path, const std::string& bytes)
{
    std::ofstream(path, std::ios::binary) << bytes;
}

/// "1-2.5 text | 3-4 text"
std::string read(const fs::path& path)
{
    std::string out;
    for (const Caption& cue : readSubtitles(path)) {
        char times[64];
        std::snprintf(times, sizeof times, "%g-%g ", *cue.startSec, *cue.endSec);
        out += (out.empty() ? "" : " | ") + std::string(times) + cue.text;
        if (cue.source != CaptionSource::Subtitle)
            out += " (not a subtitle)";
    }
    return out;
}

std::string utf16(const std::u16string& text, bool big)
{
    std::string out = big ? "\xFE\xFF" : "\xFF\xFE";
    for (const char16_t c : text) {
        out += char(big ? c >> 8 : c & 255);
        out += char(big ? c & 255 : c >> 8);
    }
    return out;
}

} // namespace

class TestSubtitles : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void subRip()
    {
        const TempDir dir;
        const fs::path f = dir / "a.srt";
        write(f,
            "1\r\n00:00:01,000 --> 00:00:02,500\r\n<i>Hello</i> there,\r\n{\\an8}General &amp; <font "
            "color=\"#ff0\">Bear</font>\r\n\r\n"
            "2\r\n01:00:03,250 --> 01:00:04,000  X1:10 X2:20 Y1:1 Y2:2\r\n1 < 2 and 3 > 2\r\n");
        QCOMPARE(read(f), std::string("1-2.5 Hello there, General & Bear | 3603.25-3604 1 < 2 and 3 > 2"));
    }
    void webVtt()
    {
        const TempDir dir;
        const fs::path f = dir / "a.vtt";
        write(f,
            "\xEF\xBB\xBFWEBVTT - a title\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nNOTE a remark\nof two "
            "lines\n\n"
            "intro\n00:01.000 --> 00:02.000 line:0 align:start\n<v Anna>Hi <00:00:01.500><c.yellow>you</c></v>\n\n"
            "1:00:00.5 --> 1:00:01.25\n- one\n- two&nbsp;three\n");
        QCOMPARE(read(f), std::string("1-2 Hi you | 3600.5-3601.25 - one - two three"));
    }
    void whatIsUnreadableIsLeftOut()
    {
        const TempDir dir;
        const fs::path f = dir / "a.srt";
        write(f,
            "garbage\n\n1\n00:00:xx,000 --> 00:00:02,000\nno start\n\n2\n00:00:09,000 --> 00:00:08,000\nends before it "
            "begins\n\n3\n00:00:03,000 --> \nno end\n\n4\n00:00:03,000 -> 00:00:04,000\nshort arrow\n\n5\n"
            "00:00:05,000 --> 00:00:06,000\n\n6\n00:00:07,000 --> 00:00:07,000\ngood\n7\n00:00:08 --> 0:09\nno empty "
            "line between\n8\n1:2:3:4 --> 9\nfour parts\n\n9\n-1 --> 5\nminus\n\n99:59:59,999 --> 100:00:00,000\nlate");
        QCOMPARE(read(f), std::string("7-7 good | 8-9 no empty line between | 360000-360000 late"));
    }
    void encodings()
    {
        const TempDir dir;
        const fs::path f = dir / "a.srt";
        const std::string head = "1\n0:01 --> 0:02\n";
        write(f, head + "caf\xE9 \x80 \x93ja\x94");
        QCOMPARE(read(f), std::string("1-2 caf\u00E9 \u20AC \u201Cja\u201D"));
        write(f, head + "caf\u00E9");
        QCOMPARE(read(f), std::string("1-2 caf\u00E9"));
        for (const bool big : {false, true}) {
            write(f, utf16(u"1\r\n0:01 --> 0:02\r\ncaf\u00E9 \U0001F600 \xD800 x\r\n", big));
            QCOMPARE(read(f), std::string("1-2 caf\u00E9 \U0001F600 \uFFFD x"));
        }
        write(f, head + std::string("a\0b", 3));
        QCOMPARE(read(f),
            std::string("1-2 a\uFFFD"
                        "b"));
        write(f, "1\r0:01 --> 0:02\rold Mac\r\r");
        QCOMPARE(read(f), std::string("1-2 old Mac"));
    }
    void whatIsNoSubtitleFile()
    {
        const TempDir dir;
        for (const std::string& bytes :
            {std::string(), std::string("hello"), std::string("\xFF\xFE"), std::string(5000, '\0'),
                std::string("1\n00:00:01,000 --> 00:00:02,000\n\n"), std::string("-->\n-->\n")}) {
            write(dir / "a.srt", bytes);
            try {
                readSubtitles(dir / "a.srt");
                QFAIL("was read");
            } catch (const Error& e) {
                QCOMPARE(e.kind(), ErrorKind::Input);
                QCOMPARE(fs::path(e.subject()), dir / "a.srt");
            }
        }
        try {
            readSubtitles(dir / "absent.srt");
            QFAIL("was read");
        } catch (const Error& e) {
            QCOMPARE(e.kind(), ErrorKind::Storage);
        }
        QCOMPARE(::mkfifo((dir / "pipe.srt").c_str(), 0600), 0);
        QVERIFY(!errorOf<Error>([&] { readSubtitles(dir / "pipe.srt"); }).empty());
        // Nothing takes more than its length in time.
        QElapsedTimer clock;
        clock.start();
        std::string hostile;
        for (int i = 0; i < 200'000; ++i)
            hostile += "<a{\\-->0:01&amp";
        write(dir / "a.srt", "0:01 --> 0:02\n" + std::string(2'000'000, '<') + "\n\n" + hostile);
        readSubtitles(dir / "a.srt");
        write(
            dir / "a.srt", "0:01 --> 0:02\n" + [] {
                std::string s;
                for (int i = 0; i < 300'000; ++i)
                    s += "<b";
                return s;
            }());
        readSubtitles(dir / "a.srt");
        QVERIFY2(clock.elapsed() < 5000, std::to_string(clock.elapsed()).c_str());
    }
    void sidecars()
    {
        const TempDir dir;
        for (const char* name :
            {"bear.mp4", "bear.srt", "bear.VTT", "bear.en.srt", "bear.pt-BR.sdh.srt", "bear.txt", "bears.srt",
                "bear.cub.mp4", "bear.cub.srt", "bear.cub.en.srt", "bear.en.txt", "other.srt", "bear", "bear .srt"})
            write(dir / name, "x");
        fs::create_directory(dir / "bear.de.srt");
        const auto names = [](const std::vector<fs::path>& paths) {
            std::string out;
            for (const fs::path& path : paths)
                out += path.filename().string() + " ";
            return out;
        };
        QCOMPARE(names(sidecarSubtitles(dir / "bear.mp4")),
            std::string("bear.VTT bear.en.srt bear.pt-BR.sdh.srt bear.srt "));
        QCOMPARE(names(sidecarSubtitles(dir / "bear.cub.mp4")), std::string("bear.cub.en.srt bear.cub.srt "));
        QCOMPARE(names(sidecarSubtitles(dir / "absent.mp4")), std::string());
        QCOMPARE(names(sidecarSubtitles("/nowhere/bear.mp4")), std::string());
        QCOMPARE(sidecarSubtitles(dir / "bear.mp4")[0], dir / "bear.VTT");
        // Ten thousand videos with a subtitle each: not the square of it.
        fs::create_directory(dir / "many");
        for (int i = 0; i < 3000; ++i) {
            write(dir.path() / "many" / (std::to_string(i) + ".mp4"), "");
            write(dir.path() / "many" / (std::to_string(i) + ".srt"), "");
        }
        QElapsedTimer clock;
        clock.start();
        SidecarFinder finder;
        for (int i = 0; i < 3000; ++i)
            QCOMPARE(finder.of(dir.path() / "many" / (std::to_string(i) + ".mp4")).size(), size_t(1));
        QVERIFY2(clock.elapsed() < 3000, std::to_string(clock.elapsed()).c_str());
    }
};

QTEST_GUILESS_MAIN(TestSubtitles)
#include "tst_subtitles.moc"
