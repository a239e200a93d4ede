// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/query_words.h"

#include <QRegularExpression>

namespace clipscope {

QueryWords parseQueryWords(const QString& text)
{
    static const QRegularExpression unwanted(
        QStringLiteral(R"re((?:^|(?<=\s))-(?:"([^"]+)"|([^\s"-][^\s"]*))(?=\s|$))re"));
    QueryWords words;
    QString rest = text;
    QRegularExpressionMatchIterator matches = unwanted.globalMatch(text);
    while (matches.hasNext()) {
        const QRegularExpressionMatch match = matches.next();
        const QString word = (match.captured(1) + match.captured(2)).simplified();
        if (!word.isEmpty())
            words.unwanted << word;
    }
    rest.remove(unwanted);
    words.wanted = rest.simplified();
    return words;
}

} // namespace clipscope
