// SPDX-License-Identifier: GPL-3.0-or-later
// Token ids against transformers' (tests/reference/make_tokenizer_goldens.py).
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "models/tokenizer.h"
#include "support/test_data.h"

#include <algorithm>

using namespace clipscope;

namespace {

constexpr size_t kNoLimit = 1'000'000;

std::string bytesOf(const Json& odd)
{
    if (odd.contains("text"))
        return odd["text"].get<std::string>();
    const auto hex = odd["hex"].get<std::string>();
    std::string bytes;
    for (size_t i = 0; i < hex.size(); i += 2)
        bytes += char(std::stoi(hex.substr(i, 2), nullptr, 16));
    return bytes;
}

std::string lineOf(const std::vector<int32_t>& ids)
{
    std::string line;
    for (const int32_t id : ids) {
        if (!line.empty())
            line += ' ';
        line += std::to_string(id);
    }
    return line;
}

/// The captions whose hashes the goldens hold, from the shared data.
std::vector<std::string> captions()
{
    const auto data = test::sharedDir() / "data";
    std::vector<std::string> texts;
    auto forEachLine = [](const std::string& text, size_t count, auto&& line) {
        size_t at = 0;
        for (size_t i = 0; i < count; ++i) {
            const size_t end = text.find('\n', at);
            line(i, text.substr(at, end - at));
            at = end + 1;
        }
    };
    forEachLine(readFile(data / "flickr8k-captions/Flickr8k.token.txt"), 35000, [&](size_t i, const std::string& line) {
        if (i % 5 == 0)
            texts.push_back(line.substr(line.find('\t') + 1));
    });
    for (const Json& video : readJsonFile(data / "activitynet/captions/val_1.json")) {
        for (const Json& sentence : video["sentences"])
            texts.push_back(sentence.get<std::string>());
    }
    texts.resize(9000);
    forEachLine(readFile(data / "text-small/rt-polarity.all"), 1000,
        [&](size_t, const std::string& line) { texts.push_back(line); });
    return texts;
}

} // namespace

class TestTokenizerGoldens : public QObject {
    Q_OBJECT
private:
    Json m_goldens;
    std::vector<std::string> m_odd;

    static std::filesystem::path folder() { return test::sourceDir() / "tests/reference/tokenizers"; }

    void compareOdd(const Tokenizer& tokenizer, const Json& expect)
    {
        QCOMPARE(expect.size(), m_odd.size());
        for (size_t i = 0; i < m_odd.size(); ++i) {
            const auto all = expect[i].get<std::vector<int32_t>>();
            QVERIFY2(tokenizer.encode(m_odd[i], kNoLimit) == all,
                (m_goldens["odd"][i].dump() + "\n" + lineOf(tokenizer.encode(m_odd[i], kNoLimit)) + "\n" + lineOf(all))
                    .c_str());
            for (size_t limit : {1, 2, 3, 12, 77}) {
                auto cut = all;
                if (cut.size() > limit) {
                    cut.resize(limit);
                    cut.back() = tokenizer.endToken();
                }
                QVERIFY2(tokenizer.encode(m_odd[i], limit) == cut, m_goldens["odd"][i].dump().c_str());
            }
            QVERIFY(tokenizer.encode(m_odd[i], 0).empty());
        }
    }
    void compareCaptions(const Tokenizer& tokenizer, const Json& hashes)
    {
        NEED_SHARED("data/flickr8k-captions");
        NEED_SHARED("data/activitynet/captions");
        NEED_SHARED("data/text-small");
        const auto texts = captions();
        QCOMPARE(texts.size(), hashes.size() * 100);
        for (size_t block = 0; block < hashes.size(); ++block) {
            std::string lines;
            for (size_t i = block * 100; i < block * 100 + 100; ++i)
                lines += lineOf(tokenizer.encode(texts[i], kNoLimit)) + "\n";
            const std::string hash = sha256(lines).substr(0, 16);
            QVERIFY2(
                hash == hashes[block].get<std::string>(), ("captions from " + std::to_string(block * 100)).c_str());
        }
    }
    std::unique_ptr<Tokenizer> clipOf(const std::filesystem::path& from)
    {
        return loadClipTokenizer(from / "vocab.json", from / "merges.txt");
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_goldens = readJsonFile(folder() / "goldens.json");
        for (const Json& odd : m_goldens["odd"])
            m_odd.push_back(bytesOf(odd));
    }
    void oddTextsWithSmallVocabularies()
    {
        compareOdd(*clipOf(folder()), m_goldens["clip"]["small"]);
        compareOdd(*loadWordPieceTokenizer(folder() / "vocab.txt"), m_goldens["wordPiece"]["small"]);
        compareOdd(*loadWordPieceTokenizer(folder() / "vocab.txt", false), m_goldens["wordPieceCased"]["small"]);
    }
    void theTrainerLearnsWhatThePlainAlgorithmLearns()
    {
        test::TempDir dir;
        trainClipTokenizer(
            m_goldens["training"].get<std::vector<std::string>>(), m_goldens["trainingTokens"].get<int>(), dir.path());
        QCOMPARE(readFile(dir / "merges.txt"), readFile(folder() / "merges.txt"));
        QCOMPARE(readFile(dir / "vocab.json"), readFile(folder() / "vocab.json"));
    }
    void clipWithItsOwnVocabulary()
    {
        NEED_SHARED("models/clip-bpe-tokenizer");
        const auto tokenizer = clipOf(test::sharedDir() / "models/clip-bpe-tokenizer");
        QCOMPARE(tokenizer->vocabularySize(), 49408);
        QCOMPARE(tokenizer->startToken(), 49406);
        QCOMPARE(tokenizer->endToken(), 49407);
        QCOMPARE(lineOf(tokenizer->encode("a photo of a cat", 77)), std::string("49406 320 1125 539 320 2368 49407"));
        compareOdd(*tokenizer, m_goldens["clip"]["real"]);
        compareCaptions(*tokenizer, m_goldens["clip"]["hashes"]);
    }
    void wordPieceWithTheStartersVocabulary()
    {
        const auto vocabulary = modelsHome() / "starter/text/vocab.txt";
        if (!std::filesystem::exists(vocabulary))
            QSKIP("the starter engine is not installed (clipscope-cli models install starter)");
        const auto tokenizer = loadTokenizer(vocabulary.parent_path());
        QCOMPARE(tokenizer->vocabularySize(), 30522);
        compareOdd(*tokenizer, m_goldens["wordPiece"]["real"]);
        compareCaptions(*tokenizer, m_goldens["wordPiece"]["hashes"]);
        const auto cased = loadWordPieceTokenizer(vocabulary, false);
        compareOdd(*cased, m_goldens["wordPieceCased"]["real"]);
        compareCaptions(*cased, m_goldens["wordPieceCased"]["hashes"]);
    }
};

QTEST_GUILESS_MAIN(TestTokenizerGoldens)
#include "tst_tokenizer_goldens.moc"
