// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/watched_folders_dialog.h"

#include "library/library_session.h"
#include "models/display_text.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

namespace fs = std::filesystem;

namespace clipscope {

WatchedFoldersDialog::WatchedFoldersDialog(LibrarySession& session, QWidget* parent)
    : QDialog(parent)
    , m_session(session)
    , m_list(new QListWidget)
    , m_state(new QLabel)
    , m_remove(new QPushButton(tr("Stop watching")))
{
    setWindowTitle(tr("Watched folders"));
    auto* what =
        new QLabel(tr("New videos in these folders are imported and embedded by themselves, once they have stopped "
                      "growing. Videos that disappear are marked as missing and stay in the library."));
    what->setObjectName(QStringLiteral("muted"));
    what->setWordWrap(true);
    m_list->setObjectName(QStringLiteral("plainList"));
    m_list->setAccessibleName(tr("Watched folders"));
    m_list->setTextElideMode(Qt::ElideMiddle);
    m_state->setObjectName(QStringLiteral("muted"));
    m_state->setWordWrap(true);
    auto* add = new QPushButton(tr("Add a folder"));
    auto* look = new QPushButton(tr("Look now"));
    auto* close = new QPushButton(tr("Close"));
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(add);
    buttons->addWidget(m_remove);
    buttons->addWidget(look);
    buttons->addStretch();
    buttons->addWidget(close);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 16, 16, 16);
    layout->setSpacing(12);
    layout->addWidget(what);
    layout->addWidget(m_list, 1);
    layout->addWidget(m_state);
    layout->addLayout(buttons);
    resize(600, 360);

    connect(add, &QPushButton::clicked, this, &WatchedFoldersDialog::addAsked);
    connect(look, &QPushButton::clicked, &session, &LibrarySession::lookAtWatchedFolders);
    connect(m_remove, &QPushButton::clicked, this, [this] {
        if (const int row = m_list->currentRow(); row >= 0 && row < int(m_session.watched().size()))
            m_session.unwatch(m_session.watched()[size_t(row)].path);
    });
    connect(close, &QPushButton::clicked, this, &QDialog::reject);
    connect(&session, &LibrarySession::watchedChanged, this, &WatchedFoldersDialog::refresh);
    connect(&session, &LibrarySession::opened, this, &WatchedFoldersDialog::refresh);
    refresh();
}

void WatchedFoldersDialog::refresh()
{
    const int row = m_list->currentRow();
    const WatchScan& last = m_session.lastLook();
    m_list->clear();
    for (const WatchedFolder& folder : m_session.watched()) {
        QString text = displayPath(folder.path);
        const bool gone =
            std::find(last.unreachable.begin(), last.unreachable.end(), folder.path) != last.unreachable.end();
        if (gone)
            text += QStringLiteral("  \u26a0 ") + tr("not there now");
        auto* item = new QListWidgetItem(text, m_list);
        item->setToolTip(
            gone ? tr("Is its drive connected? It is looked for every few minutes.") : displayPath(folder.path));
    }
    m_list->setCurrentRow(std::clamp(row, 0, std::max(0, m_list->count() - 1)));
    m_remove->setEnabled(m_list->count() > 0);
    QStringList state;
    if (m_list->count() == 0)
        state << tr("No folder is watched yet.");
    if (last.waiting > 0)
        state << tr("%1 still growing.").arg(countedFiles(last.waiting));
    if (!last.missing.empty())
        state << tr("%1 missing.").arg(countedVideos(qint64(last.missing.size())));
    if (m_list->count() > 0 && m_session.watchesByLookingOnly())
        state << tr(
            "Some folders tell of no changes (network drives, or very many of them): they are looked at every three "
            "minutes.");
    m_state->setText(state.join(QLatin1Char(' ')));
    m_state->setVisible(!state.isEmpty());
}

} // namespace clipscope
