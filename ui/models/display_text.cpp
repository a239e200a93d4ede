// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/display_text.h"

#include "base/text.h"

#include <QCoreApplication>
#include <QFile>
#include <QLocale>

#include <algorithm>
#include <cmath>

namespace clipscope {

QString displayPath(const std::filesystem::path& path)
{
    return QFile::decodeName(QByteArray::fromStdString(path.string()));
}

QString fileName(const std::filesystem::path& path)
{
    return displayPath(path.filename());
}

std::filesystem::path toPath(const QString& text)
{
    return QFile::encodeName(text).toStdString();
}

QString timeText(double seconds)
{
    return QString::fromStdString(formatTime(std::max(0.0, seconds)));
}

QString spanText(double startSec, double endSec)
{
    return timeText(startSec) + QStringLiteral(" \u2013 ") + timeText(endSec);
}

QString durationText(double seconds)
{
    const auto whole = qint64(std::llround(std::max(0.0, seconds)));
    const QString minutesAndSeconds = QStringLiteral("%1:%2")
                                          .arg((whole / 60) % 60, whole >= 3600 ? 2 : 1, 10, QLatin1Char('0'))
                                          .arg(whole % 60, 2, 10, QLatin1Char('0'));
    return whole >= 3600 ? QStringLiteral("%1:%2").arg(whole / 3600).arg(minutesAndSeconds) : minutesAndSeconds;
}

QString bytesText(qint64 bytes)
{
    return QString::fromStdString(formatBytes(double(bytes)));
}

QString percentText(double share)
{
    return QLocale().toString(100 * share, 'f', 1) + QStringLiteral(" %");
}

QString scoreText(double score)
{
    return QString::number(score, 'f', 2);
}

QString counted(qint64 count, const QString& one, const QString& many)
{
    return QLocale().toString(count) + QLatin1Char(' ') + (count == 1 ? one : many);
}

QString countedVideos(qint64 count)
{
    return counted(
        count, QCoreApplication::translate("Count", "video"), QCoreApplication::translate("Count", "videos"));
}

QString countedFiles(qint64 count)
{
    return counted(count, QCoreApplication::translate("Count", "file"), QCoreApplication::translate("Count", "files"));
}

} // namespace clipscope
