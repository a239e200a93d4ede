// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/files.h"
#include "retrieval/caption_readers.h"
#include "support/test_data.h"

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

namespace {

VideoId add(VideoLibrary& library, const fs::path& path, double durationSec = 10)
{
    VideoRecord record;
    record.path = path;
    record.hash = sha256(path.string());
    record.info.durationSec = durationSec;
    library.store(record);
    return record.id;
}

Annotations csv(const std::string& rows)
{
    return parseAnnotations("path,caption,label,split,startSec,endSec\n" + rows, "/notes/films.csv");
}

} // namespace

class TestApplyAnnotations : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void pathsBelowARootBesideTheFileAndByTheirEnd()
    {
        TempDir dir;
        const auto library = VideoLibrary::openOrCreate(dir / "lib");
        const VideoId below = add(*library, "/films/cats/a.mp4");
        const VideoId beside = add(*library, "/notes/b.mp4");
        const VideoId absolute = add(*library, "/other/c.mp4");
        const VideoId end = add(*library, "/elsewhere/dogs/d.mp4");
        const AppliedAnnotations applied = applyAnnotations(*library,
            csv("cats/a.mp4,a cat,cat,train,,\n./b.mp4,beside,,,,\n/other/c.mp4,absolute,,,,\ndogs/d.mp4,a dog,,,,\n"
                "s/d.mp4,no,,,,\nnowhere.mp4,no,,,,\n"),
            {"/films"});
        QCOMPARE(applied.videos, int64_t(4));
        QCOMPARE(applied.captions, int64_t(4));
        QCOMPARE(applied.labels, int64_t(1));
        QCOMPARE(applied.unmatched, std::vector<std::string>({"s/d.mp4", "nowhere.mp4"}));
        QCOMPARE(library->captions(below).at(0).text, std::string("a cat"));
        QCOMPARE(library->captions(beside).at(0).text, std::string("beside"));
        QCOMPARE(library->captions(absolute).at(0).text, std::string("absolute"));
        QCOMPARE(library->captions(end).at(0).text, std::string("a dog"));
        QCOMPARE(library->video(below)->label, std::string("cat"));
        QCOMPARE(library->video(below)->split, std::string("train"));
    }
    void idsMatchStemsAndTheirSpellings()
    {
        TempDir dir;
        const auto library = VideoLibrary::openOrCreate(dir / "lib");
        const VideoId stem = add(*library, "/f/v_abc.mp4");
        const VideoId bare = add(*library, "/f/xyz.mkv");
        const VideoId converted = add(*library, "/f/clip.mp4");
        const AppliedAnnotations applied = applyAnnotations(*library,
            parseAnnotations(R"({"v_abc": ["one"], "v_xyz": ["two"], "clip.mov": ["three"], "gone": ["four"]})", "m"),
            {});
        QCOMPARE(applied.videos, int64_t(3));
        QCOMPARE(applied.unmatched, std::vector<std::string>({"gone"}));
        QCOMPARE(library->captions(stem).size(), size_t(1));
        QCOMPARE(library->captions(bare).at(0).text, std::string("two"));
        QCOMPARE(library->captions(converted).at(0).text, std::string("three"));
    }
    void whatIsAmbiguousIsGivenToNone()
    {
        TempDir dir;
        const auto library = VideoLibrary::openOrCreate(dir / "lib");
        const VideoId one = add(*library, "/x/a.mp4");
        add(*library, "/y/a.mp4");
        const AppliedAnnotations applied = applyAnnotations(*library, parseAnnotations(R"({"a": ["t"]})", "m"), {});
        QCOMPARE(applied.videos, int64_t(0));
        QCOMPARE(applied.ambiguous, std::vector<std::string>({"a"}));
        QVERIFY(library->captions(one).empty());
        QCOMPARE(applyAnnotations(*library, csv("a.mp4,t,,,,\n"), {}).ambiguous, std::vector<std::string>({"a.mp4"}));
        // A root says which one is meant.
        QCOMPARE(applyAnnotations(*library, csv("a.mp4,t,,,,\n"), {"/x"}).videos, int64_t(1));
        QCOMPARE(library->captions(one).size(), size_t(1));
    }
    void timesStayInsideTheVideo()
    {
        TempDir dir;
        const auto library = VideoLibrary::openOrCreate(dir / "lib");
        const VideoId id = add(*library, "/f/a.mp4", 10);
        const VideoId unknown = add(*library, "/f/b.mp4", 0);
        const AppliedAnnotations applied = applyAnnotations(*library,
            csv("a.mp4,inside,,,1,2\na.mp4,across,,,8,40\na.mp4,after,,,10,12\na.mp4,untimed,,,,\nb.mp4,late,,,99,"
                "100\n"),
            {"/f"});
        QCOMPARE(applied.captions, int64_t(4));
        QCOMPARE(applied.outsideTimes, int64_t(1));
        const std::vector<Caption> captions = library->captions(id);
        QCOMPARE(captions.size(), size_t(3));
        QCOMPARE(captions[1].text, std::string("across"));
        QCOMPARE(*captions[1].endSec, 10.);
        QVERIFY(!captions[2].startSec);
        QCOMPARE(*library->captions(unknown).at(0).endSec, 100.);
    }
    void whatTheFileDoesNotGiveStays()
    {
        TempDir dir;
        const auto library = VideoLibrary::openOrCreate(dir / "lib");
        const VideoId id = add(*library, "/f/a.mp4");
        applyAnnotations(*library, csv("a.mp4,first,dog,train,,\n"), {"/f"});
        library->setCaptions(id, CaptionSource::Subtitle, {{id, "spoken", 0, 1, CaptionSource::Subtitle}});
        applyAnnotations(*library, csv("a.mp4,,cat,,,\n"), {"/f"});
        QCOMPARE(library->video(id)->label, std::string("cat"));
        QCOMPARE(library->video(id)->split, std::string("train"));
        QCOMPARE(library->captions(id).size(), size_t(2));
        applyAnnotations(*library, csv("a.mp4,second,,,,\n"), {"/f"});
        const std::vector<Caption> captions = library->captions(id);
        QCOMPARE(captions.size(), size_t(2));
        QCOMPARE(captions[0].text, std::string("spoken"));
        QCOMPARE(captions[1].text, std::string("second"));
    }
    void nothingToDo()
    {
        TempDir dir;
        const auto library = VideoLibrary::openOrCreate(dir / "lib");
        const AppliedAnnotations applied = applyAnnotations(*library, csv(""), {});
        QCOMPARE(applied.videos, int64_t(0));
    }
};

QTEST_GUILESS_MAIN(TestApplyAnnotations)
#include "tst_apply_annotations.moc"
