// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/score_formula.h"

#include "models/display_text.h"

#include <QCoreApplication>

namespace clipscope {

namespace {
QString text(const char* source)
{
    return QCoreApplication::translate("ScoreFormula", source);
}

QString termText(const QueryTerm& term)
{
    switch (term.kind) {
    case QueryTerm::Kind::Words:
        return QStringLiteral("\u201c%1\u201d").arg(QString::fromStdString(term.words));
    case QueryTerm::Kind::Picture:
        return text("picture");
    case QueryTerm::Kind::Clip:
        return text("clip at %1").arg(spanText(term.startSec, term.endSec));
    }
    return {};
}
} // namespace

QString scoreFormula(const Query& query)
{
    if (query.positives.empty() && query.negatives.empty())
        return {};
    if (query.by == MatchBy::Names)
        return text("Score = how well names, captions and subtitles match the words.");
    QString sum;
    const auto add = [&sum](const QueryTerm& term, bool negative) {
        if (negative)
            sum += sum.isEmpty() ? QStringLiteral("\u2212") : QStringLiteral(" \u2212 ");
        else if (!sum.isEmpty())
            sum += QStringLiteral(" + ");
        if (term.weight != 1)
            sum += QString::number(term.weight, 'f', 1) + QStringLiteral(" \u00b7 ");
        sum += QStringLiteral("cos(%1)").arg(termText(term));
    };
    for (const QueryTerm& term : query.positives)
        add(term, false);
    for (const QueryTerm& term : query.negatives)
        add(term, true);
    QString formula =
        text("A frame's score s = %1. Score = (s of the whole video + s at the moment, over 1.5 s) / 2").arg(sum);
    if (query.by == MatchBy::Both)
        formula += text(" + names and texts / 2");
    formula += QLatin1Char('.');
    if (!query.thenWords.empty())
        formula += text(" Then \u201c%1\u201d within %2 s.")
                       .arg(QString::fromStdString(query.thenWords))
                       .arg(query.thenWithinSec);
    return formula;
}

} // namespace clipscope
