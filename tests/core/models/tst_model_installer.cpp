// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/model_catalogue.h"

#include "base/files.h"
#include "loopback_server.h"
#include "model_fixture.h"
#include "models/file_download_internal.h"
#include "support/failing_disk.h"

#include <chrono>
#include <csignal>
#include <sys/mount.h>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

using namespace clipscope;
using namespace clipscope::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr const char* kWeights = "/model.safetensors";

std::string failureOf(const std::string& source)
{
    JobContext context;
    return errorOf<Error>([&] { installModel("tiny", source, context); });
}

bool holds(const std::string& text, const std::string& part)
{
    if (text.find(part) != std::string::npos)
        return true;
    qWarning("\"%s\" is not in \"%s\"", part.c_str(), text.c_str());
    return false;
}

} // namespace

class TestModelInstaller : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<ModelFixture> m_model;
    std::unique_ptr<LoopbackServer> m_server;

    ServedFile served(const std::string& name) const
    {
        ServedFile out;
        out.bytes = m_model->files().at(name);
        out.etag = "\"v1\"";
        return out;
    }
    ServedFile weights() const { return served("model.safetensors"); }
    fs::path part() const { return m_model->staging() / "model.safetensors.part"; }
    bool isWhole() const
    {
        for (const auto& [name, content] : m_model->files())
            if (readFile(m_model->home() / "tiny" / name) != content)
                return false;
        return !fs::exists(m_model->staging());
    }
    void withoutChecksums() const
    {
        Json row = m_model->row();
        for (Json& file : row["files"])
            file["bytes"] = file["sha256"] = nullptr;
        m_model->writeCatalogue(Json::array({row}));
    }

private Q_SLOTS:
    void init()
    {
        m_model = std::make_unique<ModelFixture>();
        m_server = std::make_unique<LoopbackServer>();
        for (const auto& [name, content] : m_model->files())
            m_server->serve("/" + name, served(name));
    }
    void cleanup()
    {
        m_server.reset();
        m_model.reset();
    }

    void comesWholeWithItsRecord()
    {
        JobContext context;
        Progress last;
        bool forwards = true;
        context.onProgress = [&](const Progress& now) {
            forwards = forwards && now.done >= last.done && now.done <= now.total;
            last = now;
        };
        const ModelFolder folder = installModel("tiny", m_server->url() + "/", context);
        QCOMPARE(folder.name, std::string("tiny"));
        QCOMPARE(folder.backend, std::string("bert"));
        QCOMPARE(folder.path, m_model->home() / "tiny");
        QVERIFY(isWhole());
        QVERIFY(forwards);
        QCOMPARE(last.done, m_model->row()["bytes"].get<int64_t>());
        const Json record = ModelFixture::readJson(folder.path / "clipscope.json");
        QCOMPARE(record["source"].get<std::string>(), m_server->url());
        QCOMPARE(record["licence"].get<std::string>(), std::string("MIT"));
        QCOMPARE(record["files"]["model.safetensors"]["sha256"].get<std::string>(),
            sha256(m_model->files().at("model.safetensors")));
        QVERIFY(checkModelFiles(folder, context).empty());
        QCOMPARE(findModel("tiny").hash, folder.hash);
        // Again: nothing is asked for.
        installModel("tiny", m_server->url(), context);
        QCOMPARE(m_server->requests(kWeights).size(), size_t(1));
    }

    void goesOnAfterACut()
    {
        ServedFile file = weights();
        file.endAfter = 1234567;
        file.faults = 1;
        m_server->serve(kWeights, file);
        JobContext context;
        installModel("tiny", m_server->url(), context);
        const auto requests = m_server->requests(kWeights);
        QCOMPARE(requests.size(), size_t(2));
        QVERIFY(requests[0].range.empty());
        QCOMPARE(requests[1].range, std::string("bytes=1234567-"));
        QCOMPARE(requests[1].ifRange, std::string("\"v1\""));
        QVERIFY(isWhole());
    }

    void startsAgainWhereTheServerKnowsNoRanges()
    {
        ServedFile file = weights();
        file.endAfter = 1234567;
        file.faults = 1;
        file.knowsRanges = false;
        m_server->serve(kWeights, file);
        JobContext context;
        installModel("tiny", m_server->url(), context);
        QVERIFY(!m_server->requests(kWeights)[1].range.empty());
        QVERIFY(isWhole());
    }

    void goesOnInTheNextRunAndKeepsWhatHasCome()
    {
        ServedFile file = weights();
        file.endAfter = 1000000;
        file.atEnd = ServedFile::AtEnd::Stall;
        m_server->serve(kWeights, file);
        std::stop_source stop;
        std::chrono::steady_clock::time_point asked;
        JobContext context;
        context.stop = stop.get_token();
        context.onProgress = [&](const Progress& now) {
            if (now.done >= 1000000 && !stop.stop_requested()) {
                asked = std::chrono::steady_clock::now();
                stop.request_stop();
            }
        };
        QVERIFY_EXCEPTION_THROWN(installModel("tiny", m_server->url(), context), Cancelled);
        QVERIFY(std::chrono::steady_clock::now() - asked < 500ms);
        QCOMPARE(fs::file_size(part()), uintmax_t(1000000));
        QVERIFY(installedModels().empty());

        m_server->serve(kWeights, weights());
        JobContext next;
        installModel("tiny", m_server->url(), next);
        QCOMPARE(m_server->requests(kWeights).back().range, std::string("bytes=1000000-"));
        QCOMPARE(m_server->requests("/vocab.txt").size(), size_t(1));
        QVERIFY(isWhole());
    }

    void aChangedFileIsNotGluedToItsOldBeginning()
    {
        withoutChecksums();
        fs::create_directories(m_model->staging());
        writeFileAtomically(part(), std::string(1000, 'x'));
        writeFileAtomically(part().string() + ".etag", "\"v0\"");
        JobContext context;
        installModel("tiny", m_server->url(), context);
        QCOMPARE(m_server->requests(kWeights)[0].ifRange, std::string("\"v0\""));
        QVERIFY(isWhole());
        // Without any mark of the version nothing is kept.
        fs::remove_all(m_model->home());
        fs::create_directories(m_model->staging());
        writeFileAtomically(part(), std::string(1000, 'x'));
        installModel("tiny", m_server->url(), context);
        QVERIFY(m_server->requests(kWeights).back().range.empty());
        QVERIFY(isWhole());
    }

    void aStalePartIsThrownAwayOnce()
    {
        fs::create_directories(m_model->staging());
        writeFileAtomically(part(), std::string(1000, 'x')); // the checksum is known: it is gone on with, and fails
        JobContext context;
        installModel("tiny", m_server->url(), context);
        const auto requests = m_server->requests(kWeights);
        QCOMPARE(requests.size(), size_t(2));
        QCOMPARE(requests[0].range, std::string("bytes=1000-"));
        QVERIFY(requests[1].range.empty());
        QVERIFY(isWhole());
    }

    void wrongChecksumIsRefusedAndRemoved()
    {
        ServedFile file = weights();
        file.bytes[file.bytes.size() / 2] ^= 1;
        m_server->serve(kWeights, file);
        const std::string error = failureOf(m_server->url());
        QVERIFY(holds(error, "tiny/model.safetensors"));
        QVERIFY(holds(error, "SHA-256"));
        QVERIFY(holds(error, "it was removed"));
        QVERIFY(!fs::exists(part()));
        QVERIFY(!fs::exists(m_model->home() / "tiny"));
    }

    void anotherLengthIsRefusedBeforeItComes()
    {
        ServedFile file = weights();
        file.bytes += "more";
        m_server->serve(kWeights, file);
        QVERIFY(holds(failureOf(m_server->url()), "has another size at 127.0.0.1: "));
    }

    void withoutChecksumTheFormatSpeaks()
    {
        withoutChecksums();
        JobContext context;
        const ModelFolder folder = installModel("tiny", m_server->url(), context);
        const Json record = ModelFixture::readJson(folder.path / "clipscope.json")["files"]["model.safetensors"];
        QCOMPARE(record["sha256"].get<std::string>(), sha256(m_model->files().at("model.safetensors")));
        QCOMPARE(record["checksumPublished"].get<bool>(), false);

        fs::remove_all(m_model->home());
        ServedFile page = weights();
        page.bytes = "<!DOCTYPE html><p>Please log in.</p>";
        m_server->serve(kWeights, page);
        const std::string error = failureOf(m_server->url());
        QVERIFY(holds(error, "tiny/model.safetensors"));
        QVERIFY(holds(error, "web page"));
        QVERIFY(!fs::exists(part()));
        // Cut off where the server never said how long it is.
        ServedFile cut = weights();
        cut.saysLength = false;
        cut.endAfter = 50000;
        m_server->serve(kWeights, cut);
        QVERIFY(holds(failureOf(m_server->url()), "it was removed"));
    }

    void aServerThatAlwaysCutsEndsInAnErrorThatCanBeResumed()
    {
        ServedFile file = weights();
        file.endAfter = 1000;
        m_server->serve(kWeights, file);
        DownloadRequest request{m_server->url() + kWeights, m_model->temp() / "weights.part", "tiny/model.safetensors",
            int64_t(file.bytes.size()), true, 4, 1ms};
        JobContext context;
        int warnings = 0;
        context.onLog = [&](LogLevel, const std::string&) { ++warnings; };
        const std::string error = errorOf<Error>([&] {
            download(
                request, [](int64_t, int64_t) {}, context);
        });
        QVERIFY(holds(error, "the connection to 127.0.0.1 was cut; 4.0 kB are kept"));
        QVERIFY(holds(error, "goes on where it stopped"));
        QCOMPARE(warnings, 3);
        QCOMPARE(m_server->requests(kWeights).size(), size_t(4));
        QCOMPARE(fs::file_size(request.part), uintmax_t(4000));
    }

    void aBusyServerIsAskedAgainAMissingFileIsNot()
    {
        ServedFile file = weights();
        file.status = 503;
        file.faults = 1;
        m_server->serve(kWeights, file);
        JobContext context;
        installModel("tiny", m_server->url(), context);
        QVERIFY(isWhole());

        fs::remove_all(m_model->home());
        file.status = 404;
        file.faults = 1;
        m_server->serve(kWeights, file);
        const std::string error = failureOf(m_server->url());
        QVERIFY(holds(error, "tiny/model.safetensors: cannot be fetched: 127.0.0.1 has no such file (HTTP 404)"));
        QVERIFY(holds(error, "--from FOLDER"));
        QCOMPARE(m_server->requests(kWeights).size(), size_t(3));
    }

    void followsOnlyTheWeb()
    {
        m_server->serve("/elsewhere", weights());
        ServedFile file;
        file.status = 302;
        file.location = m_server->url() + "/elsewhere";
        m_server->serve(kWeights, file);
        JobContext context;
        installModel("tiny", m_server->url(), context);
        QVERIFY(isWhole());

        for (const char* address : {"file:///etc/passwd", "ftp://127.0.0.1/x", "/model.safetensors"}) {
            fs::remove_all(m_model->home());
            file.location = address;
            m_server->serve(kWeights, file);
            const std::string error = failureOf(m_server->url());
            QVERIFY(holds(error, *address == '/' ? "sends on and on" : "which is not followed"));
            QVERIFY(!fs::exists(m_model->home() / "tiny"));
        }
    }

    void noNetworkIsSaidPlainlyAndAtOnce()
    {
        const auto before = std::chrono::steady_clock::now();
        const std::string mirror = failureOf("http://127.0.0.1:" + std::to_string(LoopbackServer::closedPort()));
        QVERIFY(holds(mirror, "127.0.0.1 does not answer"));
        QVERIFY(holds(mirror, "--from FOLDER"));
        // The hub itself: the catalogue's addresses lead to a port on which nobody listens.
        Json row = m_model->row();
        for (Json& file : row["files"])
            file["url"] = "https://127.0.0.1:" + std::to_string(LoopbackServer::closedPort()) + "/x";
        m_model->writeCatalogue(Json::array({row}));
        QVERIFY(holds(failureOf(""), "no network"));
        QVERIFY(std::chrono::steady_clock::now() - before < 5s);
    }

    void aProxyIsNamedButNotAskedForThisMachine()
    {
        const std::string proxy = "http://127.0.0.1:" + std::to_string(LoopbackServer::closedPort());
        qputenv("http_proxy", proxy.c_str());
        const std::string elsewhere = failureOf("http://mirror.invalid");
        const std::string here = failureOf(m_server->url());
        qunsetenv("http_proxy");
        QVERIFY(holds(elsewhere, "The variable http_proxy sends the traffic through a proxy"));
        QVERIFY2(here.empty(), here.c_str());
        QVERIFY(isWhole());
    }

    void aFullDiskIsNamedAndKeepsWhatHasCome()
    {
        // The limit on file sizes meets the same calls as a full disk does.
        struct rlimit before;
        ::getrlimit(RLIMIT_FSIZE, &before);
        const auto signalBefore = std::signal(SIGXFSZ, SIG_IGN);
        const struct rlimit small {
            1 << 20, before.rlim_max
        };
        ::setrlimit(RLIMIT_FSIZE, &small);
        const std::string error = failureOf(m_server->url());
        ::setrlimit(RLIMIT_FSIZE, &before);
        std::signal(SIGXFSZ, signalBefore);
        QVERIFY(holds(error, "no space left on the disk"));
        QVERIFY(holds(error, "model.safetensors"));
        QCOMPARE(fs::file_size(part()), uintmax_t(1 << 20));
        JobContext context;
        installModel("tiny", m_server->url(), context);
        QCOMPARE(m_server->requests(kWeights).back().range, std::string("bytes=1048576-"));
        QVERIFY(isWhole());
    }

    void aSmallDiskIsNoticedBeforeTheFirstByte()
    {
        fs::create_directories(m_model->home());
        if (::mount("tmpfs", m_model->home().c_str(), "tmpfs", 0, "size=1m") != 0)
            QSKIP("no right to mount a small disk");
        const std::string known = failureOf(m_server->url());
        withoutChecksums();
        const std::string unknown = failureOf(m_server->url());
        ::umount(m_model->home().c_str());
        QVERIFY(holds(known, "no space left on the disk: tiny needs 2.9 MB more"));
        QVERIFY(holds(unknown, "no space left on the disk"));
    }

    void comesFromAFolder()
    {
        const fs::path folder = m_model->temp() / "stick";
        m_model->writeModel(folder);
        JobContext context;
        installModel("tiny", folder.string(), context);
        QVERIFY(isWhole());
        QCOMPARE(ModelFixture::readJson(m_model->home() / "tiny/clipscope.json")["source"].get<std::string>(),
            folder.string());
        // A stick with several models.
        fs::remove_all(m_model->home());
        fs::create_directories(m_model->temp() / "sticks");
        fs::rename(folder, m_model->temp() / "sticks/tiny");
        installModel("tiny", (m_model->temp() / "sticks").string(), context);
        QVERIFY(isWhole());
        // A file is missing.
        fs::remove_all(m_model->home());
        fs::remove(m_model->temp() / "sticks/tiny/vocab.txt");
        const std::string error = failureOf((m_model->temp() / "sticks").string());
        QVERIFY(holds(error, "tiny/vocab.txt: is not in the folder"));
        QVERIFY(holds(error, "config.json, model.safetensors, vocab.txt"));
        QVERIFY(holds(failureOf((m_model->temp() / "nowhere").string()), "is neither a folder nor an http"));
        QVERIFY(holds(failureOf("ftp://127.0.0.1/models"), "is neither a folder nor an http"));
    }

    void aDamagedModelIsInstalledAgainAForeignOneIsLeftAlone()
    {
        JobContext context;
        installModel("tiny", m_server->url(), context);
        const fs::path weightsFile = m_model->home() / "tiny/model.safetensors";
        writeFileAtomically(weightsFile, readFile(weightsFile).substr(0, 1000));
        QVERIFY(!checkModelFiles(findModel("tiny"), context).empty());
        installModel("tiny", m_server->url(), context);
        QVERIFY(isWhole());

        fs::remove(m_model->home() / "tiny/clipscope.json");
        QVERIFY(holds(failureOf(m_server->url()), "was not made by `models install`"));
        QVERIFY(fs::exists(weightsFile));
    }

    void twoAtOnce()
    {
        ServedFile slow = weights();
        slow.pauseMs = 20;
        m_server->serve(kWeights, slow);
        std::atomic<bool> begun{false};
        std::thread first([&] {
            JobContext context;
            context.onProgress = [&](const Progress& now) { begun = begun || now.done > 0; };
            installModel("tiny", m_server->url(), context);
        });
        while (!begun)
            std::this_thread::sleep_for(1ms);
        const std::string error = failureOf(m_server->url());
        first.join();
        QVERIFY(holds(error, "is being installed by another Clipscope"));
        QVERIFY(isWhole());
    }

    void everyFailingStepLeavesTheOldModelOrTheNew_data()
    {
        QTest::addColumn<int>("way");
        QTest::addColumn<int>("error");
        QTest::newRow("once") << int(FailingDisk::Way::Once) << EIO;
        QTest::newRow("full disk") << int(FailingDisk::Way::Lasting) << ENOSPC;
        QTest::newRow("killed") << int(FailingDisk::Way::Dies) << 0;
    }
    void everyFailingStepLeavesTheOldModelOrTheNew()
    {
        QFETCH(int, way);
        QFETCH(int, error);
        const bool dies = FailingDisk::Way(way) == FailingDisk::Way::Dies;
        const fs::path stick = m_model->temp() / "stick";
        m_model->writeModel(stick);
        const fs::path weightsFile = m_model->home() / "tiny/model.safetensors";
        int failures = 0;
        for (int nth = 1;; ++nth) {
            // An unsound model is there, which the new one replaces.
            QVERIFY2(failureOf(stick.string()).empty(), "");
            writeFileAtomically(weightsFile, "old");
            bool failed = false;
            const auto work = [&] {
                const FailingDisk disk(nth, FailingDisk::Way(way), error);
                JobContext context;
                installModel("tiny", stick.string(), context);
            };
            if (dies) {
                failed = inChild(work) == FailingDisk::kDied;
            } else {
                const std::string message = errorOf<Error>(work);
                failed = !message.empty();
                QVERIFY2(!failed || error != ENOSPC || holds(message, "no space left on the disk"), message.c_str());
            }
            failures += failed;
            const std::string there = readFile(weightsFile);
            QVERIFY(there == "old" || there == m_model->files().at("model.safetensors"));
            QVERIFY(failed || there != "old");
            if (dies ? !failed : FailingDisk::steps() < nth)
                break;
            QCOMPARE(failureOf(stick.string()), std::string());
            QVERIFY(isWhole());
            QVERIFY(!fs::exists(m_model->staging().string() + ".before"));
            QVERIFY(nth < 200);
        }
        QVERIFY2(failures >= 10, std::to_string(failures).c_str());
    }

    void unknownNamesListTheKnownOnes()
    {
        JobContext context;
        const std::string error = errorOf<Error>([&] { installModel("clip", "", context); });
        QVERIFY(holds(error, "is not a model that can be installed"));
        QVERIFY(holds(error, "tiny"));
    }
};

QTEST_GUILESS_MAIN(TestModelInstaller)
#include "tst_model_installer.moc"
