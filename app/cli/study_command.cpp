// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands.h"

#include "base/files.h"
#include "composition.h"
#include "kept_run.h"
#include "retrieval/retrieval_study.h"
#include "text_table.h"

#include <filesystem>
#include <memory>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

struct Arguments {
    LibraryChoice library;
    std::string folder;
    std::string work; ///< empty: a folder among the caches, gone when the study is done
    RetrievalStudyOptions options;
};

std::string withSpread(const Json& metrics, const std::string& name)
{
    std::string out = fixed(100 * metrics.at(name + "Mean").get<double>(), 1);
    if (!metrics.at(name + "Sd").is_null())
        out += " +- " + fixed(100 * metrics.at(name + "Sd").get<double>(), 1);
    return out;
}

std::string intervalText(const Json& interval)
{
    return fixed(100 * interval.at(0).get<double>(), 1) + " to " + fixed(100 * interval.at(1).get<double>(), 1);
}

std::string nameOf(const Json& row)
{
    std::string out = "F=" + row.at("frames").dump() + " K=" + row.at("clips").dump() + " "
        + row.at("aggregation").get<std::string>();
    if (const auto freeze = row.at("freeze").get<std::string>(); freeze != "all")
        out += ", freeze " + freeze + ", p=" + row.at("patchDropout").dump();
    return out;
}

std::string rowsText(const Json& rows)
{
    TextTable table({"combination", ">frames", ">R@1 %", ">95 % interval", ">R@5 %", ">median rank",
        ">video to text R@1 %", ">s/epoch", ">trained parameters"});
    for (const Json& row : rows) {
        const Json& training = row.at("training");
        const Json& cost = training.contains("secondsPerEpoch") ? training
            : training.contains("aggregator")                   ? training.at("aggregator")
                                                                : Json::object();
        double parameters = training.value("trainableParameters", 0.);
        if (training.contains("aggregator"))
            parameters += training.at("aggregator").at("parameters").get<double>();
        const Json& metrics = row.at("textToVideo");
        table.add({nameOf(row), row.at("totalFrames").dump(), withSpread(metrics, "r1"),
            intervalText(metrics.at("r1Interval")), withSpread(metrics, "r5"),
            fixed(metrics.at("medianRankMean").get<double>(), 1), withSpread(row.at("videoToText"), "r1"),
            cost.contains("secondsPerEpoch") ? fixed(cost.at("secondsPerEpoch").get<double>(), 2) : "",
            parameters > 0 ? fixed(parameters / 1e6, 2) + " M" : "0"});
    }
    return table.text();
}

std::string comparisonsText(const Json& rows, const Json& comparisons)
{
    TextTable table({"finding", "combination", "against", ">R@1 points", ">95 % interval"});
    for (const Json& comparison : comparisons)
        table.add({comparison.at("finding").get<std::string>(), nameOf(rows.at(comparison.at("row").get<size_t>())),
            nameOf(rows.at(comparison.at("against").get<size_t>())),
            fixed(100 * comparison.at("r1Difference").get<double>(), 1), intervalText(comparison.at("interval"))});
    return table.text();
}

Answer study(const Arguments& arguments, JobContext& context)
{
    LibraryChoice choice = arguments.library;
    choice.folder = arguments.folder;
    RetrievalStudyOptions options = arguments.options;
    options.device = choice.device;
    const EmbeddedLibrary opened = openEmbedded(choice);
    const fs::path work =
        arguments.work.empty() ? studyFolder(*opened.library, opened.key, options) : fs::path(arguments.work);
    const RunRecord record = studyRetrieval(*opened.library, *opened.encoder, opened.key, options, work, context);
    if (arguments.work.empty()) {
        std::error_code ignored;
        fs::remove_all(work, ignored);
    }
    Answer answer;
    const Json& rows = record.results.at("rows");
    answer.text = opened.encoder->info().title + ", " + counted(record.results.at("videos"), "video", "videos") + ", "
        + counted(record.results.at("queries"), "query", "queries") + "\n" + rowsText(rows) + "\n"
        + comparisonsText(rows, record.results.at("comparisons"));
    if (const auto leftOut = record.results.at("leftOut").get<std::vector<std::string>>(); !leftOut.empty()) {
        answer.text += "\nLeft out, for they ask for more frames than any video has stored:";
        for (const std::string& name : leftOut)
            answer.text += " " + name + ";";
        answer.text.back() = '\n';
    }
    if (record.results.contains("twins"))
        answer.text += "\nAmong the " + counted(record.results.at("twins"), "twin", "twins") + " alone:\n"
            + comparisonsText(rows, record.results.at("comparisonsOfTwins"));
    keepRun(answer, opened.library, record, context);
    return answer;
}

} // namespace

void addStudyCommands(CLI::App& program, CommandChoice& choice)
{
    CLI::App* group = addCommandGroup(program, "study", "Measure grids of methods against each other");
    auto arguments = std::make_shared<Arguments>();
    RetrievalStudyOptions& options = arguments->options;
    CLI::App* command = addCommand(*group, choice, "retrieval",
        "Frames, clips, aggregation, patch dropout and freezing against each other",
        "Examples:\n  clipscope-cli study retrieval --library films.clipscope --frames 1 --clips 1,2,4,8 --aggregation "
        "mean,transformer\n  clipscope-cli study retrieval --library films.clipscope --model clip-vit-b32 --frames 4,8 "
        "--clips 1,4\n    --freeze all,first:9,patch+token --patch-dropout 0,0.5\n\n"
        "A video is seen in F x K frames: K clips of F frames. --freeze all takes the stored embeddings as they are;\n"
        "anything else trains the towers on the train split, once a seed. \"transformer\" is trained anew for each F\n"
        "and seed. Stopped, the same command goes on.\n\n"
        "--json: the run record with \"rows\": one a combination, \"comparisons\": [{\"finding\": S, \"row\": i, "
        "\"against\": i,\n  \"r1Difference\": x, \"interval\": [x, x]}], \"leftOut\": [name],\n  \"videos\": n, "
        "\"queries\": n, "
        "\"arrays\": {\"queryVideos\": [path], \"ranks\": [row][seed][query]}, \"run\": its number in the "
        "library|null");
    addLibraryOption(*command, arguments->folder);
    const auto list = [&](const char* name, auto& values, const char* what, const char* type) {
        return command->add_option(name, values, what)->type_name(type)->delimiter(',')->capture_default_str();
    };
    list("--frames", options.frames, "F: frames a clip", "F,...");
    list("--clips", options.clips, "K: clips a video", "K,...");
    list("--aggregation", options.aggregations, "mean, query, query:TAU, parts:N, transformer", "A,...");
    list("--patch-dropout", options.patchDropout, "Share of patches left out in training", "P,...");
    list("--freeze", options.freeze, "all, none, or words of `train clip --freeze` joined by +", "WHAT,...");
    command->add_option("--seeds", options.seeds, "Trainings of each combination")
        ->type_name("N")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    command->add_option("--seed", options.seed, "Of the first training")->type_name("S")->capture_default_str();
    command->add_option("--train-split", options.trainSplit, "What is trained on")->capture_default_str();
    command->add_option("--split", options.testSplit, "What is tested on; \"\": every video")->capture_default_str();
    command->add_option("--pictures", options.pictures, "Of each training of the towers")
        ->type_name("N")
        ->capture_default_str()
        ->check(numberIn(1, 1e12));
    command->add_option("--epochs", options.aggregatorEpochs, "Of each training of the Transformer aggregation")
        ->type_name("N")
        ->capture_default_str()
        ->check(CLI::Range(1, 100000));
    command->add_option("--work", arguments->work, "Folder for trained models and what is measured; kept")
        ->type_name("DIR");
    command->add_option("--model", arguments->library.model, "Which embeddings; default: the newest")->type_name("M");
    addDeviceOption(*command, arguments->library.device)->capture_default_str();
    command->callback([&choice, arguments] {
        choice.command = {"steps", "What is measured is kept; the same command goes on later.",
            [arguments](JobContext& context) { return study(*arguments, context); }};
    });
}

} // namespace clipscope
