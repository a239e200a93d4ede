// SPDX-License-Identifier: GPL-3.0-or-later
#include "plots/confusion_matrix.h"
#include "plots/custom_plot.h"
#include "plots/figure_export.h"
#include "plots/palette.h"
#include "plots/plot_panels.h"
#include "plots/plot_widget.h"

#include <QApplication>
#include <QImage>
#include <QSignalSpy>
#include <QSvgRenderer>
#include <QTest>
#include <QXmlStreamReader>

#include <set>

using namespace clipscope;

namespace {
PlotContent someContent()
{
    PlotContent content;
    content.title = "Accuracy";
    content.xLabel = "labelled videos a label";
    content.yLabel = "accuracy";
    content.xTicks = {{0, "1"}, {1, "2"}, {2, "4"}};
    PlotCurve curve;
    curve.name = "mean";
    curve.x = {0, 1, 2};
    curve.mean = {.5, .6, .8};
    curve.low = {.4, .55, .75};
    curve.high = {.6, .65, .85};
    curve.points = {{0, .45, "first"}, {1, .6, "second"}, {2, .82, "third"}};
    content.curves = {curve};
    content.references = {{.62, "zero-shot 62.0 %"}};
    content.marks = {{1.1, .62, std::pair(.8, 1.5), "k* = 2.1 [1.7, 2.8]"}};
    content.spans = {{1, 2, "paper: 2 to 4"}};
    return content;
}

FigureProvenance someProvenance()
{
    RunRecord record;
    record.kind = "probe";
    record.config = {{"shots", {1, 2}}, {"template", "a <b> & \"c\""}};
    record.seed = 17;
    record.version = "1.2.3";
    return provenanceOf("Few & many", record);
}

/// How many pixels of the picture have this colour, within what smoothing leaves.
int pixelsLike(const QImage& image, const QColor& colour)
{
    int count = 0;
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
            const QColor pixel = image.pixelColor(x, y);
            count += std::abs(pixel.red() - colour.red()) + std::abs(pixel.green() - colour.green())
                    + std::abs(pixel.blue() - colour.blue())
                < 24;
        }
    }
    return count;
}
} // namespace

class PlotsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { QApplication::setPalette(paletteOf(lightTokens())); }

    void keysWalkThroughPoints()
    {
        PlotWidget plot;
        plot.resize(600, 400);
        plot.setContent(someContent());
        plot.show();
        QVERIFY(QTest::qWaitForWindowExposed(&plot));
        QSignalSpy chosen(&plot, &PlotWidget::pointChosen);
        QTest::keyClick(&plot, Qt::Key_Return);
        QCOMPARE(chosen.size(), 0); // none is chosen yet
        QTest::keyClick(&plot, Qt::Key_Right);
        QCOMPARE(plot.told(), QString("first"));
        QTest::keyClick(&plot, Qt::Key_Right);
        QCOMPARE(plot.told(), QString("second"));
        QTest::keyClick(&plot, Qt::Key_Left);
        QTest::keyClick(&plot, Qt::Key_Left);
        QCOMPARE(plot.told(), QString("third")); // round and round
        QTest::keyClick(&plot, Qt::Key_Return);
        QCOMPARE(chosen.takeFirst(), (QVariantList{0, 2}));
        QVERIFY(plot.accessibleDescription().contains("zero-shot 62.0 %"));
    }

    void theMouseTellsAndChooses()
    {
        PlotWidget plot;
        plot.resize(600, 400);
        plot.setContent(someContent());
        plot.show();
        QVERIFY(QTest::qWaitForWindowExposed(&plot));
        QTRY_VERIFY(plot.rect().contains(plot.placeOf(0, 1)));
        QSignalSpy chosen(&plot, &PlotWidget::pointChosen);
        QWidget* canvas = plot.findChild<QWidget*>();
        const auto at = [&](int point) { return plot.placeOf(0, point) - canvas->pos(); };
        QTest::mouseMove(canvas, at(1));
        QTRY_COMPARE(plot.told(), QString("second"));
        QTest::mouseMove(canvas, at(1) + QPoint(60, 60));
        QTRY_COMPARE(plot.told(), QString());
        QTest::mouseClick(canvas, Qt::LeftButton, {}, at(2));
        QCOMPARE(chosen.size(), 1);
        QCOMPARE(chosen.front(), (QVariantList{0, 2}));
        QVERIFY(plot.hasFocus());
        QTest::mouseClick(canvas, Qt::LeftButton, {}, at(2) - QPoint(80, -60));
        QCOMPARE(chosen.size(), 1);
    }

    void theThemeChangesUnderIt()
    {
        PlotWidget plot;
        plot.resize(600, 400);
        plot.setContent(someContent());
        plot.show();
        QVERIFY(QTest::qWaitForWindowExposed(&plot));
        for (const Tokens* tokens : {&darkTokens(), &lightTokens()}) {
            QApplication::setPalette(paletteOf(*tokens));
            const auto seen = [&](const QColor& colour) { return pixelsLike(plot.grab().toImage(), colour); };
            QTRY_VERIFY(seen(tokens->bg) > 600 * 400 / 3);
            QTRY_VERIFY(seen(tokens->accent) > 100); // the curve
            QTRY_VERIFY(seen(tokens->heat) > 100); // the reference
        }
    }

    void anEmptyPlot()
    {
        PlotWidget plot;
        plot.resize(400, 300);
        plot.setContent({});
        QVERIFY(!plot.grab().isNull());
        QTest::keyClick(&plot, Qt::Key_Right);
        QCOMPARE(plot.told(), QString());
    }

    /// The legend hides no measurement and no line between two: it stands in an empty corner, or outside.
    void theLegendHidesNothing_data()
    {
        QTest::addColumn<std::vector<double>>("first");
        QTest::addColumn<std::vector<double>>("second");
        QTest::addColumn<bool>("inside");
        using Values = std::vector<double>;
        QTest::newRow("rising") << Values{.1, .4, .8, .9} << Values{.2, .5, .85, .95} << true;
        QTest::newRow("falling") << Values{.9, .8, .2, .1} << Values{.95, .85, .3, .2} << true;
        QTest::newRow("all corners") << Values{.9, .2, .2, .9} << Values{.1, .8, .8, .1} << false;
    }
    void theLegendHidesNothing()
    {
        QFETCH(std::vector<double>, first);
        QFETCH(std::vector<double>, second);
        QFETCH(bool, inside);
        PlotContent content;
        for (const auto& [name, mean] : {std::pair("mean", first), std::pair("Transformer", second)}) {
            PlotCurve& curve = content.curves.emplace_back();
            curve.name = name;
            curve.x = {0, 1, 2, 3};
            curve.mean = mean;
        }
        PlotWidget plot;
        plot.resize(500, 320);
        plot.setContent(content);
        plot.show();
        QVERIFY(QTest::qWaitForWindowExposed(&plot));
        plot.grab();
        const auto& drawn = *plot.findChild<QCustomPlot*>();
        const QRect legend = drawn.legend->outerRect();
        QVERIFY(drawn.legend->visible() && !legend.isEmpty());
        QCOMPARE(drawn.axisRect()->rect().intersects(legend), inside);
        for (const PlotCurve& curve : content.curves)
            for (double x = 0; x <= 3; x += .05) {
                const auto left = std::min(size_t(x), size_t(2));
                const double y = curve.mean[left] + (x - double(left)) * (curve.mean[left + 1] - curve.mean[left]);
                QVERIFY(
                    !legend.contains(QPointF(drawn.xAxis->coordToPixel(x), drawn.yAxis->coordToPixel(y)).toPoint()));
            }
    }

    void coloursAreApart()
    {
        for (const Tokens* tokens : {&darkTokens(), &lightTokens()}) {
            std::set<QRgb> colours;
            for (int i = 0; i < 7; ++i)
                colours.insert(categoryColour(i, *tokens).rgb());
            QCOMPARE(colours.size(), size_t(7));
            QCOMPARE(categoryColour(0, *tokens), tokens->accent);
        }
    }

    void formats()
    {
        QCOMPARE(figureFormatOf("/a/b.PNG"), std::optional(FigureFormat::Png));
        QCOMPARE(figureFormatOf("b.svg"), std::optional(FigureFormat::Svg));
        QCOMPARE(figureFormatOf("b.pdf"), std::optional(FigureFormat::Pdf));
        QVERIFY(!figureFormatOf("b.jpeg"));
        QVERIFY(!figureFormatOf("png"));
    }

    /// Whatever the window wears, files are light; the figure in the window stays as it was.
    void pngKnowsItsOrigin()
    {
        QApplication::setPalette(paletteOf(darkTokens()));
        PlotWidget plot;
        plot.resize(600, 400);
        plot.setContent(someContent());
        const FigureProvenance provenance = someProvenance();
        const QImage image = QImage::fromData(figureBytes(plot, FigureFormat::Png, provenance));
        QCOMPARE(image.size(), QSize(1200, 800));
        QCOMPARE(image.text("Title"), provenance.title);
        QCOMPARE(image.text("Description"), provenance.json);
        QCOMPARE(image.pixelColor(2, 2), lightTokens().bg);
        QVERIFY(pixelsLike(image, lightTokens().accent) > 400);
        QTRY_VERIFY(pixelsLike(plot.grab().toImage(), darkTokens().bg) > 600 * 400 / 3);
    }

    void svgKnowsItsOrigin()
    {
        PlotWidget plot;
        plot.resize(600, 400);
        plot.setContent(someContent());
        const FigureProvenance provenance = someProvenance();
        const QByteArray svg = figureBytes(plot, FigureFormat::Svg, provenance);
        QXmlStreamReader xml(svg);
        QString title, description;
        QStringList texts;
        while (!xml.atEnd()) {
            xml.readNext();
            if (!xml.isStartElement())
                continue;
            if (xml.name() == QLatin1String("title"))
                title = xml.readElementText();
            else if (xml.name() == QLatin1String("desc"))
                description = xml.readElementText();
            else if (xml.name() == QLatin1String("text"))
                texts << xml.readElementText().trimmed();
            QVERIFY(xml.name() != QLatin1String("style")); // stands alone
        }
        QVERIFY2(!xml.hasError(), qPrintable(xml.errorString()));
        QCOMPARE(title, provenance.title);
        QCOMPARE(description, provenance.json);
        QVERIFY(texts.contains("zero-shot 62.0 %")); // words, not outlines
        QVERIFY(QSvgRenderer(svg).isValid());
    }

    /// Panels are one figure, in the window as in a file.
    void panels()
    {
        PlotPanels panels;
        panels.resize(900, 400);
        PlotContent second = someContent();
        second.yLabel = "seconds";
        second.percent = false;
        panels.setContents({someContent(), second});
        panels.show();
        QVERIFY(QTest::qWaitForWindowExposed(&panels));
        QCOMPARE(panels.count(), 2);
        QSignalSpy chosen(&panels, &PlotPanels::pointChosen);
        QTest::keyClick(&panels.panel(1), Qt::Key_Right);
        QTest::keyClick(&panels.panel(1), Qt::Key_Return);
        QCOMPARE(chosen.takeFirst(), (QVariantList{1, 0, 0}));

        QXmlStreamReader xml(figureBytes(panels, FigureFormat::Svg, someProvenance()));
        QStringList texts;
        while (!xml.atEnd())
            if (xml.readNext(); xml.isStartElement() && xml.name() == QLatin1String("text"))
                texts << xml.readElementText().trimmed();
        QVERIFY2(!xml.hasError(), qPrintable(xml.errorString()));
        QVERIFY(texts.contains("accuracy") && texts.contains("seconds"));
        const QImage image = QImage::fromData(figureBytes(panels, FigureFormat::Png, someProvenance()));
        QCOMPARE(image.size(), QSize(1800, 800));
        for (const int left : {0, 900})
            QVERIFY(pixelsLike(image.copy(left, 0, 900, 800), lightTokens().accent) > 400);
        panels.setContents({second});
        QCOMPARE(panels.count(), 1);
        QCOMPARE(panels.panel(0).content().yLabel, QString("seconds"));
    }

    /// A bar is chosen by any place on it, a disc too; labels are written.
    void barsAndDiscs()
    {
        PlotContent content;
        content.xTicks = {{0, "4 frames"}, {1, "8 frames"}};
        PlotCurve bars;
        bars.shape = PlotCurve::Shape::Bars;
        bars.name = "mean";
        bars.x = {0, 1};
        bars.mean = {.5, .8};
        bars.low = {.4, .7};
        bars.high = {.6, .9};
        bars.barLabels = {"4x1", "4x2"};
        bars.points = {{0, .5, "left"}, {1, .8, "right"}};
        content.curves = {bars};
        PlotWidget plot;
        plot.resize(600, 400);
        plot.setContent(content);
        plot.show();
        QVERIFY(QTest::qWaitForWindowExposed(&plot));
        QTRY_VERIFY(plot.rect().contains(plot.placeOf(0, 1)));
        QWidget* canvas = plot.findChild<QWidget*>();
        QSignalSpy chosen(&plot, &PlotWidget::pointChosen);
        QTest::mouseClick(canvas, Qt::LeftButton, {}, plot.placeOf(0, 1) - canvas->pos() + QPoint(40, 120));
        QCOMPARE(chosen.takeFirst(), (QVariantList{0, 1}));
        QTest::mouseClick(canvas, Qt::LeftButton, {}, plot.placeOf(0, 0) - canvas->pos() - QPoint(0, 60));
        QCOMPARE(chosen.size(), 0); // above the bar
        QVERIFY(figureBytes(plot, FigureFormat::Svg, someProvenance()).contains("4x2"));

        PlotCurve discs;
        discs.points = {{0, .5, "small", 20, .0, "one"}, {1, .8, "large", 80, 1., "two"}};
        content.curves = {discs};
        plot.setContent(content);
        QTest::mouseClick(canvas, Qt::LeftButton, {}, plot.placeOf(0, 1) - canvas->pos() + QPoint(0, 35));
        QCOMPARE(chosen.takeFirst(), (QVariantList{0, 1}));
        QTest::mouseClick(canvas, Qt::LeftButton, {}, plot.placeOf(0, 0) - canvas->pos() + QPoint(0, 35));
        QCOMPARE(chosen.size(), 0);
        const QByteArray svg = figureBytes(plot, FigureFormat::Svg, someProvenance());
        QVERIFY(svg.contains(">one<") && svg.contains(">two<"));
        QVERIFY(sequenceColour(0).lightness() < sequenceColour(.5).lightness());
        QVERIFY(sequenceColour(.5).lightness() < sequenceColour(1).lightness());
    }

    void pdfKnowsItsOrigin()
    {
        ConfusionMatrix matrix;
        matrix.resize(400, 300);
        matrix.setCells({"a", "b"}, {{3, 1}, {0, 4}});
        const QByteArray pdf = figureBytes(matrix, FigureFormat::Pdf, someProvenance());
        QVERIFY(pdf.startsWith("%PDF-"));
        QVERIFY(pdf.contains("Few &amp; many"));
        QVERIFY(pdf.contains("&quot;seed&quot;:17"));
        QVERIFY(pdf.contains("provenance.json"));
        QVERIFY(pdf.contains("[0 0 300") || pdf.contains("300 225")); // 400 x 300 pixels at 96 dpi, in points
    }

    void cells()
    {
        ConfusionMatrix matrix;
        matrix.resize(400, 300);
        matrix.setCells({"fight", "guitar", "sign"}, {{8, 0, 2}, {0, 10, 0}, {1.5, .5, 8}});
        matrix.show();
        QVERIFY(QTest::qWaitForWindowExposed(&matrix));
        QSignalSpy chosen(&matrix, &ConfusionMatrix::cellChosen);
        QSignalSpy opened(&matrix, &ConfusionMatrix::opened);
        QTest::keyClick(&matrix, Qt::Key_Return);
        QCOMPARE(opened.size(), 0);
        QTest::mouseClick(&matrix, Qt::LeftButton, {}, matrix.cellRect(0, 2).center());
        QCOMPARE(chosen.takeFirst(), (QVariantList{0, 2}));
        QCOMPARE(matrix.cellText(0, 2), QString("fight taken for sign: 2 of 10 videos"));
        QCOMPARE(matrix.accessibleDescription(), matrix.cellText(0, 2));
        QTest::keyClick(&matrix, Qt::Key_Down);
        QTest::keyClick(&matrix, Qt::Key_Left);
        QCOMPARE(chosen.takeLast(), (QVariantList{1, 1}));
        QCOMPARE(matrix.cellText(1, 1), QString("guitar recognised: 10 of 10 videos"));
        QTest::keyClick(&matrix, Qt::Key_Return);
        QCOMPARE(opened.size(), 1);
        for (int i = 0; i < 9; ++i)
            QTest::keyClick(&matrix, Qt::Key_Right);
        QCOMPARE(matrix.column(), 2); // the edge holds
        // The same labels: the choice stays. Others: it goes.
        matrix.setCells({"fight", "guitar", "sign"}, {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}});
        QCOMPARE(matrix.row(), 1);
        matrix.setCells({"other"}, {{1}});
        QCOMPARE(matrix.row(), -1);
    }

    /// The diagonal of a perfect classifier is full, everything else empty; two hundred labels still fit.
    void shades()
    {
        for (const int labels : {3, 200}) {
            ConfusionMatrix matrix;
            matrix.resize(500, 400);
            QStringList names;
            std::vector<std::vector<double>> identity(labels, std::vector<double>(labels));
            for (int i = 0; i < labels; ++i) {
                names << QString::number(i);
                identity[size_t(i)][size_t(i)] = 5;
            }
            matrix.setCells(names, identity);
            const QImage image = matrix.grab().toImage();
            const auto shade = [&](int row, int column) {
                const QRect cell = matrix.cellRect(row, column);
                return image.pixelColor(cell.topLeft() + QPoint(cell.width() / 2, cell.height() / 5 + 1));
            };
            QVERIFY(matrix.rect().contains(matrix.cellRect(labels - 1, labels - 1)));
            const auto like = [](const QColor& a, const QColor& b) {
                return std::abs(a.red() - b.red()) + std::abs(a.green() - b.green()) + std::abs(a.blue() - b.blue())
                    < 90;
            };
            QVERIFY(like(shade(1, 1), lightTokens().accent));
            QVERIFY(like(shade(0, 2), lightTokens().raised));
        }
    }
};

QTEST_MAIN(PlotsTest)
#include "tst_plots.moc"
