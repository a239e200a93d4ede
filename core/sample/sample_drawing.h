// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/rgb_image.h"
#include "sample/sample_script.h"

#include <memory>

namespace clipscope {

/// Draws the moments of one script as a camera would see them: motion blur, a hand that is not quite still, gain, bias
/// and grain. The same script, size and time always give the same picture. One thread at a time.
class SamplePainter {
public:
    SamplePainter(const SampleScript& script, int width, int height);
    ~SamplePainter();
    SamplePainter(SamplePainter&&) noexcept;

    /// The picture at `timeSec`; `out` is reused when it has the right size.
    void paint(double timeSec, RgbImage& out);
    /// The same without camera: no blur, shake, gain or grain (for tests and for looking at one pose).
    void paintClean(double timeSec, RgbImage& out);

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace clipscope
