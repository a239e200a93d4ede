// SPDX-License-Identifier: GPL-3.0-or-later
#include "embedding/precision_choice.h"

#include "base/error.h"
#include "base/files.h"
#include "embedding/encoder.h"
#include "library/embedding_store.h"
#include "library/video_library.h"
#include "support/test_data.h"

#include <algorithm>
#include <cmath>
#include <fstream>

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

namespace {

bool has(Precision precision)
{
    const auto& all = availablePrecisions();
    return std::find(all.begin(), all.end(), precision) != all.end();
}

EmbeddingKey key(const std::string& precision)
{
    EmbeddingKey out;
    out.model = "fake:1";
    out.modelHash = "abc";
    out.sampler = "video";
    out.jointDim = 4;
    out.precision = precision;
    return out;
}

} // namespace

class TestPrecisionChoice : public QObject {
    Q_OBJECT

    TempDir m_cache;

private Q_SLOTS:
    void init() { qputenv("XDG_CACHE_HOME", (m_cache / QTest::currentTestFunction()).c_str()); }

    void fp32StaysUnlessAnotherPays()
    {
        using P = Precision;
        const PrecisionTrial fp32{P::Fp32, 1, 1};
        QVERIFY(chosenPrecision({fp32}) == P::Fp32);
        QVERIFY(chosenPrecision({fp32, {P::Int8, .4, .999}}) == P::Int8);
        QVERIFY(chosenPrecision({fp32, {P::Int8, .4, .9949}}) == P::Fp32); // too far off
        QVERIFY(chosenPrecision({fp32, {P::Int8, .95, .999}}) == P::Fp32); // saves too little
        QVERIFY(chosenPrecision({fp32, {P::Int8, 40, .999}}) == P::Fp32); // slower
        QVERIFY(chosenPrecision({fp32, {P::Int8, .5, .999}, {P::Bf16, .4, .9999}}) == P::Bf16);
        QVERIFY(chosenPrecision({fp32, {P::Int8, .5, .9}, {P::Bf16, .8, .9999}}) == P::Bf16);
        QVERIFY(chosenPrecision({fp32, {P::Int8, .5, std::nan("")}}) == P::Fp32);
    }
    void whatIsMeasuredIsKept()
    {
        if (!has(Precision::Int8))
            QSKIP("this processor computes in fp32 alone: nothing is measured");
        int attempts = 0;
        double slow = .1;
        const auto attempt = [&](Precision precision) {
            ++attempts;
            return PrecisionTrial{precision, precision == Precision::Int8 ? slow : 1, 1};
        };
        const int all = int(availablePrecisions().size());
        QVERIFY(measuredPrecision("model a", attempt) == Precision::Int8);
        QCOMPARE(attempts, all);
        // The same model again is not measured; another one is, and a slow int8 is not taken.
        slow = 5;
        QVERIFY(measuredPrecision("model a", attempt) == Precision::Int8);
        QCOMPARE(attempts, all);
        QVERIFY(measuredPrecision("model b", attempt) == Precision::Fp32);
        QCOMPARE(attempts, 2 * all);
        // A damaged answer is no answer.
        for (const auto& entry : fs::directory_iterator(cacheHome() / "precision"))
            std::ofstream(entry.path()) << "{\"precision\": 7";
        QVERIFY(measuredPrecision("model a", attempt) == Precision::Fp32);
        QCOMPARE(attempts, 3 * all);
    }
    void wordsAreChecked()
    {
        QVERIFY(parsePrecision("int8") == Precision::Int8);
        QCOMPARE(std::string(toString(Precision::Bf16)), std::string("bf16"));
        QVERIFY(errorOf<Error>([] { parsePrecision("fp16"); }).find("fp16") != std::string::npos);
        QVERIFY(availablePrecisions().front() == Precision::Fp32);
        QVERIFY(errorOf<Error>([] { makeEncoder("fake:1", {.precision = "int8"}); }).find("fp32") != std::string::npos);
        QVERIFY(!errorOf<Error>([] { makeEncoder("fake:1", {.precision = "half"}); }).empty());
    }
    void shardsOfTwoPrecisionsNeverMix()
    {
        const TempDir folder;
        VideoRecord video;
        video.hash = sha256("film");
        EmbeddingStore floats(folder.path(), key("fp32")), bytes(folder.path(), key("int8"));
        QVERIFY(floats.path(video) != bytes.path(video));
        VideoEmbedding embedding;
        embedding.timesSec = {0};
        embedding.durationSec = 1;
        embedding.askedFrames = 1;
        embedding.joint = {4, {1, 0, 0, 0}};
        bytes.write(video, embedding);
        QVERIFY(bytes.has(video));
        QVERIFY(!floats.has(video));
    }
    void aLibraryRemembersAndGoesOn()
    {
        const TempDir folder;
        const auto library = VideoLibrary::openOrCreate(folder / "lib");
        QCOMPARE(precisionToGoOnIn(*library, "fake:1", "cpu"), std::string("auto"));
        EmbeddingKey first = key("fp32");
        library->storeKey(first);
        QCOMPARE(precisionToGoOnIn(*library, "fake:1", "cpu"), std::string("fp32"));
        QCOMPARE(precisionToGoOnIn(*library, "fake:2", "cpu"), std::string("auto"));
        EmbeddingKey second = key("int8");
        library->storeKey(second);
        QVERIFY(first.id != second.id);
        const std::vector<EmbeddingKey> keys = library->embeddingKeys();
        QCOMPARE(keys.size(), size_t(2));
        QCOMPARE(keys[0].precision, std::string("fp32"));
        QCOMPARE(keys[1].precision, std::string("int8"));
        QCOMPARE(keys[1].modelHash, std::string("abc"));
        QCOMPARE(precisionToSearchIn(keys[1], "cpu"), std::string(has(Precision::Int8) ? "int8" : "fp32"));
        QCOMPARE(precisionToGoOnIn(*library, "fake:1", "cpu"), std::string(has(Precision::Int8) ? "int8" : "auto"));
    }
};

QTEST_GUILESS_MAIN(TestPrecisionChoice)
#include "tst_precision_choice.moc"
