// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "models/tokenizer.h"
#include "support/test_data.h"

#include <QElapsedTimer>

#include <algorithm>
#include <array>
#include <fstream>
#include <thread>

using namespace clipscope;
using clipscope::test::errorOf;
using Ids = std::vector<int32_t>;

namespace {

/// transformers' own test vocabulary: far from all bytes, and tokens that no merge makes.
const char* kVocabulary =
    R"({"l":0,"o":1,"w":2,"e":3,"r":4,"s":5,"t":6,"i":7,"d":8,"n":9,"lo":10,"l</w>":11,"w</w>":12,)"
    R"("r</w>":13,"t</w>":14,"low</w>":15,"er</w>":16,"lowest</w>":17,"newer</w>":18,"wider":19,)"
    R"("<unk>":20,"<|startoftext|>":21,"<|endoftext|>":22})";
const char* kMerges = "#version: 0.2\nl o\nlo w</w>\ne r</w>\n";

void write(const std::filesystem::path& path, const std::string& bytes)
{
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

std::string replaced(std::string text, const std::string& what, const std::string& by)
{
    for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
    return text;
}

} // namespace

class TestClipTokenizer : public QObject {
    Q_OBJECT
private:
    test::TempDir m_dir;

    std::unique_ptr<Tokenizer> load(const std::string& vocabulary, const std::string& merges)
    {
        write(m_dir / "vocab.json", vocabulary);
        write(m_dir / "merges.txt", merges);
        return loadClipTokenizer(m_dir / "vocab.json", m_dir / "merges.txt");
    }
    std::string refusal(const std::string& vocabulary, const std::string& merges)
    {
        try {
            load(vocabulary, merges);
        } catch (const Error& e) {
            const bool named = std::string(e.what()).find(m_dir.path().string()) != std::string::npos;
            return e.kind() == ErrorKind::Model && named && !e.remedy().empty() ? e.what() : "not a whole Error(Model)";
        }
        return {};
    }

private Q_SLOTS:
    void aVocabularyWithoutMostBytesTakesTheEndTokenForThem()
    {
        const auto tokenizer = load(kVocabulary, kMerges);
        QCOMPARE(tokenizer->vocabularySize(), 23);
        QCOMPARE(tokenizer->encode("lower newer", 77), (Ids{21, 10, 2, 16, 9, 3, 2, 16, 22}));
        QCOMPARE(tokenizer->encode("low x", 77), (Ids{21, 15, 22, 22}));
        QCOMPARE(tokenizer->encode("LOW\tlow", 77), (Ids{21, 15, 15, 22}));
    }
    void lineEndsAndByteOrderMarksAreAccepted()
    {
        const Ids expect{21, 10, 2, 16, 22};
        const std::string bom = "\xEF\xBB\xBF";
        QCOMPARE(load(kVocabulary, replaced(kMerges, "\n", "\r\n"))->encode("lower", 77), expect);
        QCOMPARE(load(bom + kVocabulary, bom + kMerges)->encode("lower", 77), expect);
        QCOMPARE(load(kVocabulary, "l o\nlo w</w>\ne r</w>")->encode("lower", 77), expect);
        std::string blankEnd(kMerges);
        blankEnd += "\n\n";
        QCOMPARE(load(kVocabulary, blankEnd)->encode("lower", 77), expect);
        QCOMPARE(load(kVocabulary, "\"bpe_simple_vocab_16e6.txt#version: 0.2\nl o\nlo w</w>\ne r</w>\n")
                     ->encode("lower", 77),
            expect);
        QCOMPARE(load(replaced(kVocabulary, ",", " ,\r\n\t"), kMerges)->encode("lower", 77), expect);
    }
    void refusesDamagedVocabularies_data()
    {
        QTest::addColumn<QByteArray>("vocabulary");
        QTest::addColumn<QByteArray>("expect");
        auto row = [](const char* name, const std::string& vocabulary, const char* expect) {
            QTest::newRow(name) << QByteArray(vocabulary.data(), qsizetype(vocabulary.size())) << QByteArray(expect);
        };
        const std::string fine = kVocabulary;
        row("empty", "", "not valid JSON");
        row("cut", fine.substr(0, 100), "not valid JSON");
        row("a list", "[\"a\", \"b\"]", "not a JSON object");
        row("a number", "7", "not a JSON object");
        row("no tokens", "{}", "holds no tokens");
        row("token twice", replaced(fine, "\"t\":6", "\"s\":6"), "names the token \"s\" twice");
        row("id twice", replaced(fine, "\"t\":6", "\"t\":5"), "gives the id 5 to two tokens, \"s\" and \"t\"");
        row("gap", replaced(fine, "\"t\":6", "\"t\":60"), "none with the id 6");
        row("negative id", replaced(fine, "\"t\":6", "\"t\":-6"), "gives the token \"t\" no whole number");
        row("fractional id", replaced(fine, "\"t\":6", "\"t\":6.0"), "gives the token \"t\" no whole number");
        row("huge id", replaced(fine, "\"t\":6", "\"t\":4294967302"), "gives the token \"t\" no whole number");
        row("text as id", replaced(fine, "\"t\":6", "\"t\":\"6\""), "gives the token \"t\" no whole number");
        row("nested", replaced(fine, "\"t\":6", "\"t\":{\"id\":6}"), "gives the token \"t\" no whole number");
        row("deep", "{\"t\":" + std::string(100000, '['), "gives the token \"t\" no whole number");
        row("not utf-8", replaced(fine, "\"t\"", "\"\xff\""), "not UTF-8");
        row("NUL and more behind", fine + std::string("\0{}", 3), "not valid JSON at byte");
        row("two documents", fine + fine, "not valid JSON");
        row("no start", replaced(fine, "<|startoftext|>", "<s>"), "has no token \"<|startoftext|>\"");
        row("no end", replaced(fine, "<|endoftext|>", "</s>"), "has no token \"<|endoftext|>\"");
    }
    void refusesDamagedVocabularies()
    {
        QFETCH(QByteArray, vocabulary);
        QFETCH(QByteArray, expect);
        const std::string message = refusal(vocabulary.toStdString(), kMerges);
        QVERIFY2(message.find(expect.toStdString()) != std::string::npos, message.c_str());
        QVERIFY2(message.find("vocab.json") != std::string::npos, message.c_str());
    }
    void refusesDamagedMerges_data()
    {
        QTest::addColumn<QByteArray>("merges");
        QTest::addColumn<QByteArray>("expect");
        auto row = [](const char* name, const char* merges, const char* expect) {
            QTest::newRow(name) << QByteArray(merges) << QByteArray(expect);
        };
        row("one token", "l o\nlo\n", "no two tokens in line 2");
        row("three tokens", "l o w\n", "no two tokens in line 1");
        row("leading space", " o\n", "no two tokens in line 1");
        row("trailing space", "l \n", "no two tokens in line 1");
        row("unknown left", "x o\n", "no token \"x");
        row("unknown right", "l x\n", "no token \"lx\"");
        row("unknown product", "o l\n", "merges \"o\" and \"l\", but the vocabulary has no token \"ol\"");
        row("cut in a token", "l o\nlo w<", "no token \"low<\"");
        row("not utf-8", "l \xff\n", "not UTF-8");
    }
    void refusesDamagedMerges()
    {
        QFETCH(QByteArray, merges);
        QFETCH(QByteArray, expect);
        const std::string message = refusal(kVocabulary, merges.toStdString());
        QVERIFY2(message.find(expect.toStdString()) != std::string::npos, message.c_str());
        QVERIFY2(message.find("merges.txt") != std::string::npos, message.c_str());
    }
    void mergesThatLostLinesAreRefusedWhereEveryTokenNeedsOne()
    {
        const auto from = test::sourceDir() / "tests/reference/tokenizers";
        const std::string vocabulary = readFile(from / "vocab.json");
        const std::string merges = readFile(from / "merges.txt");
        QCOMPARE(refusal(vocabulary, merges), std::string());
        const std::string cut = merges.substr(0, merges.rfind('\n', merges.size() - 2) + 1);
        QVERIFY2(refusal(vocabulary, cut).find("no merges for 1 tokens") != std::string::npos,
            refusal(vocabulary, cut).c_str());
        QVERIFY(refusal(vocabulary, "").find("no merges for 86 tokens") != std::string::npos);
        const std::string extra = replaced(vocabulary, "\"<|endoftext|>\"", "\"<mine>\": 600, \"<|endoftext|>\"");
        QCOMPARE(refusal(extra, merges), std::string());
    }
    void absentFilesAndFoldersAreRefused()
    {
        const auto vocabulary = m_dir / "vocab.json";
        const std::string message = errorOf<Error>([&] { loadClipTokenizer(m_dir / "absent.json", vocabulary); });
        QVERIFY2(message.find("absent.json") != std::string::npos, message.c_str());
        QVERIFY(!errorOf<Error>([&] { loadClipTokenizer(m_dir.path(), vocabulary); }).empty());
    }
    void folders()
    {
        test::TempDir dir;
        auto why = [&] { return errorOf<Error>([&] { loadTokenizer(dir.path()); }); };
        QVERIFY(why().find("has no tokenizer") != std::string::npos);
        QVERIFY(errorOf<Error>([&] { loadTokenizer(dir / "absent"); }).find("has no tokenizer") != std::string::npos);
        write(dir / "vocab.json", kVocabulary);
        QVERIFY(why().find("has vocab.json but no merges.txt") != std::string::npos);
        write(dir / "merges.txt", kMerges);
        QCOMPARE(loadTokenizer(dir.path())->endToken(), 22);
    }
    void longTextsKeepTheEndTokenAndAreFast_data()
    {
        QTest::addColumn<QByteArray>("piece");
        QTest::newRow("one word of one letter") << QByteArray("a");
        QTest::newRow("one word of merges") << QByteArray("ball");
        QTest::newRow("words") << QByteArray("a red ball ");
        QTest::newRow("signs") << QByteArray("!?");
        QTest::newRow("digits") << QByteArray("1");
        QTest::newRow("spaces") << QByteArray(" ");
        QTest::newRow("half a special token") << QByteArray("<|");
        QTest::newRow("apostrophes") << QByteArray("'");
        QTest::newRow("marks out of order") << QByteArray("\xCC\x81\xCC\xA3");
        QTest::newRow("ideographs") << QByteArray("\xE4\xB8\x80");
        QTest::newRow("jamo") << QByteArray("\xE1\x84\x80\xE1\x85\xA1\xE1\x86\xA8");
        QTest::newRow("NUL") << QByteArray("\0", 1);
        QTest::newRow("not utf-8") << QByteArray("\xff");
    }
    void longTextsKeepTheEndTokenAndAreFast()
    {
        QFETCH(QByteArray, piece);
        const auto from = test::sourceDir() / "tests/reference/tokenizers";
        const auto tokenizer = loadTokenizer(from);
        const auto pieces = loadWordPieceTokenizer(from / "vocab.txt");
        std::string text;
        while (text.size() < 1'000'000)
            text.append(piece.data(), size_t(piece.size()));
        QElapsedTimer timer;
        timer.start();
        for (const Tokenizer* one : {tokenizer.get(), pieces.get()}) {
            const Ids cut = one->encode(text, 77);
            QVERIFY(cut.size() <= 77 && cut.size() >= 2);
            QCOMPARE(cut.front(), one->startToken());
            QCOMPARE(cut.back(), one->endToken());
            const Ids all = one->encode(text, 10'000'000);
            QCOMPARE(cut.size(), std::min<size_t>(77, all.size()));
            QVERIFY(std::equal(cut.begin(), cut.end() - 1, all.begin()));
        }
        // A quadratic step would need hours.
        QVERIFY2(timer.elapsed() < 60000, qPrintable(QString::number(timer.elapsed())));
    }
    void oneTokenizerServesManyThreads()
    {
        const auto tokenizer = loadTokenizer(test::sourceDir() / "tests/reference/tokenizers");
        const std::string text = "A red ball isn't moving. caf\xC3\xA9";
        const Ids expect = tokenizer->encode(text, 77);
        std::array<int, 4> wrong{};
        std::vector<std::thread> threads;
        for (int& mine : wrong) {
            threads.emplace_back([&] {
                for (int i = 0; i < 500; ++i)
                    mine += tokenizer->encode(text, 77) != expect;
            });
        }
        for (std::thread& thread : threads)
            thread.join();
        QCOMPARE(wrong, (std::array<int, 4>{}));
    }
};

QTEST_GUILESS_MAIN(TestClipTokenizer)
#include "tst_clip_tokenizer.moc"
