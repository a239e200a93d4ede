// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "media/frame_table_internal.h"

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace clipscope {

/// Decodes frames of one stream by their presentation index, forward, seeking by the table's keyframes only when the
/// next wanted frame lies in a later group of pictures. Each packet goes to the decoder stamped with its own number, so
/// that a frame that comes out is known by the packet it was in and can never pass for another one. Where a seek does
/// not lead to what the table says, decoding starts earlier, at last from the first packet. One thread at a time.
class FrameDecoder {
public:
    /// `file` and `table` must outlive it. Throws Error(Media) when there is no decoder.
    FrameDecoder(MediaFile& file, const FrameTable& table);

    enum class Then {
        Stop, ///< the cheapest way to exactly these frames; the next call starts afresh
        GoOn ///< later frames are kept decodable, for a player that steps on
    };
    /// Hands over each of `wanted` (strictly ascending) that can be decoded, in order. Throws as MediaFile::readPacket.
    void decode(std::span<const int64_t> wanted, Then then, const std::function<void(int64_t, const AVFrame&)>& sink);

    /// For each frame, how many pictures are decoded to get at it alone.
    std::vector<int32_t> reachCosts() const;

private:
    using Sink = std::function<void(int64_t, const AVFrame&)>;
    enum class Outcome { Resolved, UntrustedStart, EndedEarly };

    int64_t startPacketFor(int64_t frame) const;
    int64_t keyBefore(int64_t packet) const;
    bool canGoOnTo(int64_t frame) const;
    void start(int64_t packet);
    bool landAt(int64_t packet);
    bool landAtBeginning();
    bool peek();
    std::optional<int64_t> entryOf(const AVPacket& packet) const;
    Outcome run(std::span<const int64_t>& wanted, Then then, const Sink& sink, bool mayStartEarlier);
    bool feed(bool skip);
    void drain();
    void receive();
    void resolve(std::span<const int64_t>& wanted, const Sink& sink, bool finished);

    MediaFile& m_file;
    const FrameTable& m_table;
    AvCodecContext m_decoder;
    std::vector<std::pair<int64_t, int64_t>> m_byPts; ///< (pts, packet), sorted
    bool m_seekable;
    bool m_skipsUnreferenced; ///< pictures that no other needs are decoded only when they are wanted
    bool m_drainsEarly;

    AvPacket m_packet;
    AvFrame m_frame;
    bool m_peeked = false; ///< m_packet holds the packet m_next
    bool m_running = false;
    bool m_ended = false;
    int64_t m_origin = 0; ///< the packet at which decoding began
    int64_t m_next = 0; ///< the packet to be fed next
    int64_t m_reach = 0; ///< reading on, not seeking, is right up to frames whose keyframe is this packet
    int64_t m_arrived = 0; ///< frames that came out since the beginning (FrameTable::byArrival)
    bool m_arrivalBroken = false;
    bool m_trusted = false; ///< the origin came out as an intra frame: what follows is what a full decode gives
    bool m_untrusted = false;
    int64_t m_shown = -1; ///< the largest presentation index that came out
    std::map<int64_t, AvFrame> m_held; ///< decoded, not handed over yet; a null frame is a damaged one
};

} // namespace clipscope
