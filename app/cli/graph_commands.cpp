// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands.h"

#include "base/error.h"
#include "composition.h"
#include "graph/graph_reader.h"
#include "graph/self_training_study.h"
#include "kept_run.h"
#include "library_graph.h"
#include "text_table.h"

#include <memory>

namespace clipscope {

namespace {

struct GraphChoice {
    std::string path, dataset, labelColumn; ///< of --graph
    LibraryChoice library;
    std::string folder; ///< of --library
    int neighbours = 10;
};

struct FastrainArguments {
    GraphChoice graph;
    SelfTrainingStudyOptions options;
    std::string network = toString(GnnKind::Gcn);
    uint64_t seed = 0;
};

/// The graph chosen, and the library it is made of; null for a graph of files.
std::pair<Graph, std::shared_ptr<VideoLibrary>> openGraph(const GraphChoice& choice, JobContext& context)
{
    if (choice.path.empty() == choice.folder.empty())
        throw Error(ErrorKind::Input, "needs one graph", "fastrain run", "Give either --graph or --library.");
    if (!choice.path.empty())
        return {readGraph({choice.path, choice.dataset, choice.labelColumn}), nullptr};
    LibraryChoice library = choice.library;
    library.folder = choice.folder;
    const EmbeddedLibrary opened = openEmbedded(library);
    return {libraryGraph(*opened.library, opened.key, choice.neighbours, context).graph, opened.library};
}

void addGraphOptions(CLI::App& command, GraphChoice& choice)
{
    command.add_option("--graph", choice.path, "A graph's folder or file: Planetoid, gnn-benchmark, MUSAE, geom-gcn")
        ->type_name("DIR|FILE");
    command.add_option("--dataset", choice.dataset, "Which of several graphs in the folder")->type_name("NAME");
    command.add_option("--label-column", choice.labelColumn, "MUSAE: the column with the classes")->type_name("C");
    command.add_option("--library", choice.folder, "Instead: the labelled videos of a library")->type_name("LIB");
    command.add_option("--neighbours", choice.neighbours, "Library: videos each is joined to")
        ->type_name("N")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    command.add_option("--model", choice.library.model, "Library: which embeddings; default: the newest")
        ->type_name("M");
}

std::string spread(const Json& mean, const Json& sd)
{
    return percent(mean.get<double>()) + (sd.is_null() ? "" : " +- " + fixed(100 * sd.get<double>(), 1));
}

std::string orNothing(const Json& value, int digits)
{
    return value.is_null() ? "" : fixed(value.get<double>(), digits);
}

std::string methodsText(const Json& methods)
{
    TextTable table({"method", ">accuracy", ">CPU s", "stage", ">labelled", ">added", ">of these right", ">edges",
        ">layers", ">accuracy there"});
    for (const Json& method : methods) {
        int number = 0;
        for (const Json& stage : method.at("stages")) {
            const bool first = number++ == 0;
            table.add({first ? method.at("name").get<std::string>() : "",
                first ? spread(method.at("accuracyMean"), method.at("accuracySd")) : "",
                first ? fixed(method.at("cpuSeconds").get<double>(), 2) : "", std::to_string(number),
                orNothing(stage.at("labelled"), 0), orNothing(stage.at("added"), 0),
                stage.at("precision").is_null() ? "" : percent(stage.at("precision").get<double>()),
                orNothing(stage.at("edges"), 0), orNothing(stage.at("layers"), 1),
                percent(stage.at("accuracy").get<double>())});
        }
    }
    return table.text();
}

std::string comparisonsText(const Json& comparisons)
{
    TextTable table({"method", "against", ">points", ">95 % interval", ">times as fast"});
    for (const Json& comparison : comparisons) {
        const Json& interval = comparison.at("interval");
        table.add({comparison.at("method").get<std::string>(), comparison.at("against").get<std::string>(),
            fixed(100 * comparison.at("difference").get<double>(), 1),
            interval.is_null()
                ? ""
                : fixed(100 * interval[0].get<double>(), 1) + " to " + fixed(100 * interval[1].get<double>(), 1),
            fixed(comparison.at("cpuRatio").get<double>(), 2)});
    }
    return table.text();
}

Answer fastrain(const FastrainArguments& arguments, JobContext& context)
{
    SelfTrainingStudyOptions options = arguments.options;
    options.training.kind = gnnKind(arguments.network);
    const auto [graph, library] = openGraph(arguments.graph, context);
    JobContext training = context;
    training.seed = arguments.seed;
    const RunRecord record = studySelfTraining(graph, options, training);
    Answer answer;
    answer.text = graph.name + ": " + counted(graph.nodes(), "node", "nodes") + ", "
        + counted(graph.edges(), "edge", "edges") + ", " + counted(int64_t(graph.classes.size()), "class", "classes")
        + "; " + counted(options.labelsPerClass, "label", "labels") + " a class, "
        + counted(options.seeds, "split", "splits") + "\n";
    for (const std::string& note : graph.notes)
        answer.text += note + "\n";
    answer.text += methodsText(record.results.at("methods"));
    if (!record.results.at("comparisons").empty())
        answer.text += "\n" + comparisonsText(record.results.at("comparisons"));
    if (library)
        keepRun(answer, library, record, context);
    else
        answer.json = record.toJson();
    return answer;
}

} // namespace

void addGraphCommands(CLI::App& program, CommandChoice& choice)
{
    CLI::App* group = addCommandGroup(program, "fastrain", "Classify a graph's nodes from few labels (FASTRAIN-GNN)");
    auto arguments = std::make_shared<FastrainArguments>();
    SelfTrainingStudyOptions& options = arguments->options;
    CLI::App* command = addCommand(*group, choice, "run", "Methods of self-training against each other",
        "Examples:\n  clipscope-cli fastrain run --graph planetoid --dataset cora --labels-per-class 3\n"
        "  clipscope-cli fastrain run --library films.clipscope --labels-per-class 2 --methods GCN,FASTRAIN\n\n"
        "Methods: GCN Li M3S CaGCN-st CaGCN-st-3 FASTRAIN, and FASTRAIN-SPF, -DS, -DR, -PGP: it without that part.\n"
        "Each split draws its labelled nodes anew, the same ones for every method; all other nodes are tested on.\n\n"
        "--json: the run record with \"methods\": [{\"name\": S, \"accuracyMean\": x, \"accuracySd\": x|null, "
        "\"seconds\": s,\n  \"cpuSeconds\": s, \"stages\": [{\"labelled\": n, \"added\": n, \"precision\": x|null, "
        "\"edges\": n, \"accuracy\": x, ...}]}],\n  \"comparisons\": [{\"method\": S, \"against\": S, "
        "\"difference\": x, \"interval\": [x, x]|null, \"cpuRatio\": x}]");
    addGraphOptions(*command, arguments->graph);
    command->add_option("--labels-per-class", options.labelsPerClass, "Labelled nodes of each class")
        ->type_name("K")
        ->capture_default_str()
        ->check(CLI::Range(1, 1'000'000));
    command->add_option("--methods", options.methods, "What is compared")
        ->type_name("M,...")
        ->delimiter(',')
        ->capture_default_str()
        ->check(acceptedBy([](const std::string& name) { selfTrainingVariant(name, {}); }));
    command->add_option("--network", arguments->network, "GCN, GraphSAGE or GAT")
        ->capture_default_str()
        ->check(acceptedBy([](const std::string& name) { gnnKind(name); }));
    command->add_option("--epochs", options.training.epochs, "Of each stage")
        ->type_name("N")
        ->capture_default_str()
        ->check(CLI::Range(1, 1'000'000));
    command->add_option("--stages", options.training.stages, "Trainings, one after the other")
        ->type_name("N")
        ->capture_default_str()
        ->check(CLI::Range(1, 100));
    command->add_option("--threshold", options.training.threshold, "Confidence above which an answer becomes a label")
        ->type_name("X")
        ->capture_default_str()
        ->check(numberIn(0, 1));
    command->add_option("--seeds", options.seeds, "Random splits")
        ->type_name("N")
        ->capture_default_str()
        ->check(CLI::Range(1, 10'000));
    command->add_option("--seed", arguments->seed, "Of the first split")->type_name("S")->capture_default_str();
    command->add_option("--threads", options.threads, "Trainings at a time; 0: one a processor")
        ->type_name("N")
        ->capture_default_str()
        ->check(CLI::Range(0, 1024));
    command->callback([&choice, arguments] {
        choice.command = {"trainings", "", [arguments](JobContext& context) { return fastrain(*arguments, context); }};
    });
}

} // namespace clipscope
