// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands.h"

#include "sample/sample_world.h"
#include "text_table.h"

#include <filesystem>
#include <memory>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

struct Arguments {
    std::string folder;
    SampleWorldOptions world;
    std::string kind = "mixed";
};

Answer create(const Arguments& arguments, JobContext& context)
{
    SampleWorldOptions world = arguments.world;
    world.kind = parseSampleKind(arguments.kind);
    createSampleWorld(arguments.folder, world, context);
    const fs::path folder = fs::absolute(arguments.folder).lexically_normal();
    Answer answer;
    answer.json = {
        {"folder", folder.string()}, {"videos", world.videos}, {"seed", world.seed}, {"kind", arguments.kind}};
    answer.text = counted(world.videos, "video", "videos") + " in " + printable((folder / "videos").string())
        + ", with captions.json, labels.csv, splits.json\n";
    return answer;
}

} // namespace

void addSampleWorldCommands(CLI::App& program, CommandChoice& choice)
{
    CLI::App* group = addCommandGroup(program, "sample-world", "Render captioned videos with known truth");
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = addCommand(*group, choice, "create", "Render a sample world into a folder",
        "Example:\n  clipscope-cli sample-world create world --videos 60 --seed 7\n\n"
        "Writes DIR/videos/, captions.json, labels.csv, splits.json and attributes.json; equal bytes for equal "
        "options.\n"
        "A folder with other things in it is refused.\n\n"
        "--json: {\"folder\": S, \"videos\": n, \"seed\": n, \"kind\": S}");
    command->add_option("folder", arguments->folder, "Where to put it")->required()->type_name("DIR");
    command->add_option("--videos", arguments->world.videos, "How many")
        ->type_name("N")
        ->capture_default_str()
        ->check(CLI::Range(1, 100000));
    command->add_option("--seed", arguments->world.seed, "Another seed, another world")
        ->type_name("S")
        ->capture_default_str();
    command->add_option("--kind", arguments->kind, "mixed, stories or activities")
        ->type_name("K")
        ->capture_default_str()
        ->check(acceptedBy([](const std::string& text) { parseSampleKind(text); }));
    command->callback([&choice, arguments] {
        choice.command = {"videos", "The unfinished sample world was taken away.",
            [arguments](JobContext& context) { return create(*arguments, context); }};
    });
}

} // namespace clipscope
