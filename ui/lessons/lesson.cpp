// SPDX-License-Identifier: GPL-3.0-or-later
#include "lessons/lesson.h"

#include <QRegularExpression>
#include <QStringList>

namespace clipscope {

QString withFacts(const QString& text, const LessonFacts& facts)
{
    static const QRegularExpression name(QStringLiteral("\\{([A-Za-z0-9.]+)\\}"));
    static const QString gap = QStringLiteral("\n\n");
    QStringList paragraphs;
    for (const QString& paragraph : text.split(gap, Qt::SkipEmptyParts)) {
        QString filled;
        qsizetype from = 0;
        bool whole = true;
        for (auto match = name.globalMatch(paragraph); match.hasNext();) {
            const QRegularExpressionMatch here = match.next();
            const auto fact = facts.find(here.captured(1));
            whole = whole && fact != facts.end();
            filled += paragraph.mid(from, here.capturedStart() - from);
            filled += fact == facts.end() ? QString() : fact->second;
            from = here.capturedEnd();
        }
        if (whole)
            paragraphs << filled + paragraph.mid(from);
    }
    return paragraphs.join(gap);
}

} // namespace clipscope
