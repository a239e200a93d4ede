// SPDX-License-Identifier: GPL-3.0-or-later
#include "command_line.h"

#include "base/error.h"
#include "base/text.h"
#include "text_table.h"

#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>
#include <utility>
#include <vector>

namespace clipscope {

namespace {

/// CLI11 takes "[a,b]" for a list of two values, but here it is the name of a file or a query: such an argument carries
/// a mark through the parser.
constexpr char kMark = '\x01';

void takeMarksAway(CLI::App& app)
{
    for (CLI::Option* option : app.get_options())
        option->transform([](std::string value) { return value.starts_with(kMark) ? value.substr(1) : value; });
    for (CLI::App* command : app.get_subcommands({}))
        takeMarksAway(*command);
}

std::string nameOf(const CLI::App* app)
{
    const CLI::App* parent = app->get_parent();
    return parent ? nameOf(parent) + " " + app->get_name() : app->get_name();
}

std::string namesOfCommands(const CLI::App& app)
{
    std::string names;
    for (const CLI::App* command : app.get_subcommands({}))
        names += (names.empty() ? "" : ", ") + command->get_name();
    return names;
}

/// The command the arguments name, as far as they name one; the first word that is no command to `unknown`.
const CLI::App* commandNamed(
    const CLI::App& program, const std::vector<std::string>& arguments, std::optional<std::string>& unknown)
{
    const CLI::App* at = &program;
    for (const std::string& word : arguments) {
        const auto commands = at->get_subcommands([&](const CLI::App* c) { return c->get_name() == word; });
        if (!commands.empty()) {
            at = commands.front();
        } else {
            if (!at->get_subcommands({}).empty() && !word.starts_with('-'))
                unknown = word;
            break;
        }
    }
    return at;
}

int usageError(const CLI::App* command, const std::string& what)
{
    const std::string name = nameOf(command);
    const std::string commands = namesOfCommands(*command);
    std::fprintf(stderr, "%s: %s\n", name.c_str(), printable(what).c_str());
    if (commands.empty())
        std::fprintf(
            stderr, "usage: %s [OPTIONS]; `%s --help` lists them and shows an example.\n", name.c_str(), name.c_str());
    else
        std::fprintf(stderr, "usage: %s COMMAND [OPTIONS]; commands: %s. `%s --help` says more.\n", name.c_str(),
            commands.c_str(), name.c_str());
    return 2;
}

bool isDevice(const std::string& text)
{
    if (text == "auto" || text == "cpu" || text == "cuda")
        return true;
    if (!text.starts_with("cuda:") || text.size() < 6 || text.size() > 8)
        return false;
    return text.find_first_not_of("0123456789", 5) == std::string::npos;
}

} // namespace

CLI::App* addCommand(CLI::App& parent, CommandChoice& choice, const std::string& name, const std::string& description,
    const std::string& more)
{
    CLI::App* command = parent.add_subcommand(name, description);
    command->group("Commands");
    command->footer(more);
    command->add_flag("--json", choice.json, "Answer with one JSON object on stdout");
    return command;
}

CLI::App* addCommandGroup(CLI::App& parent, const std::string& name, const std::string& description)
{
    CLI::App* group = parent.add_subcommand(name, description);
    group->group("Commands");
    group->require_subcommand(1);
    return group;
}

CLI::Option* addLibraryOption(CLI::App& command, std::string& folder)
{
    return command.add_option("--library", folder, "The library's folder")->required()->type_name("LIB");
}

CLI::Option* addDeviceOption(CLI::App& command, std::string& device)
{
    return command.add_option("--device", device, "auto (a GPU where there is one), cpu or cuda:N")
        ->type_name("D")
        ->check([](const std::string& text) {
            return isDevice(text) ? std::string() : "\"" + text + "\" is no device; use auto, cpu or cuda:N";
        });
}

std::function<std::string(const std::string&)> acceptedBy(std::function<void(const std::string&)> parse)
{
    return [parse = std::move(parse)](const std::string& text) {
        try {
            parse(text);
            return std::string();
        } catch (const Error& e) {
            return std::string(e.what());
        }
    };
}

std::function<std::string(const std::string&)> numberIn(double low, double high)
{
    return [low, high](const std::string& text) {
        double value = 0;
        const char* end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data(), end, value);
        // A comparison with NaN is false.
        if (error == std::errc() && stop == end && value >= low && value <= high)
            return std::string();
        char range[96];
        std::snprintf(range, sizeof range, "a number from %g to %g is needed, not ", low, high);
        return range + ("\"" + text + "\"");
    };
}

int parseCommandLine(CLI::App& program, int argc, const char* const* argv)
{
    takeMarksAway(program);
    std::vector<std::string> arguments(argv + 1, argv + argc);
    std::optional<std::string> unknown;
    const CLI::App* command = commandNamed(program, arguments, unknown);
    if (unknown)
        return usageError(command, "there is no command \"" + *unknown + "\"");
    // CLI11 reads from the back.
    std::vector<std::string> reversed;
    for (auto word = arguments.rbegin(); word != arguments.rend(); ++word)
        reversed.push_back(word->starts_with('[') ? kMark + *word : *word);
    try {
        program.parse(std::move(reversed));
        return -1;
    } catch (const CLI::Success& wish) {
        return program.exit(wish);
    } catch (const CLI::RequiredError& e) {
        // Without a command, CLI11 asks for a "subcommand".
        return usageError(command, command->get_subcommands({}).empty() ? e.what() : "a command is missing");
    } catch (const CLI::ParseError& e) {
        std::string what = e.what();
        if (const size_t mark = what.find(kMark); mark != std::string::npos)
            what.erase(mark, 1);
        return usageError(command, what);
    }
}

} // namespace clipscope
