// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands.h"

#include "library/library_repair.h"
#include "text_table.h"

#include <memory>

namespace clipscope {

namespace {

Answer repair(const std::string& library, JobContext& context)
{
    const RepairReport report = repairLibrary(library, context);
    Answer answer;
    Json missing = Json::array();
    TextTable table({"as it was known", "reason"});
    for (const ImportReport::Failed& item : report.missing) {
        missing.push_back({{"path", item.path.string()}, {"reason", item.reason}});
        table.add({item.path.string(), item.reason});
    }
    answer.json = {{"damaged", report.damaged}, {"setAside", report.setAside.string()}, {"videos", report.videos},
        {"captions", report.captions}, {"labelled", report.labelled}, {"embeddings", report.shards},
        {"runs", report.runs}, {"missing", std::move(missing)}};
    if (!report.damaged) {
        answer.text = "the library is sound, nothing was done\n";
        return answer;
    }
    answer.text = "found " + counted(report.videos, "video", "videos") + ", "
        + counted(report.captions, "caption", "captions") + ", " + counted(report.labelled, "label", "labels") + ", "
        + counted(report.shards, "embedding", "embeddings") + ", " + counted(report.runs, "run", "runs") + "\n";
    if (!report.setAside.empty())
        answer.text += "the damaged file is kept: " + report.setAside.string() + "\n";
    if (!table.empty())
        answer.text += "\n" + table.text();
    return answer;
}

} // namespace

void addRepairCommand(CLI::App& program, CommandChoice& choice)
{
    auto library = std::make_shared<std::string>();
    CLI::App* command = addCommand(program, choice, "repair", "Make a damaged library whole, without embedding anew",
        "Example:\n  clipscope-cli repair --library films.clipscope\n\n"
        "Labels, splits and captions are taken from what the damaged library.db still gives and from its last copy, "
        "facts are\nread from the media again, embeddings are found again. The damaged file is kept. A sound library "
        "is "
        "left as it is.\n\n"
        "--json: {\"damaged\": b, \"setAside\": S, \"videos\": n, \"captions\": n, \"labelled\": n, \"embeddings\": "
        "n,\n"
        "  \"runs\": n, \"missing\": [{\"path\": S, \"reason\": S}]}");
    addLibraryOption(*command, *library);
    command->callback([&choice, library] {
        choice.command = {"videos", "The library is as it was.",
            [library](JobContext& context) { return repair(*library, context); }};
    });
}

} // namespace clipscope
