// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands.h"

#include "base/run_record.h"
#include "composition.h"
#include "embedding/embedding_pipeline.h"
#include "embedding/precision_choice.h"
#include "report_file.h"
#include "sample_error_report.h"
#include "text_table.h"

#include <filesystem>
#include <memory>

namespace clipscope {

namespace {

struct Arguments {
    std::string library;
    std::string model = "starter";
    std::string device = "auto";
    std::string precision = "auto";
    double patchDropout = 0;
    uint64_t seed = 0;
    int threads = 0;
    std::string report;
};

/// "Matroska, h264, 1920 x 1080": what the library knows of a file.
std::string factsOf(const VideoLibrary& library, const std::filesystem::path& path)
{
    const std::optional<VideoRecord> video = library.videoByPath(path);
    return video ? video->facts() : std::string();
}

Answer embed(const Arguments& arguments, JobContext& context, FailureReport& forHelp)
{
    const std::shared_ptr<VideoLibrary> library = VideoLibrary::open(arguments.library);
    context.progress(0, 0, "loading " + arguments.model);
    EncoderOptions encoderOptions;
    encoderOptions.device = arguments.device;
    encoderOptions.patchDropout = arguments.patchDropout;
    encoderOptions.seed = arguments.seed;
    const std::string model = modelSpelling(arguments.model);
    encoderOptions.precision =
        arguments.precision == "auto" ? precisionToGoOnIn(*library, model, arguments.device) : arguments.precision;
    const std::shared_ptr<Encoder> encoder = makeEncoder(model, encoderOptions);
    EmbedOptions options;
    options.patchDropout = arguments.patchDropout;
    options.seed = arguments.seed;
    options.threads.set(arguments.threads);
    context.seed = arguments.seed;
    const RunClock clock("embed", Json::object(), arguments.seed);
    const EmbedReport report = embedLibrary(*library, *encoder, options, context);
    const RunRecord record = clock.finish(Json::object());

    const EncoderInfo& info = encoder->info();
    forHelp.encoder = info.title + " on " + info.device + " (" + info.precision + ")";
    Answer answer;
    Json failed = Json::array();
    TextTable table({"failed", "reason"});
    for (const EmbedReport::Failed& item : report.failed) {
        failed.push_back({{"path", item.path.string()}, {"reason", item.reason}});
        table.add({item.path.string(), item.reason});
        forHelp.items.push_back({item.path, item.reason, factsOf(*library, item.path)});
    }
    answer.json = {{"ok", report.ok}, {"skipped", report.skipped}, {"failed", std::move(failed)},
        {"frames", report.frames}, {"sampling", sampleErrorJson(report.sampleError)}, {"model", info.name},
        {"modelHash", info.modelHash}, {"device", info.device}, {"precision", info.precision},
        {"cpuSeconds", record.cpuSeconds}, {"wallSeconds", record.wallSeconds}};
    answer.text = "embedded " + std::to_string(report.ok) + " (" + counted(report.frames, "frame", "frames")
        + "), skipped " + std::to_string(report.skipped) + ", failed " + std::to_string(report.failed.size()) + ": "
        + info.title + " on " + info.device + " (" + info.precision + "), " + fixed(record.wallSeconds, 1) + " s\n"
        + sampleErrorText(report.sampleError);
    if (!info.note.empty())
        answer.text += info.title + ": " + info.note + "\n";
    if (!table.empty())
        answer.text += "\n" + table.text();
    return answer;
}

} // namespace

void addEmbedCommand(CLI::App& program, CommandChoice& choice)
{
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = addCommand(program, choice, "embed", "Make a library's pictures searchable",
        "Example:\n  clipscope-cli embed --library films.clipscope\n\n"
        "Videos that are embedded already are skipped, so the same command goes on after a stop or a crash.\n"
        "The starter engine is the default; `clipscope-cli models list` shows the others.\n\n"
        "--json: {\"ok\": n, \"skipped\": n, \"failed\": [{\"path\": S, \"reason\": S}], \"frames\": n, \"sampling\": "
        "{as import},\n"
        "  \"model\": S, \"modelHash\": S, \"device\": S, \"precision\": S, \"cpuSeconds\": x, \"wallSeconds\": x}");
    addLibraryOption(*command, arguments->library);
    command->add_option("--model", arguments->model, "A model's name, or its folder")
        ->type_name("M")
        ->capture_default_str();
    addDeviceOption(*command, arguments->device)->capture_default_str();
    command
        ->add_option("--precision", arguments->precision,
            "auto (what the library was begun in, else measured), fp32, int8 or bf16")
        ->type_name("P")
        ->check(CLI::IsMember({"auto", "fp32", "int8", "bf16"}))
        ->capture_default_str();
    command
        ->add_option("--patch-dropout", arguments->patchDropout, "Share of patches left out, 0 to 0.99 (CLIP models)")
        ->type_name("P")
        ->check(numberIn(0, .99));
    command->add_option("--seed", arguments->seed, "Chooses the patches left out")->type_name("S");
    addThreadsOption(*command, arguments->threads);
    addReportOption(*command, arguments->report);
    command->callback([&choice, arguments] {
        choice.command = {"frames", "Finished videos stay embedded; the same command goes on later.",
            [arguments](JobContext& context) {
                FailureReport report;
                report.happened = "Embedding with " + arguments->model;
                report.library = std::filesystem::absolute(arguments->library);
                return runWithReport(arguments->report, std::move(report), context,
                    [&](JobContext& inner, FailureReport& forHelp) { return embed(*arguments, inner, forHelp); });
            }};
    });
}

} // namespace clipscope
