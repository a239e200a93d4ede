// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands.h"

#include "composition.h"
#include "kept_run.h"
#include "retrieval/train_aggregator.h"
#include "retrieval/train_clip.h"
#include "text_table.h"

#include <memory>

namespace clipscope {

namespace {

struct ClipArguments {
    std::string data;
    std::string out;
    TrainClipOptions options;
};

struct AggregatorArguments {
    LibraryChoice library;
    std::string folder;
    std::string out;
    TrainAggregatorOptions options;
};

Answer answerOf(const RunRecord& record, const std::string& out)
{
    Answer answer;
    answer.json = record.toJson();
    answer.text = "trained " + printable(out) + " in " + fixed(record.wallSeconds / 60, 1) + " min\n";
    for (const auto& [name, value] : record.results.items())
        if (value.is_number())
            answer.text += "  " + name + " " + value.dump() + "\n";
    return answer;
}

Answer trainedClip(const ClipArguments& arguments, JobContext& context)
{
    context.seed = arguments.options.seed;
    return answerOf(trainClip(arguments.data, arguments.out, arguments.options, context), arguments.out);
}

Answer trainedAggregator(const AggregatorArguments& arguments, JobContext& context)
{
    LibraryChoice choice = arguments.library;
    choice.folder = arguments.folder;
    const EmbeddedLibrary opened = openEmbedded(choice);
    context.seed = arguments.options.seed;
    const RunRecord record =
        trainAggregator(*opened.library, *opened.encoder, opened.key, arguments.out, arguments.options, context);
    Answer answer = answerOf(record, arguments.out);
    const Json& validation = record.results["validation"];
    if (validation.is_null()) {
        answer.text += "Nothing is left to compare with mean pooling on: every captioned video was trained on.\n";
    } else {
        TextTable table({">frames", ">R@1, mean", ">R@1, trained", ">R@5, mean", ">R@5, trained"});
        const auto percent = [](const Json& value) { return fixed(100 * value.get<double>(), 1) + " %"; };
        for (const Json& row : validation["frames"])
            table.add({std::to_string(row["frames"].get<int>()), percent(row["mean"]["r1"]),
                percent(row["transformer"]["r1"]), percent(row["mean"]["r5"]), percent(row["transformer"]["r5"])});
        answer.text += "text to video, " + counted(validation["videos"].get<int64_t>(), "video", "videos")
            + (validation["on"] == "val" ? " of the split val\n" : " held out of the training\n") + table.text();
    }
    keepRun(answer, opened.library, record, context);
    return answer;
}

void addSplitOption(CLI::App& command, std::vector<std::string>& splits)
{
    command.add_option("--split", splits, "Split to train on (repeatable); default: train")
        ->type_name("S")
        ->allow_extra_args(false);
}

void addAggregatorCommand(CLI::App& group, CommandChoice& choice)
{
    auto arguments = std::make_shared<AggregatorArguments>();
    TrainAggregatorOptions& options = arguments->options;
    CLI::App* command = addCommand(group, choice, "aggregator",
        "Train what makes one vector of a video's frames, on a library's captions",
        "Example:\n  clipscope-cli train aggregator --library films.clipscope --out films-aggregator.safetensors\n"
        "  clipscope-cli evaluate --library films.clipscope --split test --aggregation "
        "transformer:films-aggregator.safetensors\n\n"
        "A small Transformer over the frames' embeddings, which stay as they are. It starts as the mean of the frames; "
        "where the\nsplit val has captions, the state that is best there is kept. A checkpoint is written every "
        "minute: "
        "the same command\ngoes on after a stop or a crash.\n\n"
        "--json: the run record (kind, config, seed, version, machine, cpuSeconds, wallSeconds) with \"file\", "
        "\"steps\", \"bestStep\",\n  \"loss\", \"videos\", \"parameters\", \"validation\": {\"on\": S, \"videos\": n, "
        "\"frames\": [{\"frames\": n, \"mean\": {\"r1\": x, ..},\n  \"transformer\": {..}}]}|null, \"history\": "
        "{\"epoch\": [x], \"loss\": [x], \"validationR1\": [x]}");
    addLibraryOption(*command, arguments->folder);
    command->add_option("--out", arguments->out, "The file to write (.safetensors)")->required()->type_name("FILE");
    addSplitOption(*command, options.splits);
    command->add_option("--epochs", options.epochs, "Times each video is shown")
        ->type_name("N")
        ->capture_default_str()
        ->check(CLI::Range(1, 100000));
    command->add_option("--clip-frames", options.framesPerClip, "Frames whose mean is one input")
        ->type_name("F")
        ->capture_default_str()
        ->check(CLI::Range(1, 64));
    command->add_option("--seed", options.seed, "Of the first weights and the order of the videos")
        ->type_name("S")
        ->capture_default_str();
    command->add_option("--model", arguments->library.model, "Which embeddings; default: the newest")->type_name("M");
    addDeviceOption(*command, arguments->library.device)->capture_default_str();
    command->callback([&choice, arguments] {
        choice.command = {"steps", "A checkpoint is kept; the same command goes on later.",
            [arguments](JobContext& context) { return trainedAggregator(*arguments, context); }};
    });
}

void addClipCommand(CLI::App& group, CommandChoice& choice)
{
    auto arguments = std::make_shared<ClipArguments>();
    TrainClipOptions& options = arguments->options;
    CLI::App* command = addCommand(group, choice, "clip",
        "Train a small CLIP model on captioned videos, or a given one further",
        "Example:\n  clipscope-cli sample-world create world --videos 2000 --seed 1\n"
        "  clipscope-cli train clip --data world --out my-clip --minutes 30\n"
        "  clipscope-cli train clip --data films.clipscope --from clip-vit-b32 --freeze patch,token,first:9 "
        "--out films-clip\n"
        "  clipscope-cli embed --library films.clipscope --model ./my-clip\n\n"
        "DIR is a library, or holds videos/ and captions.json (ActivityNet Captions' form) and may hold splits.json. "
        "A\n"
        "checkpoint is written every minute: the same command goes on after a stop or a crash.\n\n"
        "--json: the run record (kind, config, seed, version, machine, cpuSeconds, wallSeconds) with what was reached");
    command->add_option("--data", arguments->data, "A library, or a folder with videos/ and captions.json")
        ->required()
        ->type_name("DIR");
    command->add_option("--out", arguments->out, "The model's folder")->required()->type_name("FOLDER");
    command->add_option("--from", options.from, "Train this model further; default: a small one from nothing")
        ->type_name("MODEL");
    command->add_option("--frames", options.frames, "Pictures a clip, where it is compared with its whole paragraph")
        ->type_name("F")
        ->capture_default_str()
        ->check(CLI::Range(1, 64));
    command->add_option("--patch-dropout", options.patchDropout, "Share of patches left out in training, 0 to 0.95")
        ->type_name("P")
        ->capture_default_str()
        ->check(numberIn(0, .95));
    command->add_flag("--tube", options.tube, "All frames of a clip lose the same patches");
    command
        ->add_option("--freeze", options.freeze,
            "What stands still: patch, token (embeddings), first:N (blocks of each tower), picture, text (a tower)")
        ->type_name("WHAT[,...]")
        ->delimiter(',')
        ->allow_extra_args(false);
    command
        ->add_option("--learning-rate", options.learningRate, "At its peak; default: 1e-3 from nothing, 1e-4 further")
        ->type_name("R")
        ->check(numberIn(1e-9, 1));
    command->add_option("--minutes", options.minutes, "Time to train for, resumed parts counted in")
        ->type_name("M")
        ->capture_default_str()
        ->check(numberIn(1e-3, 1e6));
    command->add_option("--pictures", options.pictures, "End after so many pictures instead: repeatable to the bit")
        ->type_name("N")
        ->check(numberIn(1, 1e15));
    addSplitOption(*command, options.splits);
    command->add_option("--seed", options.seed, "Of the first weights and the order of the pictures")
        ->type_name("S")
        ->capture_default_str();
    addDeviceOption(*command, options.device)->capture_default_str();
    command->callback([&choice, arguments] {
        choice.command = {"pictures", "A checkpoint is kept; the same command goes on later.",
            [arguments](JobContext& context) { return trainedClip(*arguments, context); }};
    });
}

} // namespace

void addTrainCommands(CLI::App& program, CommandChoice& choice)
{
    CLI::App* group = addCommandGroup(program, "train", "Train models on your own data");
    addClipCommand(*group, choice);
    addAggregatorCommand(*group, choice);
}

} // namespace clipscope
