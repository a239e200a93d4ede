// SPDX-License-Identifier: GPL-3.0-or-later
#include "sample/sample_drawing.h"

#include "base/random.h"
#include "sample/sample_shapes.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace clipscope {

namespace {
constexpr double kTau = 2 * std::numbers::pi;
/// World drawn beyond the picture on each side, so that the shaking camera never sees an edge.
constexpr int kMargin = 8;

/// The wall things hide behind stands in the middle, a little larger than the thing.
void drawWall(SampleCanvas& canvas, double radius, double y)
{
    const double w = radius * 1.15;
    const cv::Rect wall(canvas.at(-w, y - w * 1.2), canvas.at(w, y + w * 1.2));
    cv::rectangle(canvas.image, wall, {112, 112, 118}, -1);
    cv::rectangle(canvas.image, wall, {60, 60, 64}, canvas.stroke(.008));
}

/// Goes through time backwards where the action is the mirror image of another one.
ActionKind forwards(ActionKind kind, double& progress)
{
    switch (kind) {
    case ActionKind::SlideRight:
    case ActionKind::Fall:
    case ActionKind::Shrink:
    case ActionKind::Vanish:
    case ActionKind::Part:
    case ActionKind::Emerge:
        progress = 1 - progress;
        return ActionKind(sampleAction(kind).opposite);
    default:
        return kind;
    }
}

void drawBounce(SampleCanvas& canvas, const SampleEvent& e, double u)
{
    const double height = std::abs(std::sin(kTau / 2 * u));
    const double floor = .38;
    cv::ellipse(canvas.image, canvas.at(e.x, floor),
        {int(e.a.radius * canvas.unit * (1.1 - .4 * height)), canvas.stroke(.02)}, 0, 0, 360, {40, 40, 40}, -1,
        cv::LINE_AA);
    Pose pose;
    pose.squash = .7 + .3 * std::min(1., height * 3);
    drawThing(canvas, e.a, e.x, floor - e.a.radius - .42 * height, pose);
}

void drawCircle(SampleCanvas& canvas, const SampleEvent& e, double u)
{
    for (int i = 0; i < 16; ++i)
        cv::circle(canvas.image, canvas.at(.27 * std::cos(kTau * i / 16), .27 * std::sin(kTau * i / 16)),
            canvas.stroke(.0104), {90, 90, 90}, -1, cv::LINE_AA);
    const double q = kTau * (u * .35 + e.phase);
    drawThing(canvas, e.a, .27 * std::cos(q), .27 * std::sin(q));
}

void drawSwing(SampleCanvas& canvas, const SampleEvent& e, double u)
{
    const double q = .75 * std::sin(kTau * u * .45);
    const double x = e.x * .5 + .52 * std::sin(q);
    const double y = -.5 + .52 * std::cos(q);
    cv::line(canvas.image, canvas.at(e.x * .5, -.6), canvas.at(x, y), {50, 50, 50}, canvas.stroke(.008), cv::LINE_AA);
    Pose pose;
    pose.turn = -q;
    drawThing(canvas, e.a, x, y, pose);
}

void drawBurst(SampleCanvas& canvas, const SampleEvent& e, double progress)
{
    for (int i = 0; i < 6; ++i) {
        const double q = kTau * (i / 6. + e.phase);
        Pose pose;
        pose.radius = std::max(.03, e.a.radius * .42);
        pose.turn = q;
        drawThing(canvas, e.a, e.x * .5 + .3 * progress * std::cos(q), e.y * .5 + .3 * progress * std::sin(q), pose);
    }
}

void drawTurn(SampleCanvas& canvas, const SampleEvent& e, double progress)
{
    const double share = std::clamp(progress * 1.6 - .3, 0., 1.);
    std::array<uint8_t, 3> mixed{};
    for (size_t c = 0; c < 3; ++c) {
        const double from = sampleColours()[size_t(e.a.colour)].rgb[c];
        mixed[c] = uint8_t(from + (sampleColours()[size_t(e.b.colour)].rgb[c] - from) * share);
    }
    Pose pose;
    pose.colour = &mixed;
    drawThing(canvas, e.a, e.x, e.y, pose);
}

void drawAppear(SampleCanvas& canvas, const SampleEvent& e, double progress)
{
    SampleCanvas above = canvas;
    above.image = canvas.image.clone();
    drawThing(above, e.a, e.x, e.y);
    const double opacity = .08 + .92 * progress;
    cv::addWeighted(above.image, opacity, canvas.image, 1 - opacity, 0, canvas.image);
}

void drawJump(SampleCanvas& canvas, const SampleEvent& e, double u)
{
    const double q = std::fmod(u * .45 + e.phase, 1.);
    drawThing(canvas, e.b, 0, .3 - e.b.radius);
    drawThing(canvas, e.a, e.side * (.36 - .72 * q), .3 - e.a.radius - 2 * q * (1 - q));
}

void drawEvent(SampleCanvas& canvas, const SampleEvent& e, double timeSec)
{
    const double s = e.side;
    const double u = timeSec * e.rate;
    double p = std::clamp((timeSec - e.startSec) / (e.endSec - e.startSec), 0., 1.);
    Pose pose;
    switch (forwards(e.action, p)) {
    case ActionKind::SlideLeft:
        drawThing(canvas, e.a, .36 - .72 * p, e.y);
        break;
    case ActionKind::Rise:
        drawThing(canvas, e.a, e.x, .36 - .72 * p);
        break;
    case ActionKind::Grow:
        pose.radius = .05 + .16 * p;
        drawThing(canvas, e.a, e.x, e.y, pose);
        break;
    case ActionKind::Appear:
        drawAppear(canvas, e, p);
        break;
    case ActionKind::Meet: {
        const double d = .36 - (.36 - (e.a.radius + e.b.radius) / 2) * p;
        drawThing(canvas, e.a, -s * d, e.y);
        drawThing(canvas, e.b, s * d, e.y);
        break;
    }
    case ActionKind::Hide:
        drawThing(canvas, e.a, s * (.36 - .36 * p), e.y);
        drawWall(canvas, e.a.radius, e.y);
        break;
    case ActionKind::Bounce:
        drawBounce(canvas, e, u);
        break;
    case ActionKind::Spin:
        pose.turn = kTau * u * 1.1;
        drawThing(canvas, e.a, e.x, e.y, pose);
        break;
    case ActionKind::Blink:
        pose.hollow = std::fmod(u * 1.2, 1.) > .5;
        drawThing(canvas, e.a, e.x, e.y, pose);
        break;
    case ActionKind::Circle:
        drawCircle(canvas, e, u);
        break;
    case ActionKind::Shake:
        pose.turn = .15 * std::sin(kTau * u * 3.1);
        drawThing(canvas, e.a, e.x + .035 * std::sin(kTau * u * 3.7), e.y, pose);
        break;
    case ActionKind::Rest:
        drawThing(canvas, e.a, e.x, e.y);
        break;
    case ActionKind::Chase: {
        const double middle = s * (.8 * p - .4);
        const double gap = (e.a.radius + e.b.radius) / 2 + .05;
        drawThing(canvas, e.a, middle - s * gap, e.y);
        drawThing(canvas, e.b, middle + s * gap, e.y);
        break;
    }
    case ActionKind::Orbit: {
        const double q = kTau * (u * .4 + e.phase);
        drawThing(canvas, e.b, 0, 0);
        drawThing(canvas, e.a, .29 * std::cos(q), .29 * std::sin(q));
        break;
    }
    case ActionKind::Jump:
        drawJump(canvas, e, u);
        break;
    case ActionKind::Burst:
        drawBurst(canvas, e, p);
        break;
    case ActionKind::Swing:
        drawSwing(canvas, e, u);
        break;
    case ActionKind::Turn:
        drawTurn(canvas, e, p);
        break;
    default: // the mirrored actions were turned into their opposites
        break;
    }
}

const SampleEvent* eventAt(const SampleScript& script, double timeSec)
{
    for (const SampleEvent& event : script.events)
        if (timeSec >= event.startSec && timeSec < event.endSec)
            return &event;
    return nullptr;
}

/// Grain for all videos: normal numbers in sixteenths, read from random places, which is as good and much faster than
/// drawing a new one for each pixel.
const std::vector<int16_t>& grainTable()
{
    static const std::vector<int16_t> table = [] {
        Random random(deriveSeed(0, "grain"));
        std::vector<int16_t> values(1 << 16);
        for (int16_t& value : values)
            value = int16_t(std::lround(16 * random.normal()));
        return values;
    }();
    return table;
}
} // namespace

struct SamplePainter::Impl {
    SampleScript script;
    int width;
    int height;
    SampleCanvas canvas;
    cv::Mat backdrop;
    std::vector<uint16_t> exposed; ///< sum of the sub-frames, canvas size
    std::vector<int16_t> seen; ///< one row of the picture before grain
    Random grain;
    std::array<double, 8> shake{}; ///< two frequencies and two phases an axis

    Impl(const SampleScript& s, int w, int h)
        : script(s)
        , width(w)
        , height(h)
        , grain(deriveSeed(s.seed, "grain"))
    {
        canvas.unit = h;
        canvas.image.create(h + 2 * kMargin, w + 2 * kMargin, CV_8UC3);
        canvas.middle = {canvas.image.cols / 2., canvas.image.rows / 2.};
        drawBackdrop(canvas, script);
        backdrop = canvas.image.clone();
        exposed.resize(canvas.image.total() * 3);
        seen.resize(size_t(3 * w));
        Random random(deriveSeed(s.seed, "shake"));
        for (size_t i = 0; i < shake.size(); ++i)
            shake[i] = i % 2 ? random.uniform(0, kTau) : random.uniform(.3, 1.1);
    }

    void draw(double timeSec)
    {
        backdrop.copyTo(canvas.image);
        if (const SampleEvent* event = eventAt(script, timeSec))
            drawEvent(canvas, *event, timeSec);
    }

    /// The mean of three sub-frames of one event (as a sum). Between events nothing moves.
    void expose(double timeSec)
    {
        const SampleEvent* event = eventAt(script, timeSec);
        const size_t bytes = exposed.size();
        if (!event) {
            for (size_t i = 0; i < bytes; ++i)
                exposed[i] = uint16_t(3 * backdrop.data[i]);
            return;
        }
        bool first = true;
        for (const double offset : {-.05, 0., .05}) {
            backdrop.copyTo(canvas.image);
            drawEvent(canvas, *event, timeSec + offset);
            const uint8_t* drawn = canvas.image.data;
            if (first)
                for (size_t i = 0; i < bytes; ++i)
                    exposed[i] = drawn[i];
            else
                for (size_t i = 0; i < bytes; ++i)
                    exposed[i] = uint16_t(exposed[i] + drawn[i]);
            first = false;
        }
    }

    /// Where the camera's corner is on the canvas, in eighths of a pixel.
    cv::Point cameraAt(double timeSec) const
    {
        const auto sway = [&](size_t axis) {
            const double* f = shake.data() + 4 * axis;
            const double wave =
                .6 * std::sin(kTau * f[0] * timeSec + f[1]) + .4 * std::sin(kTau * 2.3 * f[2] * timeSec + f[3]);
            return int(std::lround(8 * (kMargin - 1 + std::clamp(wave * height * .014, -6., 6.))));
        };
        return {sway(0), sway(1)};
    }

    void photograph(double timeSec, RgbImage& out)
    {
        const cv::Point corner = cameraAt(timeSec);
        const int fx = corner.x % 8;
        const int fy = corner.y % 8;
        const int weights[4] = {(8 - fx) * (8 - fy), fx * (8 - fy), (8 - fx) * fy, fx * fy}; // add up to 64
        // exposed sums reach 3 * 255, times 64; the gain brings them back to 0..255 in 1/65536 steps.
        const int gain = int(std::lround(script.gain * 65536 / (3 * 64)));
        const int bias = int(std::lround((script.bias + .5) * 65536));
        const int strength = int(std::lround(script.noise * 65536 / 16));
        const size_t stride = size_t(3 * canvas.image.cols);
        const std::vector<int16_t>& table = grainTable();
        for (int y = 0; y < height; ++y) {
            const uint16_t* above = exposed.data() + size_t(corner.y / 8 + y) * stride + 3 * size_t(corner.x / 8);
            const uint16_t* below = above + stride;
            uint8_t* row = out.row(y);
            const int16_t* noise = table.data() + grain.below(table.size() - size_t(width));
            for (int x = 0; x < width; ++x) {
                const int speck = noise[x] * strength + bias;
                for (int c = 0; c < 3; ++c) {
                    const int i = 3 * x + c;
                    const int light = weights[0] * above[i] + weights[1] * above[i + 3] + weights[2] * below[i]
                        + weights[3] * below[i + 3];
                    row[i] = uint8_t(std::clamp((light * gain + speck) >> 16, 0, 255));
                }
            }
        }
    }
};

SamplePainter::SamplePainter(const SampleScript& script, int width, int height)
    : m_impl(std::make_unique<Impl>(script, width, height))
{
}
SamplePainter::~SamplePainter() = default;
SamplePainter::SamplePainter(SamplePainter&&) noexcept = default;

void SamplePainter::paint(double timeSec, RgbImage& out)
{
    if (out.width != m_impl->width || out.height != m_impl->height)
        out = RgbImage(m_impl->width, m_impl->height);
    m_impl->grain =
        Random(deriveSeed(deriveSeed(m_impl->script.seed, "grain"), uint64_t(std::llround(timeSec * 1000))));
    m_impl->expose(timeSec);
    m_impl->photograph(timeSec, out);
}

void SamplePainter::paintClean(double timeSec, RgbImage& out)
{
    out = RgbImage(m_impl->width, m_impl->height);
    m_impl->draw(timeSec);
    for (int y = 0; y < out.height; ++y)
        std::copy_n(m_impl->canvas.image.ptr(y + kMargin) + 3 * kMargin, size_t(3 * out.width), out.row(y));
}

} // namespace clipscope
