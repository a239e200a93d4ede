// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/model_catalogue.h"

#include "base/files.h"
#include "model_fixture.h"
#include "models/safetensors.h"

#include <algorithm>
#include <set>

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

class TestModelCatalogue : public QObject {
    Q_OBJECT

private:
    static std::string refusal(const ModelFixture& model, const Json& row)
    {
        model.writeCatalogue(Json::array({row}));
        return errorOf<Error>([] { readCatalogue(); });
    }
    static std::string missing(const std::string& name)
    {
        return errorOf<Error>([&] { findModel(name); });
    }
    static std::string all(const std::vector<std::string>& findings)
    {
        std::string out;
        for (const std::string& finding : findings)
            out += finding + "\n";
        return out;
    }

    TempDir m_cache;

private Q_SLOTS:
    void initTestCase() { qputenv("XDG_CACHE_HOME", m_cache.path().c_str()); }

    /// The file that is shipped: pinned, complete, and its sums add up.
    void theShippedListIsSound()
    {
        qunsetenv("CLIPSCOPE_RESOURCES");
        std::set<std::string> names;
        for (const CatalogueModel& model : readCatalogue()) {
            names.insert(model.name);
            QVERIFY(!model.licence.empty() && !model.note.empty() && model.memoryBytes > 0);
            int64_t sum = 0;
            bool known = true;
            for (const CatalogueFile& file : model.files) {
                const size_t at = file.url.find("/resolve/");
                QVERIFY2(at != std::string::npos, file.url.c_str());
                const std::string revision = file.url.substr(at + 9, 41);
                QVERIFY2(revision.find_first_not_of("0123456789abcdef") == 40, file.url.c_str());
                QVERIFY(file.url.ends_with("/" + file.name));
                QCOMPARE(file.bytes > 0, !file.sha256.empty());
                sum += file.bytes;
                known = known && file.bytes > 0;
            }
            if (known && !model.files.empty())
                QCOMPARE(sum, model.bytes);
            else
                QVERIFY(model.shipped || model.bytes >= sum);
        }
        for (const char* name : {"sample-clip", "starter", "clip-vit-b32", "clip-vit-b16", "clip-vit-l14",
                 "openclip-vit-b32", "openclip-vit-b16", "all-minilm-l6-v2"})
            QVERIFY2(names.count(name), name);
    }

    /// The language model of the list is the very one that the starter brings, so its checksums can be tried here.
    void theListAgreesWithFilesThatAreHere()
    {
        qunsetenv("CLIPSCOPE_RESOURCES");
        const fs::path text = modelsHome() / "starter/text";
        const fs::path tokenizer = sharedDir() / "models/clip-bpe-tokenizer";
        if (!fs::exists(text / "model.safetensors") && !fs::exists(tokenizer / "vocab.json"))
            QSKIP("neither the starter nor the shared tokenizer is here");
        for (const CatalogueModel& model : readCatalogue()) {
            const fs::path folder = model.name == "all-minilm-l6-v2" ? text
                : model.name == "clip-vit-l14"                       ? tokenizer
                                                                     : fs::path();
            for (const CatalogueFile& file : model.files) {
                if (folder.empty() || !fs::exists(folder / file.name))
                    continue;
                QCOMPARE(int64_t(fs::file_size(folder / file.name)), file.bytes);
                QCOMPARE(sha256File(folder / file.name), file.sha256);
            }
        }
    }

    void refusesADamagedList()
    {
        const ModelFixture model;
        QCOMPARE(readCatalogue().at(0).title, std::string("Tiny"));
        for (const char* name : {"../evil", "/etc/passwd", "a/../../b", "a//b", "a/", ".", "..", "", ".hidden", "a\\b",
                 "a b", "clipscope.json", "x.part", "caf\xc3\xa9"}) {
            Json row = model.row();
            row["files"][0]["name"] = name;
            QVERIFY2(refusal(model, row).find("outside its folder") != std::string::npos, name);
        }
        const auto with = [&](const char* key, const Json& value, bool inFile) {
            Json row = model.row();
            (inFile ? row["files"][0] : row)[key] = value;
            return refusal(model, row);
        };
        QVERIFY(with("name", "../x", false).find("is not a name for a model") != std::string::npos);
        QVERIFY(with("url", "http://example.org/x", true).find("not https") != std::string::npos);
        QVERIFY(with("url", "file:///etc/passwd", true).find("not https") != std::string::npos);
        QVERIFY(with("sha256", "abc", true).find("wrong SHA-256") != std::string::npos);
        QVERIFY(with("bytes", -1, true).find("in bytes") != std::string::npos);
        QVERIFY(with("bytes", 1.5, true).find("in bytes") != std::string::npos);
        QVERIFY(with("backend", "onnx", false).find("unknown backend") != std::string::npos);
        QVERIFY(with("files", Json::array(), false).find("has no files") != std::string::npos);
        QVERIFY(with("bytes", nullptr, true).empty());
        writeFileAtomically(model.temp() / "resources/models.json", "{]");
        QVERIFY(missing("tiny").find("models.json") != std::string::npos);
    }

    void findsByNameByPathAndSaysWhatToDo()
    {
        const ModelFixture model;
        QVERIFY(installedModels().empty());
        QVERIFY(!findInstalled("tiny"));
        QVERIFY(missing("tiny").find("tiny: is not installed. Run: clipscope-cli models install tiny")
            != std::string::npos);
        QVERIFY(missing("tinny").find("Known are tiny") != std::string::npos);
        QVERIFY(missing("some/where").find("is not a folder") != std::string::npos);
        QVERIFY(missing("").find("is not a folder") != std::string::npos);

        model.writeModel(model.home() / "tiny");
        model.writeModel(model.temp() / "resources/models/sample");
        model.writeModel(model.home() / ".tiny.staging");
        fs::create_directories(model.home() / "empty");
        std::vector<std::string> names;
        for (const ModelFolder& folder : installedModels())
            names.push_back(folder.name);
        QCOMPARE(names, (std::vector<std::string>{"sample", "tiny"}));
        QCOMPARE(findModel("tiny").path, model.home() / "tiny");
        QCOMPARE(findModel((model.home() / "tiny").string() + "/").name, std::string("tiny"));
        QVERIFY(findModel("sample").clipscope.empty());
        QVERIFY(missing("empty").find("has no config.json") != std::string::npos);
        QVERIFY(!findInstalled("empty") && !findInstalled("../tiny"));
        QCOMPARE(findInstalled("tiny")->hash, findModel((model.home() / "tiny").string()).hash);

        // The user's own folder hides the shipped one of the same name.
        model.writeModel(model.home() / "sample");
        QCOMPARE(findModel("sample").path, model.home() / "sample");
        QCOMPARE(installedModels().size(), size_t(2));

        writeFileAtomically(model.home() / "tiny/config.json", "{\"model_type\": \"t5\"}");
        QVERIFY(missing("tiny").find("unknown kind: t5") != std::string::npos);
        writeFileAtomically(model.home() / "tiny/config.json", "[1, 2");
        QVERIFY(missing("tiny").find("config.json") != std::string::npos);
        writeFileAtomically(model.home() / "sample/clipscope.json", "{\"title\": 7}");
        QVERIFY(missing("sample").find("\"title\" is not a text") != std::string::npos);
    }

    void theHashNamesTheContent()
    {
        const ModelFixture model;
        model.writeModel(model.home() / "tiny");
        const std::string first = findModel("tiny").hash;
        QCOMPARE(first.size(), size_t(64));
        QCOMPARE(findModel("tiny").hash, first);
        // What a model computes does not hang on these.
        writeFileAtomically(model.home() / "tiny/README.md", "words");
        writeFileAtomically(model.home() / "tiny/clipscope.json", "{}");
        QCOMPARE(findModel("tiny").hash, first);
        const fs::path weights = model.home() / "tiny/model.safetensors";
        std::string bytes = readFile(weights);
        bytes.back() = char(bytes.back() ^ 1);
        writeFileAtomically(weights, bytes);
        const std::string second = findModel("tiny").hash;
        QVERIFY(second != first);
        writeFileAtomically(model.home() / "tiny/vocab.txt", "other words");
        QVERIFY(findModel("tiny").hash != second);
    }

    void theHashOfLargeFilesIsKept()
    {
        const ModelFixture model;
        model.writeModel(model.home() / "tiny");
        const fs::path weights = model.home() / "tiny/model.safetensors";
        const fs::path cache = model.temp() / "cache/clipscope/file-hashes.json";
        findModel("tiny");
        QVERIFY(!fs::exists(cache)); // written a moment ago: may still change unseen
        const auto past = fs::file_time_type::clock::now() - std::chrono::hours(1);
        fs::last_write_time(weights, past);
        const std::string hash = findModel("tiny").hash;
        QCOMPARE(ModelFixture::readJson(cache)["files"].size(), size_t(1)); // the small ones are not worth it

        // Proof that it is used: a cached value that cannot be right changes the hash.
        Json wrong = ModelFixture::readJson(cache);
        wrong["files"][weights.string()]["sha256"] = std::string(64, '0');
        writeFileAtomically(cache, wrong.dump());
        QVERIFY(findModel("tiny").hash != hash);
        fs::last_write_time(weights, past + std::chrono::seconds(1));
        QCOMPARE(findModel("tiny").hash, hash);
        // A damaged cache, and a home that cannot be written to, cost time only.
        writeFileAtomically(cache, "{\"files\": {\"x\": 3}}");
        QCOMPARE(findModel("tiny").hash, hash);
        fs::remove_all(model.temp() / "cache");
        writeFileAtomically(model.temp() / "cache", "not a folder");
        QCOMPARE(findModel("tiny").hash, hash);
    }

    void checksWhatIsThere()
    {
        const ModelFixture model;
        const fs::path folder = model.home() / "tiny";
        model.writeModel(folder);
        JobContext context;
        const auto found = [&] { return all(checkModelFiles(findModel("tiny"), context)); };
        QCOMPARE(found(), std::string());

        const std::string& weights = model.files().at("model.safetensors");
        const Json record{{"files",
                              {{"model.safetensors", {{"bytes", weights.size()}, {"sha256", sha256(weights)}}},
                                  {"config.json", {{"bytes", 3}, {"sha256", ""}}}, {"gone.json", {{"bytes", 3}}},
                                  {"../outside", {{"bytes", 3}}}}},
            {"sha256", {{"vocab.txt", std::string(64, '0')}}}};
        writeFileAtomically(folder / "clipscope.json", record.dump());
        const std::string findings = found();
        for (const char* words : {"gone.json is missing", "config.json has", "a file outside the folder: ../outside",
                 "vocab.txt has changed since it came"})
            QVERIFY2(findings.find(words) != std::string::npos, findings.c_str());
        QVERIFY(findings.find("model.safetensors") == std::string::npos);
        fs::remove(folder / "clipscope.json");

        fs::remove(folder / "vocab.txt");
        writeFileAtomically(folder / "model.safetensors", weights.substr(0, weights.size() - 1));
        const std::string broken = found();
        QVERIFY(broken.find("vocab.txt is missing") != std::string::npos);
        QVERIFY2(broken.find("model.safetensors: ") != std::string::npos, broken.c_str());

        // The right format with the wrong tensors.
        writeSafetensors(folder / "model.safetensors",
            {TensorToWrite::f32("embeddings.word_embeddings.weight", {1, 1}, std::vector<float>{1})});
        QVERIFY(found().find("model.safetensors: 11 tensors are missing, first embeddings.position_embeddings.weight")
            != std::string::npos);

        std::stop_source stop;
        stop.request_stop();
        context.stop = stop.get_token();
        QVERIFY_EXCEPTION_THROWN(checkModelFiles(findModel("tiny"), context), Cancelled);
    }

    void checksClipInBothLayouts()
    {
        const ModelFixture model;
        const fs::path folder = model.temp() / "clip";
        fs::create_directories(folder);
        JobContext context;
        const auto found = [&] { return all(checkModelFiles(findModel(folder.string()), context)); };
        const auto put = [&](const char* name, const std::string& text) { writeFileAtomically(folder / name, text); };
        put("vocab.json", "{}");
        put("merges.txt", "");
        put("open_clip_config.json",
            "{\"model_cfg\": {\"vision_cfg\": {\"layers\": 1}, \"text_cfg\": {\"layers\": 2}}}");
        QCOMPARE(findModel(folder.string()).backend, std::string("clip"));
        QVERIFY(found().find("model.safetensors is missing") != std::string::npos);
        const std::vector<float> one{1};
        writeSafetensors(folder / "open_clip_model.safetensors", {TensorToWrite::f32("visual.proj", {1, 1}, one)});
        // 10 names outside the layers and 6 a layer, one of them there.
        QVERIFY(found().find("27 tensors are missing, first visual.class_embedding") != std::string::npos);
        put("config.json",
            "{\"model_type\": \"clip\", \"vision_config\": {\"num_hidden_layers\": 1}, \"text_config\": "
            "{\"num_hidden_layers\": 1}}");
        writeSafetensors(folder / "model.safetensors", {TensorToWrite::f32("visual_projection.weight", {1, 1}, one)});
        QVERIFY(found().find("model.safetensors: 25 tensors are missing") != std::string::npos);
    }

    void theStarterThatIsHereIsSound()
    {
        const auto starter = findInstalled("starter");
        if (!starter)
            QSKIP("the starter engine is not installed on this machine");
        JobContext context;
        QCOMPARE(all(checkModelFiles(*starter, context)), std::string());
        QCOMPARE(starter->backend, std::string("starter"));
    }
};

QTEST_GUILESS_MAIN(TestModelCatalogue)
#include "tst_model_catalogue.moc"
