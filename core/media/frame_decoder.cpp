// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/frame_decoder_internal.h"

#include <algorithm>

namespace clipscope {

namespace {

/// A stream that understates its reordering puts frames out a little late: so many later ones are waited for.
constexpr size_t kReorderSlack = 4;

bool isDamaged(const AVFrame& frame)
{
    return (frame.flags & AV_FRAME_FLAG_CORRUPT) || frame.decode_error_flags;
}

} // namespace

FrameDecoder::FrameDecoder(MediaFile& file, const FrameTable& table)
    : m_file(file)
    , m_table(table)
    , m_decoder(file.makeDecoder())
    , m_packet(makePacket())
    , m_frame(makeFrame())
{
    const AVCodecParameters& p = *file.stream()->codecpar;
    const bool progressive = p.field_order == AV_FIELD_UNKNOWN || p.field_order == AV_FIELD_PROGRESSIVE;
    m_seekable = !table.byArrival && !table.keyPackets.empty();
    // The second field of a picture may stand in a packet of its own.
    m_skipsUnreferenced = !table.byArrival && progressive;
    m_drainsEarly = !table.byArrival && progressive;
    for (size_t i = 0; i < table.packets.size(); ++i)
        m_byPts.emplace_back(table.packets[i].pts, int64_t(i));
    std::sort(m_byPts.begin(), m_byPts.end());
}

int64_t FrameDecoder::startPacketFor(int64_t frame) const
{
    if (!m_seekable)
        return 0;
    // Frames shown after a keyframe refer to nothing before it; frames shown before it but decoded after it (open
    // groups of pictures) may, so the keyframe must not be shown later than the frame.
    const int64_t packet = m_table.packetOfFrame[size_t(frame)];
    auto key = std::upper_bound(m_table.keyPackets.begin(), m_table.keyPackets.end(), packet);
    while (key != m_table.keyPackets.begin()) {
        --key;
        if (m_table.packets[size_t(*key)].pts <= m_table.pts[size_t(frame)])
            return *key;
    }
    return 0;
}

std::vector<int32_t> FrameDecoder::reachCosts() const
{
    std::vector<int32_t> decodedBefore{0}; // of the packets before each
    for (const PacketEntry& packet : m_table.packets)
        decodedBefore.push_back(decodedBefore.back() + (m_skipsUnreferenced && packet.unreferenced ? 0 : 1));
    std::vector<int32_t> costs;
    for (int64_t frame = 0; frame < m_table.frameCount(); ++frame) {
        const auto packet = size_t(m_table.packetOfFrame[size_t(frame)]);
        costs.push_back(decodedBefore[packet] - decodedBefore[size_t(startPacketFor(frame))] + 1);
    }
    return costs;
}

int64_t FrameDecoder::keyBefore(int64_t packet) const
{
    const auto key = std::lower_bound(m_table.keyPackets.begin(), m_table.keyPackets.end(), packet);
    return key == m_table.keyPackets.begin() ? 0 : *std::prev(key);
}

bool FrameDecoder::canGoOnTo(int64_t frame) const
{
    if (!m_running || m_ended || m_shown >= frame)
        return false;
    if (!m_seekable)
        return true;
    // Reading on from here reaches the frame no later than its own keyframe would.
    const int64_t key = startPacketFor(frame);
    return key >= m_origin && key <= std::max(m_next, m_reach);
}

std::optional<int64_t> FrameDecoder::entryOf(const AVPacket& packet) const
{
    const int64_t pts = packet.pts == AV_NOPTS_VALUE ? packet.dts : packet.pts;
    auto it = std::lower_bound(m_byPts.begin(), m_byPts.end(), std::pair<int64_t, int64_t>(pts, -1));
    std::optional<int64_t> found;
    for (; it != m_byPts.end() && it->first == pts; ++it) {
        const int64_t known = m_table.packets[size_t(it->second)].position;
        if (known == packet.pos)
            return it->second;
        // A position may be unknown right after a seek; the time alone serves when it is unique.
        if (packet.pos < 0 || known < 0)
            found = found ? std::nullopt : std::optional(it->second);
    }
    return found;
}

/// Reads the next packet with data into m_packet.
bool FrameDecoder::peek()
{
    while (!m_peeked) {
        if (!m_file.readPacket(*m_packet))
            return false;
        m_peeked = m_packet->size > 0;
    }
    return true;
}

bool FrameDecoder::landAt(int64_t packet)
{
    const PacketEntry& key = m_table.packets[size_t(packet)];
    // Some formats seek by presentation times (Matroska), some by decoding times (MP4); both are checked by what is
    // read then.
    for (const int64_t ticks : {key.pts, key.dts}) {
        m_peeked = false;
        if (ticks == AV_NOPTS_VALUE
            || av_seek_frame(m_file.format(), m_file.stream()->index, ticks, AVSEEK_FLAG_BACKWARD) < 0)
            continue;
        while (peek()) {
            const auto entry = entryOf(*m_packet);
            if (!entry || *entry > packet)
                break;
            if (*entry == packet) {
                m_next = packet;
                return true;
            }
            m_peeked = false;
        }
    }
    return false;
}

bool FrameDecoder::landAtBeginning()
{
    const PacketEntry& first = m_table.packets.front();
    const auto isFirst = [&] {
        return peek() && m_packet->pos == first.position
            && (m_packet->dts == first.dts || m_packet->pts == first.pts || m_packet->dts == AV_NOPTS_VALUE);
    };
    m_next = 0;
    m_peeked = false;
    const int64_t ticks = first.dts != AV_NOPTS_VALUE ? first.dts : first.pts;
    if (ticks != AV_NOPTS_VALUE
        && av_seek_frame(m_file.format(), m_file.stream()->index, ticks, AVSEEK_FLAG_BACKWARD) >= 0 && isFirst())
        return true;
    m_peeked = false;
    m_file.reopen();
    return isFirst();
}

void FrameDecoder::start(int64_t packet)
{
    avcodec_flush_buffers(m_decoder.get());
    m_held.clear();
    m_shown = -1;
    m_arrived = 0;
    m_arrivalBroken = false;
    m_ended = false;
    m_untrusted = false;
    if (packet > 0 && !landAt(packet))
        packet = 0;
    if (packet == 0)
        m_ended = !landAtBeginning();
    m_origin = packet;
    // An edit list may hide the keyframe itself: then nothing comes out that could be checked.
    m_trusted = packet == 0 || m_table.packets[size_t(packet)].frame < 0;
    m_running = true;
}

/// Sorts what the decoder has ready into m_held.
void FrameDecoder::receive()
{
    for (;;) {
        const int code = avcodec_receive_frame(m_decoder.get(), m_frame.get());
        if (code < 0) {
            m_arrivalBroken |= code != AVERROR(EAGAIN) && code != AVERROR_EOF;
            if (code == AVERROR(EAGAIN) || code == AVERROR_EOF)
                return;
            continue;
        }
        m_file.noteProgress();
        int64_t index = -1;
        if (m_table.byArrival) {
            m_arrivalBroken |= isDamaged(*m_frame);
            index = m_arrived++;
            if (index >= m_table.frameCount() || m_arrivalBroken)
                continue;
        } else {
            const int64_t packet = m_frame->pts;
            if (packet < m_origin || packet >= int64_t(m_table.packets.size()))
                continue;
            index = m_table.packets[size_t(packet)].frame;
            if (index < 0)
                continue;
            if (m_origin > 0) {
                const PacketEntry& origin = m_table.packets[size_t(m_origin)];
                // Shown before the keyframe it was decoded after: its references may be missing.
                if (m_table.pts[size_t(index)] < origin.pts)
                    continue;
                if (!m_trusted) {
                    m_trusted = packet == m_origin && (m_frame->key_frame || m_frame->pict_type == AV_PICTURE_TYPE_I)
                        && !isDamaged(*m_frame);
                    m_untrusted |= !m_trusted;
                }
            }
        }
        m_shown = std::max(m_shown, index);
        AvFrame kept;
        if (!isDamaged(*m_frame)) {
            kept = makeFrame();
            av_frame_move_ref(kept.get(), m_frame.get());
        }
        m_held.insert_or_assign(index, std::move(kept));
    }
}

/// Sends, or passes over, the packet m_next; false at the end of the file, when the decoder is emptied.
bool FrameDecoder::feed(bool skip)
{
    m_file.throwIfStoppedOrStuck();
    if (!peek()) {
        drain();
        return false;
    }
    if (skip) {
        m_peeked = false;
        ++m_next;
        return true;
    }
    m_packet->pts = m_next;
    int code = avcodec_send_packet(m_decoder.get(), m_packet.get());
    if (code == AVERROR(EAGAIN)) {
        receive();
        code = avcodec_send_packet(m_decoder.get(), m_packet.get());
    }
    // A packet that cannot be decoded costs its own frame; the next ones are tried.
    m_arrivalBroken |= code < 0;
    m_peeked = false;
    ++m_next;
    receive();
    return true;
}

void FrameDecoder::drain()
{
    avcodec_send_packet(m_decoder.get(), nullptr);
    receive();
    m_ended = true;
}

/// Hands over, or gives up, the wanted frames that are decided by now.
void FrameDecoder::resolve(std::span<const int64_t>& wanted, const Sink& sink, bool finished)
{
    while (!wanted.empty()) {
        const int64_t frame = wanted.front();
        const auto held = m_held.find(frame);
        const auto later = size_t(std::distance(m_held.upper_bound(frame), m_held.end()));
        if (held == m_held.end() && !finished && later <= kReorderSlack)
            break;
        if (held != m_held.end() && held->second)
            sink(frame, *held->second);
        m_held.erase(m_held.begin(), m_held.upper_bound(frame));
        wanted = wanted.subspan(1);
        // At the end of a run only what it has decoded is decided.
        if (finished && !wanted.empty() && !m_held.contains(wanted.front()) && m_seekable)
            break;
    }
    if (wanted.empty())
        return;
    m_held.erase(m_held.begin(), m_held.lower_bound(wanted.front()));
}

FrameDecoder::Outcome FrameDecoder::run(
    std::span<const int64_t>& wanted, Then then, const Sink& sink, bool mayStartEarlier)
{
    while (!wanted.empty()) {
        const int64_t target = wanted.front();
        if (!m_held.contains(target) && !canGoOnTo(target) && (m_ended || m_shown < target))
            return Outcome::Resolved;
        const int64_t fed = m_next;
        const PacketEntry entry = size_t(fed) < m_table.packets.size() ? m_table.packets[size_t(fed)] : PacketEntry();
        const int64_t frame = entry.frame;
        const bool isWanted =
            then == Then::GoOn ? frame >= target : std::binary_search(wanted.begin(), wanted.end(), frame);
        // The keyframe of a seek is needed as its proof.
        const bool more = !m_ended && feed(m_skipsUnreferenced && entry.unreferenced && !isWanted && fed != m_origin);
        // The target is in: nothing after it is needed before the next seek.
        const bool lastOfGroup = then == Then::Stop && m_drainsEarly && frame == target
            && (wanted.size() == 1 || startPacketFor(wanted[1]) > fed);
        if (more && lastOfGroup)
            drain();
        if (m_untrusted || (m_ended && !m_trusted))
            return Outcome::UntrustedStart;
        // Up to where its keyframe comes out, the H.264 decoder holds what follows it for unrecovered and drops it at
        // the end.
        if (m_ended && mayStartEarlier && m_origin > 0 && !m_held.contains(target))
            return Outcome::EndedEarly;
        if (m_trusted)
            resolve(wanted, sink, m_ended);
        if (m_ended)
            break;
    }
    return Outcome::Resolved;
}

void FrameDecoder::decode(std::span<const int64_t> wanted, Then then, const Sink& sink)
{
    if (then == Then::Stop)
        m_running = false;
    while (!wanted.empty()) {
        const size_t before = wanted.size();
        if (!m_held.contains(wanted.front()) && !canGoOnTo(wanted.front()))
            start(startPacketFor(wanted.front()));
        m_reach = startPacketFor(wanted.front());
        Outcome outcome = run(wanted, then, sink, true);
        if (outcome == Outcome::EndedEarly) {
            m_drainsEarly = false;
            start(keyBefore(m_origin));
            outcome = run(wanted, then, sink, false);
        }
        if (outcome == Outcome::UntrustedStart) {
            // This stream's keyframe flags or the seek lie: from here on only the way from the first packet is trusted.
            m_seekable = false;
            start(0);
            run(wanted, then, sink, false);
        }
        // Never twice the same run: what it could not give is left out.
        if (wanted.size() == before)
            wanted = wanted.subspan(1);
    }
    if (then == Then::Stop)
        m_running = false;
}

} // namespace clipscope
