// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands.h"

#include "base/error.h"
#include "library/video_import.h"
#include "library/watched_folders.h"
#include "report_file.h"
#include "retrieval/caption_readers.h"
#include "sample_error_report.h"
#include "text_table.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <thread>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

struct Arguments {
    std::string library;
    std::vector<std::string> paths;
    std::string sampler = SamplerSpec().toString();
    std::vector<std::string> captions;
    std::vector<std::string> labels;
    bool watch = false;
    int threads = 0;
    std::string report;
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

void append(ImportReport& to, ImportReport more)
{
    to.ok += more.ok;
    to.skipped += more.skipped;
    to.failed.insert(to.failed.end(), more.failed.begin(), more.failed.end());
    to.damaged.insert(to.damaged.end(), more.damaged.begin(), more.damaged.end());
}

/// Takes in what is new in the watched folders. What is still being copied gets a second chance, once.
ImportReport importWatched(VideoLibrary& library, const ImportOptions& options, JobContext& context, Json& watched)
{
    ImportReport report;
    FolderWatch watch(FolderWatch::kSettleSec, true);
    WatchScan scan = watch.scan(library, context);
    append(report, importArrivals(library, scan.arrivals, options, context));
    if (scan.waiting > 0) {
        context.progress(0, 0, "waiting for " + counted(scan.waiting, "file", "files") + " that may still grow");
        const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(FolderWatch::kSettleSec);
        while (std::chrono::steady_clock::now() < until) {
            context.throwIfStopped();
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        scan = watch.scan(library, context);
        append(report, importArrivals(library, scan.arrivals, options, context));
    }
    for (const fs::path& folder : scan.unreachable)
        context.log(LogLevel::Warning, folder.string() + " is watched, but is not there now.");
    if (scan.waiting > 0)
        context.log(LogLevel::Warning,
            counted(scan.waiting, "file is", "files are") + " still being written and can be imported later.");
    Json missing = Json::array();
    for (const VideoId id : scan.missing) {
        if (const auto video = library.video(id))
            missing.push_back(video->path.string());
    }
    if (!missing.empty())
        context.log(LogLevel::Warning,
            counted((long long)missing.size(), "video of the library is", "videos of the library are")
                + " no longer where they were imported; they stay in the library.");
    watched = {{"waiting", scan.waiting}, {"missing", std::move(missing)}};
    return report;
}

Answer importPaths(const Arguments& arguments, JobContext& context, FailureReport& forHelp)
{
    const std::vector<fs::path> paths = existing(arguments.paths);
    for (const fs::path& path : paths) {
        if (arguments.watch && !fs::is_directory(path))
            throw Error(
                ErrorKind::Input, "is not a folder that could be watched", path.string(), "Nothing was imported.");
    }
    const std::vector<Annotations> annotations = readAll(arguments);
    const std::shared_ptr<VideoLibrary> library = VideoLibrary::openOrCreate(arguments.library);
    ImportOptions options;
    options.sampler = SamplerSpec::parse(arguments.sampler);
    options.threads.set(arguments.threads);
    if (arguments.watch) {
        for (const fs::path& path : paths)
            watchFolder(*library, path, options.sampler);
    }
    std::vector<fs::path> roots = rootsOf(paths);
    Json watched;
    ImportReport report;
    if (paths.empty()) {
        for (const WatchedFolder& folder : watchedFolders(*library))
            roots.push_back(folder.path);
        if (roots.empty())
            throw Error(ErrorKind::Input, "watches no folder", library->folder().string(),
                "Name what is to be imported; with --watch its folders are watched from then on.");
        report = importWatched(*library, options, context, watched);
    } else {
        report = importVideos(*library, paths, options, context);
        if (report.ok + report.skipped + int64_t(report.failed.size()) == 0)
            context.log(LogLevel::Warning, "no video was found there");
    }
    for (const ImportReport::Failed& item : report.failed)
        forHelp.items.push_back({item.path, item.reason, {}});
    Json files = Json::array();
    for (const Annotations& file : annotations)
        files.push_back(applied(*library, file, roots, context));
    Answer answer = answerOf(report, std::move(files));
    if (!watched.is_null())
        answer.json["watched"] = std::move(watched);
    return answer;
}

} // namespace

void addImportCommand(CLI::App& program, CommandChoice& choice)
{
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = addCommand(program, choice, "import", "Add videos to a library; makes the library",
        "Example:\n  clipscope-cli import --library films.clipscope ~/Videos --captions captions.csv\n\n"
        "With --watch the folders are remembered: without a PATH, what is new in them is imported, and the window "
        "takes it\n"
        "in by itself. Folders are walked. Unchanged videos the library knows are skipped; captions and labels are "
        "applied to them "
        "as "
        "well.\nCaption and label files: CSV with a `path` column and any of caption, label, split, startSec, endSec; "
        "ActivityNet\nCaptions, MSR-VTT, MSVD or DiDeMo as published. The media are never touched.\n\n"
        "--json: {\"ok\": n, \"skipped\": n, \"failed\": [{\"path\": S, \"reason\": S}],\n"
        "  \"damaged\": [{\"path\": S, \"usableFrames\": n, \"frames\": n}],\n"
        "  \"sampling\": {\"moments\": n, \"meanErrorFrames\": x, \"meanErrorSec\": x, \"largestErrorFrames\": n,\n"
        "    \"largestErrorSec\": x},\n"
        "  \"annotations\": [{\"file\": S, \"format\": S, \"videos\": n, \"captions\": n, \"labels\": n, "
        "\"unmatched\": n,\n"
        "    \"ambiguous\": n, \"mendedTimes\": n, \"outsideTimes\": n}]}\n"
        "  and without a PATH \"watched\": {\"waiting\": n, \"missing\": [S]}");
    addLibraryOption(*command, arguments->library);
    command->add_option("paths", arguments->paths, "Videos and folders; none: what is new in the watched folders")
        ->type_name("PATH");
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
    command->add_flag("--watch", arguments->watch, "Watch the folders named: new videos there belong to the library");
    addThreadsOption(*command, arguments->threads);
    addReportOption(*command, arguments->report);
    command->callback([&choice, arguments] {
        if (arguments->paths.empty() && (arguments->watch || !VideoLibrary::exists(arguments->library)))
            throw CLI::ValidationError("the paths of what is to be imported are missing");
        choice.command = {
            "videos", "What is imported stays; the same command goes on later.", [arguments](JobContext& context) {
                FailureReport report;
                report.happened = "Importing";
                report.library = std::filesystem::absolute(arguments->library);
                return runWithReport(arguments->report, std::move(report), context,
                    [&](JobContext& inner, FailureReport& forHelp) { return importPaths(*arguments, inner, forHelp); });
            }};
    });
}

} // namespace clipscope
