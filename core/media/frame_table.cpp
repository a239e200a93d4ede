// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/frame_table_internal.h"

#include "media/picture_references_internal.h"

#include <algorithm>
#include <numeric>

namespace clipscope {

namespace {

/// VP8 and VP9 may put a reference that is never shown (alt-ref) into a packet of its own.
bool isHiddenFrame(AVCodecID codec, const AVPacket& packet)
{
    if (packet.size < 1)
        return false;
    const uint8_t first = packet.data[0];
    if (codec == AV_CODEC_ID_VP8)
        return !(first & 0x10);
    if (codec != AV_CODEC_ID_VP9 || first >> 6 != 2)
        return false;
    // A superframe (marker 110 in its last byte) ends with the frame that is shown.
    if (packet.data[packet.size - 1] >> 5 == 6)
        return false;
    const int profile = (first >> 5 & 1) | (first >> 4 & 1) << 1;
    const int headerShift = profile == 3 ? 1 : 0;
    const bool showExisting = first >> (3 - headerShift) & 1;
    const bool show = first >> (1 - headerShift) & 1;
    return !showExisting && !show;
}

/// Times for streams without presentation times: decoding times, or whole frames where even these are missing.
void completeTimes(FrameTable& table, const AVStream& stream)
{
    auto& packets = table.packets;
    const bool hasPts = std::none_of(
        packets.begin(), packets.end(), [](const auto& p) { return p.frame >= 0 && p.pts == AV_NOPTS_VALUE; });
    if (hasPts)
        return;
    if (std::any_of(packets.begin(), packets.end(), [](const auto& p) { return p.dts == AV_NOPTS_VALUE; })) {
        const AVRational rate =
            stream.avg_frame_rate.num > 0 && stream.avg_frame_rate.den > 0 ? stream.avg_frame_rate : AVRational{25, 1};
        for (size_t i = 0; i < packets.size(); ++i)
            packets[i].dts = av_rescale_q(int64_t(i), av_inv_q(rate), table.timeBase);
    }
    for (auto& packet : packets)
        packet.pts = packet.dts;
    table.byArrival = stream.codecpar->video_delay > 0;
}

void orderFrames(FrameTable& table)
{
    std::vector<int64_t> order;
    for (size_t i = 0; i < table.packets.size(); ++i) {
        if (table.packets[i].frame >= 0)
            order.push_back(int64_t(i));
        if (table.packets[i].key)
            table.keyPackets.push_back(int64_t(i));
    }
    std::stable_sort(order.begin(), order.end(),
        [&](int64_t a, int64_t b) { return table.packets[size_t(a)].pts < table.packets[size_t(b)].pts; });
    for (const int64_t i : order) {
        PacketEntry& packet = table.packets[size_t(i)];
        // Of two frames with one time only the first can be asked for.
        if (!table.pts.empty() && table.pts.back() == packet.pts) {
            packet.frame = -1;
            continue;
        }
        packet.frame = table.frameCount();
        table.pts.push_back(packet.pts);
        table.packetOfFrame.push_back(i);
        table.isKeyframe.push_back(packet.key);
    }
}

void findEnd(FrameTable& table)
{
    const int64_t last = table.pts.back();
    int64_t duration = table.packets[size_t(table.packetOfFrame.back())].duration;
    if (duration <= 0 && table.pts.size() > 1)
        duration = (last - table.pts.front()) / int64_t(table.pts.size() - 1);
    if (duration <= 0)
        duration = std::max<int64_t>(1, av_rescale_q(1, {1, 25}, table.timeBase));
    table.endPts = last > INT64_MAX - duration ? last : last + duration;
}

} // namespace

FrameTable buildFrameTable(MediaFile& file, const JobContext& context)
{
    FrameTable table;
    const AVStream& stream = *file.stream();
    table.timeBase = stream.time_base;
    PictureReferences references(*stream.codecpar);
    const AvPacket packet = makePacket();
    while (file.readPacket(*packet)) {
        context.throwIfStopped();
        // An empty packet repeats the picture before it.
        if (packet->size == 0)
            continue;
        PacketEntry entry;
        entry.pts = packet->pts;
        entry.dts = packet->dts;
        entry.position = packet->pos;
        entry.duration = packet->duration;
        entry.key = packet->flags & AV_PKT_FLAG_KEY;
        const bool shown = !(packet->flags & AV_PKT_FLAG_DISCARD) && !isHiddenFrame(stream.codecpar->codec_id, *packet);
        entry.frame = shown ? 0 : -1;
        table.packets.push_back(entry);
        references.add(*packet);
    }
    const std::vector<bool> unreferenced = references.unreferenced();
    for (size_t i = 0; i < table.packets.size(); ++i)
        table.packets[i].unreferenced = unreferenced[i];
    completeTimes(table, stream);
    orderFrames(table);
    if (table.pts.empty())
        file.fail(
            "has a video stream without a single picture", "It is probably cut off; copy it again from its source.");
    findEnd(table);

    const int64_t listed = avformat_index_get_entries_count(&stream);
    const auto held = int64_t(table.packets.size());
    const std::string container = file.format()->iformat->name;
    if (listed > held && container.starts_with("mov,"))
        table.damage = "the file is cut off or damaged: its index lists " + std::to_string(listed) + " frames, "
            + std::to_string(held) + " are there";
    return table;
}

} // namespace clipscope
