// SPDX-License-Identifier: GPL-3.0-or-later
#include "e2e/program.h"

#include <QElapsedTimer>
#include <QTest>

#include <csignal>
#include <map>
#include <random>
#include <sqlite3.h>
#include <sys/stat.h>
#include <thread>

namespace fs = std::filesystem;
using namespace clipscope;
using namespace clipscope::test;

namespace {

constexpr int kVideos = 12;

int kills()
{
    return qEnvironmentVariableIsSet("CLIPSCOPE_LONG") ? 200 : 10;
}

/// Which file stands there, and when it was written.
std::map<std::string, std::pair<ino_t, int64_t>> filesOf(const fs::path& folder, const std::string& ending)
{
    std::map<std::string, std::pair<ino_t, int64_t>> out;
    std::error_code absent;
    for (const auto& entry : fs::recursive_directory_iterator(folder, absent)) {
        struct stat st = {};
        if (entry.path().string().ends_with(ending) && ::stat(entry.path().c_str(), &st) == 0)
            out[entry.path().string()] = {st.st_ino, st.st_mtim.tv_sec * 1'000'000'000LL + st.st_mtim.tv_nsec};
    }
    return out;
}

std::vector<std::string> rowsOf(const fs::path& database, const char* sql)
{
    sqlite3* handle = nullptr;
    std::vector<std::string> out;
    if (sqlite3_open_v2(database.c_str(), &handle, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK) {
        const auto take = [](void* to, int, char** values, char**) {
            static_cast<std::vector<std::string>*>(to)->push_back(values[0]);
            return 0;
        };
        char* error = nullptr;
        if (sqlite3_exec(handle, sql, take, &out, &error) != SQLITE_OK)
            out.push_back(std::string("error: ") + error);
        sqlite3_free(error);
    }
    sqlite3_close(handle);
    return out;
}

} // namespace

/// kill -9 at random moments of importing and embedding: 10 times, 200 times in the long run.
class KillsTest : public QObject {
    Q_OBJECT

    Sandbox m_box;

    int64_t timed(const std::vector<std::string>& command) const
    {
        QElapsedTimer clock;
        clock.start();
        const Ended ended = m_box.cli(command);
        if (ended.status != 0)
            qWarning("%s", ended.err.c_str());
        return clock.elapsed();
    }
    std::vector<std::string> importing(const std::string& name) const
    {
        return {"import", "--library", (m_box / name).string(), (m_box / "world").string(), "--json"};
    }
    std::vector<std::string> embedding(const std::string& name) const
    {
        return {"embed", "--library", (m_box / name).string(), "--model", "fake:1", "--json"};
    }

private Q_SLOTS:
    void atRandomMoments()
    {
        QCOMPARE(m_box.cli({"sample-world", "create", (m_box / "world").string(), "--videos", std::to_string(kVideos)})
                     .status,
            0);
        // How long each takes undisturbed; a process needs a while before it begins.
        const int64_t importMs = timed(importing("whole"));
        const int64_t embedMs = timed(embedding("whole"));
        QCOMPARE(filesOf(m_box / "whole", ".cse").size(), size_t(kVideos));

        std::mt19937 random(qEnvironmentVariableIsSet("CLIPSCOPE_LONG") ? 7 : 3);
        int killed = 0;
        int libraries = 0;
        int finished = 0;
        int redone = 0;
        std::string name = "l0";
        std::map<std::string, std::pair<ino_t, int64_t>> shards;
        std::map<std::string, std::pair<ino_t, int64_t>> pictures;
        while (killed < kills()) {
            const fs::path library = m_box / name;
            const bool made = fs::exists(library / "library.db");
            const bool embeds = made && random() % 2;
            const auto process = m_box.startCli(embeds ? embedding(name) : importing(name));
            const int64_t most = embeds ? embedMs : importMs;
            std::this_thread::sleep_for(std::chrono::milliseconds(random() % uint64_t(most + 1)));
            ::kill(pid_t(process->processId()), SIGKILL);
            const Ended ended = Sandbox::waitFor(*process);
            killed += ended.status != 0;
            if (!fs::exists(library / "library.db"))
                continue;
            const std::vector<std::string> integrity = rowsOf(library / "library.db", "PRAGMA integrity_check");
            QCOMPARE(integrity, std::vector<std::string>{"ok"});
            // What was finished before stands where it stood.
            const auto shardsNow = filesOf(library, ".cse");
            for (const auto& [path, state] : shards)
                redone += !shardsNow.contains(path) || shardsNow.at(path) != state;
            const auto picturesNow = filesOf(library / "thumbnails", "-strip.jpg");
            for (const auto& [path, state] : pictures)
                redone += !picturesNow.contains(path) || picturesNow.at(path) != state;
            shards = shardsNow;
            pictures.clear();
            for (const std::string& hash : rowsOf(library / "library.db", "SELECT hash FROM videos")) {
                const std::string strip = (library / "thumbnails" / (hash + "-strip.jpg")).string();
                QVERIFY2(picturesNow.contains(strip), strip.c_str()); // a row has its pictures
                pictures[strip] = picturesNow.at(strip);
            }
            if (shards.size() == kVideos) {
                ++finished;
                name = "l" + std::to_string(++libraries);
                shards.clear();
                pictures.clear();
            }
        }
        qInfo("%d kills over %d libraries, %d of them finished; import %lld ms, embed %lld ms undisturbed; %d redone",
            killed, libraries + 1, finished, (long long)importMs, (long long)embedMs, redone);
        QCOMPARE(redone, 0);

        // The last one goes on to its end.
        const auto before = filesOf(m_box / name, ".cse");
        const Json imported = m_box.cli(importing(name)).json();
        QCOMPARE(imported["ok"].get<int>() + imported["skipped"].get<int>(), kVideos);
        const Json embedded = m_box.cli(embedding(name)).json();
        QCOMPARE(embedded["skipped"].get<size_t>(), before.size());
        QCOMPARE(embedded["ok"].get<size_t>() + before.size(), size_t(kVideos));
        for (const char* left : {".unfinished-", ".new-"})
            for (const auto& entry : fs::recursive_directory_iterator(m_box / name))
                QVERIFY2(entry.path().string().find(left) == std::string::npos, entry.path().c_str());
    }
};

QTEST_GUILESS_MAIN(KillsTest)
#include "tst_kills.moc"
