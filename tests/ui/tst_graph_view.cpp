// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/random.h"
#include "graph/graph_painter.h"
#include "graph/graph_view.h"
#include "graph/node_shapes.h"
#include "jobs/job_manager.h"
#include "plots/figure_export.h"
#include "ui_watchdog.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QImage>
#include <QPainter>
#include <QSignalSpy>
#include <QSvgRenderer>
#include <QTest>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>
#include <set>
#include <thread>

using namespace clipscope;
using namespace clipscope::test;

namespace {

/// Three nodes in a row and one below the middle, all joined in a line; the last one is probably wrong and silent.
std::shared_ptr<GraphPicture> smallPicture()
{
    auto picture = std::make_shared<GraphPicture>();
    picture->edges = std::make_shared<const std::vector<NodePair>>(std::vector<NodePair>{{0, 1}, {1, 2}, {2, 3}});
    picture->places =
        std::make_shared<const std::vector<GraphPlace>>(std::vector<GraphPlace>{{-2, 0}, {0, 0}, {2, 0}, {.5F, 2.5F}});
    picture->groups = {"Theory", "Neural nets"};
    picture->groupsAre = "class";
    picture->names = {"a", "b", "c", "d"};
    picture->looks = {{0, 1, 0}, {1, 1, 0}, {0, .9F, NodeLook::Given}, {1, .4F, NodeLook::Error | NodeLook::Silent}};
    return picture;
}

std::shared_ptr<GraphPicture> largePicture(int nodes, int edges)
{
    Random random(4);
    auto picture = std::make_shared<GraphPicture>();
    std::vector<GraphPlace> places;
    for (int i = 0; i < nodes; ++i) {
        const double x = random.normal(), y = random.normal(), size = std::sqrt(double(nodes) / 2);
        places.push_back({float(x * size), float(y * size)});
        picture->looks.push_back({int(random.below(7)), float(random.uniform()),
            uint8_t(random.chance(.05) ? NodeLook::Error | NodeLook::Silent : 0)});
    }
    std::set<NodePair> made;
    while (int(made.size()) < edges) {
        const int a = int(random.below(uint64_t(nodes))), b = int(random.below(uint64_t(nodes)));
        if (a != b)
            made.insert(std::minmax(a, b));
    }
    picture->edges = std::make_shared<const std::vector<NodePair>>(made.begin(), made.end());
    picture->places = std::make_shared<const std::vector<GraphPlace>>(std::move(places));
    picture->groups = {"a", "b", "c", "d", "e", "f", "g"};
    return picture;
}

struct Stand {
    JobManager jobs;
    GraphView view{jobs};

    explicit Stand(std::shared_ptr<const GraphPicture> picture, const QSize& size = {600, 400})
    {
        view.resize(size);
        view.show();
        view.setPicture(std::move(picture));
        [this] { QTRY_VERIFY_WITH_TIMEOUT(view.isDrawn(), 20'000); }();
    }
    QPoint at(int node) { return view.positionOf(node).toPoint(); }
    void move(const QPoint& to, Qt::MouseButtons buttons = {})
    {
        QMouseEvent event(QEvent::MouseMove, QPointF(to), view.mapToGlobal(QPointF(to)), Qt::NoButton, buttons, {});
        QApplication::sendEvent(&view, &event);
    }
};

/// How many pixels around `at` are about this colour.
int pixelsLike(const QImage& image, const QPoint& at, int reach, const QColor& colour)
{
    int count = 0;
    for (int y = at.y() - reach; y <= at.y() + reach; ++y)
        for (int x = at.x() - reach; x <= at.x() + reach; ++x)
            if (image.rect().contains(x, y)) {
                const QColor pixel = image.pixelColor(x, y);
                count += std::abs(pixel.red() - colour.red()) + std::abs(pixel.green() - colour.green())
                        + std::abs(pixel.blue() - colour.blue())
                    < 40;
            }
    return count;
}

} // namespace

class TestGraphView : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// No two of the first groups look alike without colours, and none of the first 56 with them.
    void shapes()
    {
        const auto drawn = [](int group) {
            QImage image(41, 41, QImage::Format_RGB32);
            image.fill(Qt::black);
            QPainter painter(&image);
            painter.setBrush(Qt::white);
            painter.drawPath(nodeShape(group, 10).translated(20.5, 20.5));
            painter.end();
            return image;
        };
        std::set<std::pair<int, QRgb>> seen;
        for (int group = 0; group < 56; ++group)
            seen.insert({group % kNodeShapes, groupColour(group, darkTokens()).rgb()});
        QCOMPARE(seen.size(), size_t(56));
        for (int a = -1; a < kNodeShapes; ++a)
            for (int b = -1; b < a; ++b) {
                int differ = 0, inked = 0;
                const QImage first = drawn(a), second = drawn(b);
                for (int y = 0; y < 41; ++y)
                    for (int x = 0; x < 41; ++x) {
                        differ += first.pixel(x, y) != second.pixel(x, y);
                        inked += qGray(first.pixel(x, y)) > 128;
                    }
                QVERIFY2(differ > inked / 8, qPrintable(QString("%1 and %2").arg(a).arg(b)));
            }
    }

    void nearestNode()
    {
        const auto picture = largePicture(3000, 10);
        const NodeGrid grid(picture->places);
        Random random(2);
        for (int i = 0; i < 300; ++i) {
            const QPointF at(random.normal() * 40, random.normal() * 40);
            double best = INFINITY;
            for (const GraphPlace& place : *picture->places)
                best = std::min(best, std::hypot(place.x - at.x(), place.y - at.y()));
            const int found = grid.nearest(at, 3);
            if (best > 3) {
                QCOMPARE(found, -1);
            } else {
                const GraphPlace place = (*picture->places)[size_t(found)];
                QVERIFY(std::abs(std::hypot(place.x - at.x(), place.y - at.y()) - best) < 1e-5);
            }
        }
        const NodeGrid line(
            std::make_shared<const std::vector<GraphPlace>>(std::vector<GraphPlace>{{0, 5}, {3, 5}, {9, 5}}));
        QCOMPARE(line.nearest({8, 5}, 2), 2);
        QCOMPARE(line.next(0, {1, 0}), 1);
        QCOMPARE(line.next(1, {-1, 0}), 0);
        QCOMPARE(line.next(1, {0, 1}), -1);
        QCOMPARE(NodeGrid().nearest({0, 0}, 5), -1);
    }

    void whatIsSeen()
    {
        Stand stand(smallPicture());
        const QImage seen = stand.view.grab().toImage();
        const Tokens& t = tokensFor(stand.view.palette());
        QVERIFY(pixelsLike(seen, stand.at(0), 3, groupColour(0, t)) > 20);
        QVERIFY(pixelsLike(seen, stand.at(1), 3, groupColour(1, t)) > 20);
        QVERIFY(pixelsLike(seen, stand.at(3), 22, t.bad) > 40); // the ring and the sign
        QVERIFY(pixelsLike(seen, stand.at(1), 22, t.bad) == 0);
        // A node nobody is sure of is fainter.
        QVERIFY(pixelsLike(seen, stand.at(3), 3, groupColour(1, t)) == 0);
        // Its edge is dashed: a plain one is there all the way, this one half of it.
        const auto inked = [&](int a, int b, int reach) {
            int out = 0;
            for (int i = 30; i <= 70; ++i) {
                const QPointF at =
                    stand.view.positionOf(a) + (stand.view.positionOf(b) - stand.view.positionOf(a)) * i / 100;
                out += pixelsLike(seen, at.toPoint(), reach, t.bg) < (2 * reach + 1) * (2 * reach + 1);
            }
            return out;
        };
        QCOMPARE(inked(0, 1, 1), 41);
        QVERIFY2(inked(2, 3, 1) > 8 && inked(2, 3, 1) < 39, qPrintable(QString::number(inked(2, 3, 1))));
        // Colour by confidence, and another ground.
        auto other = std::make_shared<GraphPicture>(*stand.view.picture());
        other->colour = GraphPicture::Colour::Confidence;
        stand.view.setPicture(other);
        QTRY_VERIFY(stand.view.isDrawn());
        QVERIFY(pixelsLike(stand.view.grab().toImage(), stand.at(0), 3, QColor(0xfde725)) > 20);
        stand.view.setPalette(paletteOf(tokensFor(stand.view.palette()).dark ? lightTokens() : darkTokens()));
        const QColor ground = tokensFor(stand.view.palette()).bg;
        QTRY_VERIFY(pixelsLike(stand.view.grab().toImage(), stand.at(1) + QPoint(60, 60), 5, ground) > 100);
    }

    void choosing()
    {
        Stand stand(smallPicture());
        stand.view.setDescribe([](int node) { return QString("node %1").arg(node); });
        QSignalSpy chosen(&stand.view, &GraphView::nodeChosen), opened(&stand.view, &GraphView::nodeOpened);
        QTest::mouseClick(&stand.view, Qt::LeftButton, {}, stand.at(2) + QPoint(2, 2));
        QCOMPARE(stand.view.chosen(), 2);
        QCOMPARE(chosen.size(), 1);
        QCOMPARE(stand.view.accessibleDescription(), QString("node 2"));
        QTest::keyClick(&stand.view, Qt::Key_Left, Qt::ShiftModifier);
        QCOMPARE(stand.view.chosen(), 1);
        QTest::keyClick(&stand.view, Qt::Key_Down, Qt::ShiftModifier);
        QCOMPARE(stand.view.chosen(), 3);
        QTest::keyClick(&stand.view, Qt::Key_Return);
        QCOMPARE(opened.size(), 1);
        QCOMPARE(opened[0][0].toInt(), 3);
        QTest::keyClick(&stand.view, Qt::Key_Escape);
        QCOMPARE(stand.view.chosen(), -1);
        QTest::keyClick(&stand.view, Qt::Key_Right, Qt::ShiftModifier); // the one nearest to the middle
        QCOMPARE(stand.view.chosen(), 1);
        QTest::mouseClick(&stand.view, Qt::LeftButton, {}, QPoint(3, 3));
        QCOMPARE(stand.view.chosen(), -1);
        QCOMPARE(chosen.size(), 6);
        // The page's own choice is told to nobody, and brought into sight.
        QTest::keyClick(&stand.view, Qt::Key_Plus);
        for (int i = 0; i < 12; ++i)
            QTest::keyClick(&stand.view, Qt::Key_Plus);
        QVERIFY(!stand.view.rect().contains(stand.at(0)));
        stand.view.choose(0);
        QVERIFY(stand.view.rect().contains(stand.at(0)));
        QCOMPARE(chosen.size(), 6);
        // Another picture of the same graph keeps it, another graph does not.
        stand.view.setPicture(std::make_shared<GraphPicture>(*stand.view.picture()));
        QCOMPARE(stand.view.chosen(), 0);
        stand.view.setPicture(largePicture(50, 60));
        QCOMPARE(stand.view.chosen(), -1);
    }

    void lookingAround()
    {
        Stand stand(smallPicture());
        const QPointF before = stand.view.positionOf(0);
        for (int node = 0; node < 4; ++node)
            QVERIFY(stand.view.rect().contains(stand.at(node)));
        // What is under the mouse stays there.
        QWheelEvent wheel(before, stand.view.mapToGlobal(before), {}, {0, 240}, {}, {}, Qt::NoScrollPhase, false);
        const double scale = stand.view.camera().scale;
        QApplication::sendEvent(&stand.view, &wheel);
        QVERIFY(stand.view.camera().scale > 1.5 * scale);
        QVERIFY(QLineF(stand.view.positionOf(0), before).length() < .01);
        // A drag moves all and chooses nothing.
        QTest::mousePress(&stand.view, Qt::LeftButton, {}, QPoint(300, 200));
        stand.move({340, 170}, Qt::LeftButton);
        QTest::mouseRelease(&stand.view, Qt::LeftButton, {}, QPoint(340, 170));
        QVERIFY(QLineF(stand.view.positionOf(0), before + QPointF(40, -30)).length() < .01);
        QCOMPARE(stand.view.chosen(), -1);
        QTest::keyClick(&stand.view, Qt::Key_Right);
        QVERIFY(stand.view.positionOf(0).x() < before.x());
        QTest::keyClick(&stand.view, Qt::Key_0);
        QVERIFY(QLineF(stand.view.positionOf(0), before).length() < .01);
        stand.view.resize(300, 500);
        for (int node = 0; node < 4; ++node)
            QVERIFY(stand.view.rect().contains(stand.at(node)));
    }

    void exports()
    {
        Stand stand(smallPicture());
        RunRecord record;
        record.kind = "geeni";
        record.seed = 17;
        const FigureProvenance provenance = provenanceOf("Cora", record);
        const QByteArray svg = figureBytes(stand.view, FigureFormat::Svg, provenance);
        QVERIFY(QSvgRenderer(svg).isValid());
        QVERIFY(svg.contains("Neural nets") && svg.contains("&quot;seed&quot;:17"));
        QVERIFY(!svg.contains("<image")); // vectors all through
        QVERIFY(svg.count("<path") >= 4);
        // In another thread, and later, when something else is shown.
        const FigureDrawing later = stand.view.laterDrawing();
        stand.view.setPicture(nullptr);
        QByteArray elsewhere;
        std::thread([&] {
            elsewhere = figureBytes(later, stand.view.figureSize(), FigureFormat::Svg, provenance);
        }).join();
        QVERIFY(elsewhere == svg);
        stand.view.setPicture(smallPicture());
        const QByteArray pdf = figureBytes(stand.view, FigureFormat::Pdf, provenance);
        QVERIFY(pdf.startsWith("%PDF") && pdf.size() > 2000);
        const QImage png = QImage::fromData(figureBytes(stand.view, FigureFormat::Png, provenance));
        QCOMPARE(png.size(), stand.view.size() * 2);
        QVERIFY(png.text("Description").contains("\"seed\":17"));
        QVERIFY(pixelsLike(png, stand.at(0) * 2, 5, groupColour(0, lightTokens())) > 40);
    }

    void nothingToShow()
    {
        Stand stand(nullptr);
        auto unplaced = smallPicture();
        unplaced->places = nullptr;
        stand.view.setPicture(unplaced);
        stand.view.grab();
        for (const int key : {Qt::Key_Left, Qt::Key_Plus, Qt::Key_0, Qt::Key_Return})
            QTest::keyClick(&stand.view, Qt::Key(key));
        QTest::keyClick(&stand.view, Qt::Key_Left, Qt::ShiftModifier);
        QCOMPARE(stand.view.nodeAt({5, 5}), -1);
        QVERIFY(!figureBytes(stand.view, FigureFormat::Png, {}).isEmpty());
    }

    /// 20,000 nodes and 100,000 edges are dragged at 20 frames a second and more, and the window answers meanwhile.
    void smooth()
    {
        Stand stand(largePicture(20'000, 100'000), {1100, 700});
        UiWatchdog watchdog;
        QElapsedTimer clock;
        std::vector<double> frames;
        QTest::mousePress(&stand.view, Qt::LeftButton, {}, QPoint(550, 350));
        QElapsedTimer whole;
        whole.start();
        for (int i = 1; i <= 120; ++i) {
            clock.restart();
            stand.move(QPoint(550 + 5 * i, 350 + 2 * i), Qt::LeftButton);
            stand.view.repaint();
            QApplication::processEvents();
            frames.push_back(double(clock.nsecsElapsed()) / 1e6);
        }
        const double rate = 120e3 / double(whole.elapsed());
        QTest::mouseRelease(&stand.view, Qt::LeftButton, {}, QPoint(1150, 590));
        std::sort(frames.begin(), frames.end());
        clock.restart();
        QTRY_VERIFY_WITH_TIMEOUT(stand.view.isDrawn(), 20'000);
        // The same without the image, as it would be in the window's thread.
        QImage image(1100, 700, QImage::Format_RGB32);
        QPainter painter(&image);
        QElapsedTimer drawing;
        drawing.start();
        paintGraph(painter, QSizeF(1100, 700), *stand.view.picture(), stand.view.camera(),
            {darkTokens(), stand.view.font(), false, {}});
        const double drawn = double(drawing.nsecsElapsed()) / 1e6;
        qInfo("dragging: %.0f frames a second, a frame %.2f ms (median), %.2f ms (longest); drawing all: %.0f ms; "
              "longest silence %d ms",
            rate, frames[60], frames.back(), drawn, watchdog.longestMs());
        QVERIFY(rate >= 20);
        QVERIFY(frames[60] < drawn / 4);
        QVERIFY(watchdog.longestMs() < 200);
    }
};

QTEST_MAIN(TestGraphView)
#include "tst_graph_view.moc"
