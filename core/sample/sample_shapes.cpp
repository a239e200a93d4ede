// SPDX-License-Identifier: GPL-3.0-or-later
#include "sample/sample_shapes.h"

#include "base/random.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace clipscope {

namespace {
constexpr double kPi = std::numbers::pi;
constexpr int kFineBits = 4;

using Outline = std::vector<cv::Point2d>;

Outline polygon(int corners, double radius = 1, double offset = 0)
{
    Outline points;
    for (int i = 0; i < corners; ++i) {
        const double angle = 2 * kPi * (i + offset) / corners;
        points.emplace_back(radius * std::sin(angle), -radius * std::cos(angle));
    }
    return points;
}

Outline star()
{
    const Outline outer = polygon(5, 1.15);
    const Outline inner = polygon(5, .48, .5);
    Outline points;
    for (size_t i = 0; i < 5; ++i) {
        points.push_back(outer[i]);
        points.push_back(inner[i]);
    }
    return points;
}

Outline cross()
{
    const double w = .34;
    return {{-w, -1}, {w, -1}, {w, -w}, {1, -w}, {1, w}, {w, w}, {w, 1}, {-w, 1}, {-w, w}, {-1, w}, {-1, -w}, {-w, -w}};
}

Outline heart()
{
    Outline points;
    for (int i = 0; i < 40; ++i) {
        const double t = 2 * kPi * i / 40;
        const double y = 13 * std::cos(t) - 5 * std::cos(2 * t) - 2 * std::cos(3 * t) - std::cos(4 * t);
        points.emplace_back(std::pow(std::sin(t), 3), -y / 16);
    }
    return points;
}

/// The outer arc, then the inner one back.
Outline moon()
{
    Outline points;
    for (int i = 0; i < 24; ++i) {
        const double t = .9 + (2 * kPi - 1.8) * i / 23;
        points.emplace_back(std::cos(t), std::sin(t));
    }
    for (int i = 0; i < 18; ++i) {
        const double t = 2 * kPi - 1.44 - (2 * kPi - 2.88) * i / 17;
        points.emplace_back(.45 + .79 * std::cos(t), .79 * std::sin(t));
    }
    return points;
}

// In the order of sampleShapes().
enum Shape { Ball, Box, Triangle, Star, Ring, Cross, Heart, Moon };

const Outline& outlineOf(int shape)
{
    static const std::array<Outline, 8> outlines = {polygon(40),
        Outline{{-.85, -.85}, {.85, -.85}, {.85, .85}, {-.85, .85}}, polygon(3, 1.15), star(), polygon(40), cross(),
        heart(), moon()};
    return outlines[size_t(shape)];
}

cv::Scalar scalar(const std::array<uint8_t, 3>& rgb, double factor = 1)
{
    const auto level = [factor](uint8_t c) { return std::min(255., std::floor(c * factor)); };
    return {level(rgb[0]), level(rgb[1]), level(rgb[2])};
}
} // namespace

cv::Point SampleCanvas::at(double x, double y) const
{
    return {int(std::lround(middle.x + x * unit)), int(std::lround(middle.y + y * unit))};
}

cv::Point SampleCanvas::fineAt(double x, double y) const
{
    const double scale = 1 << kFineBits;
    return {int(std::lround((middle.x + x * unit) * scale)), int(std::lround((middle.y + y * unit) * scale))};
}

int SampleCanvas::stroke(double units) const
{
    return std::max(1, int(std::lround(units * unit)));
}

void drawThing(SampleCanvas& canvas, const Thing& thing, double x, double y, const Pose& pose)
{
    const double radius = pose.radius > 0 ? pose.radius : thing.radius;
    const double cosine = std::cos(thing.angle + pose.turn);
    const double sine = std::sin(thing.angle + pose.turn);
    const auto place = [&](const cv::Point2d& p, double scale = 1.) {
        const double px = scale * radius * (p.x * cosine - p.y * sine);
        const double py = scale * radius * (p.x * sine + p.y * cosine);
        return canvas.fineAt(x + px, y + py * pose.squash);
    };
    const auto path = [&](const Outline& outline, double scale) {
        std::vector<cv::Point> points;
        points.reserve(outline.size());
        for (const cv::Point2d& p : outline)
            points.push_back(place(p, scale));
        return std::vector<std::vector<cv::Point>>{std::move(points)};
    };
    const std::array<uint8_t, 3>& rgb = pose.colour ? *pose.colour : sampleColours()[size_t(thing.colour)].rgb;
    const cv::Scalar full = scalar(rgb);
    const cv::Scalar dark = scalar(rgb, .35);
    if (pose.hollow) {
        cv::polylines(
            canvas.image, path(outlineOf(thing.shape), 1), true, full, canvas.stroke(.0104), cv::LINE_AA, kFineBits);
        return;
    }
    if (thing.shape == Ring) {
        cv::polylines(
            canvas.image, path(outlineOf(Ball), .75), true, full, canvas.stroke(radius * .45), cv::LINE_AA, kFineBits);
    } else {
        const auto outline = path(outlineOf(thing.shape), 1);
        cv::fillPoly(canvas.image, outline, full, cv::LINE_AA, kFineBits);
        cv::polylines(canvas.image, outline, true, dark, canvas.stroke(.008), cv::LINE_AA, kFineBits);
    }
    // A dot off the middle makes turning visible.
    const bool high = thing.shape == Ring || thing.shape == Star || thing.shape == Triangle;
    const cv::Point2d dot = thing.shape == Moon ? cv::Point2d(-.72, 0) : cv::Point2d(-.15, high ? -.62 : -.45);
    const double dotRadius = std::max(.0104, radius * .13);
    cv::circle(
        canvas.image, place(dot), int(dotRadius * canvas.unit * (1 << kFineBits)), dark, -1, cv::LINE_AA, kFineBits);
}

namespace {

/// The backgrounds' patterns; `g` is one grid step, 1/96 of the height, and the pattern covers the whole canvas.
struct Pattern {
    SampleCanvas& canvas;
    Random& random;
    std::array<uint8_t, 3> base;

    double g() const { return canvas.unit / 96; }
    int width() const { return canvas.image.cols; }
    int height() const { return canvas.image.rows; }
    cv::Point spot() { return {int(random.below(uint64_t(width()))), int(random.below(uint64_t(height())))}; }
    int count(int inTheSquare) const
    {
        return int(inTheSquare * double(width()) * height() / (canvas.unit * canvas.unit));
    }

    void blades()
    {
        for (int i = count(60); i > 0; --i) {
            const cv::Point foot = spot();
            cv::line(canvas.image, foot, foot + cv::Point(int(g()), -int(4 * g())), scalar(base, .72),
                int(std::max(1., g() * .8)), cv::LINE_AA);
        }
    }
    void dots(int number, double radius, const cv::Scalar& colour)
    {
        for (int i = count(number); i > 0; --i)
            cv::circle(canvas.image, spot(), std::max(1, int(radius * g())), colour, -1, cv::LINE_AA);
    }
    void waves()
    {
        for (double y = 6 * g(); y < height(); y += 12 * g()) {
            std::vector<cv::Point> points;
            for (double x = 0; x < width() + 4 * g(); x += 2 * g())
                points.emplace_back(int(x), int(y + 2 * g() * std::sin(x / (5 * g()) + y)));
            cv::polylines(canvas.image, points, false, scalar(base, 1.25), int(std::max(1., g() * .8)), cv::LINE_AA);
        }
    }
    void bricks()
    {
        const cv::Scalar mortar(190, 170, 160);
        const int wide = int(std::max(1., g() * .8));
        int course = 0;
        for (double y = 0; y < height(); y += 12 * g(), ++course) {
            cv::line(canvas.image, {0, int(y)}, {width(), int(y)}, mortar, wide);
            for (double x = course % 2 * 12 * g(); x < width(); x += 24 * g())
                cv::line(canvas.image, {int(x), int(y)}, {int(x), int(y + 12 * g())}, mortar, wide);
        }
    }
    void chequers()
    {
        const int side = int(24 * g());
        for (int row = 0; row * side < height(); ++row)
            for (int column = row % 2; column * side < width(); column += 2)
                cv::rectangle(canvas.image, cv::Rect(column * side, row * side, side, side), scalar(base, .78), -1);
    }
    void planks()
    {
        for (double y = 0; y < height(); y += 16 * g()) {
            const auto sway = [&] { return int(y + g() * double(random.integer(-2, 3))); };
            const int left = sway();
            cv::line(canvas.image, {0, left}, {width(), sway()}, scalar(base, .62), int(2 * g() * .8), cv::LINE_AA);
        }
    }
};

} // namespace

void drawBackdrop(SampleCanvas& canvas, const SampleScript& script)
{
    Random random(deriveSeed(script.seed, "backdrop"));
    const SampleBackground& background = sampleBackgrounds()[size_t(script.background)];
    Pattern pattern{canvas, random, background.rgb};
    cv::Scalar tint;
    for (int c = 0; c < 3; ++c)
        tint[c] = std::clamp(std::round(background.rgb[size_t(c)] + 7 * random.normal()), 0., 255.);
    canvas.image.setTo(tint);
    const std::string kind = background.name;
    if (kind == "grass")
        pattern.blades();
    else if (kind == "sand")
        pattern.dots(60, 1, scalar(background.rgb, .84));
    else if (kind == "snow")
        pattern.dots(60, 2, scalar(background.rgb, .84));
    else if (kind == "night")
        pattern.dots(28, .8, {200, 200, 170});
    else if (kind == "water")
        pattern.waves();
    else if (kind == "brick")
        pattern.bricks();
    else if (kind == "tiles")
        pattern.chequers();
    else
        pattern.planks();
    for (const Bystander& bystander : script.bystanders)
        drawThing(canvas, bystander.thing, bystander.x, bystander.y);
}

} // namespace clipscope
