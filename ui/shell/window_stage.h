// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lessons/lesson.h"
#include "library/library_session.h"
#include "retrieval/search_engine.h"

namespace clipscope {

class InsidePage;
class JobManager;
class LibraryModel;
class MainWindow;
class PageStack;
class QueryBar;
class SearchPage;

/// The parts of the window that lessons drive.
struct StageParts {
    MainWindow& window;
    LibrarySession& session;
    JobManager& jobs;
    LibraryModel& videos;
    PageStack& pages;
    QueryBar& query;
    SearchPage& search;
    InsidePage& inside;
    QWidget& moment;
    QWidget& jobBar;
};

/// The window as lessons see it.
class WindowStage : public LessonStage {
    Q_OBJECT
public:
    explicit WindowStage(const StageParts& parts, QObject* parent = nullptr);

    void openLibrary(Library library) override;
    void showPage(const QString& id) override;
    void search(const QString& words) override;
    void lookInside(const QString& words) override;
    void setAggregation(const QString& spelling) override;
    void setPatchDraw(double dropped, quint64 seed) override;
    void fillIn(const QString& page, const RunRecord& settings) override;
    void run(const QString& page) override;

    bool isOpen(Library library) const override;
    bool isAtWork() const override;
    bool isAnswered() const override;
    bool isInside() const override;
    bool isRunning(const QString& page) const override;
    QString newestRun(const QString& page) const override;
    LessonFacts facts() const override;
    QWidget* part(const QString& name) const override;

private:
    void trigger(const QString& action);
    void take(const SearchResult& result);
    void look();
    void addSearchFacts(LessonFacts& facts) const;

    StageParts m_parts;
    SearchResult m_answer;
    QString m_asked; ///< words that are on their way; empty: none
    bool m_lookWhenAnswered = false;
};

} // namespace clipscope
