// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "media/av_handles_internal.h"

#include <cstdint>
#include <vector>

namespace clipscope {

/// Tells which packets hold nothing but a picture that no other picture is predicted from, by what the bitstream itself
/// promises: such a packet need not reach the decoder unless its picture is wanted, and every other picture stays the
/// same to the bit. H.264 (nal_ref_idc 0), HEVC (non-reference pictures of the highest temporal layer), AV1
/// (refresh_frame_flags 0), MPEG-1, -2 and -4 (B pictures). Of other codecs, of packets that also carry parameter sets
/// and of whatever looks odd nothing is promised. (VP9 is left out: a frame that refreshes nothing may still hand on
/// its probabilities.)
class PictureReferences {
public:
    /// `parameters` must outlive it.
    explicit PictureReferences(const AVCodecParameters& parameters);

    /// The next packet of the stream in decoding order.
    void add(const AVPacket& packet);
    /// One entry an added packet. To be asked when all are added.
    std::vector<bool> unreferenced() const;

private:
    /// What of AV1's sequence header the way to refresh_frame_flags depends on.
    struct Av1Sequence {
        bool known = false;
        int forceScreenContentTools = 0; ///< 2: each frame says it
        int forceIntegerMv = 0; ///< 2: each frame says it
        int orderHintBits = 0;
    };
    struct Bytes {
        const uint8_t* data = nullptr;
        size_t size = 0;
    };

    template <class Visit> bool forEachNal(Bytes packet, Visit visit) const;
    template <class Visit> static bool forEachStartCode(Bytes packet, Visit visit);
    int h264Layer(Bytes packet) const;
    int hevcLayer(Bytes packet);
    int av1Layer(Bytes packet);
    void readAv1Sequence(Bytes header);
    bool refreshesNothing(Bytes frameHeader) const;
    static int mpegVideoLayer(Bytes packet);
    static int mpeg4Layer(Bytes packet);

    const AVCodecID m_codec;
    int m_nalLengthBytes = 0; ///< 0: start codes
    Av1Sequence m_av1;
    std::vector<int8_t> m_layers; ///< the temporal layer of a picture that its own layer does without, else -1
    int m_highestLayer = 0;
};

} // namespace clipscope
