// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/embedding_store.h"
#include "made_library.h"
#include "models/safetensors.h"
#include "retrieval/captioned_videos.h"
#include "retrieval/evaluate.h"
#include "retrieval/import_embeddings.h"
#include "retrieval/imported_encoder.h"
#include "support/npy_writer.h"
#include "support/test_data.h"

#include <cmath>
#include <fstream>
#include <functional>

using namespace clipscope;
using namespace clipscope::test;
namespace fs = std::filesystem;

namespace {

constexpr int kDim = 4;

/// Three videos of two vectors each: an axis a video, twice as long as a unit.
class Files {
public:
    Files()
    {
        write("ids.txt", "v_one\nv_two\nfolder/three.mp4\n\n");
        std::vector<float> vectors;
        for (int video = 0; video < 3; ++video)
            for (int clip = 0; clip < 2; ++clip)
                for (int i = 0; i < kDim; ++i)
                    vectors.push_back(i == video ? 2.F : 0.F);
        writeNpy(m_dir / "clips.npy", {3, 2, kDim}, vectors);
        std::vector<float> texts;
        for (int video = 0; video < 3; ++video)
            for (int i = 0; i < kDim; ++i)
                texts.push_back(i == video ? 1.F : .1F);
        writeNpy(m_dir / "texts.npy", {3, kDim}, texts);
        write("words.txt", "a cat\na dog\na bear\n");
        write("captions.csv",
            "path,caption,startSec,endSec,label,split\nv_one,second,5,6,cat,train\nv_one,first,1,2,,\ntwo,a "
            "dog,,,dog,test\n"
            "folder/three.mp4,a bear,,,bear,test\nnobody,nothing,,,,\n");
        files.vectors = m_dir / "clips.npy";
        files.ids = m_dir / "ids.txt";
    }

    fs::path operator/(const std::string& name) const { return m_dir / name; }
    fs::path write(const std::string& name, const std::string& text) const
    {
        std::ofstream(m_dir / name, std::ios::binary) << text;
        return m_dir / name;
    }
    ReadEmbeddings read() const { return readEmbeddings(files, nullptr, {}); }
    std::string refusal() const
    {
        return errorOf<Error>([&] { read(); });
    }

    EmbeddingFiles files;

private:
    TempDir m_dir;
};

ImportedEmbeddings importInto(const fs::path& folder, const ReadEmbeddings& read)
{
    JobContext context;
    return importEmbeddings(*VideoLibrary::openOrCreate(folder), read, context);
}

} // namespace

class TestImportEmbeddings : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void vectorsWordsAndTheirVectors()
    {
        Files made;
        made.files.texts = {made / "captions.csv", made / "texts.npy"};
        const ReadEmbeddings read = made.read();
        QCOMPARE(read.unmatched, int64_t(1));
        const ImportedEmbeddings imported = importInto(made / "l", read);
        QCOMPARE(imported.added, int64_t(3));
        QCOMPARE(imported.known, int64_t(0));
        QCOMPARE(imported.captions, int64_t(4));
        QCOMPARE(imported.textVectors, int64_t(3));
        QCOMPARE(imported.labels, int64_t(3));
        QCOMPARE(imported.key.model, std::string("imported:clips"));

        const auto library = VideoLibrary::open(made / "l");
        const EmbeddingKey key = library->embeddingKey("");
        QVERIFY(isImported(key));
        const EmbeddingStore store(library->folder(), key);
        const auto one = library->videoByPath("/imported-embeddings/v_one");
        QVERIFY(one && !one->damaged());
        QCOMPARE(one->label, std::string("cat"));
        QCOMPARE(one->split, std::string("train"));
        const auto embedding = store.read(*one);
        QVERIFY(embedding);
        QCOMPARE(embedding->joint.values, (std::vector<float>{1, 0, 0, 0, 1, 0, 0, 0}));
        QCOMPARE(embedding->timesSec, (std::vector<double>{.5, 1.5}));
        QCOMPARE(captionQueries(library->captions(one->id)), (std::vector<std::string>{"first second"}));

        JobContext context;
        const auto encoder = importedEncoder(*library, key);
        QVERIFY(!encoder->info().encodesAnyText);
        const EvaluateResult result = evaluateRetrieval(*library, *encoder, key, {}, context);
        QCOMPARE(result.queries, int64_t(3));
        QCOMPARE(result.textToVideo.r1, 1.);
        QCOMPARE(result.videoToText.r1, 1.);
        const std::string unknown =
            errorOf<Error>([&] { encoder->encodeTexts(std::vector<std::string>{"a whale"}, context); });
        QVERIFY2(unknown.find("a whale") != std::string::npos && unknown.find("--texts") != std::string::npos,
            unknown.c_str());
        QVERIFY(!errorOf<Error>([&] { encoder->encodeFrames({}, context); }).empty());
    }

    /// Other numbers of the same name take the place of the old ones, further ids come to them.
    void extended()
    {
        Files made;
        made.files.texts = {made / "words.txt", made / "texts.npy"};
        importInto(made / "l", made.read());
        Files more;
        more.write("ids.txt", "v_two\nv_four\n");
        writeNpy(more / "clips.npy", {2, 2, kDim}, {0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1});
        more.write("four.txt", "a dog\na fish\n");
        writeNpy(more / "four.npy", {2, kDim}, {0, 0, 0, 1, 1, 0, 0, 1});
        more.files.texts = {more / "four.npy", more / "four.txt"};
        const ImportedEmbeddings imported = importInto(made / "l", more.read());
        QCOMPARE(imported.added, int64_t(1));
        QCOMPARE(imported.known, int64_t(1));
        const auto library = VideoLibrary::open(made / "l");
        QCOMPARE(library->videoCount(), int64_t(4));
        QCOMPARE(library->embeddingKeys().size(), size_t(1));
        const EmbeddingKey key = library->embeddingKey("imported:clips");
        JobContext context;
        const auto encoder = importedEncoder(*library, key);
        QCOMPARE(evaluateRetrieval(*library, *encoder, key, {}, context).textToVideo.r1, 1.);
        QCOMPARE(evaluateRetrieval(*library, *encoder, key, {}, context).queries, int64_t(4));
    }

    /// Texts that are vectors alone get words that say whose they are; several a video are several queries.
    void textVectorsAlone()
    {
        Files made;
        writeNpy(made / "two.npy", {3, 2, kDim},
            {1, 0, 0, 0, 1, .1F, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, .1F, 0, 1, 0});
        made.files.texts = {made / "two.npy"};
        const ImportedEmbeddings imported = importInto(made / "l", made.read());
        QCOMPARE(imported.textVectors, int64_t(5)); // the second one of v_two is padding
        const auto library = VideoLibrary::open(made / "l");
        const auto two = library->videoByPath("/imported-embeddings/v_two");
        QCOMPARE(library->captions(two->id).at(0).text, std::string("text of v_two"));
        JobContext context;
        const auto encoder = importedEncoder(*library, imported.key);
        const EvaluateResult result = evaluateRetrieval(*library, *encoder, imported.key, {}, context);
        QCOMPARE(result.queries, int64_t(5));
        QCOMPARE(result.textToVideo.r1, 1.);
    }

    /// An id that names a film gives its vectors to the film.
    void filmsGetVectorsToo()
    {
        Files made;
        {
            const auto library = VideoLibrary::openOrCreate(made / "l");
            VideoRecord film;
            film.path = "/films/v_two.mp4";
            film.hash = std::string(64, 'a');
            film.label = "kept";
            film.info.durationSec = 40;
            library->store(film);
        }
        const ImportedEmbeddings imported = importInto(made / "l", made.read());
        QCOMPARE(imported.known, int64_t(1));
        const auto library = VideoLibrary::open(made / "l");
        const auto film = library->videoByPath("/films/v_two.mp4");
        QCOMPARE(film->label, std::string("kept"));
        QCOMPARE(EmbeddingStore(library->folder(), imported.key).read(*film)->timesSec, (std::vector<double>{10, 30}));
        VideoRecord other = *film;
        other.id = 0;
        other.path = "/more/v_two.mp4";
        library->store(other);
        const std::string message = errorOf<Error>([&] { importInto(made / "l", made.read()); });
        QVERIFY2(message.find("v_two") != std::string::npos, message.c_str());
    }

    /// With the model that made them, its text tower serves.
    void withAModel()
    {
        Files made;
        std::vector<float> vectors(3 * AxisEncoder::kDim);
        for (size_t i = 0; i < 3; ++i)
            vectors[i * AxisEncoder::kDim + i] = 1;
        writeNpy(made / "clips.npy", {3, AxisEncoder::kDim}, vectors);
        made.write("words.txt", "red\ngreen\nblue\n");
        made.files.texts = {made / "words.txt"};
        const auto encoder = std::make_shared<AxisEncoder>();
        const ReadEmbeddings read = readEmbeddings(made.files, encoder, {});
        const ImportedEmbeddings imported = importInto(made / "l", read);
        QCOMPARE(imported.key.modelHash, encoder->info().modelHash);
        JobContext context;
        QCOMPARE(
            evaluateRetrieval(*VideoLibrary::open(made / "l"), *encoder, imported.key, {}, context).textToVideo.r1, 1.);
        Files narrow;
        const std::string message = errorOf<Error>([&] { readEmbeddings(narrow.files, encoder, {}); });
        QVERIFY2(message.find("have 8") != std::string::npos, message.c_str());
    }

    void safetensorsAndHalves()
    {
        Files made;
        const std::vector<float> values = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0};
        writeSafetensors(made / "v.safetensors",
            {TensorToWrite::f16("anything", {3, kDim}, values),
                TensorToWrite::f32("scale", {1}, std::vector<float>{3})});
        made.files.vectors = made / "v.safetensors";
        QCOMPARE(made.read().vectors.unitRow(1, "").values, (std::vector<float>{0, 1, 0, 0}));
        writeSafetensors(made / "v.safetensors",
            {TensorToWrite::f32("a", {3, kDim}, values), TensorToWrite::f32("b", {3, kDim}, values)});
        QVERIFY2(made.refusal().find("several tensors") != std::string::npos, made.refusal().c_str());
        writeSafetensors(made / "v.safetensors",
            {TensorToWrite::f32("a", {3, kDim}, values), TensorToWrite::f32("vectors", {3, kDim}, values)});
        QCOMPARE(made.read().vectors.rows(), size_t(3));
    }

    /// Each is refused before a library is made, with the file and what to do.
    void refusals()
    {
        const auto refused = [](const std::function<void(Files&)>& spoil, const std::string& file,
                                 const std::string& words) {
            Files made;
            made.files.texts = {made / "words.txt", made / "texts.npy"};
            spoil(made);
            const std::string message = made.refusal();
            if (message.find(file) == std::string::npos || message.find(words) == std::string::npos)
                qWarning("%s, %s: %s", file.c_str(), words.c_str(), message.c_str());
            return message.find(file) != std::string::npos && message.find(words) != std::string::npos;
        };
        using F = Files&;
        const auto ids = [](const std::string& text) { return [text](F f) { f.write("ids.txt", text); }; };
        QVERIFY(refused(ids("a\nb\n"), "clips.npy", "has 3 rows for the 2 ids"));
        QVERIFY(refused(ids(""), "ids.txt", "holds no ids"));
        QVERIFY(refused(ids("a\n\nc\n"), "ids.txt", "line 2 is empty"));
        QVERIFY(refused(ids("a\nb\na\n"), "ids.txt", "line 3 names \"a\", as line 1"));
        QVERIFY(refused(ids("a\nb\n/etc/passwd\n"), "ids.txt", "line 3"));
        QVERIFY(refused(ids("a\nb\n../c\n"), "ids.txt", "line 3"));
        QVERIFY(refused(ids("a\nb\n\xff\n"), "ids.txt", "UTF-8"));
        QVERIFY(refused([](F f) { fs::remove(f / "ids.txt"); }, "ids.txt", ""));
        const auto vectors = [](std::vector<int64_t> shape, std::vector<float> values) {
            return [shape, values](F f) { writeNpy(f / "clips.npy", shape, values); };
        };
        QVERIFY(refused(vectors({3, 1}, {1, NAN, 1}), "clips.npy", "row 2 (v_two)"));
        QVERIFY(refused(vectors({3, 1}, {1, 1, INFINITY}), "clips.npy", "not finite"));
        QVERIFY(refused(vectors({3, 2}, {1, 1, 0, 0, 1, 1}), "clips.npy", "row 2 (v_two) is all zeros"));
        QVERIFY(refused(vectors({3, 2, 1}, {1, 1, 0, 1, 1, 1}), "clips.npy", "zeros before others"));
        QVERIFY(refused(vectors({3}, {1, 1, 1}), "clips.npy", "shape [3]"));
        QVERIFY(refused(vectors({3, 1, 1, 1}, {1, 1, 1}), "clips.npy", "shape"));
        QVERIFY(refused(vectors({3, 0}, {}), "clips.npy", "holds no vectors"));
        QVERIFY(refused(vectors({3, 70000}, std::vector<float>(210000, 1)), "clips.npy", "at most 65536"));
        QVERIFY(refused([](F f) { f.write("clips.npy", "PK\x03\x04 a zip"); }, "clips.npy", "neither a NumPy file"));
        const auto texts = [](std::vector<int64_t> shape, std::vector<float> values) {
            return [shape, values](F f) { writeNpy(f / "texts.npy", shape, values); };
        };
        QVERIFY(refused(texts({3, 2}, {1, 0, 1, 0, 1, 0}), "texts.npy", "vectors of 2 numbers"));
        QVERIFY(refused(texts({2, kDim}, std::vector<float>(8, 1)), "texts.npy", "2 rows for 3 ids"));
        QVERIFY(refused(texts({3, 2, kDim}, std::vector<float>(24, 1)), "texts.npy", "2 text vectors in row 1"));
        QVERIFY(refused(texts({3, kDim}, {1, 0, 0, 0, NAN, 0, 0, 0, 0, 0, 1, 0}), "texts.npy", "row 2"));
        QVERIFY(refused([](F f) { f.write("words.txt", "a\nb\n"); }, "words.txt", "2 lines for 3 ids"));
        QVERIFY(
            refused([](F f) { f.write("words.txt", "same\nsame\nother\n"); }, "texts.npy", "two vectors for the text"));
        QVERIFY(refused([](F f) { f.files.texts.push_back(f / "words.txt"); }, "words.txt", "second file"));
        QVERIFY(refused([](F f) { f.files.labels = f.write("l.csv", "what,is\n1,2\n"); }, "l.csv", ""));
    }

    void itStops()
    {
        Files made;
        std::stop_source stop;
        JobContext context;
        context.stop = stop.get_token();
        context.onProgress = [&](const Progress& progress) {
            if (progress.text == "storing vectors")
                stop.request_stop();
        };
        const auto library = VideoLibrary::openOrCreate(made / "l");
        std::vector<std::string> ids;
        Files many; // more than go into one step
        for (int i = 0; i < 600; ++i)
            ids.push_back("clip" + std::to_string(i));
        std::string lines;
        for (const std::string& id : ids)
            lines += id + "\n";
        many.write("ids.txt", lines);
        writeNpy(many / "clips.npy", {600, kDim}, std::vector<float>(size_t(600 * kDim), 1));
        QVERIFY_THROWS_EXCEPTION(Cancelled, importEmbeddings(*library, many.read(), context));
        QVERIFY(library->videoCount() < 600);
        // The same import goes on.
        const ImportedEmbeddings imported = importInto(made / "l", many.read());
        QCOMPARE(imported.added + imported.known, int64_t(600));
        QCOMPARE(library->videoCount(), int64_t(600));
    }
};

QTEST_GUILESS_MAIN(TestImportEmbeddings)
#include "tst_import_embeddings.moc"
