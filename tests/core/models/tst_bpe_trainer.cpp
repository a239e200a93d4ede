// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/random.h"
#include "models/tokenizer.h"
#include "support/test_data.h"

#include <QElapsedTimer>

#include <algorithm>

using namespace clipscope;
using clipscope::test::errorOf;

namespace {

std::vector<std::string> someTexts()
{
    return {"a red ball slides left", "a red box bounces", "a blue ball slides left, then hides", "the balls collide",
        "aaaa aaaaaaa aaaaaaaaa", "caf\xC3\xA9 caf\xC3\xA9", std::string("nul\0inside nul\0inside", 21),
        "\xff\xff bad \xff\xff"};
}

std::vector<std::string> linesOf(const std::string& text)
{
    std::vector<std::string> lines;
    for (size_t at = 0; at < text.size();) {
        const size_t end = text.find('\n', at);
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

} // namespace

class TestBpeTrainer : public QObject {
    Q_OBJECT
private:
    test::TempDir m_dir;

private Q_SLOTS:
    void writesClipsLayout()
    {
        trainClipTokenizer(someTexts(), 560, m_dir / "new/folder");
        const Json vocabulary = readJsonFile(m_dir / "new/folder/vocab.json");
        const auto merges = linesOf(readFile(m_dir / "new/folder/merges.txt"));
        QCOMPARE(merges.front(), std::string("#version: 0.2"));
        QVERIFY(vocabulary.size() <= 560 && vocabulary.size() > 514);
        QCOMPARE(vocabulary.size(), 512 + merges.size() - 1 + 2);
        int id = 0;
        std::vector<std::string> tokens;
        for (const auto& [token, value] : vocabulary.items()) {
            QCOMPARE(value.get<int>(), id++);
            tokens.push_back(token);
        }
        QCOMPARE(tokens[0], std::string("!"));
        QCOMPARE(tokens[64], std::string("a"));
        QCOMPARE(tokens[188], std::string("\xC4\x80")); // NUL
        QCOMPARE(tokens[256], std::string("!</w>"));
        QCOMPARE(tokens[320], std::string("a</w>"));
        for (size_t i = 1; i < merges.size(); ++i) {
            std::string product = merges[i];
            product.erase(product.find(' '), 1);
            QCOMPARE(tokens[511 + i], product);
        }
        QCOMPARE(tokens[tokens.size() - 2], std::string("<|startoftext|>"));
        QCOMPARE(tokens.back(), std::string("<|endoftext|>"));
    }
    void whatItLearnedCanBeLoadedAndShortensItsTexts()
    {
        trainClipTokenizer(someTexts(), 560, m_dir.path());
        const auto tokenizer = loadTokenizer(m_dir.path());
        QCOMPARE(tokenizer->endToken(), tokenizer->vocabularySize() - 1);
        QCOMPARE(tokenizer->startToken(), tokenizer->vocabularySize() - 2);
        QVERIFY(tokenizer->encode("a red ball slides left", 77).size() < 12);
    }
    void equalTextsInAnyOrderGiveEqualFiles()
    {
        auto texts = someTexts();
        trainClipTokenizer(texts, 540, m_dir / "a");
        std::reverse(texts.begin(), texts.end());
        trainClipTokenizer(texts, 540, m_dir / "b");
        QCOMPARE(readFile(m_dir / "a/vocab.json"), readFile(m_dir / "b/vocab.json"));
        QCOMPARE(readFile(m_dir / "a/merges.txt"), readFile(m_dir / "b/merges.txt"));
    }
    void theMostFrequentPairComesFirstAndTiesGoToTheSmallerIds()
    {
        trainClipTokenizer({"xy xy xy", "ab ab", "cd cd", "zq"}, 2000, m_dir.path());
        QCOMPARE(readFile(m_dir / "merges.txt"), std::string("#version: 0.2\nx y</w>\na b</w>\nc d</w>\n"));
    }
    void nothingToLearnIsFine()
    {
        for (const std::vector<std::string>& texts : {std::vector<std::string>{}, {""}, {"a b c"}, {"once"}}) {
            trainClipTokenizer(texts, 2000, m_dir.path());
            QCOMPARE(loadTokenizer(m_dir.path())->vocabularySize(), 514);
        }
        trainClipTokenizer(someTexts(), 514, m_dir.path());
        QCOMPARE(loadTokenizer(m_dir.path())->vocabularySize(), 514);
    }
    void impossibleRequestsAreRefused()
    {
        QVERIFY(errorOf<Error>([&] { trainClipTokenizer({"a"}, 513, m_dir.path()); }).find("at least 514")
            != std::string::npos);
        writeFileAtomically(m_dir / "file", "x");
        QVERIFY(
            errorOf<Error>([&] { trainClipTokenizer({"a"}, 600, m_dir / "file"); }).find("file") != std::string::npos);
    }
    void mergesOfRandomTextsAreAppliedInTheOrderLearned()
    {
        // Few letters and long words: overlapping pairs, and many ways to the same token.
        Random random(7);
        std::vector<std::string> texts;
        for (int i = 0; i < 300; ++i) {
            std::string text;
            for (uint64_t n = 1 + random.below(30); n > 0; --n)
                text += random.chance(.15) ? ' ' : char('a' + random.below(2));
            texts.push_back(text);
        }
        trainClipTokenizer(texts, 900, m_dir.path());
        const auto tokenizer = loadTokenizer(m_dir.path());
        const auto merges = linesOf(readFile(m_dir / "merges.txt"));
        const Json vocabulary = readJsonFile(m_dir / "vocab.json");
        for (const std::string& text : texts) {
            // The plain algorithm: every merge in its order, from left to right.
            std::vector<int32_t> expect{tokenizer->startToken()};
            for (size_t at = 0; at < text.size();) {
                const size_t end = std::min(text.find(' ', at), text.size());
                std::vector<std::string> symbols;
                for (size_t i = at; i < end; ++i)
                    symbols.push_back(text.substr(i, 1) + (i + 1 == end ? "</w>" : ""));
                for (size_t m = 1; m < merges.size(); ++m) {
                    const std::string left = merges[m].substr(0, merges[m].find(' '));
                    const std::string right = merges[m].substr(merges[m].find(' ') + 1);
                    for (size_t i = 0; i + 1 < symbols.size(); ++i) {
                        if (symbols[i] == left && symbols[i + 1] == right) {
                            symbols[i] += right;
                            symbols.erase(symbols.begin() + std::ptrdiff_t(i) + 1);
                        }
                    }
                }
                for (const std::string& symbol : symbols)
                    expect.push_back(vocabulary[symbol].get<int32_t>());
                at = end + 1;
            }
            expect.push_back(tokenizer->endToken());
            QCOMPARE(tokenizer->encode(text, 1000), expect);
        }
    }
    void twentyThousandCaptionsTakeSeconds()
    {
        NEED_SHARED("data/flickr8k-captions");
        std::vector<std::string> texts =
            linesOf(readFile(test::sharedDir() / "data/flickr8k-captions/Flickr8k.token.txt"));
        texts.resize(20000);
        for (std::string& text : texts)
            text.erase(0, text.find('\t') + 1);
        QElapsedTimer timer;
        timer.start();
        trainClipTokenizer(texts, 2000, m_dir.path());
        QVERIFY2(timer.elapsed() < 5000, qPrintable(QString::number(timer.elapsed())));
        const auto tokenizer = loadTokenizer(m_dir.path());
        QCOMPARE(tokenizer->vocabularySize(), 2000);
        QVERIFY(tokenizer->encode("a black dog is running after a white dog in the snow .", 77).size() <= 15);
    }
};

QTEST_GUILESS_MAIN(TestBpeTrainer)
#include "tst_bpe_trainer.moc"
