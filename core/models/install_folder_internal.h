// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace clipscope {

/// One installer of a model at a time, over all processes. Throws Error(Resource) when another one is at work.
class InstallLock {
public:
    InstallLock(const std::filesystem::path& home, const std::string& name);
    ~InstallLock();
    InstallLock(const InstallLock&) = delete;
    InstallLock& operator=(const InstallLock&) = delete;

private:
    int m_fd = -1;
};

/// home/NAME, made aside in home/.NAME.staging and shown as a whole. What is in the staging folder stays there for the
/// next run until appear(). To be used under the lock.
class InstallFolder {
public:
    /// Makes the staging folder. Throws std::filesystem::filesystem_error.
    InstallFolder(const std::filesystem::path& home, const std::string& name);
    const std::filesystem::path& staging() const { return m_staging; }
    const std::filesystem::path& target() const { return m_target; }
    /// Removes what an older catalogue has left in the staging folder.
    void keepOnly(const std::vector<std::string>& names) const;
    /// The staging folder becomes the target; a target that is there goes. Throws Error(Storage).
    void appear() const;
    /// Removes what a killed run has left beside a model that is installed.
    static void sweep(const std::filesystem::path& home, const std::string& name);

private:
    std::filesystem::path m_home;
    std::filesystem::path m_staging;
    std::filesystem::path m_target;
};

/// Copies a regular file, in pieces. `onBytes`(held, total). Throws Error(Storage); Cancelled.
void copyStoppable(const std::filesystem::path& from, const std::filesystem::path& to, const JobContext& context,
    const std::function<void(int64_t, int64_t)>& onBytes);

} // namespace clipscope
