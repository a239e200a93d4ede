// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <filesystem>
#include <vector>

class QLabel;
class QVBoxLayout;

namespace clipscope {

/// What stands there before a library is open: the sample library, recent ones, open, new, and where to drop a folder.
class WelcomePage : public QWidget {
    Q_OBJECT
public:
    explicit WelcomePage(QWidget* parent = nullptr);
    void setRecent(const std::vector<std::filesystem::path>& libraries);
    void setBusy(const QString& text); ///< what is being opened; empty: nothing

Q_SIGNALS:
    void sampleAsked();
    void openAsked();
    void newAsked();
    void libraryChosen(const std::filesystem::path& library);

private:
    QVBoxLayout* m_recent = nullptr;
    QLabel* m_busy = nullptr;
};

} // namespace clipscope
