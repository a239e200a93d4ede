// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "sample/sample_script.h"

#include <opencv2/core.hpp>

namespace clipscope {

/// A picture of the world under the brush: `unit` pixels are one world unit, `middle` is the origin's pixel.
struct SampleCanvas {
    cv::Mat image; ///< 8-bit R G B
    double unit = 240;
    cv::Point2d middle;

    /// Pixel of a world point, and the same in sixteenths of a pixel for OpenCV's `shift` of 4.
    cv::Point at(double x, double y) const;
    cv::Point fineAt(double x, double y) const;
    /// Line widths grow with the picture; at least one pixel.
    int stroke(double units) const;
};

/// How one thing is drawn when it differs from its own size, pose and colour.
struct Pose {
    double radius = 0; ///< 0: the thing's own
    double turn = 0; ///< radians, added to the thing's own angle
    double squash = 1; ///< height over width
    bool hollow = false; ///< outline only
    const std::array<uint8_t, 3>* colour = nullptr;
};

/// Draws `thing` with its middle at (x, y).
void drawThing(SampleCanvas& canvas, const Thing& thing, double x, double y, const Pose& pose = {});
/// Fills the canvas with the script's background and its bystanders.
void drawBackdrop(SampleCanvas& canvas, const SampleScript& script);

} // namespace clipscope
