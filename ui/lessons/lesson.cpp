// SPDX-License-Identifier: GPL-3.0-or-later
#include "lessons/lesson.h"

#include "base/run_record.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <QStringList>

namespace clipscope {

namespace {
struct Text {
    Q_DECLARE_TR_FUNCTIONS(Lesson)
};
} // namespace

LessonStep openStep(LessonStage::Library library)
{
    LessonStep step;
    step.act = [library](LessonStage& stage) { stage.openLibrary(library); };
    step.wait = LessonStep::Wait::Library;
    step.library = library;
    step.pointAt = QStringLiteral("jobs");
    step.afterwards = Text::tr("{library.embedded} videos are ready.");
    return step;
}

LessonStep fillInStep(const QString& page, const RunRecord& settings)
{
    LessonStep step;
    step.button = Text::tr("Fill in the settings");
    step.act = [page, settings](LessonStage& stage) {
        stage.showPage(page);
        stage.fillIn(page, settings);
    };
    step.pointAt = page + QStringLiteral(".form");
    return step;
}

LessonStep runStep(const QString& page, const RunRecord& settings)
{
    LessonStep step;
    step.act = [page, settings](LessonStage& stage) {
        stage.showPage(page);
        stage.fillIn(page, settings);
        stage.run(page);
    };
    step.wait = LessonStep::Wait::Run;
    step.page = page;
    step.pointAt = page + QStringLiteral(".figure");
    return step;
}

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
