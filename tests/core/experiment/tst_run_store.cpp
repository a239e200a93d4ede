// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/run_store.h"
#include "support/test_data.h"

#include <functional>
#include <sys/wait.h>
#include <unistd.h>

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

namespace {

RunRecord record(const std::string& kind, uint64_t seed)
{
    RunClock clock(kind, {{"frames", 4}, {"split", "test"}, {"c", nullptr}}, seed);
    clock.setHashes("model hash", "data hash");
    return clock.finish({{"videos", 3}, {"textToVideo", {{"r1", .5}}}}, {{"ranks", {1, 2, 4}}});
}

StoredRun stored(const std::string& kind, uint64_t seed)
{
    StoredRun run;
    run.record = record(kind, seed);
    return run;
}

/// What `work` returns, or throws, in a process that may not write to `folder`; it runs as nobody where the test runs
/// as root.
std::string withoutWriting(const fs::path& folder, const std::function<std::string()>& work)
{
    fs::permissions(folder.parent_path(), fs::perms(0755));
    fs::permissions(folder, fs::perms(0555));
    fs::permissions(folder / "library.db", fs::perms(0444));
    int ends[2] = {};
    if (::pipe(ends) != 0)
        return "no pipe";
    const pid_t child = ::fork();
    if (child == 0) {
        std::string said;
        try {
            said = ::geteuid() == 0 && ::seteuid(65534) != 0 ? "seteuid" : work();
        } catch (const std::exception& e) {
            said = e.what();
        }
        if (::write(ends[1], said.data(), said.size()) < 0)
            ::_exit(1);
        ::_exit(0);
    }
    ::close(ends[1]);
    std::string said;
    char bytes[512];
    for (ssize_t n = 0; (n = ::read(ends[0], bytes, sizeof bytes)) > 0;)
        said.append(bytes, size_t(n));
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    fs::permissions(folder, fs::perms(0755));
    fs::permissions(folder / "library.db", fs::perms(0644));
    return said;
}

} // namespace

class TestRunStore : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aRunComesBackWhole()
    {
        const TempDir dir;
        StoredRun run = stored("evaluate", (uint64_t(1) << 63) + 5);
        run.name = "first";
        run.notes = "line one\nline two";
        {
            RunStore store(VideoLibrary::openOrCreate(dir / "l"));
            store.save(run);
            QVERIFY(run.id > 0);
        }
        const RunStore store(VideoLibrary::open(dir / "l"));
        const StoredRun back = store.load(run.id);
        QCOMPARE(back.name, run.name);
        QCOMPARE(back.notes, run.notes);
        QCOMPARE(back.record.toJson().dump(), run.record.toJson().dump());
        QCOMPARE(back.record.seed, (uint64_t(1) << 63) + 5);
        QCOMPARE(back.record.modelHash, std::string("model hash"));
        QCOMPARE(back.record.dataHash, std::string("data hash"));
        QVERIFY(!back.record.startedAt.empty() && back.record.startedAt.ends_with("Z"));
        QVERIFY(!back.record.version.empty() && back.record.machine.contains("cpuFlags"));
        // A list reads no arrays.
        const std::vector<StoredRun> list = store.list();
        QCOMPARE(list.size(), size_t(1));
        QVERIFY(list[0].record.arrays.empty() && !back.record.arrays.empty());
        QVERIFY(list[0].record.results == back.record.results);
    }

    void newestFirstAndByKind()
    {
        const TempDir dir;
        RunStore store(VideoLibrary::openOrCreate(dir / "l"));
        for (const char* kind : {"evaluate", "probe", "evaluate"}) {
            StoredRun run = stored(kind, 0);
            store.save(run);
        }
        const auto ids = [&](const std::string& kind) {
            std::vector<int64_t> out;
            for (const StoredRun& run : store.list(kind))
                out.push_back(run.id);
            return out;
        };
        QCOMPARE(ids(""), (std::vector<int64_t>{3, 2, 1}));
        QCOMPARE(ids("evaluate"), (std::vector<int64_t>{3, 1}));
        QCOMPARE(ids("study"), std::vector<int64_t>());
    }

    void namesNotesAndRemoval()
    {
        const TempDir dir;
        RunStore store(VideoLibrary::openOrCreate(dir / "l"));
        StoredRun first = stored("probe", 1), second = stored("probe", 2);
        store.save(first);
        store.save(second);
        store.rename(first.id, "kept");
        store.setNotes(first.id, "why");
        const std::vector<StoredRun> removed = store.remove({first.id, 99});
        QCOMPARE(removed.size(), size_t(1));
        QCOMPARE(removed[0].name, std::string("kept"));
        QCOMPARE(store.list().size(), size_t(1));
        QVERIFY(!errorOf<Error>([&] { store.load(first.id); }).empty());
        QVERIFY(!errorOf<Error>([&] { store.rename(first.id, "x"); }).empty());
        QVERIFY(!errorOf<Error>([&] { store.setNotes(first.id, "x"); }).empty());
        // Undone: the same number, the same content.
        StoredRun again = removed[0];
        store.save(again);
        QCOMPARE(again.id, first.id);
        QCOMPARE(store.load(first.id).notes, std::string("why"));
        QCOMPARE(store.load(first.id).record.toJson().dump(), first.record.toJson().dump());
        // A number that is taken is not overwritten.
        again.id = second.id;
        store.save(again);
        QCOMPARE(again.id, int64_t(3));
        QCOMPARE(store.load(second.id).record.seed, uint64_t(2));
    }

    void aRunThatCannotBeReadIsListedWithItsReason()
    {
        const TempDir dir;
        const auto library = VideoLibrary::openOrCreate(dir / "l");
        RunStore store(library);
        StoredRun good = stored("probe", 1);
        store.save(good);
        for (const char* text : {"no JSON", "[1]", "{\"kind\": 3}", "{\"kind\": \"probe\", \"config\": 1}"}) {
            RunRow row{0, "probe", "odd", "", text, "{}"};
            library->storeRun(row);
            QVERIFY2(!errorOf<Error>([&] { store.load(row.id); }).empty(), text);
        }
        const std::vector<StoredRun> list = store.list("probe");
        QCOMPARE(list.size(), size_t(5));
        for (size_t i = 0; i < 4; ++i) {
            QVERIFY(!list[i].unreadable.empty());
            QCOMPARE(list[i].name, std::string("odd"));
        }
        QVERIFY(list[4].unreadable.empty());
    }

    /// The experiment has its answer whether or not it can be kept.
    void whereNothingCanBeWrittenTheLogSaysSo()
    {
        const TempDir dir;
        VideoLibrary::openOrCreate(dir / "l");
        const std::string said = withoutWriting(dir / "l", [&] {
            std::string log;
            JobContext context;
            context.onLog = [&](LogLevel, const std::string& text) { log += text; };
            const auto id = keepRun(VideoLibrary::open(dir / "l"), record("evaluate", 0), context);
            return id ? std::string("kept") : log;
        });
        QVERIFY2(said.find("not kept") != std::string::npos && said.find("cannot be written") != std::string::npos,
            said.c_str());
        QVERIFY(keepRun(VideoLibrary::open(dir / "l"), record("evaluate", 0), {}).has_value());
    }
};

QTEST_GUILESS_MAIN(TestRunStore)
#include "tst_run_store.moc"
