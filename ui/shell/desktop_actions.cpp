// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/desktop_actions.h"

#include "models/display_text.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDesktopServices>
#include <QUrl>

namespace clipscope {

void showInFolder(const std::filesystem::path& file)
{
    const QUrl folder = QUrl::fromLocalFile(displayPath(file.parent_path()));
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected()) {
        QDesktopServices::openUrl(folder);
        return;
    }
    QDBusMessage message = QDBusMessage::createMethodCall(QStringLiteral("org.freedesktop.FileManager1"),
        QStringLiteral("/org/freedesktop/FileManager1"), QStringLiteral("org.freedesktop.FileManager1"),
        QStringLiteral("ShowItems"));
    message << QStringList{QUrl::fromLocalFile(displayPath(file)).toString(QUrl::FullyEncoded)} << QString();
    auto* answer = new QDBusPendingCallWatcher(bus.asyncCall(message));
    QObject::connect(answer, &QDBusPendingCallWatcher::finished, [answer, folder] {
        if (answer->isError())
            QDesktopServices::openUrl(folder);
        answer->deleteLater();
    });
}

void openElsewhere(const std::filesystem::path& file)
{
    QDesktopServices::openUrl(QUrl::fromLocalFile(displayPath(file)));
}

} // namespace clipscope
