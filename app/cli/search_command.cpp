// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands.h"

#include "aggregation/aggregator.h"
#include "base/text.h"
#include "composition.h"
#include "media/video_reader.h"
#include "retrieval/search_engine.h"
#include "text_table.h"

#include <memory>

namespace clipscope {

namespace {

struct Arguments {
    LibraryChoice library;
    std::string folder;
    std::vector<std::string> words;
    std::vector<std::string> notWords;
    std::vector<std::string> images;
    std::string then;
    double within = Query().thenWithinSec;
    std::string by = "both";
    std::string aggregation = Query().aggregation;
    int top = Query().top;
    std::string index = "auto";
};

std::string joined(const std::vector<std::string>& words)
{
    std::string out;
    for (const std::string& word : words)
        out += (out.empty() ? "" : " ") + word;
    return out;
}

Query queryOf(const Arguments& arguments)
{
    Query query;
    const std::string words = trimmed(joined(arguments.words));
    if (!words.empty())
        query.positives.push_back(QueryTerm::text(words));
    for (const std::string& file : arguments.images)
        query.positives.push_back(QueryTerm::image(readPicture(file)));
    for (const std::string& text : arguments.notWords)
        query.negatives.push_back(QueryTerm::text(text));
    query.thenWords = arguments.then;
    query.thenWithinSec = arguments.within;
    query.by = parseMatchBy(arguments.by);
    query.aggregation = arguments.aggregation;
    query.top = arguments.top;
    return query;
}

/// While parsing: a usage error.
void checkSense(const Arguments& arguments)
{
    if (trimmed(joined(arguments.words)).empty() && arguments.images.empty())
        throw CLI::ValidationError("there is nothing to search for: give words or --image");
    if (arguments.by == "names" && !arguments.images.empty())
        throw CLI::ValidationError("--by names matches words alone: leave out --image");
}

Json reasonsOf(const Hit& hit)
{
    Json why = Json::array();
    for (const Reason reason : hit.why)
        why.push_back(toString(reason));
    return why;
}

std::string reasonText(const Hit& hit)
{
    std::string out;
    for (const Reason reason : hit.why)
        out += (out.empty() ? "" : ", ") + std::string(toString(reason));
    return out;
}

std::string headline(const SearchResult& result)
{
    if (result.encoder.empty())
        return "searched the names of " + counted(result.total, "video", "videos");
    return "searched " + std::to_string(result.searched) + " of " + counted(result.total, "video", "videos") + " with "
        + result.encoder + " (" + result.index + (result.recall ? ", recall " + fixed(*result.recall, 2) : "") + ")";
}

Answer search(const Arguments& arguments, JobContext& context)
{
    LibraryChoice choice = arguments.library;
    choice.folder = arguments.folder;
    const MatchBy by = parseMatchBy(arguments.by);
    const SearchSetup setup = openSearch(choice, by, arguments.images.empty(), arguments.index, context);
    const Query query = queryOf(arguments);
    const SearchResult result = setup.engine->search(query, context);
    if (const std::string& note = setup.note.empty() ? result.note : setup.note; !note.empty())
        context.log(LogLevel::Info, note);

    Answer answer;
    Json hits = Json::array();
    TextTable table({">#", ">score", ">from", ">to", "why", "video"});
    for (const Hit& hit : result.hits) {
        hits.push_back({{"video", hit.path.string()}, {"startSec", hit.startSec}, {"endSec", hit.endSec},
            {"score", hit.score}, {"why", reasonsOf(hit)}});
        table.add({std::to_string(hits.size()), fixed(hit.score, 3), formatTime(hit.startSec), formatTime(hit.endSec),
            reasonText(hit), hit.path.string()});
    }
    answer.json = {{"encoder", result.encoder}, {"searched", result.searched}, {"hits", std::move(hits)},
        {"index", result.index}, {"recall", result.recall.value_or(1)}};
    answer.text = headline(result) + "\n" + (table.empty() ? "nothing was found\n" : table.text());
    return answer;
}

} // namespace

void addSearchCommand(CLI::App& program, CommandChoice& choice)
{
    auto arguments = std::make_shared<Arguments>();
    CLI::App* command = addCommand(program, choice, "search", "Find moments by words and pictures",
        "Example:\n  clipscope-cli search --library films.clipscope \"a brown bear\" --not snow --top 5\n\n"
        "--by picture compares embeddings alone; names matches file and folder names, captions and subtitles by words; "
        "both does\nboth. A library that is not embedded yet is searched by names.\n\n"
        "--json: {\"encoder\": S, \"searched\": n, \"hits\": [{\"video\": S, \"startSec\": x, \"endSec\": x, "
        "\"score\": x,\n"
        "  \"why\": [\"picture\"|\"name\"|\"caption\"|\"subtitle\"]}], \"index\": S, \"recall\": x}, best first; "
        "`recall` of "
        "the index as\nmeasured on the library's own frames; `encoder` is empty where names "
        "alone were "
        "searched.");
    addLibraryOption(*command, arguments->folder);
    command->add_option("words", arguments->words, "What to find")->type_name("WORDS");
    command->add_option("--not", arguments->notWords, "What it must not look like (repeatable)")
        ->type_name("T")
        ->allow_extra_args(false);
    command->add_option("--then", arguments->then, "What follows")->type_name("T");
    command->add_option("--within", arguments->within, "Seconds within which it follows")
        ->type_name("SEC")
        ->capture_default_str()
        ->check(numberIn(0, 1e6));
    command->add_option("--image", arguments->images, "A picture to find the like of (repeatable)")
        ->type_name("F")
        ->allow_extra_args(false);
    command->add_option("--by", arguments->by, "both, picture or names")
        ->type_name("B")
        ->capture_default_str()
        ->check(acceptedBy([](const std::string& text) { parseMatchBy(text); }));
    command->add_option("--top", arguments->top, "How many hits at most")
        ->type_name("K")
        ->capture_default_str()
        ->check(CLI::Range(1, 100000));
    command
        ->add_option("--aggregation", arguments->aggregation,
            "How frames rank a video: mean, query, query:TAU, parts:N, transformer or transformer:FILE")
        ->type_name("A")
        ->capture_default_str()
        ->check(acceptedBy([](const std::string& text) { checkAggregation(text); }));
    command
        ->add_option("--index", arguments->index,
            "How frames are compared: auto (by size), exact, int8, or a family of FAISS (faiss:HNSW32)")
        ->type_name("FACTORY")
        ->capture_default_str();
    command->add_option("--model", arguments->library.model, "Which embeddings; default: the newest")->type_name("M");
    addDeviceOption(*command, arguments->library.device)->capture_default_str();
    command->callback([&choice, arguments] {
        checkSense(*arguments);
        choice.command = {"videos", "", [arguments](JobContext& context) { return search(*arguments, context); }};
    });
}

} // namespace clipscope
