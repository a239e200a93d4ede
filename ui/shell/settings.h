// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "shell/theme.h"

#include <QByteArray>

#include <QStringList>

#include <filesystem>
#include <map>
#include <vector>

namespace clipscope {

/// What the window remembers between two starts: configHome()/window.json. A file that does not parse counts as absent.
struct Settings {
    std::filesystem::path file; ///< empty: nothing is saved (tests)
    ThemeChoice theme = ThemeChoice::System;
    std::vector<std::filesystem::path> recentLibraries; ///< newest first
    QByteArray geometry;
    QByteArray splitter;
    QString page; ///< id of the page that was shown last
    std::map<QString, QByteArray> pageLayouts; ///< by the page's id
    /// Keys that the user has changed, by the action's id; an empty list: no key.
    std::map<QString, QStringList> shortcuts;
    std::map<QString, int> lessons; ///< by the lesson's id, the step to go on with
    QString matchBy = QStringLiteral("both");
    int workThreads = 0; ///< of importing and embedding; 0: no limit
    bool lowPriority = true; ///< of background work
    bool pauseOnBattery = true;

    static Settings load(const std::filesystem::path& file);
    static std::filesystem::path defaultFile();
    /// The file's content; written by save(). Throws Error(Storage).
    std::string toText() const;
    void save() const;
    void addRecent(const std::filesystem::path& library);
};

} // namespace clipscope
