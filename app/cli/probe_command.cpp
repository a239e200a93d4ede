// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands.h"

#include "aggregation/aggregator.h"
#include "base/error.h"
#include "composition.h"
#include "kept_run.h"
#include "probe/zero_shot.h"
#include "probe_run.h"
#include "text_table.h"

#include <algorithm>
#include <memory>

namespace clipscope {

namespace {

struct Arguments {
    LibraryChoice library;
    std::string folder;
    std::vector<std::string> shots = {"1", "2", "4", "8", "16", "all"};
    std::vector<std::string> methods = {"linear", "tip-adapter"};
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

/// The rows of one method's curve, and where it matches the words.
void addCurve(TextTable& table, std::string& matched, const std::string& method, const Json& curve, bool hasWords)
{
    for (const Json& point : curve["shots"]) {
        std::string setting;
        if (point.contains("c"))
            setting = "C " + fixed(point["c"].get<double>(), 2);
        if (point.contains("alpha"))
            setting =
                "alpha " + fixed(point["alpha"].get<double>(), 2) + ", beta " + fixed(point["beta"].get<double>(), 2);
        table.add({method, point["k"].is_string() ? point["k"].get<std::string>() : point["k"].dump(),
            percent(point["top1Mean"].get<double>()), percent(point["top1Sd"].get<double>()),
            percent(point["top5Mean"].get<double>()), std::to_string(point["seeds"].get<int>()), setting});
    }
    if (!hasWords)
        return;
    if (curve["crossingShots"].is_null())
        matched += method + ": no number of videos a label tried matches the words.\n";
    else
        matched += method + ": the words are matched from "
            + counted(curve["crossingShots"].get<int64_t>(), "video", "videos") + " a label on.\n";
}

Answer probe(const Arguments& arguments, JobContext& context)
{
    LibraryChoice choice = arguments.library;
    choice.folder = arguments.folder;
    ProbeRunOptions options = arguments.options;
    options.probe.shots.clear();
    for (const std::string& shots : arguments.shots)
        options.probe.shots.push_back(shotsOf(shots));
    options.probe.methods.clear();
    for (const std::string& name : arguments.methods)
        if (const ProbeMethod method = probeMethod(name); std::ranges::count(options.probe.methods, method) == 0)
            options.probe.methods.push_back(method);
    const EmbeddedLibrary opened = openEmbedded(choice);
    const RunRecord record = probeRun(*opened.library, *opened.encoder, opened.key, options, context);
    Answer answer;
    const Json& results = record.results;
    TextTable table({"method", ">videos a label", ">top-1", ">sd", ">top-5", ">draws", "setting"});
    const Json& words = results["zeroShot"];
    if (!words.is_null())
        table.add({"words alone", "0", percent(words["top1"].get<double>()), "", percent(words["top5"].get<double>()),
            "", ""});
    std::string matched;
    if (!results["shots"].empty())
        addCurve(table, matched, toString(ProbeMethod::Linear), results, !words.is_null());
    for (const Json& other : results["methods"])
        addCurve(table, matched, other["name"].get<std::string>(), other, !words.is_null());
    answer.text = opened.encoder->info().title + ", " + counted(int64_t(results["classes"].size()), "label", "labels")
        + ", " + counted(results["testVideos"].get<int64_t>(), "test video", "test videos") + ", aggregation "
        + options.aggregation + "\n" + table.text() + matched;
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
        "min(4, largest k) training videos or none to test on are left out and named. Beside it, on the same draws, "
        "in\n"
        "the space that words share: Tip-Adapter (trains nothing; alpha and beta by the split val, else 1 and 5.5) "
        "and\n"
        "LP++ (learns how much the words count; its epoch by the split val).\n\n"
        "--json: the run record with \"zeroShot\": {\"top1\": x, \"top5\": x}, \"shots\": [{\"k\": n, \"top1Mean\": x, "
        "\"top1Sd\": x,\n  \"top5Mean\": x, \"top5Sd\": x, \"seeds\": n, \"c\": x, \"top1Draws\": [x]}], "
        "\"crossingShots\": "
        "k|null, \"crossing\": x|null,\n  \"crossingInterval\": [x, x]|null,\n  \"methods\": [{\"name\": S, \"shots\": "
        "[...], \"crossingShots\": ..., ...}] (those beside the linear probe), \"classes\": [S], \"leftOut\": [S], "
        "\"testVideos\": n,\n  \"arrays\": {\"confusion\": [[n]], \"zeroShotConfusion\": [[n]]}, \"run\": its number "
        "in the library|null");
    addLibraryOption(*command, arguments->folder);
    command->add_option("--shots", arguments->shots, "Labelled videos a label, at most; all")
        ->type_name("K,...")
        ->delimiter(',')
        ->capture_default_str()
        ->check(acceptedBy([](const std::string& text) { shotsOf(text); }));
    command->add_option("--methods", arguments->methods, "linear, tip-adapter and lp++ (the slowest)")
        ->type_name("M,...")
        ->delimiter(',')
        ->capture_default_str()
        ->check(acceptedBy([](const std::string& text) { probeMethod(text); }));
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
    command
        ->add_option("--aggregation", arguments->options.aggregation,
            "How frames make a video: mean, parts:N, transformer or transformer:FILE")
        ->type_name("A")
        ->capture_default_str()
        ->check(acceptedBy([](const std::string& text) { checkAggregation(text); }));
    command->add_option("--model", arguments->library.model, "Which embeddings; default: the newest")->type_name("M");
    addDeviceOption(*command, arguments->library.device)->capture_default_str();
    command->callback([&choice, arguments] {
        choice.command = {"fits", "", [arguments](JobContext& context) { return probe(*arguments, context); }};
    });
}

} // namespace clipscope
