// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/test_data.h"

#include <QProcess>

#include <cstdlib>
#include <stdexcept>

namespace fs = std::filesystem;

namespace clipscope::test {

fs::path sourceDir()
{
    return CLIPSCOPE_SOURCE_DIR;
}

fs::path sharedDir()
{
    const char* named = std::getenv("CLIPSCOPE_SHARED");
    const fs::path folder = named && *named ? fs::path(named) : sourceDir().parent_path() / "shared";
    return fs::exists(folder / "data") ? folder : fs::path();
}

TempDir::TempDir()
{
    std::string pattern = (fs::temp_directory_path() / "clipscope-test-XXXXXX").string();
    if (!::mkdtemp(pattern.data()))
        throw std::runtime_error("no temporary folder");
    m_path = pattern;
}

TempDir::~TempDir()
{
    std::error_code ignored;
    fs::remove_all(m_path, ignored);
}

int runProgram(const std::vector<std::string>& arguments, std::string* output)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    QStringList rest;
    for (size_t i = 1; i < arguments.size(); ++i)
        rest << QString::fromStdString(arguments[i]);
    process.start(QString::fromStdString(arguments.at(0)), rest);
    if (!process.waitForStarted() || !process.waitForFinished(600000))
        return -1;
    if (output)
        *output = process.readAll().toStdString();
    return process.exitStatus() == QProcess::NormalExit ? process.exitCode() : 128;
}

} // namespace clipscope::test
