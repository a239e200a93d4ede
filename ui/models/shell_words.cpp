// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/shell_words.h"

#include <QRegularExpression>

namespace clipscope {

QString shellQuoted(const QString& text)
{
    static const QRegularExpression plain(QStringLiteral("^[A-Za-z0-9_./:=+,-]+$"));
    if (plain.match(text).hasMatch() && !text.startsWith(QLatin1Char('-')))
        return text;
    QString inner = text;
    inner.replace(QLatin1Char('\''), QLatin1String("'\\''"));
    return QLatin1Char('\'') + inner + QLatin1Char('\'');
}

} // namespace clipscope
