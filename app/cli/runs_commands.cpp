// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands.h"

#include "base/error.h"
#include "base/files.h"
#include "experiment/run_comparison.h"
#include "experiment/run_export.h"
#include "experiment/run_metrics.h"
#include "text_table.h"

#include <cmath>
#include <memory>
#include <set>

namespace clipscope {

namespace {

struct Arguments {
    std::string library;
    std::string kind;
    int64_t run = 0;
    std::vector<int64_t> runs;
    std::string format = "csv";
    std::string out;
    bool all = false;
    bool each = false;
    std::optional<std::string> name;
    std::optional<std::string> notes;
};

constexpr size_t kMostHeadlines = 3;

std::string numberText(double value)
{
    if (value == std::floor(value) && std::fabs(value) < 1e15)
        return fixed(value, 0);
    return fixed(value, std::fabs(value) < 100 ? 4 : 1);
}

std::string valueText(const Json& value)
{
    if (value.is_null())
        return "-";
    return value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// The first numbers of a run, in a line.
std::string headlines(const RunRecord& record)
{
    std::string out;
    size_t shown = 0;
    for (const auto& [name, value] : metricsOf(record)) {
        if (shown++ == kMostHeadlines)
            break;
        out += (out.empty() ? "" : ", ") + name + " " + numberText(value);
    }
    return out;
}

RunStore storeOf(const Arguments& arguments)
{
    return RunStore(VideoLibrary::open(arguments.library));
}

std::vector<StoredRun> runsOf(const RunStore& store, const std::vector<int64_t>& ids)
{
    std::vector<StoredRun> out;
    std::set<int64_t> taken;
    for (const int64_t id : ids)
        if (taken.insert(id).second)
            out.push_back(store.load(id));
    return out;
}

Answer list(const Arguments& arguments)
{
    Answer answer;
    Json runs = Json::array();
    TextTable table({">run", "experiment", "name", ">seed", "started (UTC)", "found"});
    for (const StoredRun& run : storeOf(arguments).list(arguments.kind)) {
        Json json = runJson(run);
        if (!run.unreadable.empty())
            json = {{"run", run.id}, {"name", run.name}, {"kind", run.record.kind}, {"unreadable", run.unreadable}};
        runs.push_back(std::move(json));
        table.add({std::to_string(run.id), run.record.kind, run.name, std::to_string(run.record.seed),
            run.record.startedAt, run.unreadable.empty() ? headlines(run.record) : run.unreadable});
    }
    answer.json = {{"runs", std::move(runs)}};
    answer.text = table.empty() ? "no run is kept yet\n" : table.text();
    return answer;
}

Answer show(const Arguments& arguments)
{
    const StoredRun run = storeOf(arguments).load(arguments.run);
    Answer answer;
    answer.json = runJson(run);
    TextTable settings({"setting", "value"});
    settings.add({"started (UTC)", run.record.startedAt});
    settings.add({"seed", std::to_string(run.record.seed)});
    for (const auto& [name, value] : settingsOf(run.record))
        settings.add({name, valueText(value)});
    TextTable metrics({"found", ">value"});
    for (const auto& [name, value] : metricsOf(run.record))
        metrics.add({name, numberText(value)});
    answer.text = "run " + std::to_string(run.id) + (run.name.empty() ? "" : ", " + printable(run.name)) + "\n"
        + (run.notes.empty() ? "" : printable(run.notes) + "\n") + "\n" + settings.text() + "\n" + metrics.text();
    return answer;
}

Answer compare(const Arguments& arguments)
{
    CompareOptions options;
    options.differencesOnly = !arguments.all;
    options.groupSeeds = !arguments.each;
    const RunComparison comparison = compareRuns(runsOf(storeOf(arguments), arguments.runs), options);
    std::vector<std::string> titles = {arguments.all ? "setting" : "differs"};
    for (const RunGroup& group : comparison.groups)
        titles.push_back(printable(group.title));
    TextTable settings(titles);
    for (const RunComparison::Setting& setting : comparison.settings) {
        std::vector<std::string> cells = {setting.name};
        for (const Json& value : setting.values)
            cells.push_back(valueText(value));
        settings.add(std::move(cells));
    }
    titles.front() = "found";
    for (size_t i = 1; i < titles.size(); ++i)
        titles[i].insert(0, ">");
    TextTable metrics(titles);
    for (const RunComparison::Metric& metric : comparison.metrics) {
        std::vector<std::string> cells = {metric.name};
        for (const std::optional<RunComparison::Value>& value : metric.values) {
            std::string cell = value ? numberText(value->mean) : "-";
            if (value && value->seeds > 1)
                cell = fixed(value->mean, 4) + " +- " + fixed(value->sd, 4) + " (" + std::to_string(value->seeds) + ")";
            cells.push_back(std::move(cell));
        }
        metrics.add(std::move(cells));
    }
    Answer answer;
    answer.json = toJson(comparison);
    answer.text =
        (settings.empty() ? "the runs do not differ in their settings\n" : settings.text()) + "\n" + metrics.text();
    return answer;
}

Answer exportRuns(const Arguments& arguments)
{
    const RunStore store = storeOf(arguments);
    std::vector<int64_t> ids = arguments.runs;
    if (ids.empty()) {
        for (const StoredRun& run : store.list(arguments.kind))
            if (run.unreadable.empty())
                ids.push_back(run.id);
    }
    const std::vector<StoredRun> runs = runsOf(store, ids);
    Answer answer;
    answer.json = runsJson(runs);
    answer.text = arguments.format == "json" ? answer.json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"
                                             : runsCsv(runs);
    if (!arguments.out.empty()) {
        writeFileAtomically(arguments.out, answer.text);
        answer.json = {{"runs", runs.size()}, {"file", arguments.out}};
        answer.text = "wrote " + counted(std::ssize(runs), "run", "runs") + " to " + printable(arguments.out) + "\n";
    }
    return answer;
}

Answer edit(const Arguments& arguments)
{
    RunStore store = storeOf(arguments);
    if (arguments.name)
        store.rename(arguments.run, *arguments.name);
    if (arguments.notes)
        store.setNotes(arguments.run, *arguments.notes);
    return show(arguments);
}

Answer deleteRuns(const Arguments& arguments)
{
    const std::vector<StoredRun> removed = storeOf(arguments).remove(arguments.runs);
    Answer answer;
    Json ids = Json::array();
    for (const StoredRun& run : removed)
        ids.push_back(run.id);
    answer.json = {{"deleted", std::move(ids)}};
    answer.text = "deleted " + counted(std::ssize(removed), "run", "runs") + "\n";
    return answer;
}

CLI::Option* addRun(CLI::App& command, int64_t& run)
{
    return command.add_option("run", run, "The run's number")->required()->type_name("RUN");
}

CLI::Option* addRuns(CLI::App& command, std::vector<int64_t>& runs, const std::string& description)
{
    return command.add_option("runs", runs, description)->type_name("RUN...");
}

} // namespace

void addRunsCommands(CLI::App& program, CommandChoice& choice)
{
    CLI::App* group = addCommandGroup(program, "runs", "The experiments a library keeps: list, compare, export");
    auto arguments = std::make_shared<Arguments>();
    const auto add = [&](const char* name, const char* description, const char* more,
                         Answer (*function)(const Arguments&)) {
        CLI::App* command = addCommand(*group, choice, name, description, more);
        addLibraryOption(*command, arguments->library);
        command->callback([&choice, arguments, function] {
            choice.command = {"runs", "", [arguments, function](JobContext&) { return function(*arguments); }};
        });
        return command;
    };

    CLI::App* listCommand = add("list", "List the runs, the newest first",
        "Example:\n  clipscope-cli runs list --library films.clipscope\n\n"
        "Every `evaluate` and `probe` on a library is kept in it.\n\n"
        "--json: {\"runs\": [the run records, each with \"run\": n, \"name\": S, \"notes\": S; \"arrays\" left out]}",
        list);
    listCommand->add_option("--kind", arguments->kind, "Of this experiment alone: evaluate, probe, ...")
        ->type_name("K");

    CLI::App* showCommand = add("show", "Show one run",
        "Example:\n  clipscope-cli runs show --library films.clipscope 3\n\n"
        "--json: the run record with \"run\": n, \"name\": S, \"notes\": S and its \"arrays\"",
        show);
    addRun(*showCommand, arguments->run);

    CLI::App* compareCommand = add("compare", "Show runs side by side",
        "Example:\n  clipscope-cli runs compare --library films.clipscope 3 4 5\n\n"
        "Runs that differ by their seed alone are one column: mean +- standard deviation (number of seeds).\n\n"
        "--json: {\"groups\": [{\"title\": S, \"runs\": [n], \"seeds\": [n]}], \"settings\": [{\"name\": S, "
        "\"differs\": b,\n  \"values\": [a group each]}], \"metrics\": [{\"name\": S, \"values\": [{\"mean\": x, "
        "\"sd\": x, \"seeds\": n}|null]}]}",
        compare);
    addRuns(*compareCommand, arguments->runs, "The runs' numbers")->required();
    compareCommand->add_flag("--all", arguments->all, "All settings, not only those that differ");
    compareCommand->add_flag("--each", arguments->each, "A column a run, seeds apart");

    CLI::App* exportCommand = add("export", "Write runs as CSV or JSON",
        "Example:\n  clipscope-cli runs export --library films.clipscope --format csv --out runs.csv\n\n"
        "CSV: a line a run with its settings and numbers. JSON: the whole records, arrays for plots included.\n\n"
        "--json: {\"runs\": [...]} as --format json writes it; with --out {\"runs\": n, \"file\": S}",
        exportRuns);
    addRuns(*exportCommand, arguments->runs, "The runs' numbers; default: all");
    exportCommand->add_option("--kind", arguments->kind, "Of this experiment alone, where no numbers are given")
        ->type_name("K");
    exportCommand->add_option("--format", arguments->format, "csv or json")
        ->type_name("F")
        ->capture_default_str()
        ->check(CLI::IsMember({"csv", "json"}));
    exportCommand->add_option("--out", arguments->out, "The file; default: stdout")->type_name("FILE");

    CLI::App* editCommand = add("edit", "Give a run a name or notes",
        "Example:\n  clipscope-cli runs edit --library films.clipscope 3 --name \"before the cut\"\n\n"
        "--json: as `runs show`",
        edit);
    addRun(*editCommand, arguments->run);
    editCommand->add_option("--name", arguments->name, "Its name; \"\" for none")->type_name("TEXT");
    editCommand->add_option("--notes", arguments->notes, "Its notes; \"\" for none")->type_name("TEXT");

    CLI::App* deleteCommand = add("delete", "Delete runs",
        "Example:\n  clipscope-cli runs delete --library films.clipscope 3 4\n\n--json: {\"deleted\": [n]}",
        deleteRuns);
    addRuns(*deleteCommand, arguments->runs, "The runs' numbers")->required();
}

} // namespace clipscope
