// SPDX-License-Identifier: GPL-3.0-or-later
#include "program.h"

#include "base/error.h"

#include <QProcessEnvironment>

#include <stdexcept>

namespace fs = std::filesystem;

namespace clipscope::test {

Json Ended::json() const
{
    try {
        return parseJson(out, "stdout");
    } catch (const Error& e) {
        qWarning("%s\n%s\n%s", e.what(), out.c_str(), err.c_str());
        return {};
    }
}

Sandbox::Sandbox()
{
    for (const char* name : {"home", "data", "cache", "config"})
        fs::create_directory(m_folder / name);
}

std::unique_ptr<QProcess> Sandbox::start(const std::string& program, const std::vector<std::string>& arguments) const
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    const auto set = [&](const char* variable, const std::string& value) {
        environment.insert(QString::fromLatin1(variable), QString::fromStdString(value));
    };
    set("HOME", (m_folder / "home").string());
    set("XDG_DATA_HOME", (m_folder / "data").string());
    set("XDG_CACHE_HOME", (m_folder / "cache").string());
    set("XDG_CONFIG_HOME", (m_folder / "config").string());
    set("QT_QPA_PLATFORM", "offscreen");
    set("LC_ALL", "C.UTF-8");
    for (const auto& [variable, value] : m_variables)
        set(variable.c_str(), value);
    auto process = std::make_unique<QProcess>();
    process->setProcessEnvironment(environment);
    process->setWorkingDirectory(QString::fromStdString(m_folder.path().string()));
    // QProcess takes UTF-16; a shell passes the bytes on as they are.
    std::string script = "exec \"$0\"";
    for (const std::string& argument : arguments) {
        script += " $'";
        for (const unsigned char byte : argument) {
            char octal[8];
            std::snprintf(octal, sizeof octal, "\\%03o", byte);
            script += octal;
        }
        script += "'";
    }
    process->start(QStringLiteral("/bin/bash"),
        {QStringLiteral("-c"), QString::fromStdString(script), QString::fromStdString(program)});
    if (!process->waitForStarted())
        throw std::runtime_error("cannot start " + program);
    return process;
}

std::unique_ptr<QProcess> Sandbox::startCli(const std::vector<std::string>& arguments) const
{
    return start(CLIPSCOPE_CLI, arguments);
}

std::unique_ptr<QProcess> Sandbox::startWindow(const std::vector<std::string>& arguments) const
{
    return start(CLIPSCOPE_WINDOW, arguments);
}

Ended Sandbox::waitFor(QProcess& process, int msecs)
{
    Ended ended;
    const bool finished = process.state() == QProcess::NotRunning || process.waitForFinished(msecs);
    ended.out = process.readAllStandardOutput().toStdString();
    ended.err = process.readAllStandardError().toStdString();
    if (finished)
        ended.status = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : 128 + process.exitCode();
    else
        process.kill();
    return ended;
}

Ended Sandbox::cli(const std::vector<std::string>& arguments) const
{
    const auto process = startCli(arguments);
    return waitFor(*process);
}

void Sandbox::makeLibrary(const std::string& name, int videos, int seed) const
{
    const std::string world = (*this / name).string();
    for (const Ended& step :
        {cli({"sample-world", "create", world, "--videos", std::to_string(videos), "--seed", std::to_string(seed)}),
            cli({"import", "--library", world + ".clipscope", world, "--captions", world + "/captions.json", "--labels",
                world + "/labels.csv"})})
        if (step.status != 0)
            throw std::runtime_error("no library: " + step.err);
}

std::string keysOf(const Json& object)
{
    std::string keys;
    for (const auto& [key, value] : object.items())
        keys += (keys.empty() ? "" : " ") + key;
    return keys;
}

size_t countFiles(const fs::path& folder, const std::string& ending)
{
    size_t count = 0;
    std::error_code error; // the program under test may be making and renaming files at this moment
    for (auto entry = fs::recursive_directory_iterator(folder, error); !error && entry != fs::end(entry);
         entry.increment(error))
        count += entry->path().string().ends_with(ending);
    return count;
}

} // namespace clipscope::test
