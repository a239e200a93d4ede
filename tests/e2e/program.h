// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/json.h"
#include "support/test_data.h"

#include <QProcess>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace clipscope::test {

/// What a program left behind.
struct Ended {
    int status = -1; ///< exit status; 128 + signal when a signal ended it, -1: not started or not ended in time
    std::string out;
    std::string err;

    /// stdout as one JSON object; a null value with a warning in the log where it is none.
    Json json() const;
};

/// Runs the real binaries of this build in a sandbox: settings, data and caches of their own, no display, no terminal.
class Sandbox {
public:
    Sandbox();
    std::filesystem::path operator/(const std::string& name) const { return m_folder / name; }
    const std::filesystem::path& path() const { return m_folder.path(); }

    /// A variable of the environment of all programs started from now on.
    void set(const std::string& variable, const std::string& value) { m_variables[variable] = value; }

    /// clipscope-cli ARGUMENTS..., to its end.
    Ended cli(const std::vector<std::string>& arguments) const;
    /// The same, started only. Arguments are bytes: any file name passes.
    std::unique_ptr<QProcess> startCli(const std::vector<std::string>& arguments) const;
    std::unique_ptr<QProcess> startWindow(const std::vector<std::string>& arguments) const;
    static Ended waitFor(QProcess& process, int msecs = 300000);

    /// A world of so many videos in NAME, a library of it in NAME.clipscope with captions and labels.
    void makeLibrary(const std::string& name, int videos, int seed) const;

    /// Another program, or a copy of ours.
    std::unique_ptr<QProcess> start(const std::string& program, const std::vector<std::string>& arguments) const;

private:
    TempDir m_folder;
    std::map<std::string, std::string> m_variables;
};

/// The keys of an object in their order, separated by blanks.
std::string keysOf(const Json& object);
/// Files below `folder` whose names end so.
size_t countFiles(const std::filesystem::path& folder, const std::string& ending);

} // namespace clipscope::test
