// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/export_dialog.h"

#include "base/file_writer.h"
#include "base/files.h"
#include "jobs/job_manager.h"
#include "models/display_text.h"
#include "shell/page.h"

#include <QCoreApplication>
#include <QFileDialog>

namespace clipscope {

namespace {
struct Text {
    Q_DECLARE_TR_FUNCTIONS(FigureExport)
};
} // namespace

void saveFigure(Figure& figure, const FigureProvenance& provenance, const QString& name, JobManager& jobs, Page& page)
{
    const QString png = Text::tr("PNG picture (*.png)");
    QString chosen = png;
    QString file = QFileDialog::getSaveFileName(&page, Text::tr("Export figure"), name + QStringLiteral(".png"),
        QStringList{png, Text::tr("SVG vector picture (*.svg)"), Text::tr("PDF document (*.pdf)")}.join(
            QStringLiteral(";;")),
        &chosen);
    if (file.isEmpty())
        return;
    if (!figureFormatOf(file))
        file += chosen.contains(QLatin1String("*.svg")) ? QStringLiteral(".svg")
            : chosen.contains(QLatin1String("*.pdf"))   ? QStringLiteral(".pdf")
                                                        : QStringLiteral(".png");
    const FigureFormat format = *figureFormatOf(file);
    const auto bytes = [&]() -> std::function<QByteArray()> {
        if (const FigureDrawing draw = figure.laterDrawing())
            return [=, size = figure.figureSize()] { return figureBytes(draw, size, format, provenance); };
        return [drawn = figureBytes(figure, format, provenance)] { return drawn; };
    }();
    JobRequest request;
    request.title = Text::tr("Exporting %1").arg(fileName(toPath(file)));
    request.quiet = true;
    jobs.start(
        request, [bytes, path = toPath(file)](JobContext&) { writeFileAtomically(path, bytes().toStdString()); }, &page,
        [&page, file] { Q_EMIT page.said(Text::tr("Figure written: %1").arg(file)); },
        [&page](const JobFailure& failure) { Q_EMIT page.failed(failure.text()); });
}

} // namespace clipscope
