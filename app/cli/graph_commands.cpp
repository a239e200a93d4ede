// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands.h"

#include "base/error.h"
#include "composition.h"
#include "graph/geeni_study.h"
#include "graph/graph_reader.h"
#include "graph/graph_split.h"
#include "graph/graph_trace.h"
#include "graph/self_training_study.h"
#include "graph_probe.h"
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

struct ProposeArguments {
    LibraryChoice library;
    int neighbours = 10;
    LabelProposalOptions options;
    double accept = 2; ///< proposals at least as sure become labels; above 1: none
    uint64_t seed = 0;
};

struct GeeniArguments {
    GraphChoice graph;
    GeeniStudyOptions options;
    std::string network = toString(GnnKind::Gcn);
    std::string diversity = toString(Diversity::Features);
    std::vector<std::string> detectors;
    std::string stopping = toString(Stopping::BestAccuracy), detector = toString(ErrorDetector::Learned),
                edges = toString(EdgeMeasure::Features);
    bool withoutFront = false;
    int labelsPerClass = 0; ///< 0: the graph's public split
    int validation = 500;
    uint64_t seed = 0;
};

/// The graph chosen, and the library it is made of; null for a graph of files.
std::pair<Graph, std::shared_ptr<VideoLibrary>> openGraph(const GraphChoice& choice, JobContext& context)
{
    if (choice.path.empty() == choice.folder.empty())
        throw Error(ErrorKind::Input, "needs one graph", "command", "Give either --graph or --library.");
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

std::string percentOrNothing(const Json& value)
{
    return value.is_null() ? "" : percent(value.get<double>());
}

/// In points; nothing where one repetition has none.
std::string intervalText(const Json& interval)
{
    return interval.is_null()
        ? ""
        : fixed(100 * interval[0].get<double>(), 1) + " to " + fixed(100 * interval[1].get<double>(), 1);
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
                percentOrNothing(stage.at("precision")), orNothing(stage.at("edges"), 0),
                orNothing(stage.at("layers"), 1), percent(stage.at("accuracy").get<double>())});
        }
    }
    return table.text();
}

std::string comparisonsText(const Json& comparisons)
{
    TextTable table({"method", "against", ">points", ">95 % interval", ">times as fast"});
    for (const Json& comparison : comparisons) {
        table.add({comparison.at("method").get<std::string>(), comparison.at("against").get<std::string>(),
            fixed(100 * comparison.at("difference").get<double>(), 1), intervalText(comparison.at("interval")),
            fixed(comparison.at("cpuRatio").get<double>(), 2)});
    }
    return table.text();
}

/// The record as the answer; of a library, kept there.
void finish(Answer& answer, const std::shared_ptr<VideoLibrary>& library, const RunRecord& record, JobContext& context)
{
    if (library)
        keepRun(answer, library, record, context);
    else
        answer.json = record.toJson();
}

std::string headOf(const Graph& graph)
{
    std::string out = graph.name + ": " + counted(graph.nodes(), "node", "nodes") + ", "
        + counted(graph.edges(), "edge", "edges") + ", " + counted(int64_t(graph.classes.size()), "class", "classes");
    for (const std::string& note : graph.notes)
        out += "; " + note;
    return out + "\n";
}

std::string differenceText(const Json& difference)
{
    const std::string out = fixed(100 * difference.at("difference").get<double>(), 1),
                      interval = intervalText(difference.at("interval"));
    return interval.empty() ? out : out + " (" + interval + ")";
}

std::string isolatedText(const Json& results)
{
    const double single = results.at("ensembleMacs").get<double>() / results.at("members").get<double>();
    TextTable table({"answer", ">q", ">accuracy", ">points over one network", ">over the ensemble", ">messages left",
        ">of the silent wrong", ">MACs"});
    const auto times = [&](const Json& macs) {
        return macs.is_null() ? "" : fixed(macs.get<double>() / single, 2) + "x";
    };
    table.add({"one network (mean)", "", spread(results.at("meanSingle"), results.at("meanSingleSd")), "", "", "", "",
        "1.00x"});
    table.add(
        {"ensemble of " + results.at("members").dump(), "", spread(results.at("ensemble"), results.at("ensembleSd")),
            differenceText(results.at("ensembleAgainstSingle")), "", "", "", times(results.at("ensembleMacs"))});
    for (const Json& row : results.at("isolated"))
        table.add({row.at("detector").get<std::string>(), percent(row.at("q").get<double>()),
            spread(row.at("accuracy"), row.at("accuracySd")), differenceText(row.at("againstSingle")),
            differenceText(row.at("againstEnsemble")), percentOrNothing(row.at("messagesLeft")),
            percentOrNothing(row.at("precision")), times(row.at("macs"))});
    for (const Json& row : results.at("picked"))
        table.add({row.at("detector").get<std::string>() + ", q by validation", percent(row.at("q").get<double>()),
            spread(row.at("accuracy"), row.at("accuracySd")), differenceText(row.at("againstSingle")),
            differenceText(row.at("againstEnsemble")), "", "", ""});
    return table.text();
}

std::string frontText(const Json& front)
{
    const auto macsOf = [](const Json& row) { return row.at("macs").get<double>(); };
    double single = 0, singleSeconds = 0;
    for (const Json& row : front)
        if (row.at("name") == "one network") {
            single = macsOf(row);
            singleSeconds = row.at("cpuSeconds").get<double>();
        }
    TextTable table({"answer", ">accuracy", ">points over the ensemble", ">MACs", ">times one network's",
        ">of these messages", ">CPU s", ">times one network's", ">units left", ">edges left", "front"});
    for (const Json& row : front) {
        const double macs = macsOf(row), seconds = row.at("cpuSeconds").get<double>();
        table.add({row.at("name").get<std::string>(), spread(row.at("accuracy"), row.at("accuracySd")),
            differenceText(row.at("againstEnsemble")), fixed(macs / 1e6, 2) + " M", fixed(macs / single, 2),
            percent(row.at("messageMacs").get<double>() / macs), fixed(seconds, 4), fixed(seconds / singleSeconds, 2),
            percent(row.at("unitsLeft").get<double>()), percent(row.at("edgesLeft").get<double>()),
            row.at("onFront").get<bool>() ? "*" : ""});
    }
    return table.text();
}

Answer geeni(const GeeniArguments& arguments, JobContext& context)
{
    GeeniStudyOptions options = arguments.options;
    options.ensemble.shape.kind = gnnKind(arguments.network);
    options.ensemble.diversity = diversityOf(arguments.diversity);
    options.ensemble.training.stopping = stoppingOf(arguments.stopping);
    options.approximates = !arguments.withoutFront;
    options.front.detector = errorDetector(arguments.detector);
    options.front.edges = edgeMeasure(arguments.edges);
    if (!arguments.detectors.empty()) {
        options.detectors.clear();
        for (const std::string& name : arguments.detectors)
            options.detectors.push_back(errorDetector(name));
    }
    const auto [graph, library] = openGraph(arguments.graph, context);
    GraphSplit split;
    if (arguments.labelsPerClass > 0)
        split = drawSplit(graph, arguments.labelsPerClass, arguments.validation, arguments.seed);
    else if (graph.publicSplit)
        split = *graph.publicSplit;
    else
        throw Error(ErrorKind::Input, "has no split that papers report", graph.name,
            "Draw one: --labels-per-class 20 --validation 500.");
    JobContext studying = context;
    studying.seed = arguments.seed;
    const RunRecord record = studyGeeni(graph, split, options, studying);
    Answer answer;
    answer.text = headOf(graph) + isolatedText(record.results);
    TextTable areas({"detector", ">area under ROC"});
    for (const auto& [name, area] : record.results.at("areas").items())
        areas.add({name, area.is_null() ? "" : fixed(area.get<double>(), 3)});
    answer.text += "\n" + areas.text();
    if (record.results.contains("front"))
        answer.text +=
            "\nWhat answers cost (of the graph as a whole, once its silent nodes are known); * is on the front "
            "of accuracy and MACs:\n"
            + frontText(record.results.at("front"));
    finish(answer, library, record, context);
    return answer;
}

Answer propose(const ProposeArguments& arguments, JobContext& context)
{
    const EmbeddedLibrary opened = openEmbedded(arguments.library);
    const LibraryGraph library = libraryGraph(*opened.library, opened.key, arguments.neighbours, context);
    const Graph& graph = library.graph;
    JobContext training = context;
    training.seed = arguments.seed;
    GraphTrace trace; // told, for the record's is rounded
    training.onPartial = [&trace](const std::any& told) {
        if (const auto* proposals = std::any_cast<GraphTrace>(&told))
            trace = *proposals;
    };
    LabelProposalOptions options = arguments.options;
    options.featureProbe = probeNodes;
    const RunRecord record = traceProposals(graph, options, training);
    const TracedStage& answers = trace.methods.front().stages.front();
    Answer answer;
    Json proposals = Json::array();
    TextTable table({"video", "label", ">confidence", ">votes", ""});
    int accepted = 0;
    for (const int proposed : trace.proposed) {
        const auto node = size_t(proposed), number = size_t(answers.predictions[node]);
        const VideoRecord& video = library.videos[node];
        const std::string& label = graph.classes[number];
        const int votes = trace.votes[node * graph.classes.size() + number];
        const double confidence = double(answers.confidences[node]);
        const bool accept = confidence >= arguments.accept;
        if (accept) {
            context.onceThereIsSpace([&] { opened.library->setLabel(video.id, label); });
            ++accepted;
        }
        proposals.push_back({{"path", video.path.string()}, {"label", label}, {"confidence", confidence},
            {"votes", votes}, {"accepted", accept}});
        table.add({video.path.filename().string(), label, fixed(confidence, 2), std::to_string(votes),
            accept ? "accepted" : ""});
    }
    answer.text = headOf(graph) + table.text();
    if (const Json& held = record.results.at("heldOut"); held.is_null())
        answer.text += "by the networks: too few labels to hold any out and compare with the linear probe\n";
    else
        answer.text += (record.results.at("by") == kFeatureProbeName ? "by the linear probe: " : "by the networks: ")
            + std::string("of ") + counted(held.at("labels").get<int>(), "label", "labels")
            + " held out the probe is right about " + std::to_string(held.at(kFeatureProbeName).get<int>())
            + ", a network about " + std::to_string(held.at("networks").get<int>()) + "\n";
    if (accepted > 0)
        answer.text += counted(accepted, "label", "labels") + " given\n";
    keepRun(answer, opened.library, record, context);
    answer.json["proposals"] = std::move(proposals);
    answer.json["members"] = arguments.options.members;
    answer.json["accepted"] = accepted;
    return answer;
}

void addPropose(CLI::App& group, CommandChoice& choice)
{
    auto arguments = std::make_shared<ProposeArguments>();
    CLI::App* command = addCommand(group, choice, "propose", "Labels for a library's other videos, the doubtful first",
        "Examples:\n  clipscope-cli fastrain propose --library films.clipscope\n"
        "  clipscope-cli fastrain propose --library films.clipscope --accept .95\n\n"
        "Several networks learn from all labels that there are; where linear probes know labels held out as well, "
        "these\n"
        "vote instead. What the members are not sure of, or not of one mind about, comes first: look at it yourself.\n"
        "--accept gives the labels that are sure enough.\n\n"
        "--json: the run record with \"proposals\": [{\"path\": S, \"label\": S, \"confidence\": x, \"votes\": n,\n"
        "  \"accepted\": b}], \"members\": n, \"accepted\": n, \"by\": \"networks\"|\"linear\",\n"
        "  \"heldOut\": {\"labels\": n, \"networks\": right, \"linear\": right}|null");
    command->add_option("--library", arguments->library.folder, "The library")->type_name("LIB")->required();
    command->add_option("--model", arguments->library.model, "Which embeddings; default: the newest")->type_name("M");
    command->add_option("--neighbours", arguments->neighbours, "Videos each is joined to")
        ->type_name("N")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    command->add_option("--members", arguments->options.members, "Networks that vote")
        ->type_name("M")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    command->add_option("--epochs", arguments->options.training.epochs, "Epochs of each training")
        ->type_name("N")
        ->capture_default_str()
        ->check(CLI::Range(1, 1'000'000));
    command->add_option("--accept", arguments->accept, "Give labels of at least this confidence")
        ->type_name("X")
        ->check(numberIn(0, 1));
    command->add_option("--seed", arguments->seed, "Of the trainings")->type_name("S")->capture_default_str();
    command->callback([&choice, arguments] {
        choice.command = {"trainings", "", [arguments](JobContext& context) { return propose(*arguments, context); }};
    });
}

Answer fastrain(const FastrainArguments& arguments, JobContext& context)
{
    SelfTrainingStudyOptions options = arguments.options;
    options.training.kind = gnnKind(arguments.network);
    options.featureProbe = probeNodes;
    const auto [graph, library] = openGraph(arguments.graph, context);
    JobContext training = context;
    training.seed = arguments.seed;
    const RunRecord record = studySelfTraining(graph, options, training);
    Answer answer;
    answer.text = headOf(graph) + counted(options.labelsPerClass, "label", "labels") + " a class, "
        + counted(options.seeds, "split", "splits") + "\n";
    answer.text += methodsText(record.results.at("methods"));
    if (!record.results.at("comparisons").empty())
        answer.text += "\n" + comparisonsText(record.results.at("comparisons"));
    finish(answer, library, record, context);
    return answer;
}

/// What both commands train with.
void addTrainingOptions(CLI::App& command, std::string& network, int& epochs, int& seeds, uint64_t& seed, int& threads)
{
    command.add_option("--network", network, "GCN, GraphSAGE or GAT")
        ->capture_default_str()
        ->check(acceptedBy([](const std::string& name) { gnnKind(name); }));
    command.add_option("--epochs", epochs, "Of each training")
        ->type_name("N")
        ->capture_default_str()
        ->check(CLI::Range(1, 1'000'000));
    command.add_option("--seeds", seeds, "Repetitions")
        ->type_name("N")
        ->capture_default_str()
        ->check(CLI::Range(1, 10'000));
    command.add_option("--seed", seed, "Of the first")->type_name("S")->capture_default_str();
    command.add_option("--threads", threads, "Repetitions at a time; 0: one a processor")
        ->type_name("N")
        ->capture_default_str()
        ->check(CLI::Range(0, 1024));
}

void addFastrain(CLI::App& program, CommandChoice& choice)
{
    CLI::App* group = addCommandGroup(program, "fastrain", "Classify a graph's nodes from few labels (FASTRAIN-GNN)");
    auto arguments = std::make_shared<FastrainArguments>();
    SelfTrainingStudyOptions& options = arguments->options;
    CLI::App* command = addCommand(*group, choice, "run", "Methods of self-training against each other",
        "Examples:\n  clipscope-cli fastrain run --graph planetoid --dataset cora --labels-per-class 3\n"
        "  clipscope-cli fastrain run --library films.clipscope --labels-per-class 2 --methods GCN,FASTRAIN\n\n"
        "Methods: GCN Li M3S CaGCN-st CaGCN-st-3 FASTRAIN, and FASTRAIN-SPF, -DS, -DR, -PGP: it without that part.\n"
        "FASTRAIN's new labels are drawn evenly over the classes: FASTRAIN-EVEN is its author's, CaGCN-st+EVEN and\n"
        "CaGCN-st-3+EVEN draw like it; FASTRAIN+ES ends when new labels are less sure than those before.\n"
        "linear is the linear probe on the nodes' features, without the graph.\n"
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
        ->check(acceptedBy(checkSelfTrainingName));
    addTrainingOptions(
        *command, arguments->network, options.training.epochs, options.seeds, arguments->seed, options.threads);
    command->add_option("--stages", options.training.stages, "Trainings, one after the other")
        ->type_name("N")
        ->capture_default_str()
        ->check(CLI::Range(1, 100));
    command->add_option("--threshold", options.training.threshold, "Confidence above which an answer becomes a label")
        ->type_name("X")
        ->capture_default_str()
        ->check(numberIn(0, 1));
    command->callback([&choice, arguments] {
        choice.command = {"trainings", "", [arguments](JobContext& context) { return fastrain(*arguments, context); }};
    });
    addPropose(*group, choice);
}

void addGeeni(CLI::App& program, CommandChoice& choice)
{
    CLI::App* group =
        addCommandGroup(program, "geeni", "Ensembles on a graph whose probable errors fall silent (GEENI)");
    auto arguments = std::make_shared<GeeniArguments>();
    GeeniStudyOptions& options = arguments->options;
    CLI::App* command = addCommand(*group, choice, "run", "One network, the ensemble, and error-node isolation",
        "Example:\n  clipscope-cli geeni run --graph planetoid --dataset cora --seeds 10\n\n"
        "The q of all nodes that a detector takes for errors send no messages to others; what they receive stays.\n"
        "\"oracle\" knows the truth, \"random\" nothing: the bounds of what a detector can do.\n\n"
        "--json: the run record with \"meanSingle\": x, \"ensemble\": x, \"isolated\": [{\"detector\": S, \"q\": x, "
        "\"accuracy\": x,\n  \"macs\": n, \"seconds\": s, \"messagesLeft\": x, \"precision\": x|null, "
        "\"againstEnsemble\": {\"difference\": x, \"interval\": [x, x]|null}, ...}],\n  \"picked\": one a detector, q "
        "by the "
        "validation nodes, \"areas\": {detector: x},\n  \"front\": [{\"name\": S, \"accuracy\": x, \"macs\": n, "
        "\"featureMacs\": n, \"messageMacs\": n, \"detectionMacs\": n, \"cpuSeconds\": s,\n  \"unitsLeft\": x, "
        "\"edgesLeft\": x, \"onFront\": b, ...}]");
    addGraphOptions(*command, arguments->graph);
    addTrainingOptions(*command, arguments->network, options.ensemble.training.epochs, options.seeds, arguments->seed,
        options.threads);
    command->add_option("--members", options.ensemble.members, "Networks of the ensemble")
        ->type_name("M")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    command
        ->add_option(
            "--diversity", arguments->diversity, "What they differ in: seed bagging features edges shape mixed")
        ->capture_default_str()
        ->check(acceptedBy([](const std::string& name) { diversityOf(name); }));
    command->add_option("--detectors", arguments->detectors, "entropy disagreement learned oracle random; default: all")
        ->type_name("D,...")
        ->delimiter(',')
        ->check(acceptedBy([](const std::string& name) { errorDetector(name); }));
    command->add_option("--q", options.shares, "Shares of the nodes that fall silent")
        ->type_name("Q,...")
        ->delimiter(',')
        ->capture_default_str()
        ->check(numberIn(0, 1));
    command
        ->add_option("--stopping", arguments->stopping, "Where a training ends: best-accuracy or rising-loss (Kipf's)")
        ->capture_default_str()
        ->check(acceptedBy([](const std::string& name) { stoppingOf(name); }));
    command->add_flag("--no-front", arguments->withoutFront, "Neither prune nor ask rivals");
    command->add_option("--front-detector", arguments->detector, "Pruning: who names the silent nodes")
        ->capture_default_str()
        ->check(acceptedBy([](const std::string& name) { errorDetector(name); }));
    command->add_option("--front-q", options.front.share, "Pruning: share of the silent nodes")
        ->type_name("Q")
        ->capture_default_str()
        ->check(numberIn(0, 1));
    command->add_option("--edges-by", arguments->edges, "Pruning: cosine of the ends' answers or features")
        ->capture_default_str()
        ->check(acceptedBy([](const std::string& name) { edgeMeasure(name); }));
    command->add_option("--prune-edges", options.front.edgeShares, "Shares of the edges that are pruned, rising")
        ->type_name("R,...")
        ->delimiter(',')
        ->capture_default_str()
        ->check(numberIn(0, 1));
    command->add_option("--keep-units", options.front.unitShares, "Shares of the hidden units that stay, falling")
        ->type_name("S,...")
        ->delimiter(',')
        ->capture_default_str()
        ->check(numberIn(0, 1));
    command->add_option("--labels-per-class", arguments->labelsPerClass, "Draw a split; 0: the one papers report")
        ->type_name("K")
        ->capture_default_str()
        ->check(CLI::Range(0, 1'000'000));
    command->add_option("--validation", arguments->validation, "Of a drawn split: nodes to choose by")
        ->type_name("N")
        ->capture_default_str()
        ->check(CLI::Range(0, 100'000'000));
    command->callback([&choice, arguments] {
        choice.command = {"repetitions", "", [arguments](JobContext& context) { return geeni(*arguments, context); }};
    });
}

} // namespace

void addGraphCommands(CLI::App& program, CommandChoice& choice)
{
    addFastrain(program, choice);
    addGeeni(program, choice);
}

} // namespace clipscope
