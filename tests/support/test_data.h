// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTest>

#include <filesystem>
#include <string>
#include <vector>

namespace clipscope::test {

/// The folder of shared real data beside the project ($CLIPSCOPE_SHARED, else ../shared), empty when it is absent.
std::filesystem::path sharedDir();
/// The project's own source folder (goldens stand in tests/reference).
std::filesystem::path sourceDir();

/// A folder of its own, removed at the end of its life.
class TempDir {
public:
    TempDir();
    ~TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    const std::filesystem::path& path() const { return m_path; }
    std::filesystem::path operator/(const std::string& name) const { return m_path / name; }

private:
    std::filesystem::path m_path;
};

/// What `fn` throws as clipscope::Error, as text; empty when it throws nothing.
template <class Error, class Function> std::string errorOf(Function&& fn)
{
    try {
        fn();
    } catch (const Error& e) {
        return e.what();
    }
    return {};
}

/// Exit status of a program started without a shell; output (stdout + stderr) to `output` when given. -1: not started.
int runProgram(const std::vector<std::string>& arguments, std::string* output = nullptr);

} // namespace clipscope::test

/// Leaves the test with a plain line when the shared data are not there.
#define NEED_SHARED(relative)                                                                                          \
    do {                                                                                                               \
        if (clipscope::test::sharedDir().empty()                                                                       \
            || !std::filesystem::exists(clipscope::test::sharedDir() / (relative)))                                    \
            QSKIP("shared data absent: " relative);                                                                    \
    } while (false)
