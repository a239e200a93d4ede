// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "embedding/encoder.h"
#include "library/video_library.h"
#include "models/video_mark.h"

#include <QByteArray>
#include <QString>
#include <QWidget>

#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace clipscope {

class ActionRegistry;
class JobManager;
class LibraryModel;
struct RunRecord;
class ThumbnailCache;

/// What a page is told of the open library.
struct LibraryInView {
    std::shared_ptr<VideoLibrary> library; ///< null: none
    std::shared_ptr<Encoder> encoder; ///< made the embeddings of `key`; null: none, or none that works
    EmbeddingKey key;
    qint64 embedded = 0; ///< videos with such embeddings
    bool loading = false; ///< the encoder is on its way
};

/// Something that was done and can be taken back, and done again; both are jobs that it starts.
struct UndoableAct {
    QString text; ///< "remove 3 videos"
    std::function<void()> undo;
    std::function<void()> redo;
};

/// A page of experiments: it gets what it needs by its constructor and knows nothing of the window and of other pages;
/// its signals are what it asks of them. All of it in the GUI thread.
class Page : public QWidget {
    Q_OBJECT
public:
    using QWidget::QWidget;

    /// Whenever another library is opened, or its encoder, embeddings, videos or labels have changed.
    virtual void setLibrary(const LibraryInView& view) = 0;
    /// Commands of its own; their ids begin with the page's.
    virtual void addActions(ActionRegistry&) { }
    /// Starts its experiment with the settings shown; nothing where it cannot.
    virtual void run() { }
    virtual QString runWord() const { return {}; } ///< what the menu calls it; empty: it runs the experiment
    /// Writes what has the focus, or the page's figure, to a file the user chooses.
    virtual void exportFigure() { }
    /// The exact line that does the same at a command line; empty: there is nothing to repeat.
    virtual QString command() const { return {}; }
    /// How its parts share the room, for the next start.
    virtual QByteArray layoutState() const { return {}; }
    virtual void restoreLayout(const QByteArray&) { }

    // For lessons, which drive pages, point at their parts and tell what they show.
    /// The settings of the next run, as a run record has them; what it does not name is as it is in the beginning.
    virtual void fillIn(const RunRecord&) { }
    virtual bool isAtWork() const { return false; } ///< what it shows is not final
    virtual QString shownRun() const { return {}; } ///< names the run that is shown; empty: none
    /// Figures that it shows, by name and as the user reads them: "probe.zeroShot" -> "24.0 %".
    virtual std::map<QString, QString> facts() const { return {}; }
    virtual QWidget* part(const QString&) const { return nullptr; } ///< "form", "figure", ...; null: there is none

Q_SIGNALS:
    void factsChanged(); ///< isAtWork(), shownRun() or facts()
    void videoAsked(clipscope::VideoId video); ///< it is to be played
    void actionAsked(const QString& id); ///< one of the action registry
    void commandAsked(); ///< command() is wanted on the clipboard
    void said(const QString& text); ///< briefly
    void failed(const QString& text);
    void acted(const clipscope::UndoableAct& act);
    /// Labels and splits to be given, as one act that can be undone; `what`: "split 24 videos".
    void marksAsked(const clipscope::VideoMarks& marks, const QString& what);
};

/// What the window hands to a page when it is made.
struct PageServices {
    JobManager& jobs;
    LibraryModel& videos;
    ThumbnailCache& thumbnails;
};

/// A page as the window lists it: a file that returns one of these, and one line where they are listed.
struct PageEntry {
    QString id; ///< "probe"
    QString icon; ///< name in resources/icons
    QString word; ///< on the rail
    QString toolTip;
    std::function<Page*(const PageServices&)> make;
};

} // namespace clipscope
