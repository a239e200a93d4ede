// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/video_rows_internal.h"

#include "base/text.h"
#include "library/damaged_library.h"

namespace clipscope {

namespace {

/// Every column but the id, in the order of bindVideo() and readVideo().
constexpr const char* kColumns = "path, import_root, bytes, modified_ns, hash, container, codec, pixel_format, width, "
                                 "height, rotation_degrees, sample_aspect, start_sec, duration_sec, fps, frames, "
                                 "keyframes, variable_frame_rate, interlaced, has_alpha, has_audio, hdr, sampler, "
                                 "sampled_frames, usable_frames, damage, label, split, error_moments, "
                                 "error_sum_frames, error_sum_ns, error_largest_frames, error_largest_ns";
constexpr int kColumnCount = 33;

SamplerSpec readSampler(const std::string& text, const Database& database)
{
    try {
        return SamplerSpec::parse(text);
    } catch (const Error&) {
        throw DamagedLibrary("is damaged (a way of sampling that does not exist)", database.file());
    }
}

} // namespace

std::string VideoRecord::facts() const
{
    return info.container + ", " + info.codec + ", " + std::to_string(info.width) + " x " + std::to_string(info.height)
        + ", " + std::to_string(usableFrames) + " of " + std::to_string(sampledFrames) + " frames usable";
}

std::string selectVideos()
{
    return std::string("SELECT id, ") + kColumns + " FROM videos";
}

VideoRecord readVideo(Statement& s, const Database& database)
{
    const VideoId id = s.integer();
    VideoRecord v = readVideoAfterId(s, database);
    v.id = id;
    return v;
}

VideoRecord readVideoAfterId(Statement& s, const Database& database)
{
    VideoRecord v;
    v.path = s.path();
    v.importRoot = s.path();
    v.bytes = s.integer();
    v.modifiedNs = s.integer();
    v.hash = s.text();
    v.info.container = s.text();
    v.info.codec = s.text();
    v.info.pixelFormat = s.text();
    v.info.width = int(s.integer());
    v.info.height = int(s.integer());
    v.info.rotationDegrees = int(s.integer());
    v.info.sampleAspect = s.real();
    v.info.startSec = s.real();
    v.info.durationSec = s.real();
    v.info.fps = s.real();
    v.info.frames = s.integer();
    v.info.keyframes = s.integer();
    v.info.variableFrameRate = s.integer() != 0;
    v.info.interlaced = s.integer() != 0;
    v.info.hasAlpha = s.integer() != 0;
    v.info.hasAudio = s.integer() != 0;
    v.info.hdr = s.text();
    v.sampler = readSampler(s.text(), database);
    v.sampledFrames = int(s.integer());
    v.usableFrames = int(s.integer());
    v.damage = s.text();
    v.label = s.text();
    v.split = s.text();
    v.sampleError.moments = s.integer();
    v.sampleError.sumFrames = s.integer();
    v.sampleError.sumNs = s.integer();
    v.sampleError.largestFrames = s.integer();
    v.sampleError.largestNs = s.integer();
    return v;
}

void writeVideo(Database& database, VideoRecord& v)
{
    std::string marks = "?";
    for (int i = 1; i < kColumnCount; ++i)
        marks += ", ?";
    const std::string sql = v.id == 0 ? std::string("INSERT INTO videos (") + kColumns + ") VALUES (" + marks + ")"
                                      : std::string("INSERT INTO videos (id, ") + kColumns + ") VALUES (?, " + marks
            + ") ON CONFLICT (id) DO UPDATE SET (" + kColumns + ") = (" + marks + ")";
    Statement s(database, sql);
    const auto bindColumns = [&] {
        s.bind(v.path).bind(v.importRoot).bind(v.bytes).bind(v.modifiedNs).bind(validUtf8(v.hash));
        s.bind(validUtf8(v.info.container)).bind(validUtf8(v.info.codec)).bind(validUtf8(v.info.pixelFormat));
        s.bind(v.info.width).bind(v.info.height).bind(v.info.rotationDegrees).bind(v.info.sampleAspect);
        s.bind(v.info.startSec).bind(v.info.durationSec).bind(v.info.fps).bind(v.info.frames).bind(v.info.keyframes);
        s.bind(v.info.variableFrameRate).bind(v.info.interlaced).bind(v.info.hasAlpha).bind(v.info.hasAudio);
        s.bind(v.info.hdr).bind(v.sampler.toString()).bind(v.sampledFrames).bind(v.usableFrames);
        s.bind(validUtf8(v.damage)).bind(validUtf8(v.label)).bind(validUtf8(v.split));
        const SampleError& e = v.sampleError;
        s.bind(e.moments).bind(e.sumFrames).bind(e.sumNs).bind(e.largestFrames).bind(e.largestNs);
    };
    if (v.id != 0)
        s.bind(v.id);
    bindColumns();
    if (v.id != 0)
        bindColumns();
    s.run();
    if (v.id == 0)
        v.id = database.lastRowId();
}

} // namespace clipscope
