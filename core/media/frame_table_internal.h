// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "media/media_file_internal.h"

#include <cstdint>
#include <string>
#include <vector>

namespace clipscope {

/// One packet of the video stream, in decoding order. Times in ticks of FrameTable::timeBase.
struct PacketEntry {
    int64_t pts = AV_NOPTS_VALUE; ///< the container's, or the DTS where the stream keeps its order
    int64_t dts = AV_NOPTS_VALUE;
    int64_t position = -1; ///< byte in the file, -1: unknown
    int64_t duration = 0;
    int64_t frame =
        -1; ///< presentation index of the frame in it; -1: nothing to show (cut by an edit list, hidden reference)
    bool key = false;
    bool unreferenced = false; ///< no other picture is predicted from it (PictureReferences)
};

/// What demuxing tells about a stream: every packet in decoding order and every frame in presentation order.
struct FrameTable {
    AVRational timeBase{1, 1};
    std::vector<PacketEntry> packets;
    std::vector<int64_t> keyPackets; ///< packets at which decoding may begin, ascending

    std::vector<int64_t> pts; ///< of each frame, ascending, no two equal
    std::vector<int64_t> packetOfFrame;
    std::vector<bool> isKeyframe;
    int64_t endPts = 0; ///< where the last frame leaves the screen

    /// The container gives no presentation times and the stream reorders (old AVI): frame i is the i-th that the
    /// decoder puts out, `packetOfFrame` says nothing, and there is no seeking.
    bool byArrival = false;
    /// Empty, or a sentence: the file's index lists more than the file holds.
    std::string damage;

    double seconds(int64_t ticks) const { return double(ticks) * av_q2d(timeBase); }
    int64_t frameCount() const { return int64_t(pts.size()); }
};

/// Reads every packet of `file`'s stream once, decoding nothing. Throws as MediaFile::readPacket, and Error(Media) when
/// there is no packet with a frame.
FrameTable buildFrameTable(MediaFile& file, const JobContext& context);

} // namespace clipscope
