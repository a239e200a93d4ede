// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "base/files.h"
#include "models/tokenizer.h"
#include "support/test_data.h"

#include <fstream>

using namespace clipscope;
using clipscope::test::errorOf;
using Ids = std::vector<int32_t>;

namespace {

const char* kVocabulary = "[UNK]\n[CLS]\n[SEP]\nwant\n##want\n##ed\nwa\nun\nrunn\n##ing\n,\nlow\nlowest\nA\na\n";

void write(const std::filesystem::path& path, const std::string& bytes)
{
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

} // namespace

class TestWordPieceTokenizer : public QObject {
    Q_OBJECT
private:
    test::TempDir m_dir;

    std::unique_ptr<Tokenizer> load(const std::string& vocabulary, bool lowerCase = true)
    {
        write(m_dir / "vocab.txt", vocabulary);
        return loadWordPieceTokenizer(m_dir / "vocab.txt", lowerCase);
    }
    std::string refusal(const std::string& vocabulary)
    {
        try {
            load(vocabulary);
        } catch (const Error& e) {
            return e.kind() == ErrorKind::Model && !e.remedy().empty() ? e.what() : "not a whole Error(Model)";
        }
        return {};
    }

private Q_SLOTS:
    void longestPiecesFirst()
    {
        const auto tokenizer = load(kVocabulary);
        QCOMPARE(tokenizer->vocabularySize(), 15);
        QCOMPARE(tokenizer->startToken(), 1);
        QCOMPARE(tokenizer->endToken(), 2);
        QCOMPARE(tokenizer->encode("UNwant\u00E9d,running", 77), (Ids{1, 7, 4, 5, 10, 8, 9, 2}));
        QCOMPARE(tokenizer->encode("lowest lower", 77), (Ids{1, 12, 0, 2}));
        QCOMPARE(tokenizer->encode("", 77), (Ids{1, 2}));
        QCOMPARE(tokenizer->encode("low low low", 3), (Ids{1, 11, 2}));
        QCOMPARE(tokenizer->encode("low", 1), (Ids{2}));
        QVERIFY(tokenizer->encode("low", 0).empty());
    }
    void capitalsStayWhereTheModelKnowsThem()
    {
        QCOMPARE(load(kVocabulary, false)->encode("A a \u00C4", 77), (Ids{1, 13, 14, 0, 2}));
        QCOMPARE(load(kVocabulary, true)->encode("A a \u00C4", 77), (Ids{1, 14, 14, 14, 2}));
        write(m_dir / "vocab.txt", kVocabulary);
        QCOMPARE(loadTokenizer(m_dir.path())->encode("A", 77), (Ids{1, 14, 2}));
        write(m_dir / "tokenizer_config.json", R"({"do_lower_case": false})");
        QCOMPARE(loadTokenizer(m_dir.path())->encode("A", 77), (Ids{1, 13, 2}));
        write(m_dir / "tokenizer_config.json", R"({"do_lower_case": null, "x": 1})");
        QCOMPARE(loadTokenizer(m_dir.path())->encode("A", 77), (Ids{1, 14, 2}));
        write(m_dir / "tokenizer_config.json", R"({"do_lower_case": "no"})");
        QVERIFY(errorOf<Error>([&] { loadTokenizer(m_dir.path()); }).find("do_lower_case") != std::string::npos);
        write(m_dir / "tokenizer_config.json", "{");
        QVERIFY(
            errorOf<Error>([&] { loadTokenizer(m_dir.path()); }).find("tokenizer_config.json") != std::string::npos);
    }
    void lineEndsAndByteOrderMarksAreAccepted()
    {
        std::string windows = "\xEF\xBB\xBF";
        for (const char c : std::string(kVocabulary))
            windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
        QCOMPARE(load(windows)->encode("low wanted", 77), (Ids{1, 11, 3, 5, 2}));
        QCOMPARE(load(windows)->vocabularySize(), 15);
        const std::string unended(kVocabulary, std::string(kVocabulary).size() - 1);
        QCOMPARE(load(unended)->vocabularySize(), 15);
    }
    void damagedVocabulariesAreRefused()
    {
        QVERIFY(refusal("").find("holds no tokens") != std::string::npos);
        QVERIFY(refusal("[UNK]\n[CLS]\n\n[SEP]\n").find("no token in line 3") != std::string::npos);
        QVERIFY(refusal("[UNK]\n[CLS]\n[SEP]\na\na\n").find("\"a\" twice, again in line 5") != std::string::npos);
        QVERIFY(refusal("[UNK]\n[CLS]\na\n").find("has no token [SEP]") != std::string::npos);
        QVERIFY(refusal("[CLS]\n[SEP]\na\n").find("has no token [UNK]") != std::string::npos);
        QVERIFY(refusal("[UNK]\n[SEP]\na\n").find("has no token [CLS]") != std::string::npos);
        QVERIFY(refusal("[UNK]\n[CLS]\n[SEP]\n\xff\n").find("not UTF-8") != std::string::npos);
        const std::string message = errorOf<Error>([&] { loadWordPieceTokenizer(m_dir / "absent.txt"); });
        QVERIFY2(message.find("absent.txt") != std::string::npos, message.c_str());
    }
};

QTEST_GUILESS_MAIN(TestWordPieceTokenizer)
#include "tst_wordpiece_tokenizer.moc"
