// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "base/machine.h"
#include "commands.h"
#include "console_progress.h"
#include "idle_threads.h"
#include "termination_signals.h"
#include "text_table.h"

#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <poll.h>
#include <thread>

using namespace clipscope;

namespace {

std::string versionText()
{
    const Machine& here = machine();
    std::string text = "clipscope-cli " + codeVersion() + "\n" + here.processor + ", " + std::to_string(here.cores)
        + (here.cores == 1 ? " core" : " cores") + ",";
    for (const std::string& flag : here.cpuFlags)
        text += " " + flag;
    return text;
}

/// Hands the first signal on to a job's stop token.
class StopOnSignal {
public:
    StopOnSignal(const TerminationSignals& signals, std::stop_source& stop)
        : m_thread([fd = signals.fd(), &stop](const std::stop_token& done) {
            while (!done.stop_requested()) {
                pollfd wait = {fd, POLLIN, 0};
                if (::poll(&wait, 1, 50) > 0) {
                    stop.request_stop();
                    return;
                }
            }
        })
    {
    }

private:
    std::jthread m_thread;
};

/// The answer is the point of the command: a full disk or a closed pipe behind stdout is a failure.
int print(const Answer& answer, bool json)
{
    const std::string text =
        json ? answer.json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n" : answer.text;
    const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
    if (!written || std::fflush(stdout) != 0) {
        std::perror("clipscope-cli: stdout");
        return 1;
    }
    return answer.exitCode;
}

int failed(const std::string& what)
{
    std::fprintf(stderr, "clipscope-cli: %s\n", printable(what).c_str());
    return 1;
}

int run(const CommandChoice& choice)
{
    const TerminationSignals signals;
    std::stop_source stop;
    const StopOnSignal stopOnSignal(signals, stop);
    letIdleThreadsSleep();
    ConsoleProgress console(stderr, choice.command.unit, ConsoleProgress::settingsOf(stderr));
    JobContext context;
    context.stop = stop.get_token();
    context.onProgress = [&](const Progress& progress) { console.report(progress); };
    context.onLog = [&](LogLevel level, const std::string& text) { console.log(level, text); };
    try {
        const Answer answer = choice.command.run(context);
        console.finish();
        return print(answer, choice.json);
    } catch (const Cancelled&) {
        console.finish();
        const std::string& more = choice.command.whenStopped;
        return failed("Stopped." + (more.empty() ? "" : " " + more));
    } catch (const Error& e) {
        console.finish();
        return failed(e.what());
    } catch (const std::bad_alloc&) {
        console.finish();
        return failed("There is not enough memory. Close other programs and start the same command again.");
    } catch (const std::exception& e) {
        console.finish();
        return failed(std::string("An error in Clipscope itself: ") + e.what());
    }
}

} // namespace

int main(int argc, char** argv)
{
    // A reader that goes away must not end an hour of work half-way through a file.
    std::signal(SIGPIPE, SIG_IGN);
    CLI::App program(
        "Find moments in your videos by words and pictures: the command line twin of Clipscope.", "clipscope-cli");
    program.set_version_flag("--version", versionText());
    program.require_subcommand(1);
    const auto formatter = program.get_formatter();
    formatter->column_width(34);
    formatter->label("SUBCOMMAND", "COMMAND");
    formatter->label("REQUIRED", "(needed)");
    program.footer(
        "\nExit status: 0 the command ran to its end (single files may have failed, they are listed), 1 it could "
        "not, 2 usage.\nAnswers go to stdout, all else to stderr. With --json the answer is one JSON object; "
        "bytes of a path that are no\nUTF-8 are written as U+FFFD there. Only `models install` uses the "
        "network.\n\nExample:\n  clipscope-cli import --library films.clipscope ~/Videos\n"
        "  clipscope-cli embed --library films.clipscope\n"
        "  clipscope-cli search --library films.clipscope \"a dog runs into the sea\"");
    CommandChoice choice;
    addSampleWorldCommands(program, choice);
    addImportCommand(program, choice);
    addImportEmbeddingsCommand(program, choice);
    addEmbedCommand(program, choice);
    addRepairCommand(program, choice);
    addSearchCommand(program, choice);
    addEvaluateCommand(program, choice);
    addProbeCommand(program, choice);
    addRunsCommands(program, choice);
    addTrainCommands(program, choice);
    addStudyCommands(program, choice);
    addGraphCommands(program, choice);
    addLibraryCommands(program, choice);
    addModelsCommands(program, choice);
    addBenchCommands(program, choice);
    const int ended = parseCommandLine(program, argc, argv);
    return ended >= 0 ? ended : run(choice);
}
