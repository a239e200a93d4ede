// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/random.h"
#include "desk.h"
#include "experiment/experiment_frame.h"
#include "experiment_pages.h"
#include "models/figures_model.h"
#include "models/runs_model.h"
#include "models/search_results_model.h"
#include "plots/plot_widget.h"
#include "probe/probe_page.h"
#include "retrieval/import_embeddings.h"
#include "retrieval/retrieval_page.h"
#include "search/query_bar.h"
#include "search/search_page.h"
#include "support/npy_writer.h"

#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>

#include <fstream>

#include <algorithm>

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

namespace {

constexpr int kVideos = 24;
constexpr int kFrames = 4;
constexpr int kDim = 16;

/// Embeddings that another program has made: "cat 0", "dog 1", "cat 2" ... Each video's vectors are its text's, turned
/// away by noise. Videos of every second pair are for testing.
fs::path importedLibrary(const fs::path& folder)
{
    Random random(5);
    std::ofstream ids(folder / "ids.txt"), words(folder / "words.txt"), labels(folder / "labels.csv");
    labels << "path,label,split\n";
    std::vector<float> texts, frames;
    for (int i = 0; i < kVideos; ++i) {
        const char* animal = i % 2 == 0 ? "cat" : "dog";
        ids << "v" << 100 + i << "\n";
        words << animal << " " << i << "\n";
        labels << "v" << 100 + i << "," << animal << "," << (i / 2 % 2 == 0 ? "train" : "test") << "\n";
        std::vector<float> text(kDim);
        for (float& number : text)
            number = float(random.normal());
        text[size_t(i % 2)] += 4;
        texts.insert(texts.end(), text.begin(), text.end());
        for (int frame = 0; frame < kFrames; ++frame)
            for (const float number : text)
                frames.push_back(number + .5F * float(random.normal()));
    }
    for (std::ofstream* file : {&ids, &words, &labels})
        file->close();
    writeNpy(folder / "frames.npy", {kVideos, kFrames, kDim}, frames);
    writeNpy(folder / "texts.npy", {kVideos, kDim}, texts);
    EmbeddingFiles files;
    files.vectors = folder / "frames.npy";
    files.ids = folder / "ids.txt";
    files.texts = {folder / "words.txt", folder / "texts.npy"};
    files.labels = folder / "labels.csv";
    files.name = "pets";
    JobContext context;
    importEmbeddings(
        *VideoLibrary::openOrCreate(folder / "pets.clipscope"), readEmbeddings(files, nullptr, context), context);
    return folder / "pets.clipscope";
}

} // namespace

/// A library of vectors that another program has made, in the window.
class ImportedLibraryTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// A text that came with a vector finds its video by picture; of other words the page says that they cannot be
    /// compared, and looks for them in names and captions.
    void search()
    {
        Desk desk;
        desk.open(importedLibrary(m_box.path()));
        QTRY_VERIFY2_WITH_TIMEOUT(desk.badge().startsWith("searching 24 of 24"), qPrintable(desk.badge()), kPatience);
        QVERIFY2(desk.badge().contains("pets"), qPrintable(desk.badge()));
        auto& page = desk.part<SearchPage>();
        const auto says = [&page](const char* text) {
            for (const QLabel* label : page.findChildren<QLabel*>())
                if (label->text().contains(text))
                    return true;
            return false;
        };
        QVERIFY(says("These vectors were imported"));
        QSignalSpy answered(&page, &SearchPage::answered);
        QSignalSpy noted(&page, &SearchPage::noteChanged);
        QSignalSpy failed(&page, &SearchPage::failed);
        const auto ask = [&](const QString& words) -> SearchResult {
            answered.clear();
            desk.part<QueryBar>().setWords(words);
            if (!QTest::qWaitFor([&] { return answered.size() == 1; }, kPatience))
                return {};
            return answered.front().front().value<SearchResult>();
        };
        const SearchResult known = ask("dog 7");
        QVERIFY(!known.hits.empty());
        QCOMPARE(known.hits.front().path.filename().string(), std::string("v107"));
        QCOMPARE(known.hits.front().why.front(), Reason::Picture);
        QVERIFY(known.frames == kVideos * kFrames);
        QVERIFY(noted.back().front().toString().isEmpty());

        const SearchResult unknown = ask("a dog");
        QVERIFY(!unknown.hits.empty()); // captions say "dog"
        for (const Hit& hit : unknown.hits)
            QVERIFY(std::find(hit.why.begin(), hit.why.end(), Reason::Picture) == hit.why.end());
        const QString note = noted.back().front().toString();
        QVERIFY2(note.contains("cannot encode these words") && note.contains("captions"), qPrintable(note));
        QCOMPARE(failed.size(), 0);
    }

    void experiments()
    {
        Desk desk(experimentPages());
        const fs::path folder = m_box.path() / "experiments";
        fs::create_directories(folder);
        desk.open(importedLibrary(folder));
        QTRY_VERIFY2_WITH_TIMEOUT(desk.badge().startsWith("searching 24 of 24"), qPrintable(desk.badge()), kPatience);
        desk.action("view.probe")->trigger();
        auto& probe = desk.part<ProbePage>();
        QTRY_VERIFY(probe.isVisible());
        probe.form().findChild<QLineEdit*>()->setText("1, 4");
        probe.form().findChildren<QSpinBox*>().front()->setValue(3);
        QVERIFY(probe.command().contains("--model imported:pets"));
        probe.run();
        QTRY_COMPARE_WITH_TIMEOUT(probe.runs().rowCount(), 1, kPatience);
        const Json& found = probe.runs().run(0).record.results;
        QVERIFY(found.at("zeroShot").is_null()); // "a video of cat" came without a vector
        QCOMPARE(probe.plot().content().curves.front().mean.size(), size_t(2));
        QCOMPARE(probe.plot().content().curves.front().mean[1], found.at("shots")[1].at("top1Mean").get<double>());
        QVERIFY(found.at("shots")[1].at("top1Mean").get<double>() > .9);

        desk.action("view.retrieval")->trigger();
        auto& retrieval = desk.part<RetrievalPage>();
        QTRY_VERIFY(retrieval.isVisible());
        const QList<QLineEdit*> fields = retrieval.form().findChildren<QLineEdit*>();
        fields[0]->setText("1");
        fields[1]->setText("1, 4");
        retrieval.run();
        QTRY_COMPARE_WITH_TIMEOUT(retrieval.runs().rowCount(), 1, kPatience);
        const StudyResults study = studyResultsOf(retrieval.runs().run(0).record);
        QCOMPARE(study.queries, kVideos / 2);
        QVERIFY(study.rows[1].r1 > .9); // the mean of four frames

        // Towers that are not here cannot be trained.
        QLineEdit& frozen = **std::find_if(
            fields.begin(), fields.end(), [](const QLineEdit* field) { return field->accessibleName() == "Frozen"; });
        frozen.setText("none");
        QVERIFY(retrieval.command().isEmpty());
        int disabled = 0;
        for (const QPushButton* button : retrieval.findChildren<QPushButton*>())
            disabled += button->text() == "Run" && button->isVisible() && !button->isEnabled();
        QCOMPARE(disabled, 1);
        frozen.setText("all");
        QVERIFY(!retrieval.command().isEmpty());
    }

private:
    TempDir m_box;
};

QTEST_MAIN(ImportedLibraryTest)
#include "tst_imported_library.moc"
