// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands.h"

#include "aggregation/aggregator.h"
#include "base/error.h"
#include "composition.h"
#include "kept_run.h"
#include "probe/zero_shot.h"
#include "probe_run.h"
#include "text_table.h"

#include <memory>

namespace clipscope {

namespace {

struct Arguments {
    LibraryChoice library;
    std::string folder;
    std::vector<std::string> shots = {"1", "2", "4", "8", "16", "all"};
    ProbeRunOptions options;
};

/// "4", or "all" (0). Throws Error(Input).
int shotsOf(const std::string& text)
{
    if (text == "all")
        return 0;
    if (text.empty() || text.size() > 6 || text.find_first_not_of("0123456789") != std::string::npos
        || std::stoi(text) < 1)
        throw Error(
            ErrorKind::Input, "is no number of labelled videos", text, "Write for instance --shots 1,2,4,8,all.");
    return std::stoi(text);
}

std::string percent(double share)
{
    return fixed(100 * share, 1) + " %";
}

Answer probe(const Arguments& arguments, JobContext& context)
{
    LibraryChoice choice = arguments.library;
    choice.folder = arguments.folder;
    ProbeRunOptions options = arguments.options;
    options.probe.shots.clear();
    for (const std::string& shots : arguments.shots)
        options.probe.shots.push_back(shotsOf(shots));
    const EmbeddedLibrary opened = openEmbedded(choice);
    const RunRecord record = probeRun(*opened.library, *opened.encoder, opened.key, options, context);
    Answer answer;
    const Json& results = record.results;
    TextTable table({">videos a label", ">top-1", ">sd", ">top-5", ">draws", ">C"});
    table.add({"none (words)", percent(results["zeroShot"]["top1"].get<double>()), "",
        percent(results["zeroShot"]["top5"].get<double>()), "", ""});
    for (const Json& point : results["shots"])
        table.add({point["k"].is_string() ? point["k"].get<std::string>() : std::to_string(point["k"].get<int>()),
            percent(point["top1Mean"].get<double>()), percent(point["top1Sd"].get<double>()),
            percent(point["top5Mean"].get<double>()), std::to_string(point["seeds"].get<int>()),
            fixed(point["c"].get<double>(), 2)});
    answer.text = opened.encoder->info().title + ", " + counted(int64_t(results["classes"].size()), "label", "labels")
        + ", " + counted(results["testVideos"].get<int64_t>(), "test video", "test videos") + ", aggregation "
        + options.aggregation + "\n" + table.text();
    if (results["crossingShots"].is_null())
        answer.text += "No number of videos a label tried matches the words.\n";
    else
        answer.text += "The words are matched from "
            + counted(results["crossingShots"].get<int64_t>(), "video", "videos") + " a label on.\n";
    keepRun(answer, opened.library, record, context);
    return answer;
}

} // namespace

void addProbeCommand(CLI::App& program, CommandChoice& choice)
{
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = addCommand(program, choice, "probe", "A few labelled videos against none at all",
        "Example:\n  clipscope-cli probe --library films.clipscope --shots 1,2,4,8 --seeds 20\n\n"
        "A linear probe (L2 logistic regression) on k labelled videos of the split train, tested on the split test,\n"
        "against classification by the labels' words. C is chosen by the split val, else 10. Labels with fewer than\n"
        "min(4, largest k) training videos or none to test on are left out and named.\n\n"
        "--json: the run record with \"zeroShot\": {\"top1\": x, \"top5\": x}, \"shots\": [{\"k\": n, \"top1Mean\": x, "
        "\"top1Sd\": x,\n  \"top5Mean\": x, \"top5Sd\": x, \"seeds\": n, \"c\": x, \"top1Draws\": [x]}], "
        "\"crossingShots\": "
        "k|null, \"crossing\": x|null,\n  \"crossingInterval\": [x, x]|null, \"classes\": [S], \"leftOut\": [S], "
        "\"testVideos\": n,\n  \"arrays\": {\"confusion\": [[n]], \"zeroShotConfusion\": [[n]]}, \"run\": its number "
        "in the library|null");
    addLibraryOption(*command, arguments->folder);
    command->add_option("--shots", arguments->shots, "Labelled videos a label, at most; all")
        ->type_name("K,...")
        ->delimiter(',')
        ->capture_default_str()
        ->check(acceptedBy([](const std::string& text) { shotsOf(text); }));
    command->add_option("--seeds", arguments->options.probe.seeds, "Draws of each")
        ->type_name("N")
        ->capture_default_str()
        ->check(CLI::Range(1, 10000));
    command->add_option("--seed", arguments->options.seed, "Of the draws")->type_name("S")->capture_default_str();
    command->add_option("--c", arguments->options.probe.c, "Weight of the data against the penalty")
        ->type_name("C")
        ->check(numberIn(1e-6, 1e9));
    command
        ->add_option(
            "--template", arguments->options.templates, "Words for a label, LABEL in its place; may be repeated")
        ->type_name("TEXT")
        ->capture_default_str()
        ->check(acceptedBy([](const std::string& text) { promptsOf({"x"}, {text}); }));
    command->add_option("--aggregation", arguments->options.aggregation, "How frames make a video: mean")
        ->type_name("A")
        ->capture_default_str()
        ->check(acceptedBy([](const std::string& text) { makeAggregator(text); }));
    command->add_option("--model", arguments->library.model, "Which embeddings; default: the newest")->type_name("M");
    addDeviceOption(*command, arguments->library.device)->capture_default_str();
    command->callback([&choice, arguments] {
        choice.command = {"fits", "", [arguments](JobContext& context) { return probe(*arguments, context); }};
    });
}

} // namespace clipscope
