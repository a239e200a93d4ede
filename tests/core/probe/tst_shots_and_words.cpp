// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe/shot_sampler.h"
#include "probe/zero_shot.h"
#include "support/test_data.h"

#include <set>

using namespace clipscope;
using clipscope::test::errorOf;

class TestShotsAndWords : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void drawsAreNestedAndBalanced()
    {
        std::vector<int> labels;
        for (int i = 0; i < 60; ++i)
            labels.push_back(i % 7 == 6 ? -1 : i % 3);
        const ShotSampler sampler(labels, 3);
        for (const uint64_t seed : {0U, 1U, 99U}) {
            std::set<size_t> smaller;
            for (const int shots : {1, 2, 4, 8, 16}) {
                const std::vector<size_t> drawn = sampler.draw(shots, seed);
                const std::set<size_t> all(drawn.begin(), drawn.end());
                QCOMPARE(all.size(), drawn.size());
                QCOMPARE(drawn.size(), size_t(3 * shots));
                QVERIFY(std::includes(all.begin(), all.end(), smaller.begin(), smaller.end()));
                std::vector<int> counts(3);
                for (const size_t i : drawn)
                    ++counts[size_t(labels[i])]; // -1 would be caught by the sanitizers and the count below
                QCOMPARE(counts, std::vector<int>(3, shots));
                smaller = all;
            }
        }
        QCOMPARE(sampler.draw(4, 5), sampler.draw(4, 5));
        QVERIFY(sampler.draw(4, 5) != sampler.draw(4, 6));
    }

    void atMostWhatThereIs()
    {
        const std::vector<int> labels = {0, 0, 0, 1, -1};
        const ShotSampler sampler(labels, 2);
        QCOMPARE(sampler.mostShots(), 3);
        QCOMPARE(sampler.draw(2, 1).size(), size_t(3));
        QCOMPARE(sampler.draw(0, 1).size(), size_t(4));
        QCOMPARE(sampler.draw(50, 1).size(), size_t(4));
    }

    void prompts()
    {
        QCOMPARE(promptsOf({"playing_guitar", "dog"}, {"a video of LABEL", "LABEL, seen"}),
            (std::vector<std::string>{
                "a video of playing guitar", "playing guitar, seen", "a video of dog", "dog, seen"}));
        const std::string message = errorOf<Error>([] { promptsOf({"dog"}, {"a video"}); });
        QVERIFY2(message.find("LABEL") != std::string::npos, message.c_str());
    }

    void zeroShotTakesTheNearestWords()
    {
        Matrix texts(4, 2); // two templates each, one of them far longer than the other
        texts.values = {2, 0, 1, 1, 0, 3, -1, 1};
        const LinearClassifier classifier = zeroShotClassifier(texts, 2);
        QCOMPARE(classifier.classes(), 2);
        for (size_t i = 0; i < 2; ++i)
            QVERIFY(std::fabs(norm(classifier.weights.row(i)) - 1) < 1e-6F);
        // The long vector counts no more than the short one: the mean of the units (1, 0) and (.707, .707).
        QVERIFY(
            std::fabs(classifier.weights.at(0, 1) / classifier.weights.at(0, 0) - .70710678F / 1.70710678F) < 1e-5F);
        Matrix videos(2, 2);
        videos.values = {1, .1F, -.5F, 1};
        QCOMPARE(bestClasses(classifier.scores(videos)), (std::vector<int>{0, 1}));
    }

    void accuracyAndConfusion()
    {
        Matrix scores(3, 3);
        scores.values = {3, 2, 1, /**/ 1, 2, 3, /**/ 5, 5, 5};
        QCOMPARE(topAccuracy(scores, std::vector<int>{0, 1, 2}), 1 / 3.);
        QCOMPARE(topAccuracy(scores, std::vector<int>{0, 1, 2}, 2), 2 / 3.);
        QCOMPARE(topAccuracy(scores, std::vector<int>{0, 1, 2}, 3), 1.);
        QCOMPARE(topAccuracy(scores, std::vector<int>{0, 1, 0}), 2 / 3.); // of equal scores the first
        QCOMPARE(topAccuracy(Matrix(), {}), 0.);
        QCOMPARE(confusionOf(std::vector<int>{0, 1, 2}, bestClasses(scores), 3),
            (std::vector<std::vector<int>>{{1, 0, 0}, {0, 0, 1}, {1, 0, 0}}));
    }
};

QTEST_APPLESS_MAIN(TestShotsAndWords)
#include "tst_shots_and_words.moc"
