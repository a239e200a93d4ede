// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <filesystem>
#include <vector>

class QGridLayout;
class QLabel;
class QVBoxLayout;

namespace clipscope {

/// What stands there before a library is open: the sample library, recent ones, open, new, where to drop a folder, and
/// the lessons.
class WelcomePage : public QWidget {
    Q_OBJECT
public:
    struct LessonEntry {
        QString id, title, summary;
        bool finished = false;
    };

    explicit WelcomePage(QWidget* parent = nullptr);
    void setRecent(const std::vector<std::filesystem::path>& libraries);
    void setLessons(const std::vector<LessonEntry>& lessons);
    void setBusy(const QString& text); ///< what is being opened; empty: nothing

Q_SIGNALS:
    void sampleAsked();
    void openAsked();
    void newAsked();
    void lessonChosen(const QString& id);
    void libraryChosen(const std::filesystem::path& library);

private:
    QGridLayout* m_lessons = nullptr;
    QVBoxLayout* m_recent = nullptr;
    QLabel* m_busy = nullptr;
};

} // namespace clipscope
