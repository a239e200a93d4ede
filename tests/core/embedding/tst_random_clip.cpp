// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/files.h"
#include "embedding/encoder.h"
#include "embedding/random_clip.h"
#include "support/test_data.h"

using namespace clipscope;

/// Models to measure with are models like any other.
class RandomClipTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void isAModel()
    {
        const test::TempDir folder;
        writeRandomClip(folder / "m", ClipShape::Tiny, 1);
        const std::shared_ptr<Encoder> encoder = makeEncoder((folder / "m").string());
        QCOMPARE(encoder->info().jointDim, 64);
        QCOMPARE(encoder->info().fit.width, 224);
        RgbImage black(224, 224), white(224, 224);
        std::fill(white.pixels.begin(), white.pixels.end(), uint8_t(255));
        const RgbImage pictures[] = {black, white};
        const Matrix rows = encoder->encodeFrames(pictures, {}).joint;
        QVERIFY(std::abs(norm(rows.row(0)) - 1) < 1e-4);
        QVERIFY(dot(rows.row(0), rows.row(1)) < .999F);
        const std::string text = "a a a";
        QVERIFY(std::abs(norm(encoder->encodeTexts({&text, 1}, {}).row(0)) - 1) < 1e-4);
    }

    void sameSeedSameBytes()
    {
        const test::TempDir folder;
        for (const auto& [name, seed] : {std::pair("a", 1), std::pair("b", 1), std::pair("c", 2)})
            writeRandomClip(folder / name, ClipShape::Tiny, uint64_t(seed));
        const std::string a = sha256File(folder / "a" / "model.safetensors");
        QCOMPARE(sha256File(folder / "b" / "model.safetensors"), a);
        QVERIFY(sha256File(folder / "c" / "model.safetensors") != a);
    }

    /// Layer by layer as in the paper's table of ViT-B/32: 4.4 billion multiplications with additions a picture.
    void operations()
    {
        const double whole = pictureOperations(ClipShape::VitB32, 0);
        QVERIFY2(std::abs(whole - 8.82e9) < .02e9, std::to_string(whole).c_str());
        const double half = pictureOperations(ClipShape::VitB32, .5);
        QVERIFY(whole / half > 1.9 && whole / half < 2.0);
    }
};

QTEST_APPLESS_MAIN(RandomClipTest)
#include "tst_random_clip.moc"
