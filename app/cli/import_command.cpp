// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands.h"

#include "base/error.h"
#include "library/video_import.h"
#include "retrieval/caption_readers.h"
#include "sample_error_report.h"
#include "text_table.h"

#include <algorithm>
#include <filesystem>
#include <memory>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

struct Arguments {
    std::string library;
    std::vector<std::string> paths;
    std::string sampler = SamplerSpec().toString();
    std::vector<std::string> captions;
    std::vector<std::string> labels;
};

/// Before anything is made: a mistyped path leaves no library behind.
std::vector<fs::path> existing(const std::vector<std::string>& names)
{
    std::vector<fs::path> paths;
    for (const std::string& name : names) {
        std::error_code ignored;
        if (fs::status(name, ignored).type() == fs::file_type::not_found)
            throw Error(ErrorKind::Input, "does not exist", name, "Nothing was imported.");
        paths.emplace_back(name);
    }
    return paths;
}

/// The annotation files, each with what it was named for alone; a file named for both is kept whole.
std::vector<Annotations> readAll(const Arguments& arguments)
{
    std::vector<std::string> files = arguments.captions;
    files.insert(files.end(), arguments.labels.begin(), arguments.labels.end());
    std::vector<Annotations> out;
    for (size_t i = 0; i < files.size(); ++i) {
        if (std::find(files.begin(), files.begin() + ptrdiff_t(i), files[i]) != files.begin() + ptrdiff_t(i))
            continue;
        const auto namedIn = [&](const std::vector<std::string>& names) {
            return std::find(names.begin(), names.end(), files[i]) != names.end();
        };
        const bool forCaptions = namedIn(arguments.captions);
        const bool forLabels = namedIn(arguments.labels);
        Annotations annotations = readAnnotations(files[i]);
        for (AnnotatedVideo& video : annotations.videos) {
            if (!forCaptions)
                video.captions.clear();
            if (!forLabels)
                video.label.clear();
        }
        out.push_back(std::move(annotations));
    }
    return out;
}

std::vector<fs::path> rootsOf(const std::vector<fs::path>& paths)
{
    std::vector<fs::path> roots;
    for (const fs::path& path : paths) {
        std::error_code ignored;
        const fs::path absolute = fs::absolute(path).lexically_normal();
        roots.push_back(fs::is_directory(path, ignored) ? absolute : absolute.parent_path());
    }
    return roots;
}

std::string firstOf(const std::vector<std::string>& names)
{
    std::string out = names.front();
    return names.size() == 1 ? out : out + " and " + counted((long long)names.size() - 1, "other", "others");
}

Json applied(VideoLibrary& library, const Annotations& annotations, const std::vector<fs::path>& roots,
    const JobContext& context)
{
    const AppliedAnnotations done = applyAnnotations(library, annotations, roots);
    const std::string file = annotations.file.string();
    if (!done.unmatched.empty())
        context.log(LogLevel::Warning, file + ": not in the library: " + firstOf(done.unmatched));
    if (!done.ambiguous.empty())
        context.log(
            LogLevel::Warning, file + ": the name of several videos, none of them got it: " + firstOf(done.ambiguous));
    if (done.outsideTimes > 0)
        context.log(LogLevel::Warning,
            file + ": " + counted(done.outsideTimes, "caption begins", "captions begin")
                + " after the end of the video, left out");
    if (annotations.mendedTimes > 0)
        context.log(LogLevel::Warning,
            file + ": " + counted(annotations.mendedTimes, "caption", "captions")
                + " with reversed or empty times, mended");
    return {{"file", file}, {"format", annotations.format}, {"videos", done.videos}, {"captions", done.captions},
        {"labels", done.labels}, {"unmatched", done.unmatched.size()}, {"ambiguous", done.ambiguous.size()},
        {"mendedTimes", annotations.mendedTimes}, {"outsideTimes", done.outsideTimes}};
}

Answer answerOf(const ImportReport& report, Json annotations)
{
    Answer answer;
    Json failed = Json::array();
    Json damaged = Json::array();
    TextTable failedTable({"failed", "reason"});
    TextTable damagedTable({">usable", ">frames", "damaged"});
    for (const ImportReport::Failed& item : report.failed) {
        failed.push_back({{"path", item.path.string()}, {"reason", item.reason}});
        failedTable.add({item.path.string(), item.reason});
    }
    for (const ImportReport::Damaged& item : report.damaged) {
        damaged.push_back({{"path", item.path.string()}, {"usableFrames", item.usableFrames}, {"frames", item.frames}});
        damagedTable.add({std::to_string(item.usableFrames), std::to_string(item.frames), item.path.string()});
    }
    answer.text = "imported " + std::to_string(report.ok) + ", skipped " + std::to_string(report.skipped) + ", failed "
        + std::to_string(report.failed.size()) + ", damaged " + std::to_string(report.damaged.size()) + "\n"
        + sampleErrorText(report.sampleError);
    for (const Json& file : annotations)
        answer.text += printable(file["file"].get<std::string>()) + " (" + file["format"].get<std::string>()
            + "): " + std::to_string(file["captions"].get<int64_t>()) + " captions and "
            + std::to_string(file["labels"].get<int64_t>()) + " labels for "
            + counted(file["videos"].get<int64_t>(), "video", "videos") + "\n";
    if (!damagedTable.empty())
        answer.text += "\n" + damagedTable.text();
    if (!failedTable.empty())
        answer.text += "\n" + failedTable.text();
    answer.json = {{"ok", report.ok}, {"skipped", report.skipped}, {"failed", std::move(failed)},
        {"damaged", std::move(damaged)}, {"sampling", sampleErrorJson(report.sampleError)},
        {"annotations", std::move(annotations)}};
    return answer;
}

Answer importPaths(const Arguments& arguments, JobContext& context)
{
    const std::vector<fs::path> paths = existing(arguments.paths);
    const std::vector<Annotations> annotations = readAll(arguments);
    const std::shared_ptr<VideoLibrary> library = VideoLibrary::openOrCreate(arguments.library);
    ImportOptions options;
    options.sampler = SamplerSpec::parse(arguments.sampler);
    const ImportReport report = importVideos(*library, paths, options, context);
    if (report.ok + report.skipped + int64_t(report.failed.size()) == 0)
        context.log(LogLevel::Warning, "no video was found there");
    const std::vector<fs::path> roots = rootsOf(paths);
    Json files = Json::array();
    for (const Annotations& file : annotations)
        files.push_back(applied(*library, file, roots, context));
    return answerOf(report, std::move(files));
}

} // namespace

void addImportCommand(CLI::App& program, CommandChoice& choice)
{
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = addCommand(program, choice, "import", "Add videos to a library; makes the library",
        "Example:\n  clipscope-cli import --library films.clipscope ~/Videos --captions captions.csv\n\n"
        "Folders are walked. Unchanged videos the library knows are skipped; captions and labels are applied to them "
        "as "
        "well.\nCaption and label files: CSV with a `path` column and any of caption, label, split, startSec, endSec; "
        "ActivityNet\nCaptions, MSR-VTT, MSVD or DiDeMo as published. The media are never touched.\n\n"
        "--json: {\"ok\": n, \"skipped\": n, \"failed\": [{\"path\": S, \"reason\": S}],\n"
        "  \"damaged\": [{\"path\": S, \"usableFrames\": n, \"frames\": n}],\n"
        "  \"sampling\": {\"moments\": n, \"meanErrorFrames\": x, \"meanErrorSec\": x, \"largestErrorFrames\": n,\n"
        "    \"largestErrorSec\": x},\n"
        "  \"annotations\": [{\"file\": S, \"format\": S, \"videos\": n, \"captions\": n, \"labels\": n, "
        "\"unmatched\": n,\n"
        "    \"ambiguous\": n, \"mendedTimes\": n, \"outsideTimes\": n}]}");
    addLibraryOption(*command, arguments->library);
    command->add_option("paths", arguments->paths, "Videos and folders")->required()->type_name("PATH");
    command
        ->add_option("--sampler", arguments->sampler,
            "Frames that count: uniform:N, fps:R or keyframes; behind the first two @reference (a frame at most 2 off "
            "that\nis decoded sooner) or @keyframe (the nearest keyframe, soonest of all)")
        ->type_name("S")
        ->capture_default_str()
        ->check(acceptedBy([](const std::string& text) { SamplerSpec::parse(text); }));
    command->add_option("--captions", arguments->captions, "File with captions (repeatable)")
        ->type_name("F")
        ->allow_extra_args(false);
    command->add_option("--labels", arguments->labels, "File with class labels (repeatable)")
        ->type_name("F")
        ->allow_extra_args(false);
    command->callback([&choice, arguments] {
        choice.command = {"videos", "What is imported stays; the same command goes on later.",
            [arguments](JobContext& context) { return importPaths(*arguments, context); }};
    });
}

} // namespace clipscope
