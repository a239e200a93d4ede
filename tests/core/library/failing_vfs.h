// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sqlite3.h>

namespace clipscope::test {

/// While it lives, SQLite's files of this process go through FailingDisk: what SQLite makes, writes, syncs, cuts and
/// deletes are steps like core's own. To be made before the first database is opened and to outlive the last.
class FailingVfs {
public:
    FailingVfs();
    ~FailingVfs();
    FailingVfs(const FailingVfs&) = delete;
    FailingVfs& operator=(const FailingVfs&) = delete;

private:
    sqlite3_vfs m_vfs;
};

} // namespace clipscope::test
