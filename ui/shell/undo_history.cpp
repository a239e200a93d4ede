// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/undo_history.h"

#include <utility>

namespace clipscope {

namespace {
constexpr size_t kKept = 100;
}

void UndoHistory::push(UndoableAct act)
{
    m_acts.resize(m_done);
    m_acts.push_back(std::move(act));
    if (m_acts.size() > kKept)
        m_acts.erase(m_acts.begin());
    m_done = m_acts.size();
    Q_EMIT changed();
}

void UndoHistory::undo()
{
    if (m_done == 0)
        return;
    const auto take = m_acts[--m_done].undo;
    Q_EMIT changed();
    take();
}

void UndoHistory::redo()
{
    if (m_done == m_acts.size())
        return;
    const auto again = m_acts[m_done++].redo;
    Q_EMIT changed();
    again();
}

void UndoHistory::clear()
{
    m_acts.clear();
    m_done = 0;
    Q_EMIT changed();
}

QString UndoHistory::undoText() const
{
    return m_done == 0 ? QString() : m_acts[m_done - 1].text;
}

QString UndoHistory::redoText() const
{
    return m_done == m_acts.size() ? QString() : m_acts[m_done].text;
}

} // namespace clipscope
