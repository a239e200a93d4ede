// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/query_command.h"

#include "models/display_text.h"
#include "models/shell_words.h"

namespace clipscope {

QString searchCommand(const std::filesystem::path& library, const Query& query, bool* complete)
{
    QString command = QStringLiteral("clipscope-cli search --library ") + shellQuoted(displayPath(library));
    bool all = true;
    QString words;
    for (const QueryTerm& term : query.positives) {
        if (term.kind == QueryTerm::Kind::Words)
            words += (words.isEmpty() ? QString() : QStringLiteral(" ")) + QString::fromStdString(term.words);
        else
            all = false;
    }
    if (!words.isEmpty())
        command += QLatin1Char(' ') + shellQuoted(words);
    for (const QueryTerm& term : query.negatives) {
        if (term.kind == QueryTerm::Kind::Words)
            command += QStringLiteral(" --not ") + shellQuoted(QString::fromStdString(term.words));
        else
            all = false;
    }
    if (!query.thenWords.empty())
        command += QStringLiteral(" --then %1 --within %2")
                       .arg(shellQuoted(QString::fromStdString(query.thenWords)))
                       .arg(query.thenWithinSec);
    if (query.by != MatchBy::Both)
        command += query.by == MatchBy::Picture ? QStringLiteral(" --by picture") : QStringLiteral(" --by names");
    command += QStringLiteral(" --top %1").arg(query.top);
    if (complete)
        *complete = all;
    return command;
}

} // namespace clipscope
