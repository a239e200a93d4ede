// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/video_mark.h"

#include <QByteArray>
#include <QStackedWidget>
#include <QString>

#include <map>
#include <vector>

namespace clipscope {

class ActionRegistry;
class Page;
struct LibraryInView;
struct PageEntry;
struct PageServices;
class Rail;
struct UndoableAct;

/// The pages of the window, in the order they were added; the rail, Ctrl+1 to Ctrl+9 and the menu choose among them.
/// What pages of experiments ask for is passed on, so that the window is wired once for all of them.
class PageStack : public QStackedWidget {
    Q_OBJECT
public:
    PageStack(Rail& rail, ActionRegistry& actions, QWidget* parent = nullptr);

    /// Adds the action "view.ID" as well.
    void add(const QString& id, QWidget* page, const QString& icon, const QString& word, const QString& toolTip);
    void addExperiments(const std::vector<PageEntry>& entries, const PageServices& services);
    /// A page that opens from another one: it has no place on the rail, which goes on to show the page it came from.
    void addInner(const QString& id, Page* page);
    void showPage(QWidget* page);
    /// Nothing happens for an id that is not there.
    void showId(const QString& id);
    void back(); ///< to the page before this one
    QString currentId() const; ///< of an inner page, the one it was opened from
    QStringList actionIds() const; ///< "view.library", ...
    Page* page(const QString& id) const; ///< null where there is no such page of experiments
    Page* experiment() const; ///< the current page, where it is one of experiments; else null
    void tellLibrary(const LibraryInView& view); ///< to all pages of experiments
    /// How the parts of each page share the room, by the page's id.
    std::map<QString, QByteArray> layouts() const;
    void restoreLayouts(const std::map<QString, QByteArray>& layouts);
    /// Of the page that is shown: the widest one is no reason for a window that does not fit the screen.
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void chosen(QWidget* page); ///< by the rail or a key: the window decides whether it can be shown
    // As Page has them.
    void videoAsked(clipscope::VideoId video);
    void copyAsked(const QString& command);
    void said(const QString& text);
    void failed(const QString& text);
    void acted(const clipscope::UndoableAct& act);
    void marksAsked(const clipscope::VideoMarks& marks, const QString& what);

private:
    void connectExperiment(Page* page);
    std::vector<std::pair<QString, Page*>> experiments() const;

    Rail& m_rail;
    ActionRegistry& m_actions;
    QStringList m_ids;
    QStringList m_inner; ///< those of m_ids that are inner pages
    QWidget* m_before = nullptr;
};

} // namespace clipscope
