// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jobs/job_manager.h"
#include "library/library_session.h"
#include "patience.h"
#include "shell/action_registry.h"
#include "shell/main_window.h"
#include "shell/notice_bar.h"
#include "shell/page.h"
#include "shell/settings.h"
#include "support/test_data.h"

#include <QAction>
#include <QTest>
#include <QToolButton>

#include <filesystem>
#include <memory>

namespace clipscope::test {

/// A window over settings and data folders of its own.
struct Desk {
    TempDir box;
    Settings settings;
    JobManager jobs;
    std::unique_ptr<MainWindow> window;

    explicit Desk(const std::vector<PageEntry>& experiments = {})
    {
        qputenv("XDG_DATA_HOME", QByteArray::fromStdString((box / "data").string()));
        qputenv("XDG_CACHE_HOME", QByteArray::fromStdString((box / "cache").string()));
        qputenv("XDG_CONFIG_HOME", QByteArray::fromStdString((box / "config").string()));
        settings = Settings::load(box / "config" / "window.json");
        window = std::make_unique<MainWindow>(jobs, settings, experiments);
        window->resize(1100, 700);
        window->show();
    }
    template <class Part> Part& part() { return *window->findChild<Part*>(); }
    LibrarySession& session() { return window->session(); }
    void open(const std::filesystem::path& library)
    {
        window->openLibrary(library);
        QTRY_VERIFY_WITH_TIMEOUT(session().library(), kPatience);
    }
    QString badge()
    {
        const auto* badge = window->findChild<QToolButton*>("badge");
        return badge->isVisible() ? badge->text() : QString();
    }
    QString notice() { return part<NoticeBar>().text(); }
    QWidget* focus() { return window->focusWidget(); }
    QAction* action(const char* id) { return window->actions().action(QString::fromLatin1(id)); }
};

} // namespace clipscope::test
