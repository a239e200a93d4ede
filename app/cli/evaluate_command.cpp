// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands.h"

#include "aggregation/aggregator.h"
#include "composition.h"
#include "kept_run.h"
#include "retrieval/evaluate.h"
#include "text_table.h"

#include <memory>

namespace clipscope {

namespace {

struct Arguments {
    LibraryChoice library;
    std::string folder;
    EvaluateOptions options;
};

void addRow(TextTable& table, const std::string& name, const Json& metrics)
{
    const auto share = [&](const char* key) { return percent(metrics[key].get<double>()); };
    table.add({name, share("r1"), share("r5"), share("r10"), fixed(metrics["medianRank"].get<double>(), 1),
        fixed(metrics["meanRank"].get<double>(), 1)});
}

Answer evaluate(const Arguments& arguments, JobContext& context)
{
    LibraryChoice choice = arguments.library;
    choice.folder = arguments.folder;
    const EmbeddedLibrary opened = openEmbedded(choice);
    const RunRecord record = evaluateRun(*opened.library, *opened.encoder, opened.key, arguments.options, context);
    Answer answer;
    TextTable table({"", ">R@1", ">R@5", ">R@10", ">median rank", ">mean rank"});
    addRow(table, "text to video", record.results["textToVideo"]);
    addRow(table, "video to text", record.results["videoToText"]);
    answer.text = opened.encoder->info().title + ", "
        + counted(record.results["videos"].get<int64_t>(), "video", "videos") + ", "
        + counted(record.results["queries"].get<int64_t>(), "query", "queries") + ", aggregation "
        + arguments.options.aggregation + "\n" + table.text();
    keepRun(answer, opened.library, record, context);
    return answer;
}

} // namespace

void addEvaluateCommand(CLI::App& program, CommandChoice& choice)
{
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = addCommand(program, choice, "evaluate", "Measure retrieval of a library's captions",
        "Example:\n  clipscope-cli evaluate --library world.clipscope --split test --frames 4\n\n"
        "By embeddings alone. The pool is every embedded video of the split. Timed captions of a video are one query; "
        "untimed\nones are alternative queries.\n\n"
        "--json: the run record (kind, config, seed, version, machine, cpuSeconds, wallSeconds) with\n"
        "  \"textToVideo\" and \"videoToText\": {\"r1\": x, \"r5\": x, \"r10\": x, \"medianRank\": x, \"meanRank\": x} "
        "(fractions "
        "in [0,1],\n  ranks from 1), \"videos\": n, \"queries\": n,\n  \"arrays\": {\"textToVideoRanks\": [n], "
        "\"videoToTextRanks\": [n]}, \"run\": its number in the library|null");
    addLibraryOption(*command, arguments->folder);
    command->add_option("--split", arguments->options.split, "train, val, test or another; default: every video")
        ->type_name("S");
    command
        ->add_option("--aggregation", arguments->options.aggregation,
            "How frames make a video: mean, query, query:TAU, parts:N, transformer or transformer:FILE")
        ->type_name("A")
        ->capture_default_str()
        ->check(acceptedBy([](const std::string& text) { checkAggregation(text); }));
    command->add_option("--frames", arguments->options.frames, "Stored frames a video to use; default: all")
        ->type_name("N")
        ->check(CLI::Range(1, 100000));
    command->add_option("--model", arguments->library.model, "Which embeddings; default: the newest")->type_name("M");
    addDeviceOption(*command, arguments->library.device)->capture_default_str();
    command->callback([&choice, arguments] {
        choice.command = {"queries", "", [arguments](JobContext& context) { return evaluate(*arguments, context); }};
    });
}

} // namespace clipscope
