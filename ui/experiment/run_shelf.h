// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/runs_model.h"
#include "shell/page.h"

#include <QObject>

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace clipscope {

class JobManager;

/// The runs of some kinds in the open library, and what is done to them; all of it in jobs. The page passes on what
/// went wrong and what can be undone.
class RunShelf : public QObject {
    Q_OBJECT
public:
    RunShelf(std::vector<std::string> kinds, RunsModel& model, JobManager& jobs, Page& page);

    void setLibrary(const std::shared_ptr<VideoLibrary>& library);
    /// Lists them anew: something else may have stored one.
    void refresh();
    /// The list leaves out what is long. This brings it; loaded() follows, at once where it is there already.
    void load(int64_t id);
    void remove(const std::vector<int64_t>& ids) { remove(ids, false); }

Q_SIGNALS:
    void loaded(qint64 id);

private:
    void remove(const std::vector<int64_t>& ids, bool again);
    void rename(int64_t id, const std::string& name);
    void restore(const std::vector<StoredRun>& runs);

    const std::vector<std::string> m_kinds;
    RunsModel& m_model;
    JobManager& m_jobs;
    Page& m_page;
    std::shared_ptr<VideoLibrary> m_library;
    std::set<int64_t> m_whole; ///< with their arrays in the model, or asked for
};

} // namespace clipscope
