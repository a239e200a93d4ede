// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <filesystem>

namespace clipscope {

/// How paths, times and amounts are written everywhere in the window.
QString displayPath(const std::filesystem::path& path);
QString fileName(const std::filesystem::path& path);
std::filesystem::path toPath(const QString& text);
/// "0:07.4": minutes, seconds, tenths.
QString timeText(double seconds);
/// "0:05.9 - 0:08.9" with an en dash.
QString spanText(double startSec, double endSec);
/// "0:01", "12:30": whole seconds, for time left and durations.
QString durationText(double seconds);
QString bytesText(qint64 bytes);
QString scoreText(double score); ///< "0.71"
QString percentText(double share); ///< "57.1 %", as the user's language writes it
/// "1 video", "1,056 videos".
QString counted(qint64 count, const QString& one, const QString& many);
QString countedVideos(qint64 count);
QString countedFiles(qint64 count);

} // namespace clipscope
