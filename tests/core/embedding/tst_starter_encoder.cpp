// SPDX-License-Identifier: GPL-3.0-or-later
#include "embedding/starter_encoder.h"

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "embedding/class_vectors_internal.h"
#include "models/model_catalogue.h"
#include "models/safetensors.h"
#include "support/test_data.h"

#include <QElapsedTimer>

#include <algorithm>
#include <fstream>
#include <optional>

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

namespace {

constexpr int kSize = 260;

/// The same as made_picture() of tests/reference/make_starter_goldens.py.
RgbImage madePicture(int64_t number)
{
    RgbImage image(kSize, kSize);
    const int64_t radius = 30 + 12 * number;
    for (int64_t y = 0; y < kSize; ++y)
        for (int64_t x = 0; x < kSize; ++x) {
            const int64_t hashed = (x * 73856093 ^ y * 19349663 ^ number * 83492791) & 0xffff;
            const int64_t across = x - 60 - 30 * number, down = y - 130;
            const int64_t disc[3] = {
                (40 + 50 * number) % 256, ((200 - 45 * number) % 256 + 256) % 256, 90 * number % 256};
            for (int64_t c = 0; c < 3; ++c) {
                const int64_t stripe = (x * (number + 1 + c) + y * (2 * number + 3 - c)) / (2 + c) % 256;
                const int64_t value = across * across + down * down < radius * radius ? disc[c] : stripe;
                image.row(int(y))[3 * x + c] =
                    uint8_t(std::clamp<int64_t>(value + hashed % (1 + 16 * number) - 8 * number, 0, 255));
            }
        }
    return image;
}

/// The smallest cosine of a row of `got` to the same row of the golden tensor.
double smallestCosine(const Matrix& got, const SafetensorsFile& golden, const std::string& name)
{
    const std::vector<float> expect = golden.floats(name, {int64_t(got.rows), int64_t(got.columns)});
    double least = 1;
    for (size_t i = 0; i < got.rows; ++i)
        least = std::min(least, double(dot(got.row(i), {expect.data() + i * got.columns, got.columns})));
    return least;
}

/// Sets an environment variable for as long as it lives.
class Environment {
public:
    Environment(const char* name, const fs::path& value)
        : m_name(name)
        , m_before(qgetenv(name))
        , m_wasSet(qEnvironmentVariableIsSet(name))
    {
        qputenv(name, QByteArray::fromStdString(value.string()));
    }
    ~Environment()
    {
        if (m_wasSet)
            qputenv(m_name, m_before);
        else
            qunsetenv(m_name);
    }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

private:
    const char* m_name;
    QByteArray m_before;
    bool m_wasSet;
};

/// A folder whose entries are links to those of `model`.
void linkModel(const fs::path& model, const fs::path& folder)
{
    fs::create_directories(folder);
    for (const auto& entry : fs::directory_iterator(model))
        fs::create_symlink(entry.path(), folder / entry.path().filename());
}

void replace(const fs::path& file, const std::string& bytes)
{
    fs::remove(file);
    std::ofstream(file, std::ios::binary) << bytes;
}

} // namespace

#define NEED_STARTER()                                                                                                 \
    if (!m_starter)                                                                                                    \
    QSKIP("the starter is not installed")

class TestStarterEncoder : public QObject {
    Q_OBJECT

    std::optional<ModelFolder> m_folder;
    std::shared_ptr<Encoder> m_starter;

private Q_SLOTS:
    void initTestCase()
    {
        m_folder = findInstalled("starter");
        if (m_folder)
            m_starter = makeStarterEncoder("starter", {.device = "cpu"});
    }

    void saysWhatItIs()
    {
        NEED_STARTER();
        const EncoderInfo& info = m_starter->info();
        QCOMPARE(info.name, std::string("starter"));
        QCOMPARE(info.jointDim, 384);
        QCOMPARE(info.featureDim, 1280);
        QCOMPARE(info.fit.width, kSize);
        QCOMPARE(info.fit.crop, .875);
        QVERIFY(!info.note.empty());
    }
    void picturesAreThoseOfTheReference()
    {
        NEED_STARTER();
        const SafetensorsFile golden(sourceDir() / "tests/reference/starter/golden.safetensors");
        std::vector<RgbImage> pictures;
        for (int i = 0; i < 5; ++i)
            pictures.push_back(madePicture(i));
        const FrameEmbeddings got = m_starter->encodeFrames(pictures, {});
        const double features = smallestCosine(got.features, golden, "features");
        const double joint = smallestCosine(got.joint, golden, "joint");
        QVERIFY2(features >= .9999, qPrintable(QString::number(features, 'g', 8)));
        QVERIFY2(joint >= .9999, qPrintable(QString::number(joint, 'g', 8)));
    }
    void textsAreThoseOfTheReference()
    {
        NEED_STARTER();
        const SafetensorsFile golden(sourceDir() / "tests/reference/starter/golden.safetensors");
        const Json json = parseJson(golden.metadata().at("texts"), "texts");
        const auto texts = json.get<std::vector<std::string>>();
        const double cosine = smallestCosine(m_starter->encodeTexts(texts, {}), golden, "texts");
        QVERIFY2(cosine >= .9999, qPrintable(QString::number(cosine, 'g', 8)));
    }
    void theClassVectorsAreKept()
    {
        NEED_STARTER();
        const TempDir cache;
        const Environment environment("XDG_CACHE_HOME", cache.path());
        const auto filesThere = [&] {
            std::vector<fs::path> out;
            for (const auto& entry : fs::directory_iterator(cacheHome() / "class-vectors"))
                out.push_back(entry.path());
            return out;
        };
        const std::string text = "a brown bear";
        const Matrix expect = m_starter->encodeTexts({&text, 1}, {});
        const auto first = makeStarterEncoder("starter", {.device = "cpu"});
        QCOMPARE(filesThere().size(), size_t(1));
        QVERIFY(first->encodeTexts({&text, 1}, {}) == expect);
        QElapsedTimer clock;
        clock.start();
        const auto second = makeStarterEncoder("starter", {.device = "cpu"});
        qInfo("load with class vectors at hand: %lld ms", clock.elapsed());
        QVERIFY(second->encodeTexts({&text, 1}, {}) == expect);
        // One flipped bit, and they are made again.
        std::string bytes = readFile(filesThere().front());
        bytes[bytes.size() / 2] = char(bytes[bytes.size() / 2] ^ 1);
        replace(filesThere().front(), bytes);
        QVERIFY(makeStarterEncoder("starter", {.device = "cpu"})->encodeTexts({&text, 1}, {}) == expect);
        QVERIFY(readFile(filesThere().front()) != bytes);
    }
    void notesOtherScripts()
    {
        NEED_STARTER();
        QVERIFY(m_starter->languageNote("a bear").empty());
        QVERIFY(m_starter->languageNote("\xe6\xa3\x95\xe7\x86\x8a").find("English") != std::string::npos);
    }
    void patchDropoutIsRefused()
    {
        NEED_STARTER();
        QVERIFY(errorOf<Error>([] {
            makeStarterEncoder("starter", {.device = "cpu", .patchDropout = .5});
        }).find("no patches")
            != std::string::npos);
    }
    void missingSaysHowToGetIt()
    {
        const TempDir empty;
        const Environment environment("XDG_DATA_HOME", empty.path());
        try {
            makeEncoder("starter");
            QFAIL("a starter came from nowhere");
        } catch (const Error& e) {
            QVERIFY(e.kind() == ErrorKind::Model);
            QVERIFY(std::string(e.what()).find("models install starter") != std::string::npos);
        }
    }
    void brokenFoldersAreNamed()
    {
        NEED_STARTER();
        const TempDir folder;
        const auto complaint = [&](const std::string& file, const std::string& bytes) {
            fs::remove_all(folder / "model");
            linkModel(m_folder->path, folder / "model");
            replace(folder.path() / "model" / file, bytes);
            return errorOf<Error>([&] { makeStarterEncoder((folder / "model").string(), {.device = "cpu"}); });
        };
        QVERIFY(complaint("classes.json", R"(["tench","goldfish"])").find("2 names for 1000") != std::string::npos);
        QVERIFY(complaint("classes.json", R"({"a":1})").find("classes.json") != std::string::npos);
        QVERIFY(complaint("classes.json", "[1,2]").find("classes.json") != std::string::npos);
        QVERIFY(complaint("model.safetensors", "no weights").find("model.safetensors") != std::string::npos);
        QVERIFY(complaint("config.json", R"({"model_type":"clipscope-starter"})").find("picture") != std::string::npos);
        Json outside = m_folder->config;
        outside["text"]["folder"] = "../elsewhere";
        QVERIFY(complaint("config.json", outside.dump()).find("outside") != std::string::npos);
    }

    void rowsAreCachedSafely()
    {
        const TempDir cache;
        const Environment environment("XDG_CACHE_HOME", cache.path());
        int made = 0;
        const auto make = [&] {
            ++made;
            Matrix m(2, 3);
            m.values = {1, 2, 3, 4, 5, 6};
            return m;
        };
        const Matrix first = cachedRows("recipe", 2, 3, make);
        QVERIFY(cachedRows("recipe", 2, 3, make) == first);
        QCOMPARE(made, 1);
        cachedRows("another recipe", 2, 3, make);
        QCOMPARE(made, 2);
        QVERIFY(!errorOf<Error>([&] { cachedRows("third", 5, 3, make); }).empty());
        // A file of one recipe under the name of another is not believed.
        std::vector<fs::path> files;
        for (const auto& entry : fs::directory_iterator(cacheHome() / "class-vectors"))
            files.push_back(entry.path());
        QCOMPARE(files.size(), size_t(2));
        fs::copy_file(files[0], files[1], fs::copy_options::overwrite_existing);
        made = 0;
        cachedRows("recipe", 2, 3, make);
        cachedRows("another recipe", 2, 3, make);
        QCOMPARE(made, 1);
        // Without a place to keep them they are made each time.
        const TempDir other;
        std::ofstream(other / "file") << "x";
        const Environment blocked("XDG_CACHE_HOME", other / "file");
        made = 0;
        QVERIFY(cachedRows("recipe", 2, 3, make) == first);
        QCOMPARE(made, 1);
    }
};

QTEST_GUILESS_MAIN(TestStarterEncoder)
#include "tst_starter_encoder.moc"
