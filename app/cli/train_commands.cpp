// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands.h"

#include "retrieval/train_clip.h"
#include "text_table.h"

#include <filesystem>
#include <memory>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

struct Arguments {
    std::string data;
    std::string out;
    TrainClipOptions options;
};

Answer train(const Arguments& arguments, JobContext& context)
{
    context.seed = arguments.options.seed;
    const RunRecord record = trainClip(arguments.data, arguments.out, arguments.options, context);
    Answer answer;
    answer.json = record.toJson();
    answer.text = "trained " + printable(arguments.out) + " in " + fixed(record.wallSeconds / 60, 1) + " min\n";
    for (const auto& [name, value] : record.results.items())
        if (value.is_number())
            answer.text += "  " + name + " " + value.dump() + "\n";
    return answer;
}

} // namespace

void addTrainCommands(CLI::App& program, CommandChoice& choice)
{
    CLI::App* group = addCommandGroup(program, "train", "Train models on your own data");
    auto arguments = std::make_shared<Arguments>();
    TrainClipOptions& options = arguments->options;
    CLI::App* command = addCommand(*group, choice, "clip",
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
    command->add_option("--split", options.splits, "Split to train on (repeatable); default: train")
        ->type_name("S")
        ->allow_extra_args(false);
    command->add_option("--seed", options.seed, "Of the first weights and the order of the pictures")
        ->type_name("S")
        ->capture_default_str();
    addDeviceOption(*command, options.device)->capture_default_str();
    command->callback([&choice, arguments] {
        choice.command = {"pictures", "A checkpoint is kept; the same command goes on later.",
            [arguments](JobContext& context) { return train(*arguments, context); }};
    });
}

} // namespace clipscope
