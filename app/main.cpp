// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "base/machine.h"
#include "experiment_pages.h"
#include "idle_threads.h"
#include "jobs/job_manager.h"
#include "shell/main_window.h"
#include "shell/settings.h"
#include "termination_signals.h"

#include <QApplication>
#include <QSocketNotifier>

#include <CLI/CLI.hpp>

#include <clocale>
#include <cstdio>
#include <string>

using namespace clipscope;

namespace {

struct Arguments {
    std::string library;
    bool sample = false;
};

/// -1: open the window; else the exit status.
int parse(int argc, const char* const* argv, Arguments& arguments)
{
    CLI::App program("Find moments in your videos by words and pictures, and look inside the methods.", "clipscope");
    program.set_version_flag("--version", "clipscope " + codeVersion() + ", Qt " + qVersion());
    program.footer("\nExample:\n  clipscope films.clipscope\n\nThe command line twin is clipscope-cli.");
    CLI::Option* library = program.add_option("LIBRARY", arguments.library, "The library to open");
    program.add_flag("--sample", arguments.sample, "Open the sample library; the first time it is made")
        ->excludes(library);
    try {
        program.parse(argc, argv);
        return -1;
    } catch (const CLI::Success& wish) {
        return program.exit(wish);
    } catch (const CLI::ParseError& e) {
        std::fprintf(stderr, "clipscope: %s\nusage: clipscope [LIBRARY]; `clipscope --help` says more.\n", e.what());
        return 2;
    }
}

/// Answered before there is a display: a machine without one may ask for the version.
bool asksForText(int argc, char** argv)
{
    for (int i = 1; i < argc; ++i)
        if (const std::string word = argv[i]; word == "--version" || word == "--help" || word == "-h")
            return true;
    return false;
}

} // namespace

int main(int argc, char** argv)
{
    Arguments arguments;
    if (asksForText(argc, argv)) {
        if (const int ended = parse(argc, argv, arguments); ended >= 0)
            return ended;
    }
    const TerminationSignals signals;
    letIdleThreadsSleep();
    QApplication application(argc, argv); // takes Qt's own arguments away
    // Qt takes the user's locale; numbers in files are always written with a point.
    std::setlocale(LC_NUMERIC, "C");
    if (const int ended = parse(argc, argv, arguments); ended >= 0)
        return ended;
    QApplication::setApplicationName(QStringLiteral("clipscope"));
    QApplication::setApplicationDisplayName(QStringLiteral("Clipscope"));
    QApplication::setApplicationVersion(QString::fromStdString(codeVersion()));
    QApplication::setDesktopFileName(QStringLiteral("clipscope"));

    Settings settings = Settings::load(Settings::defaultFile());
    JobManager jobs;
    MainWindow window(jobs, settings, experimentPages());
    // Ending the session is closing the window: jobs stop at a safe point and the settings are kept.
    QSocketNotifier ending(signals.fd(), QSocketNotifier::Read);
    QObject::connect(&ending, &QSocketNotifier::activated, &window, [&] {
        ending.setEnabled(false);
        window.close();
    });
    window.show();
    if (!arguments.library.empty())
        window.openLibrary(arguments.library);
    else if (arguments.sample)
        window.openSampleLibrary();
    else
        window.showWelcome();
    return QApplication::exec();
}
