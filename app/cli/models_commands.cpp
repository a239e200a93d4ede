// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands.h"

#include "base/text.h"
#include "composition.h"
#include "embedding/model_check.h"
#include "models/model_catalogue.h"
#include "text_table.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

struct Arguments {
    std::string name;
    std::string from;
    std::string golden;
};

std::string titleOf(const ModelFolder& folder)
{
    const auto title = folder.clipscope.find("title");
    return title != folder.clipscope.end() && title->is_string() ? title->get<std::string>() : folder.name;
}

Answer list(JobContext&)
{
    Answer answer;
    Json models = Json::array();
    TextTable table({"name", "state", ">download", ">memory", "licence", "what it is"});
    std::vector<ModelFolder> folders = installedModels();
    for (const CatalogueModel& model : readCatalogue()) {
        const auto folder =
            std::find_if(folders.begin(), folders.end(), [&](const ModelFolder& f) { return f.name == model.name; });
        const bool there = folder != folders.end();
        models.push_back({{"name", model.name}, {"title", model.title}, {"backend", model.backend},
            {"licence", model.licence}, {"note", model.note}, {"bytes", model.bytes},
            {"memoryBytes", model.memoryBytes}, {"shipped", model.shipped}, {"installed", there},
            {"path", there ? Json(folder->path.string()) : Json()}});
        table.add({model.name, there ? (model.shipped ? "shipped" : "installed") : "-",
            model.shipped ? "" : formatBytes(double(model.bytes)), formatBytes(double(model.memoryBytes)),
            model.licence, model.title + (model.note.empty() ? "" : ": " + model.note)});
        if (there)
            folders.erase(folder);
    }
    // What the user put there without the catalogue.
    for (const ModelFolder& folder : folders) {
        models.push_back({{"name", folder.name}, {"title", titleOf(folder)}, {"backend", folder.backend},
            {"licence", ""}, {"note", ""}, {"bytes", 0}, {"memoryBytes", 0}, {"shipped", false}, {"installed", true},
            {"path", folder.path.string()}});
        table.add({folder.name, "installed", "", "", "", folder.path.string()});
    }
    answer.json = {{"models", std::move(models)}};
    answer.text = table.text();
    return answer;
}

Answer install(const Arguments& arguments, JobContext& context)
{
    const ModelFolder folder = installModel(arguments.name, arguments.from, context);
    Answer answer;
    answer.json = {
        {"name", folder.name}, {"path", folder.path.string()}, {"backend", folder.backend}, {"hash", folder.hash}};
    answer.text = folder.name + " is installed in " + printable(folder.path.string()) + "\n";
    return answer;
}

Answer check(const Arguments& arguments, JobContext& context)
{
    const ModelFolder folder = findModel(modelSpelling(arguments.name));
    std::vector<std::string> findings = checkModelFiles(folder, context);
    std::error_code ignored;
    const fs::path golden = !arguments.golden.empty() ? fs::path(arguments.golden) : folder.path;
    const bool compare = !arguments.golden.empty() || fs::exists(golden / "golden.safetensors", ignored);
    if (compare && findings.empty()) {
        const std::vector<std::string> outputs = checkModelOutputs(folder, golden, context);
        findings.insert(findings.end(), outputs.begin(), outputs.end());
    }
    Answer answer;
    answer.exitCode = findings.empty() ? 0 : 1;
    answer.json = {{"name", folder.name}, {"path", folder.path.string()}, {"sound", findings.empty()},
        {"outputsCompared", compare && answer.exitCode == 0}, {"findings", findings}};
    if (findings.empty())
        answer.text = folder.name + " is sound"
            + (compare ? ": files, tensors and outputs\n"
                       : ": files and tensors (it has no golden outputs to compare)\n");
    for (const std::string& finding : findings)
        answer.text += printable(finding) + "\n";
    return answer;
}

} // namespace

void addModelsCommands(CLI::App& program, CommandChoice& choice)
{
    CLI::App* group = addCommandGroup(program, "models", "List, install and check models");
    CLI::App* listed = addCommand(*group, choice, "list", "What can be had and what is there",
        "Example:\n  clipscope-cli models list\n\n"
        "--json: {\"models\": [{\"name\": S, \"title\": S, \"backend\": S, \"licence\": S, \"note\": S, \"bytes\": n, "
        "\"memoryBytes\": n,\n  \"shipped\": b, \"installed\": b, \"path\": S|null}]}");
    listed->callback([&choice] { choice.command = {"models", "", list}; });

    auto arguments = std::make_shared<Arguments>();
    CLI::App* installing = addCommand(*group, choice, "install",
        "Fetch a model; the only command that uses the network",
        "Examples:\n  clipscope-cli models install starter\n  clipscope-cli models install clip-vit-b32 --from "
        "/media/stick/clip-vit-b32\n\n"
        "--from takes a folder or an http(s) mirror with the same file names. What is cut off goes on with the same "
        "command;\nevery file is checked.\n\n"
        "--json: {\"name\": S, \"path\": S, \"backend\": S, \"hash\": S}");
    installing->add_option("name", arguments->name, "A name of `models list`")->required()->type_name("NAME");
    installing->add_option("--from", arguments->from, "Folder or mirror instead of the model hub")->type_name("F");
    installing->callback([&choice, arguments] {
        choice.command = {arguments->name == "starter" ? "steps" : "bytes",
            "What was fetched is kept; the same command goes on later.",
            [arguments](JobContext& context) { return install(*arguments, context); }};
    });

    CLI::App* checking = addCommand(*group, choice, "check", "Check a model's files, tensors and outputs",
        "Example:\n  clipscope-cli models check sample-clip\n\n"
        "Outputs are compared with golden.safetensors of the model's folder, or of the folder given by --golden. Exit "
        "status 1\nwhen something is wrong.\n\n"
        "--json: {\"name\": S, \"path\": S, \"sound\": b, \"outputsCompared\": b, \"findings\": [S]}");
    checking->add_option("name", arguments->name, "A model's name, or its folder")->required()->type_name("NAME");
    checking->add_option("--golden", arguments->golden, "Folder with golden outputs")->type_name("FOLDER");
    checking->callback([&choice, arguments] {
        choice.command = {"tensors", "", [arguments](JobContext& context) { return check(*arguments, context); }};
    });
}

} // namespace clipscope
