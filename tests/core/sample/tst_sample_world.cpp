// SPDX-License-Identifier: GPL-3.0-or-later
#include "sample/sample_world.h"

#include "base/files.h"
#include "base/json.h"
#include "media/video_reader.h"
#include "support/failing_disk.h"
#include "support/test_data.h"

#include <cmath>
#include <csignal>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <stop_token>
#include <sys/resource.h>

using namespace clipscope;
namespace fs = std::filesystem;

namespace {

void create(const fs::path& folder, int videos, uint64_t seed, SampleKind kind)
{
    JobContext context;
    createSampleWorld(folder, {videos, seed, kind}, context);
}

std::map<std::string, std::string> contents(const fs::path& folder)
{
    std::map<std::string, std::string> out;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file())
            out[fs::relative(entry.path(), folder).string()] = sha256File(entry.path());
    return out;
}

} // namespace

class TestSampleWorld : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void equalSeedsGiveEqualBytes()
    {
        test::TempDir folder;
        create(folder / "a", 3, 5, SampleKind::Stories);
        create(folder / "b", 3, 5, SampleKind::Stories);
        create(folder / "c", 3, 6, SampleKind::Stories);
        QCOMPARE(contents(folder / "a").size(), size_t(7));
        for (const auto& [name, hash] : contents(folder / "a"))
            QVERIFY2(contents(folder / "b")[name] == hash, name.c_str());
        QVERIFY(contents(folder / "a") != contents(folder / "c"));
    }

    void filesAgreeWithEachOther()
    {
        test::TempDir folder;
        create(folder / "w", 10, 2, SampleKind::Mixed);
        const Json captions = readJsonFile(folder / "w" / "captions.json");
        const Json truth = readJsonFile(folder / "w" / "attributes.json").at("videos");
        const Json splits = readJsonFile(folder / "w" / "splits.json");
        QCOMPARE(captions.size(), size_t(10));
        std::set<std::string> inSplits;
        for (const char* split : {"train", "val", "test"})
            for (const Json& id : splits.at(split))
                QVERIFY(inSplits.insert(id.get<std::string>()).second);
        QCOMPARE(inSplits.size(), size_t(10));

        for (const auto& [id, entry] : captions.items()) {
            VideoReader reader(folder / "w" / "videos" / (id + ".mp4"));
            QCOMPARE(reader.info().width, 320);
            QCOMPARE(reader.info().height, 240);
            QCOMPARE(reader.info().codec, std::string("h264"));
            QVERIFY(std::abs(reader.info().fps - 12) < .01);
            QVERIFY(std::abs(reader.info().durationSec - entry.at("duration").get<double>()) < .02);
            QCOMPARE(entry.at("timestamps").size(), entry.at("sentences").size());
            QCOMPARE(truth.at(id).at("events").size(), entry.at("sentences").size());
            for (const Json& time : entry.at("timestamps"))
                QVERIFY(time[0].get<double>() < time[1].get<double>()
                    && time[1].get<double>() <= entry.at("duration").get<double>());
        }

        std::ifstream labels(folder / "w" / "labels.csv");
        std::string line;
        std::getline(labels, line);
        QCOMPARE(line, std::string("path,label,split"));
        int labelled = 0, rows = 0;
        while (std::getline(labels, line)) {
            ++rows;
            std::stringstream cells(line);
            std::string path, label;
            std::getline(cells, path, ',');
            std::getline(cells, label, ',');
            QVERIFY(fs::exists(folder / "w" / path));
            const std::string id = fs::path(path).stem().string();
            QCOMPARE(truth.at(id).value("label", std::string()), label);
            labelled += !label.empty();
        }
        QCOMPARE(rows, 10);
        QCOMPARE(labelled, 6); // three fifths
    }

    void strangersInTheFolderAreSafe()
    {
        test::TempDir folder;
        fs::create_directories(folder / "w");
        std::ofstream(folder / "w" / "diary.txt") << "mine";
        QVERIFY(test::errorOf<Error>([&] { create(folder / "w", 2, 1, SampleKind::Mixed); }).find("diary.txt")
            != std::string::npos);
        QCOMPARE(readFile(folder / "w" / "diary.txt"), std::string("mine"));
        // Nor is what another program of ours left there.
        fs::rename(folder / "w" / "diary.txt", folder / "w" / "diary.txt.unfinished-aBc123");
        QVERIFY(!test::errorOf<Error>([&] { create(folder / "w", 2, 1, SampleKind::Mixed); }).empty());
        QCOMPARE(readFile(folder / "w" / "diary.txt.unfinished-aBc123"), std::string("mine"));
        QVERIFY(!test::errorOf<Error>([&] { create(folder / "x", 0, 1, SampleKind::Mixed); }).empty());
        QVERIFY(test::errorOf<Error>([] { parseSampleKind("films"); }).find("stories") != std::string::npos);
    }

    void cancelLeavesNothing()
    {
        test::TempDir folder;
        std::stop_source stop;
        JobContext context;
        context.stop = stop.get_token();
        context.onProgress = [&](const Progress& progress) {
            if (progress.done >= 1)
                stop.request_stop();
        };
        QVERIFY_EXCEPTION_THROWN(createSampleWorld(folder / "w", {40, 1, SampleKind::Mixed}, context), Cancelled);
        QVERIFY(!fs::exists(folder / "w" / "videos"));
        QVERIFY(!fs::exists(folder / "w" / "captions.json"));
    }

    void everyFailingStepLeavesAWholeWorldOrNone()
    {
        using test::FailingDisk;
        for (const auto way : {FailingDisk::Way::Once, FailingDisk::Way::Lasting, FailingDisk::Way::Dies}) {
            int failures = 0;
            for (int nth = 1; nth < 200; ++nth) {
                test::TempDir folder;
                const auto work = [&] {
                    const FailingDisk disk(nth, way, ENOSPC);
                    create(folder / "w", 1, 4, SampleKind::Activities);
                };
                const bool dies = way == FailingDisk::Way::Dies;
                const bool failed =
                    dies ? test::inChild(work) == FailingDisk::kDied : !test::errorOf<DiskFull>(work).empty();
                failures += failed;
                if (fs::exists(folder / "w" / "captions.json")) { // it is the last
                    for (const char* name : {"videos/clip_0001.mp4", "labels.csv", "splits.json", "attributes.json"})
                        QVERIFY2(fs::file_size(folder / "w" / name) > 0, name);
                } else {
                    QVERIFY(failed);
                    QVERIFY(dies || !fs::exists(folder / "w" / "videos"));
                }
                if (dies ? !failed : FailingDisk::steps() < nth)
                    break;
                if (dies) // the next run makes it whole
                    create(folder / "w", 1, 4, SampleKind::Activities);
            }
            QVERIFY2(failures >= 10, std::to_string(failures).c_str());
        }
    }

    void aSmallDiskIsSaid()
    {
        // FFmpeg's own writes do not pass through core's steps: a limit on the size of files meets them.
        test::TempDir folder;
        const int ended = test::inChild([&] {
            std::signal(SIGXFSZ, SIG_IGN);
            const struct rlimit small = {20000, 20000};
            ::setrlimit(RLIMIT_FSIZE, &small);
            const std::string message =
                test::errorOf<DiskFull>([&] { create(folder / "w", 2, 1, SampleKind::Stories); });
            if (message.find("no space left on the disk") == std::string::npos)
                throw std::runtime_error(message);
        });
        QCOMPARE(ended, 0);
        QVERIFY(!fs::exists(folder / "w" / "videos"));
    }

    void aNewWorldReplacesAnOldOne()
    {
        test::TempDir folder;
        create(folder / "w", 3, 1, SampleKind::Stories);
        create(folder / "w", 2, 2, SampleKind::Stories);
        QCOMPARE(readJsonFile(folder / "w" / "captions.json").size(), size_t(2));
        QVERIFY(!fs::exists(folder / "w" / "videos" / "clip_0003.mp4"));
    }
};

QTEST_GUILESS_MAIN(TestSampleWorld)
#include "tst_sample_world.moc"
