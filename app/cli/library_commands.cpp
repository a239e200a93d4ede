// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands.h"

#include "base/error.h"
#include "base/text.h"
#include "library/disk_use.h"
#include "library/watched_folders.h"
#include "text_table.h"

#include <ctime>
#include <memory>

namespace clipscope {

namespace {

struct Arguments {
    std::string library;
    bool dryRun = false;
    CleanChoice choice;
    std::vector<int64_t> keys;
    std::vector<std::string> unwatched;
};

Json toJson(const DiskAmount& amount)
{
    return {{"files", amount.files}, {"bytes", amount.bytes}};
}

/// "2026-05-03", in the user's own time.
std::string dateText(int64_t seconds)
{
    const std::time_t time = seconds;
    std::tm parts = {};
    char text[16] = "";
    if (seconds <= 0 || !::localtime_r(&time, &parts) || std::strftime(text, sizeof text, "%Y-%m-%d", &parts) == 0)
        return "-";
    return text;
}

Answer usage(const Arguments& arguments, JobContext& context)
{
    const std::shared_ptr<VideoLibrary> library = VideoLibrary::open(arguments.library);
    const DiskUse use = measureDiskUse(*library, context);
    Answer answer;
    TextTable table({"what", ">files", ">size"});
    const auto row = [&](const std::string& what, const DiskAmount& amount, bool always = false) {
        if (always || amount.files > 0)
            table.add({what, std::to_string(amount.files), formatBytes(double(amount.bytes))});
    };
    row("database", use.database, true);
    row("thumbnails", use.thumbnails, true);
    TextTable keys({">key", "embeddings", ">videos", ">size", "written"});
    Json embeddings = Json::array();
    for (const DiskUse::Embeddings& kind : use.embeddings) {
        keys.add({std::to_string(kind.key.id), kind.key.model + (kind.current ? " (in use)" : ""),
            std::to_string(kind.shards.files), formatBytes(double(kind.shards.bytes + kind.about.bytes)),
            dateText(kind.lastWrittenSec)});
        embeddings.push_back({{"key", kind.key.id}, {"model", kind.key.model}, {"modelHash", kind.key.modelHash},
            {"sampler", kind.key.sampler}, {"patchDropout", kind.key.patchDropout}, {"current", kind.current},
            {"videos", kind.shards.files}, {"bytes", kind.shards.bytes + kind.about.bytes},
            {"lastWrittenSec", kind.lastWrittenSec}});
    }
    row("search cache", use.searchCache);
    row("of a run that is not finished", use.unfinished);
    row("of removed videos", use.removed);
    row("damaged, set aside", use.damaged);
    row("older copies of the database", use.olderDatabases);
    row("not Clipscope's", use.other);
    row("caches of all libraries", use.caches);
    answer.json = {{"library", library->folder().string()}, {"bytes", use.libraryBytes()},
        {"database", toJson(use.database)}, {"thumbnails", toJson(use.thumbnails)},
        {"embeddings", std::move(embeddings)}, {"unfinished", toJson(use.unfinished)}, {"removed", toJson(use.removed)},
        {"damaged", toJson(use.damaged)}, {"olderDatabases", toJson(use.olderDatabases)}, {"other", toJson(use.other)},
        {"searchCache", toJson(use.searchCache)}, {"caches", toJson(use.caches)}};
    answer.text = formatBytes(double(use.libraryBytes())) + " in " + printable(library->folder().string()) + "\n\n"
        + table.text();
    if (!keys.empty())
        answer.text += "\n" + keys.text();
    return answer;
}

Answer clean(const Arguments& arguments, JobContext& context)
{
    const std::shared_ptr<VideoLibrary> library = VideoLibrary::open(arguments.library);
    CleanChoice choice = arguments.choice;
    choice.keys = arguments.keys;
    const CleanReport report =
        arguments.dryRun ? planCleaning(*library, choice, context) : cleanLibrary(*library, choice, context);
    Answer answer;
    Json failed = Json::array();
    TextTable table({"failed", "reason"});
    for (const CleanReport::Failed& item : report.failed) {
        failed.push_back({{"path", item.path.string()}, {"reason", item.reason}});
        table.add({item.path.string(), item.reason});
    }
    answer.json = {{"dryRun", arguments.dryRun}, {"files", report.freed.files}, {"bytes", report.freed.bytes},
        {"failed", std::move(failed)}};
    answer.text = std::string(arguments.dryRun ? "would free " : "freed ") + formatBytes(double(report.freed.bytes))
        + " in " + counted(report.freed.files, "file", "files") + "\n";
    if (!table.empty())
        answer.text += "\n" + table.text();
    return answer;
}

Answer watched(const Arguments& arguments, JobContext&)
{
    const std::shared_ptr<VideoLibrary> library = VideoLibrary::open(arguments.library);
    for (const std::string& folder : arguments.unwatched) {
        if (!unwatchFolder(*library, folder))
            throw Error(ErrorKind::Input, "is not watched", folder,
                "`clipscope-cli library watched --library " + arguments.library + "` lists what is.");
    }
    Answer answer;
    Json folders = Json::array();
    TextTable table({"watched folder", "frames"});
    for (const WatchedFolder& folder : watchedFolders(*library)) {
        folders.push_back({{"path", folder.path.string()}, {"sampler", folder.sampler.toString()}});
        table.add({folder.path.string(), folder.sampler.toString()});
    }
    answer.text = table.empty() ? "no folder is watched\n" : table.text();
    answer.json = {{"watched", std::move(folders)}};
    return answer;
}

} // namespace

void addLibraryCommands(CLI::App& program, CommandChoice& choice)
{
    CLI::App* group = addCommandGroup(program, "library", "What a library takes on the disk, and its watched folders");
    auto arguments = std::make_shared<Arguments>();

    CLI::App* usageCommand = addCommand(*group, choice, "usage", "Show what a library takes on the disk",
        "Example:\n  clipscope-cli library usage --library films.clipscope\n\n"
        "The media are not counted: they are yours and never touched.\n\n"
        "--json: {\"library\": S, \"bytes\": n, \"database\": {\"files\": n, \"bytes\": n}, \"thumbnails\": {...},\n"
        "  \"embeddings\": [{\"key\": n, \"model\": S, \"modelHash\": S, \"sampler\": S, \"patchDropout\": x, "
        "\"current\": b,\n    \"videos\": n, \"bytes\": n, \"lastWrittenSec\": n}], \"unfinished\": {...}, "
        "\"removed\": "
        "{...},\n  \"damaged\": {...}, \"olderDatabases\": {...}, \"other\": {...},\n  \"searchCache\": {...}, "
        "\"caches\": {...}}");
    addLibraryOption(*usageCommand, arguments->library);
    usageCommand->callback([&choice, arguments] {
        choice.command = {"files", "", [arguments](JobContext& context) { return usage(*arguments, context); }};
    });

    CLI::App* cleanCommand = addCommand(*group, choice, "clean", "Delete what a library no longer needs",
        "Example:\n  clipscope-cli library clean --library films.clipscope --dry-run\n\n"
        "Without options: what removed videos left, and damaged files that were set aside. The media, the embeddings "
        "in\n"
        "use and files of unknown origin are never deleted.\n\n"
        "--json: {\"dryRun\": b, \"files\": n, \"bytes\": n, \"failed\": [{\"path\": S, \"reason\": S}]}");
    addLibraryOption(*cleanCommand, arguments->library);
    cleanCommand->add_flag("--dry-run", arguments->dryRun, "Only say what would be freed");
    cleanCommand
        ->add_option(
            "--embeddings", arguments->keys, "Embeddings not in use, by the key that `usage` shows (repeatable)")
        ->type_name("KEY")
        ->allow_extra_args(false);
    cleanCommand->add_flag(
        "--older-databases", arguments->choice.olderDatabases, "Copies of the database that were set aside");
    cleanCommand->add_flag("--search-cache", arguments->choice.searchCache, "Made again by the next search");
    cleanCommand->add_flag("--caches", arguments->choice.caches, "The program's caches; they are made again");
    cleanCommand->callback([&choice, arguments] {
        choice.command = {"files", "What is deleted is deleted; the same command goes on later.",
            [arguments](JobContext& context) { return clean(*arguments, context); }};
    });

    CLI::App* watchedCommand = addCommand(*group, choice, "watched", "List the watched folders, or end the watching",
        "Example:\n  clipscope-cli library watched --library films.clipscope\n\n"
        "`import --watch` adds a folder; `import` without a path takes in what is new there.\n\n"
        "--json: {\"watched\": [{\"path\": S, \"sampler\": S}]}");
    addLibraryOption(*watchedCommand, arguments->library);
    watchedCommand->add_option("--remove", arguments->unwatched, "No longer watch this folder (repeatable)")
        ->type_name("PATH")
        ->allow_extra_args(false);
    watchedCommand->callback([&choice, arguments] {
        choice.command = {"folders", "", [arguments](JobContext& context) { return watched(*arguments, context); }};
    });
}

} // namespace clipscope
