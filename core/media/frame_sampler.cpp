// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/frame_sampler.h"

#include "base/error.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace clipscope {

namespace {

constexpr int kMaxCount = 100000;
constexpr double kMinFps = .001;
constexpr double kMaxFps = 1000;

/// The frame on screen at `timeSec`: the last one shown at or before it. A hair of tolerance, because time stamps are
/// rounded to the container's ticks and a target that falls on a frame's very start belongs to that frame.
int64_t frameOnScreen(const std::vector<double>& ptsSec, double timeSec)
{
    const auto after = std::upper_bound(ptsSec.begin(), ptsSec.end(), timeSec + 1e-9);
    return std::max<int64_t>(0, after - ptsSec.begin() - 1);
}

/// Whether the frames are evenly spaced within the rounding of their time stamps (1 ms in Matroska and FLV).
bool isConstantRate(const std::vector<double>& ptsSec)
{
    if (ptsSec.size() < 3)
        return true;
    const double step = (ptsSec.back() - ptsSec.front()) / double(ptsSec.size() - 1);
    for (size_t i = 0; i < ptsSec.size(); ++i) {
        if (std::abs(ptsSec[i] - ptsSec.front() - double(i) * step) > std::min(.0015, .25 * step))
            return false;
    }
    return true;
}

std::vector<int64_t> uniformIndices(int64_t count, const std::vector<double>& ptsSec, double durationSec)
{
    const auto n = int64_t(ptsSec.size());
    count = std::min(count, n);
    const bool constant = isConstantRate(ptsSec);
    std::vector<int64_t> out(static_cast<size_t>(count));
    for (int64_t i = 0; i < count; ++i) {
        // Whole numbers where times would only add rounding: floor((i + .5) * n / count).
        out[size_t(i)] = constant ? (2 * i + 1) * n / (2 * count)
                                  : frameOnScreen(ptsSec, (double(i) + .5) * durationSec / double(count));
    }
    return out;
}

std::vector<int64_t> fpsIndices(double fps, const std::vector<double>& ptsSec, double durationSec)
{
    std::vector<int64_t> out;
    // A clip shorter than one interval still gives its middle.
    const int64_t count = std::max<int64_t>(1, std::llround(durationSec * fps));
    for (int64_t i = 0; i < count; ++i) {
        const double target = count == 1 ? std::min(durationSec / 2, .5 / fps) : (double(i) + .5) / fps;
        const int64_t index = frameOnScreen(ptsSec, target);
        if (out.empty() || out.back() != index)
            out.push_back(index);
        // Gaps in the time stamps may hold more targets than there are frames.
        if (index == int64_t(ptsSec.size()) - 1)
            break;
    }
    return out;
}

template <class Number> bool parseWhole(std::string_view text, Number& value)
{
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

} // namespace

SamplerSpec SamplerSpec::parse(std::string_view text)
{
    SamplerSpec spec;
    if (text == "keyframes") {
        spec.kind = SamplerKind::Keyframes;
        return spec;
    }
    if (text.starts_with("uniform:") && parseWhole(text.substr(8), spec.count) && spec.count >= 1
        && spec.count <= kMaxCount)
        return spec;
    if (text.starts_with("fps:") && parseWhole(text.substr(4), spec.fps) && spec.fps >= kMinFps
        && spec.fps <= kMaxFps) {
        spec.kind = SamplerKind::Fps;
        return spec;
    }
    throw Error(ErrorKind::Input, "'" + std::string(text) + "' is not a way of sampling frames", "sampler",
        "Write uniform:N (N = 1 to 100000 frames a video), fps:X (X = 0.001 to 1000 frames a second) or keyframes.");
}

std::string SamplerSpec::toString() const
{
    if (kind == SamplerKind::Keyframes)
        return "keyframes";
    if (kind == SamplerKind::Uniform)
        return "uniform:" + std::to_string(count);
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, fps).ptr;
    return "fps:" + std::string(digits, end);
}

std::vector<int64_t> sampleFrameIndices(
    const SamplerSpec& spec, const std::vector<double>& ptsSec, const std::vector<bool>& isKeyframe, double durationSec)
{
    if (ptsSec.empty())
        return {};
    if (spec.kind == SamplerKind::Uniform)
        return uniformIndices(spec.count, ptsSec, durationSec);
    if (spec.kind == SamplerKind::Fps)
        return fpsIndices(spec.fps, ptsSec, durationSec);
    std::vector<int64_t> out;
    for (size_t i = 0; i < isKeyframe.size(); ++i) {
        if (isKeyframe[i])
            out.push_back(int64_t(i));
    }
    // A stream that marks no keyframe at all still has a first picture.
    return out.empty() ? std::vector<int64_t>{0} : out;
}

} // namespace clipscope
