// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/machine.h"
#include "base/run_record.h"
#include "bench.h"
#include "commands.h"
#include "nn/model_threads.h"
#include "text_table.h"

#include <memory>

namespace clipscope {

namespace {

struct Bench {
    const char* name;
    const char* description;
    const char* more;
    std::vector<BenchRow> (*run)(const BenchOptions&, JobContext&);
    bool takesVideo;
    bool takesModel;
};

constexpr Bench kBenches[] = {
    {"decode", "Sampling frames of a video: each way, one clip and several side by side",
        "Beside it: what the decoder manages at most on the whole file.", benchDecode, true, false},
    {"embed", "The picture tower: precisions, batches, patch dropout",
        "Beside it: the largest product of matrices that this machine manages.", benchEmbed, false, true},
    {"text", "The text tower: one short query, one of full length",
        "Beside it: the largest product of matrices that this machine manages.", benchText, false, true},
    {"search", "One query among 10,000, 100,000 and (where memory allows) 1,000,000 vectors, and what is found",
        "Beside it: how fast this machine reads memory.", benchSearch, false, false},
    {"pipeline", "Decoding and embedding: each alone, one after the other, overlapped",
        "Two stages of --threads threads each.", benchPipeline, true, true},
    {"probe", "Few-shot probes: logistic regression on 1 to 16 vectors of 200 classes, and 5,000 classified",
        "The same problem for any program: the objective is scikit-learn's, C is 3.16.", benchProbe, false, false},
    {"gnn", "Graph networks: GCNs trained on graphs of the size of Cora and PubMed, one, and ensembles of 5 and 10",
        "Two layers of 16, 200 epochs, 20 labels a class, an answer for all nodes at the end; one thread.", benchGnn,
        false, false},
};

Answer answerOf(const Bench& bench, const BenchOptions& options, JobContext& context)
{
    Json config = {{"threads", options.threads}, {"quick", options.quick}};
    if (bench.takesVideo)
        config["video"] = options.video.string();
    if (bench.takesModel)
        config["model"] = options.model;
    setModelThreads(options.threads);
    const RunClock clock(std::string("bench-") + bench.name, std::move(config), 0);
    const std::vector<BenchRow> rows = bench.run(options, context);
    const RunRecord record = clock.finish({{"rows", benchJson(rows)}});
    Answer answer;
    answer.json = record.toJson();
    std::string flags;
    for (const std::string& flag : machine().cpuFlags)
        flags += " " + flag;
    answer.text = machine().processor + ", " + counted(machine().cores, "core", "cores") + ":" + flags + "\n"
        + record.version + ", " + counted(options.threads, "thread", "threads") + "\n\n" + benchTable(rows);
    return answer;
}

void addBench(CLI::App& group, CommandChoice& choice, const Bench& bench)
{
    auto options = std::make_shared<BenchOptions>();
    auto video = std::make_shared<std::string>();
    CLI::App* command = addCommand(group, choice, bench.name, bench.description,
        std::string(bench.more)
            + "\nThe methods take turns, so that other programs disturb all alike; compare CPU seconds and ratios.\n\n"
              "Example:\n  clipscope-cli bench "
            + bench.name
            + " --threads 1\n\n"
              "--json: {\"rows\": [{\"name\": S, \"value\": x, \"unit\": S, \"cpuSeconds\": x, \"wallSeconds\": x,\n"
              "  \"wallMin\": x, \"wallMax\": x, \"runs\": n, \"ratio\": x, \"against\": S, \"note\": S}], "
              "\"machine\": {}, ...}\n"
              "  seconds of one run; without ratio where nothing is compared");
    command->add_option("--threads", options->threads, "Threads of one method")
        ->type_name("N")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    command->add_option("--runs", options->rounds, "How often each method runs (3 or more; else as many as are needed)")
        ->type_name("N")
        ->check(CLI::Range(3, 1000));
    command->add_flag("--quick", options->quick, "Small sizes: shows that it works, not how fast");
    if (bench.takesVideo)
        command->add_option("--video", *video, "A video of yours instead of a synthetic minute of 720p H.264")
            ->type_name("FILE");
    if (bench.takesModel)
        command->add_option("--model", options->model, "A model instead of ViT-B/32 with random weights")
            ->type_name("M");
    command->callback([&choice, &bench, options, video] {
        options->video = *video;
        choice.command = {
            "runs", "", [&bench, options](JobContext& context) { return answerOf(bench, *options, context); }};
    });
}

} // namespace

void addBenchCommands(CLI::App& program, CommandChoice& choice)
{
    CLI::App* group =
        addCommandGroup(program, "bench", "How fast this machine decodes, embeds and searches, beside its limits");
    for (const Bench& bench : kBenches)
        addBench(*group, choice, bench);
}

} // namespace clipscope
