// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/files.h"
#include "embedding/embedding_pipeline.h"
#include "library/video_import.h"
#include "media/video_writer.h"
#include "support/test_data.h"

#include <fstream>

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

namespace {

double residentMb()
{
    long pages = 0;
    std::ifstream("/proc/self/statm") >> pages >> pages;
    return double(pages) * 4096 / 1e6;
}

int64_t descriptors()
{
    return std::distance(fs::directory_iterator("/proc/self/fd"), {});
}

} // namespace

/// Clips in a row: 100, in the long run 1,000.
class TestManyClips : public QObject {
    Q_OBJECT

    static int clips() { return qEnvironmentVariableIsSet("CLIPSCOPE_LONG") ? 1000 : 100; }

    /// Memory and descriptors after the first 50 of a row and at its end.
    struct Watch {
        std::atomic<int> seen = 0;
        double mbAt50 = 0;
        double mbAtEnd = 0;
        int64_t descriptorsAt50 = 0;
        void see()
        {
            if (++seen == 50) {
                mbAt50 = residentMb();
                descriptorsAt50 = descriptors();
            }
            if (seen == clips())
                mbAtEnd = residentMb();
        }
    };

    static void check(const char* what, const Watch& watch)
    {
        const int64_t after = descriptors();
        qInfo("%s: %d clips, %.1f MB after 50, %.1f MB at the end; %lld and %lld descriptors", what, watch.seen.load(),
            watch.mbAt50, watch.mbAtEnd, (long long)watch.descriptorsAt50, (long long)after);
        QCOMPARE(watch.seen.load(), clips());
        QVERIFY2(watch.mbAtEnd - watch.mbAt50 < 50, what);
        QVERIFY2(after <= watch.descriptorsAt50, what);
    }

private Q_SLOTS:
    void memoryAndDescriptorsStay()
    {
        const TempDir dir;
        fs::create_directory(dir / "media");
        {
            VideoWriter writer(dir / "clip.mp4", {.width = 320, .height = 240, .fps = 12});
            for (int i = 0; i < 24; ++i) {
                RgbImage image(320, 240);
                std::fill(image.pixels.begin(), image.pixels.end(), uint8_t(10 * i));
                writer.write(image);
            }
            writer.finish();
        }
        // Each is another file: a box that players pass over stands at its end.
        const std::string bytes = readFile(dir / "clip.mp4");
        for (int i = 0; i < clips(); ++i) {
            char box[17] = {0, 0, 0, 16, 'f', 'r', 'e', 'e'};
            std::snprintf(box + 8, 9, "%08d", i);
            std::ofstream(dir / "media" / (std::to_string(i) + ".mp4"), std::ios::binary)
                << bytes << std::string(box, 16);
        }
        const auto library = VideoLibrary::openOrCreate(dir / "l");
        JobContext context;
        Watch importing;
        context.onPartial = [&](const std::any&) { importing.see(); };
        const ImportReport imported =
            importVideos(*library, {dir / "media"}, {SamplerSpec::parse("uniform:4")}, context);
        QCOMPARE(imported.ok, clips());
        check("import", importing);

        Watch embedding;
        context.onPartial = [&](const std::any&) { embedding.see(); };
        const auto encoder = makeEncoder("fake:1");
        QCOMPARE(embedLibrary(*library, *encoder, EmbedOptions(), context).ok, clips());
        check("embed", embedding);
    }
};

QTEST_GUILESS_MAIN(TestManyClips)
#include "tst_many_clips.moc"
