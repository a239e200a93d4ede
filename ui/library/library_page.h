// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/failure_report.h"
#include "jobs/job.h"
#include "library/video_record.h"
#include "models/video_mark.h"

#include <QListView>
#include <QWidget>

#include <vector>

class QLabel;
class QPushButton;
class QStackedWidget;
class QVBoxLayout;

namespace clipscope {

class ActionRegistry;
class FailedItemsModel;
class LabelKeys;
class LibraryModel;

/// The library's videos as cards.
class VideoGrid : public QListView {
    Q_OBJECT
public:
    explicit VideoGrid(QWidget* parent = nullptr);

Q_SIGNALS:
    void playAsked(const QModelIndex& index);
    void leaveAsked();

protected:
    void resizeEvent(QResizeEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
};

/// The grid, what is known about the library in one line, and the files that could not be imported with their reasons.
class LibraryPage : public QWidget {
    Q_OBJECT
public:
    explicit LibraryPage(LibraryModel& model, QWidget* parent = nullptr);

    /// Lets the keys 1 to 9 label the chosen videos. Once.
    void addLabelKeys(LabelKeys& keys, ActionRegistry& actions);
    void setSummary(const QString& text);
    void setFailed(const std::vector<FailedItem>& items);
    void showFailed(bool shown);
    VideoGrid& grid() { return *m_grid; }
    std::vector<VideoId> selectedVideos() const;
    const VideoRecord* currentVideo() const;
    void choose(VideoId id); ///< makes it the current card, in sight

Q_SIGNALS:
    void videoChosen(const clipscope::VideoRecord& video, bool playing);
    void addFilesAsked();
    void addFolderAsked();
    void retryAsked();
    void watchedAsked(); ///< the list of watched folders is wanted
    void reportAsked(const clipscope::FailureReport& report);
    void marksAsked(const clipscope::VideoMarks& marks, const QString& what);
    void menuAsked(const QPoint& globalPosition);
    void leaveAsked();

private:
    void showEmpty();

    LibraryModel& m_model;
    VideoGrid* m_grid = nullptr;
    FailedItemsModel* m_failed = nullptr;
    QLabel* m_summary = nullptr;
    QPushButton* m_failedButton = nullptr;
    QWidget* m_failedPart = nullptr;
    QStackedWidget* m_stack = nullptr;
    QVBoxLayout* m_layout = nullptr;
};

} // namespace clipscope
