// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "shell/page.h"

#include <QObject>
#include <QString>

#include <vector>

namespace clipscope {

/// What the user did to the open library, the newest last. An act is done already when it is pushed; taking it back and
/// doing it again are jobs that the act starts.
class UndoHistory : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;

    /// Acts that were taken back before can no longer be done again.
    void push(UndoableAct act);
    void undo();
    void redo();
    void clear(); ///< another library
    QString undoText() const; ///< of what undo() takes back; empty: nothing
    QString redoText() const;

Q_SIGNALS:
    void changed();

private:
    std::vector<UndoableAct> m_acts;
    size_t m_done = 0; ///< acts before this place are done, the others taken back
};

} // namespace clipscope
