// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

#include <filesystem>

class QLabel;
class QListWidget;
class QPushButton;

namespace clipscope {

class LibrarySession;

/// The folders whose new videos join the open library by themselves: add, remove, look now.
class WatchedFoldersDialog : public QDialog {
    Q_OBJECT
public:
    explicit WatchedFoldersDialog(LibrarySession& session, QWidget* parent = nullptr);

Q_SIGNALS:
    void addAsked(); ///< a folder is to be chosen

private:
    void refresh();

    LibrarySession& m_session;
    QListWidget* m_list;
    QLabel* m_state;
    QPushButton* m_remove;
};

} // namespace clipscope
