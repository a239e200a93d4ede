// SPDX-License-Identifier: GPL-3.0-or-later
// Runs one fuzz target without libFuzzer, which g++ lacks: first the whole corpus, then inputs made from it, for a
// time.
//   fuzz_X [--seconds S] [--runs N] [--seed N] [--most-bytes N] [--dictionary FILE] [--findings FOLDER] FOLDER|FILE...
// The seed makes the inputs; $CLIPSCOPE_FUZZ_SECONDS wins over --seconds. An input that crashes, throws something else
// than Error or Cancelled, takes 5 s of CPU (or 60 s in all) or 2 GiB of memory is written into FOLDER (default: here),
// named, and ends the program with 1. `fuzz_X --seconds 0 FILE` shows it again.
#include "fuzz/coverage.h"
#include "fuzz/mutation.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <sys/time.h>
#include <typeinfo>
#include <unistd.h>
#include <vector>

namespace fs = std::filesystem;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));
extern "C" const char* __asan_default_options();
extern "C" const char* __ubsan_default_options();

/// A gigabyte in one piece is too much: malloc() gives none, which libraries in C can say, and `new` ends the program.
extern "C" const char* __asan_default_options()
{
    return "max_allocation_size_mb=1024:allocator_may_return_null=1:quarantine_size_mb=32";
}

/// g++ keeps the runtime of the undefined-behaviour sanitizer apart: it knows no callback, but its abort is seen.
extern "C" const char* __ubsan_default_options()
{
    return "abort_on_error=1:print_stacktrace=1";
}

namespace {

constexpr rlim_t kMostMemory = rlim_t(2) << 30;
constexpr int kMostCpuTicks = 5; ///< of a second
constexpr int kMostWallTicks = 60;

struct Options {
    double seconds = 15;
    uint64_t runs = UINT64_MAX;
    uint64_t seed = 1;
    size_t mostBytes = 16384;
    std::string dictionary;
    std::string findings = ".";
    std::vector<std::string> inputs;
};

// What the handlers of signals need, which may call next to nothing.
const char* g_input = nullptr;
size_t g_inputBytes = 0;
std::array<char, 4096> g_findingPath;
volatile uint64_t g_run = 0;
uint64_t g_cpuRun = 0;
uint64_t g_wallRun = 0;
int g_cpuTicks = 0;
int g_wallTicks = 0;

void say(const char* text)
{
    if (::write(STDERR_FILENO, text, std::strlen(text)) < 0)
        std::_Exit(3);
}

void keepInput(const char* why)
{
    if (!g_input)
        return;
    const int fd = ::open(g_findingPath.data(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    const bool kept = fd >= 0 && ::write(fd, g_input, g_inputBytes) == ssize_t(g_inputBytes);
    ::close(fd);
    for (const char* text : {"\nFINDING: ", why, kept ? "; the input is in " : "; the input could not be written to ",
             static_cast<const char*>(g_findingPath.data()), "\n"})
        say(text);
    g_input = nullptr;
}

void onDeath()
{
    keepInput("a sanitizer stopped the program");
}

void onCrash(int signal)
{
    keepInput(signal == SIGABRT ? "abort (a broken promise, or a sanitizer)" : "crash");
    std::_Exit(128 + signal);
}

/// The same run at every tick is a hang.
void onTick(int signal)
{
    uint64_t& run = signal == SIGPROF ? g_cpuRun : g_wallRun;
    int& ticks = signal == SIGPROF ? g_cpuTicks : g_wallTicks;
    ticks = run == g_run ? ticks + 1 : 0;
    run = g_run;
    if (ticks <= (signal == SIGPROF ? kMostCpuTicks : kMostWallTicks))
        return;
    keepInput(signal == SIGPROF ? "more than 5 s of CPU for one input" : "more than 60 s for one input");
    std::_Exit(1);
}

void watch()
{
    struct sigaction action = {};
    action.sa_flags = SA_RESTART;
    action.sa_handler = onTick;
    ::sigaction(SIGPROF, &action, nullptr);
    ::sigaction(SIGALRM, &action, nullptr);
    const itimerval second{{1, 0}, {1, 0}};
    ::setitimer(ITIMER_PROF, &second, nullptr);
    ::setitimer(ITIMER_REAL, &second, nullptr);
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(onDeath);
    else
        for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL})
            std::signal(signal, onCrash);
    std::signal(SIGABRT, onCrash);
}

/// On top of what the program and its libraries took for themselves. A sanitizer's shadow forbids it; peakGrown()
/// looks.
void limitMemory()
{
    if (__sanitizer_set_death_callback)
        return;
    std::ifstream statm("/proc/self/statm");
    rlim_t pages = 0;
    statm >> pages;
    const rlim_t most = pages * rlim_t(::sysconf(_SC_PAGESIZE)) + kMostMemory;
    const rlimit limit{most, most};
    ::setrlimit(RLIMIT_AS, &limit);
}

rlim_t peakBytes()
{
    rusage use{};
    ::getrusage(RUSAGE_SELF, &use);
    return rlim_t(use.ru_maxrss) * 1024;
}

double cpuSeconds()
{
    rusage use{};
    ::getrusage(RUSAGE_SELF, &use);
    return double(use.ru_utime.tv_sec + use.ru_stime.tv_sec)
        + 1e-6 * double(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
}

[[noreturn]] void stopWith(const std::string& why)
{
    keepInput(why.c_str());
    std::exit(1);
}

void runOne(const std::string& bytes, rlim_t peakBefore)
{
    // A copy of its exact size, so that one byte too far is seen.
    const std::vector<uint8_t> input(bytes.begin(), bytes.end());
    g_inputBytes = bytes.size();
    g_input = bytes.data();
    g_run = g_run + 1;
    try {
        LLVMFuzzerTestOneInput(input.data(), input.size());
    } catch (const std::exception& e) {
        stopWith(std::string("an exception that is no Error: ") + typeid(e).name() + ", " + e.what());
    } catch (...) {
        stopWith("an exception that is no std::exception");
    }
    if (g_run % 64 == 0 && peakBytes() > peakBefore + kMostMemory)
        stopWith("more than 2 GiB of memory, this input or one of the 63 before it");
    g_input = nullptr;
}

std::string readWhole(const fs::path& path)
{
    std::ifstream in(path, std::ios::binary);
    if (!in)
        throw std::runtime_error(path.string() + " cannot be read");
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<fs::path> filesOf(const std::vector<std::string>& inputs)
{
    std::vector<fs::path> files;
    for (const std::string& input : inputs) {
        if (!fs::is_directory(input)) {
            files.emplace_back(input);
            continue;
        }
        for (const auto& entry : fs::directory_iterator(input))
            if (entry.is_regular_file())
                files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

Options parseOptions(int argc, char** argv)
{
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (!word.starts_with("--")) {
            options.inputs.push_back(word);
            continue;
        }
        if (i + 1 == argc)
            throw std::runtime_error(word + " needs a value");
        const std::string value = argv[++i];
        if (word == "--seconds")
            options.seconds = std::stod(value);
        else if (word == "--runs")
            options.runs = std::stoull(value);
        else if (word == "--seed")
            options.seed = std::stoull(value);
        else if (word == "--most-bytes")
            options.mostBytes = std::stoull(value);
        else if (word == "--dictionary")
            options.dictionary = value;
        else if (word == "--findings")
            options.findings = value;
        else
            throw std::runtime_error("there is no option " + word);
    }
    if (const char* seconds = std::getenv("CLIPSCOPE_FUZZ_SECONDS"); seconds && options.seconds > 0)
        options.seconds = std::stod(seconds);
    if (options.inputs.empty())
        throw std::runtime_error("give a folder of inputs, or an input");
    return options;
}

double secondsSince(std::chrono::steady_clock::time_point start)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

int fuzzFor(const Options& options, const std::string& name)
{
    const std::string finding = (fs::absolute(options.findings) / ("finding-" + name)).string();
    if (finding.size() >= g_findingPath.size())
        throw std::runtime_error("the folder of findings has too long a path");
    std::copy(finding.begin(), finding.end(), g_findingPath.begin());
    clipscope::fuzz::Mutator mutator(options.seed,
        options.dictionary.empty() ? std::vector<std::string>()
                                   : clipscope::fuzz::readDictionary(readWhole(options.dictionary)),
        options.mostBytes);
    clipscope::fuzz::Coverage coverage;
    std::vector<std::string> corpus;
    for (const fs::path& file : filesOf(options.inputs))
        corpus.push_back(readWhole(file));
    if (corpus.empty())
        throw std::runtime_error("there are no inputs");
    const size_t given = corpus.size();

    // What the target prepares for all runs belongs to no input.
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(""), 0);
    const rlim_t peak = peakBytes();
    limitMemory();
    watch();
    double slowest = 0;
    const double cpuBefore = cpuSeconds();
    const auto start = std::chrono::steady_clock::now();
    const auto run = [&](const std::string& input) {
        const auto begin = std::chrono::steady_clock::now();
        coverage.start();
        runOne(input, peak);
        slowest = std::max(slowest, secondsSince(begin));
        return coverage.isNew();
    };
    for (const std::string& input : corpus)
        run(input);
    uint64_t made = 0;
    for (; made < options.runs && secondsSince(start) < options.seconds; ++made) {
        // Every other time one of the newest: what has just been found new is worth a closer look.
        const size_t recent = std::min<size_t>(corpus.size(), 64);
        const size_t chosen =
            mutator.below(2) ? mutator.below(corpus.size()) : corpus.size() - 1 - mutator.below(recent);
        std::string input = mutator.changed(corpus[chosen], corpus[mutator.below(corpus.size())]);
        if (run(input))
            corpus.push_back(std::move(input));
    }
    const double seconds = std::max(secondsSince(start), 1e-9);
    std::printf("%s: seed %llu, %llu runs in %.1f s, %.1f s of CPU (%.0f runs/s of CPU, the slowest %.0f ms), %zu "
                "edges, corpus %zu -> "
                "%zu, 0 findings\n",
        name.c_str(), static_cast<unsigned long long>(options.seed), static_cast<unsigned long long>(made + given),
        seconds, cpuSeconds() - cpuBefore, double(made + given) / std::max(cpuSeconds() - cpuBefore, 1e-9),
        slowest * 1000, coverage.edges(), given, corpus.size());
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        return fuzzFor(parseOptions(argc, argv), fs::path(argv[0]).filename().string());
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
        return 2;
    }
}
