// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jobs/job.h"
#include "retrieval/query.h"
#include "retrieval/search_engine.h"

#include <QWidget>

#include <functional>
#include <optional>

class QButtonGroup;
class QLabel;
class QPushButton;
class QStackedWidget;

namespace clipscope {

class CutOffSlider;
class JobManager;
class ResultGrid;
class SearchResultsModel;
class ThumbnailCache;

/// The ranked moments of the query. The newest query wins; old results stay until its answer comes.
class SearchPage : public QWidget {
    Q_OBJECT
public:
    using SearchFunction = std::function<SearchResult(const Query&, const JobContext&)>;

    SearchPage(JobManager& jobs, ThumbnailCache& thumbnails, QWidget* parent = nullptr);

    /// Null: nothing can be searched. `repeat`: the same library knows more now, ask again.
    void setSearchFunction(SearchFunction search, bool repeat);
    /// What the page says while there is no query.
    void setIdleText(const QString& text, bool withExamples);
    void search(Query query);
    void stop(); ///< the newest query
    bool isSearching() const { return m_job != 0; }
    const Query& query() const { return m_query; } ///< the last one asked
    SearchResultsModel& model() { return *m_model; }
    ResultGrid& grid() { return *m_grid; }
    MatchBy matchBy() const;
    void setMatchBy(MatchBy by);
    const Hit* currentHit() const;
    /// To the results; while a search runs, as soon as its answer is there.
    void focusGrid();

Q_SIGNALS:
    void answered(const clipscope::SearchResult& result);
    void hitChosen(const clipscope::Hit& hit, bool playing);
    void noteChanged(const QString& note); ///< language note and the like, empty: none
    void matchByChanged();
    void exampleChosen(const QString& words);
    void menuAsked(const QPoint& globalPosition);
    void leaveAsked();
    void failed(const QString& text);

private:
    void start(bool repeated);
    void take(const SearchResult& result);
    void choose(const std::optional<Hit>& before);
    void cutOff(double score);
    void summarise();
    void showEmpty();

    JobManager& m_jobs;
    SearchFunction m_search;
    Query m_query;
    JobId m_job = 0;
    SearchResult m_answer; ///< with the hits that the cut-off leaves out
    bool m_hasAnswer = false;
    bool m_repeated = false; ///< the search at work asks the last query again
    bool m_focusWhenAnswered = false;
    bool m_restoring = false;
    QString m_idleText;
    bool m_withExamples = false;

    SearchResultsModel* m_model = nullptr;
    ResultGrid* m_grid = nullptr;
    QLabel* m_summary = nullptr;
    CutOffSlider* m_cutOff = nullptr;
    QWidget* m_cutOffPart = nullptr;
    QButtonGroup* m_by = nullptr;
    QStackedWidget* m_stack = nullptr;
    QLabel* m_empty = nullptr;
    QWidget* m_examples = nullptr;
};

} // namespace clipscope
