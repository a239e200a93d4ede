// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands.h"

#include "composition.h"
#include "retrieval/import_embeddings.h"
#include "text_table.h"

#include <memory>

namespace clipscope {

namespace {

struct Arguments {
    std::string library;
    std::string vectors, ids, labels, name, model;
    std::vector<std::string> texts;
};

Answer import(const Arguments& arguments, JobContext& context)
{
    EmbeddingFiles files;
    files.vectors = arguments.vectors;
    files.ids = arguments.ids;
    files.texts.assign(arguments.texts.begin(), arguments.texts.end());
    files.labels = arguments.labels;
    files.name = arguments.name;
    std::shared_ptr<Encoder> encoder;
    if (!arguments.model.empty())
        encoder = makeEncoder(modelSpelling(arguments.model));
    const ReadEmbeddings read = readEmbeddings(files, encoder, context);
    if (read.unmatched > 0)
        context.log(LogLevel::Warning,
            counted(read.unmatched, "video", "videos") + " of the text and label files "
                + (read.unmatched == 1 ? "is" : "are") + " not among the ids");
    const std::shared_ptr<VideoLibrary> library = VideoLibrary::openOrCreate(arguments.library);
    const ImportedEmbeddings imported = importEmbeddings(*library, read, context);
    Answer answer;
    answer.json = {{"model", imported.key.model}, {"ok", imported.added}, {"known", imported.known},
        {"vectorsPerVideo", read.vectors.perRow()}, {"numbersPerVector", read.vectors.dim()},
        {"captions", imported.captions}, {"textVectors", imported.textVectors}, {"labels", imported.labels},
        {"unmatched", read.unmatched}};
    answer.text = counted(imported.added, "new video", "new videos") + ", " + std::to_string(imported.known)
        + " known; " + std::to_string(read.vectors.perRow()) + " x " + std::to_string(read.vectors.dim())
        + " numbers each, as " + printable(imported.key.model) + "\n"
        + counted(imported.captions, "caption", "captions") + ", "
        + counted(imported.textVectors, "text vector", "text vectors") + ", "
        + counted(imported.labels, "label", "labels") + "\n";
    return answer;
}

} // namespace

void addImportEmbeddingsCommand(CLI::App& program, CommandChoice& choice)
{
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = addCommand(program, choice, "import-embeddings",
        "Take in vectors that another program made: a library without media",
        "Example:\n  clipscope-cli import-embeddings --library val1.clipscope --vectors clips.npy --ids ids.txt \\\n"
        "    --texts val_1.json --texts paragraphs.npy\n  clipscope-cli evaluate --library val1.clipscope\n\n"
        "Vectors: .npy or .safetensors, float16 or float32, n x d (one vector a video) or n x K x d (K frames or "
        "clips\n"
        "in order, padded with zeros at the end). Ids: a text file, the id of each row, one a line; an id that is the\n"
        "name of a film in the library gives its vectors to the film.\n"
        "Texts: words (.txt: one text a line in the order of the ids; or CSV, TSV, JSON as `import --captions` knows\n"
        "them), their vectors (.npy or .safetensors: a row for each id, n x d, or n x T x d for T queries), or a file "
        "of\n"
        "each. Timed captions of a video are one query, all joined. With vectors of texts, `evaluate` needs no model;\n"
        "with --model M, M's text tower encodes the words, also those of a `search` and of the labels of a `probe`.\n\n"
        "--json: {\"model\": S, \"ok\": n (new), \"known\": n, \"vectorsPerVideo\": n, \"numbersPerVector\": n, "
        "\"captions\": n,\n  \"textVectors\": n, \"labels\": n, \"unmatched\": n}");
    addLibraryOption(*command, arguments->library);
    command->add_option("--vectors", arguments->vectors, "The vectors")->required()->type_name("F");
    command->add_option("--ids", arguments->ids, "The ids of their rows")->required()->type_name("F");
    command->add_option("--texts", arguments->texts, "Words, vectors of words; may be given twice")
        ->type_name("F")
        ->allow_extra_args(false);
    command->add_option("--labels", arguments->labels, "Labels and splits: CSV with path (the id), label, split")
        ->type_name("F");
    command->add_option("--name", arguments->name, "What to call these vectors; default: their file's name")
        ->type_name("NAME");
    command->add_option("--model", arguments->model, "The model that made the vectors, if it is installed")
        ->type_name("M");
    command->callback([&choice, arguments] {
        choice.command = {"videos", "What is stored stays; the same command goes on later.",
            [arguments](JobContext& context) { return import(*arguments, context); }};
    });
}

} // namespace clipscope
