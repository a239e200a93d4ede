// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/frame_sampler.h"

#include "base/error.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>

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

std::vector<int64_t> uniformIndices(int64_t count, const FrameTimeline& timeline)
{
    const auto& [ptsSec, isKeyframe, reachCost, durationSec] = timeline;
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

std::vector<int64_t> fpsIndices(double fps, const FrameTimeline& timeline)
{
    const auto& [ptsSec, isKeyframe, reachCost, durationSec] = timeline;
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

std::vector<int64_t> keyframeIndices(const std::vector<bool>& isKeyframe)
{
    std::vector<int64_t> out;
    for (size_t i = 0; i < isKeyframe.size(); ++i) {
        if (isKeyframe[i])
            out.push_back(int64_t(i));
    }
    // A stream that marks no keyframe at all still has a first picture.
    return out.empty() ? std::vector<int64_t>{0} : out;
}

std::vector<int64_t> exactIndices(const SamplerSpec& spec, const FrameTimeline& timeline)
{
    switch (spec.kind) {
    case SamplerKind::Uniform:
        return uniformIndices(spec.count, timeline);
    case SamplerKind::Fps:
        return fpsIndices(spec.fps, timeline);
    case SamplerKind::Keyframes:
        break;
    }
    return keyframeIndices(timeline.isKeyframe);
}

int64_t cheapestNear(int64_t wanted, const FrameTimeline& timeline)
{
    const int64_t last = std::ssize(timeline.timesSec) - 1;
    int64_t best = wanted;
    // From near to far, the earlier one first: the first of equal costs stays.
    for (int64_t off = 1; off <= kReferenceSnapFrames; ++off) {
        for (const int64_t frame : {wanted - off, wanted + off}) {
            if (frame >= 0 && frame <= last && timeline.reachCost[size_t(frame)] < timeline.reachCost[size_t(best)])
                best = frame;
        }
    }
    return best;
}

int64_t nearestKeyframe(int64_t wanted, const FrameTimeline& timeline)
{
    const auto& [timesSec, isKeyframe, reachCost, durationSec] = timeline;
    const int64_t frames = std::ssize(timesSec);
    const double timeSec = timesSec[size_t(wanted)];
    // No further than a group may be long: one keyframe in an hour is not looked for again and again.
    int64_t before = wanted;
    while (before >= 0 && !isKeyframe[size_t(before)] && timeSec - timesSec[size_t(before)] <= kLongestGroupSec)
        --before;
    int64_t after = wanted + 1;
    while (after < frames && !isKeyframe[size_t(after)] && timesSec[size_t(after)] - timeSec <= kLongestGroupSec)
        ++after;
    const double startSec = before >= 0 ? timesSec[size_t(before)] : 0;
    const double endSec = after < frames ? timesSec[size_t(after)] : durationSec;
    if (endSec - startSec > kLongestGroupSec || (before < 0 && after == frames))
        return wanted;
    if (before < 0)
        return after;
    // A hair of tolerance: half way between two is the earlier one, whatever the rounding of the ticks.
    return after < frames && endSec - timeSec < timeSec - startSec - 1e-9 ? after : before;
}

constexpr std::string_view kReferenceEnding = "@reference";
constexpr std::string_view kKeyframeEnding = "@keyframe";

bool takeEnding(std::string_view& text, std::string_view ending)
{
    if (!text.ends_with(ending))
        return false;
    text.remove_suffix(ending.size());
    return true;
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
    std::string_view moments = text;
    if (takeEnding(moments, kReferenceEnding))
        spec.snap = SamplerSnap::Reference;
    else if (takeEnding(moments, kKeyframeEnding))
        spec.snap = SamplerSnap::Keyframe;
    if (moments.starts_with("uniform:") && parseWhole(moments.substr(8), spec.count) && spec.count >= 1
        && spec.count <= kMaxCount)
        return spec;
    if (moments.starts_with("fps:") && parseWhole(moments.substr(4), spec.fps) && spec.fps >= kMinFps
        && spec.fps <= kMaxFps) {
        spec.kind = SamplerKind::Fps;
        return spec;
    }
    throw Error(ErrorKind::Input, "'" + std::string(text) + "' is not a way of sampling frames", "sampler",
        "Write uniform:N (N = 1 to 100000 frames a video), fps:X (X = 0.001 to 1000 frames a second) or keyframes; "
        "uniform:N@reference and fps:X@reference take a frame at most two frames off that is decoded sooner, "
        "uniform:N@keyframe and fps:X@keyframe the nearest keyframe.");
}

std::string SamplerSpec::toString() const
{
    if (kind == SamplerKind::Keyframes)
        return "keyframes";
    std::string text;
    if (kind == SamplerKind::Uniform) {
        text = "uniform:" + std::to_string(count);
    } else {
        char digits[32];
        const auto end = std::to_chars(digits, digits + sizeof digits, fps).ptr;
        text = "fps:" + std::string(digits, end);
    }
    if (snap == SamplerSnap::Reference)
        text += kReferenceEnding;
    if (snap == SamplerSnap::Keyframe)
        text += kKeyframeEnding;
    return text;
}

double SampleError::meanFrames() const
{
    return moments > 0 ? double(sumFrames) / double(moments) : 0;
}

double SampleError::meanSec() const
{
    return moments > 0 ? double(sumNs) / double(moments) / 1e9 : 0;
}

double SampleError::largestSec() const
{
    return double(largestNs) / 1e9;
}

void SampleError::add(const SampleError& other)
{
    moments += other.moments;
    sumFrames += other.sumFrames;
    sumNs += other.sumNs;
    largestFrames = std::max(largestFrames, other.largestFrames);
    largestNs = std::max(largestNs, other.largestNs);
}

int64_t snappedFrame(int64_t wanted, SamplerSnap snap, const FrameTimeline& timeline)
{
    switch (snap) {
    case SamplerSnap::Reference:
        return cheapestNear(wanted, timeline);
    case SamplerSnap::Keyframe:
        return nearestKeyframe(wanted, timeline);
    case SamplerSnap::Exact:
        break;
    }
    return wanted;
}

SampledFrames sampleFrames(const SamplerSpec& spec, const FrameTimeline& timeline)
{
    SampledFrames out;
    if (timeline.timesSec.empty())
        return out;
    out.indices = exactIndices(spec, timeline);
    for (int64_t& index : out.indices) {
        const int64_t wanted = std::exchange(index, snappedFrame(index, spec.snap, timeline));
        const int64_t frames = std::abs(index - wanted);
        const double sec = std::abs(timeline.timesSec[size_t(index)] - timeline.timesSec[size_t(wanted)]);
        const int64_t ns = std::llround(sec * 1e9);
        out.error.add({1, frames, ns, frames, ns});
    }
    if (spec.snap != SamplerSnap::Exact)
        out.indices.erase(std::unique(out.indices.begin(), out.indices.end()), out.indices.end());
    return out;
}

} // namespace clipscope
