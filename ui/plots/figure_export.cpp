// SPDX-License-Identifier: GPL-3.0-or-later
#include "plots/figure_export.h"

#include <QBuffer>
#include <QImage>
#include <QImageWriter>
#include <QPageSize>
#include <QPdfWriter>
#include <QSvgGenerator>

#include <cmath>

namespace clipscope {

namespace {
constexpr int kDpi = 96;
constexpr int kFineness = 2; // of PNG
constexpr double kInchesAMetre = 39.3701;

QByteArray xmp(const FigureProvenance& provenance)
{
    return QStringLiteral(
        "<?xpacket begin=\"\uFEFF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
        "<rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" "
        "xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\"><xmp:CreatorTool>Clipscope</xmp:CreatorTool>"
        "<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">%1</rdf:li></rdf:Alt></dc:title>"
        "<dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">%2</rdf:li></rdf:Alt></dc:description>"
        "</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>")
        .arg(provenance.title.toHtmlEscaped(), provenance.json.toHtmlEscaped())
        .toUtf8();
}
} // namespace

std::optional<FigureFormat> figureFormatOf(const QString& fileName)
{
    if (fileName.endsWith(QLatin1String(".png"), Qt::CaseInsensitive))
        return FigureFormat::Png;
    if (fileName.endsWith(QLatin1String(".svg"), Qt::CaseInsensitive))
        return FigureFormat::Svg;
    if (fileName.endsWith(QLatin1String(".pdf"), Qt::CaseInsensitive))
        return FigureFormat::Pdf;
    return {};
}

FigureProvenance provenanceOf(const QString& title, const RunRecord& record)
{
    const Json json = {{"kind", record.kind}, {"config", record.config}, {"seed", record.seed},
        {"version", record.version}, {"machine", record.machine}};
    return {title, QString::fromStdString(json.dump(-1, ' ', true, Json::error_handler_t::replace))};
}

QByteArray figureBytes(
    const FigureDrawing& draw, const QSize& size, FigureFormat format, const FigureProvenance& provenance)
{
    // On paper and in slides: the light theme, whatever the window wears.
    const Tokens& tokens = lightTokens();
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    switch (format) {
    case FigureFormat::Png: {
        QImage image(size * kFineness, QImage::Format_RGB32);
        image.setDevicePixelRatio(kFineness);
        image.setDotsPerMeterX(int(std::lround(kFineness * kDpi * kInchesAMetre)));
        image.setDotsPerMeterY(image.dotsPerMeterX());
        image.fill(tokens.surface);
        image.setText(QStringLiteral("Title"), provenance.title);
        image.setText(QStringLiteral("Description"), provenance.json);
        image.setText(QStringLiteral("Software"), QStringLiteral("Clipscope"));
        draw(image, size, tokens);
        QImageWriter(&buffer, "png").write(image);
        break;
    }
    case FigureFormat::Svg: {
        QSvgGenerator svg;
        svg.setOutputDevice(&buffer);
        svg.setSize(size);
        svg.setViewBox(QRect(QPoint(0, 0), size));
        svg.setResolution(kDpi);
        svg.setTitle(provenance.title.toHtmlEscaped());
        svg.setDescription(provenance.json.toHtmlEscaped());
        draw(svg, size, tokens);
        break;
    }
    case FigureFormat::Pdf: {
        QPdfWriter pdf(&buffer);
        pdf.setResolution(kDpi);
        pdf.setPageSize(QPageSize(QSizeF(size) / kDpi, QPageSize::Inch, {}, QPageSize::ExactMatch));
        pdf.setPageMargins({});
        pdf.setTitle(provenance.title);
        pdf.setCreator(QStringLiteral("Clipscope"));
        pdf.setDocumentXmpMetadata(xmp(provenance));
        pdf.addFileAttachment(
            QStringLiteral("provenance.json"), provenance.json.toUtf8(), QStringLiteral("application/json"));
        draw(pdf, size, tokens);
        break;
    }
    }
    return buffer.data();
}

QByteArray figureBytes(Figure& figure, FigureFormat format, const FigureProvenance& provenance)
{
    const auto draw = [&figure](QPaintDevice& device, const QSize& size, const Tokens& tokens) {
        figure.drawFigure(device, size, tokens);
    };
    return figureBytes(draw, figure.figureSize(), format, provenance);
}

} // namespace clipscope
