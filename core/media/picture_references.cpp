// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/picture_references_internal.h"

#include <algorithm>

namespace clipscope {

namespace {

constexpr int kReferenced = -1;

/// Most significant bit first; reading past the end gives zeros and is remembered.
class BitReader {
public:
    BitReader(const uint8_t* data, size_t bytes)
        : m_data(data)
        , m_bits(8 * bytes)
    {
    }
    uint32_t read(int bits)
    {
        uint32_t value = 0;
        for (; bits > 0; --bits, ++m_at) {
            m_overrun |= m_at >= m_bits;
            value = value << 1 | (m_at < m_bits ? m_data[m_at / 8] >> (7 - m_at % 8) & 1U : 0U);
        }
        return value;
    }
    bool flag() { return read(1) != 0; }
    bool overrun() const { return m_overrun; }

private:
    const uint8_t* m_data;
    size_t m_bits;
    size_t m_at = 0;
    bool m_overrun = false;
};

} // namespace

PictureReferences::PictureReferences(const AVCodecParameters& parameters)
    : m_codec(parameters.codec_id)
{
    const Bytes extra{parameters.extradata, size_t(std::max(0, parameters.extradata_size))};
    // avcC and hvcC begin with their version; streams with start codes begin with zeros.
    if (m_codec == AV_CODEC_ID_H264 && extra.size >= 7 && extra.data[0] == 1)
        m_nalLengthBytes = (extra.data[4] & 3) + 1;
    if (m_codec == AV_CODEC_ID_HEVC && extra.size >= 23 && extra.data[0] == 1)
        m_nalLengthBytes = (extra.data[21] & 3) + 1;
    // av1C: four bytes, then the sequence header.
    if (m_codec == AV_CODEC_ID_AV1 && extra.size > 4 && extra.data[0] == 0x81)
        av1Layer({extra.data + 4, extra.size - 4});
}

void PictureReferences::add(const AVPacket& packet)
{
    const Bytes bytes{packet.data, size_t(std::max(0, packet.size))};
    int layer = kReferenced;
    switch (m_codec) {
    case AV_CODEC_ID_H264:
        layer = h264Layer(bytes);
        break;
    case AV_CODEC_ID_HEVC:
        layer = hevcLayer(bytes);
        break;
    case AV_CODEC_ID_AV1:
        layer = av1Layer(bytes);
        break;
    case AV_CODEC_ID_MPEG1VIDEO:
    case AV_CODEC_ID_MPEG2VIDEO:
        layer = mpegVideoLayer(bytes);
        break;
    case AV_CODEC_ID_MPEG4:
        layer = mpeg4Layer(bytes);
        break;
    default:
        break;
    }
    m_layers.push_back(int8_t(layer));
}

std::vector<bool> PictureReferences::unreferenced() const
{
    std::vector<bool> out(m_layers.size());
    // What a layer does without may serve the layers above it.
    for (size_t i = 0; i < out.size(); ++i)
        out[i] = m_layers[i] != kReferenced && m_layers[i] == m_highestLayer;
    return out;
}

/// Calls `visit(nal)` for each until it says false; false then, and where the lengths do not add up.
template <class Visit> bool PictureReferences::forEachNal(Bytes packet, Visit visit) const
{
    if (m_nalLengthBytes == 0)
        return forEachStartCode(packet, visit);
    while (packet.size > 0) {
        const auto head = size_t(m_nalLengthBytes);
        if (packet.size < head)
            return false;
        size_t length = 0;
        for (size_t i = 0; i < head; ++i)
            length = length << 8 | packet.data[i];
        if (length > packet.size - head || !visit(Bytes{packet.data + head, length}))
            return false;
        packet = {packet.data + head + length, packet.size - head - length};
    }
    return true;
}

/// Calls `visit(bytes)` with all that follows each start code (00 00 01) until it says false.
template <class Visit> bool PictureReferences::forEachStartCode(Bytes packet, Visit visit)
{
    bool any = false;
    for (size_t i = 2; i + 1 < packet.size;) {
        if (packet.data[i] > 1) {
            i += 3;
        } else if (packet.data[i] == 1 && packet.data[i - 1] == 0 && packet.data[i - 2] == 0) {
            any = true;
            if (!visit(Bytes{packet.data + i + 1, packet.size - i - 1}))
                return false;
            i += 3;
        } else {
            ++i;
        }
    }
    return any;
}

int PictureReferences::h264Layer(Bytes packet) const
{
    bool picture = false;
    const bool plain = forEachNal(packet, [&](Bytes nal) {
        if (nal.size < 1)
            return false;
        const int type = nal.data[0] & 31;
        if (type >= 1 && type <= 4) { // slices and data partitions of a picture that may be predicted
            picture = true;
            return (nal.data[0] & 0x60) == 0;
        }
        return type == 6 || type == 9 || type == 12; // messages, delimiter, filler
    });
    return plain && picture ? 0 : kReferenced;
}

int PictureReferences::hevcLayer(Bytes packet)
{
    int layer = kReferenced;
    bool plain = true;
    const bool whole = forEachNal(packet, [&](Bytes nal) {
        if (nal.size < 2)
            return false;
        const int type = nal.data[0] >> 1 & 63;
        const int temporal = (nal.data[1] & 7) - 1;
        // Pictures of a second view or of an enhancement are nothing to rely on.
        plain &= (nal.data[0] & 1) == 0 && nal.data[1] >> 3 == 0 && temporal >= 0;
        if (type < 32) {
            m_highestLayer = std::max(m_highestLayer, temporal);
            plain &= layer == kReferenced || layer == temporal;
            layer = temporal;
            plain &= type < 16 && type % 2 == 0; // TRAIL_N, TSA_N, STSA_N, RADL_N, RASL_N
        } else {
            plain &= type == 35 || type == 38 || type == 39 || type == 40 || type == 62; // delimiter, filler, messages
        }
        return true;
    });
    return whole && plain ? layer : kReferenced;
}

int PictureReferences::av1Layer(Bytes packet)
{
    int pictures = 0;
    bool plain = true;
    while (packet.size > 0) {
        const int type = packet.data[0] >> 3 & 15;
        const bool hasExtension = packet.data[0] & 4;
        const bool hasSize = packet.data[0] & 2;
        if (hasExtension || !hasSize)
            return kReferenced;
        size_t size = 0;
        size_t at = 1;
        for (int shift = 0;; shift += 7) {
            if (at >= packet.size || shift > 28)
                return kReferenced;
            size |= size_t(packet.data[at] & 127) << shift;
            if (!(packet.data[at++] & 128))
                break;
        }
        if (size > packet.size - at)
            return kReferenced;
        const Bytes body{packet.data + at, size};
        if (type == 1) {
            readAv1Sequence(body);
            plain = false;
        } else if (type == 3 || type == 6) { // a frame header, alone or with its tiles
            ++pictures;
            plain &= refreshesNothing(body);
        } else {
            plain &= type == 2 || type == 4 || type == 5 || type == 15; // delimiter, tiles, metadata, padding
        }
        packet = {body.data + size, packet.size - at - size};
    }
    return plain && pictures == 1 ? 0 : kReferenced;
}

/// AV1 specification, 5.5.1.
void PictureReferences::readAv1Sequence(Bytes header)
{
    m_av1 = {};
    BitReader bits(header.data, header.size);
    bits.read(3); // profile
    bits.read(1); // still picture
    if (bits.flag()) // reduced header: a single picture
        return;
    // Timing, several operating points and frame numbers add fields; encoders of ordinary files write none of them.
    if (bits.flag())
        return;
    const bool hasDisplayDelay = bits.flag();
    if (bits.read(5) != 0)
        return;
    bits.read(12);
    if (bits.read(5) > 7)
        bits.read(1);
    if (hasDisplayDelay && bits.flag())
        bits.read(4);
    const int widthBits = int(bits.read(4)) + 1;
    const int heightBits = int(bits.read(4)) + 1;
    bits.read(widthBits);
    bits.read(heightBits);
    if (bits.flag())
        return;
    bits.read(3 + 4); // superblocks, filters, compounds, warping
    const bool hasOrderHint = bits.flag();
    if (hasOrderHint)
        bits.read(2);
    m_av1.forceScreenContentTools = bits.flag() ? 2 : int(bits.read(1));
    m_av1.forceIntegerMv = 2;
    if (m_av1.forceScreenContentTools > 0 && !bits.flag())
        m_av1.forceIntegerMv = int(bits.read(1));
    if (hasOrderHint)
        m_av1.orderHintBits = int(bits.read(3)) + 1;
    m_av1.known = !bits.overrun();
}

/// AV1 specification, 5.9.2, up to refresh_frame_flags: a shown frame that enters no reference slot.
bool PictureReferences::refreshesNothing(Bytes frameHeader) const
{
    constexpr uint32_t kKey = 0, kIntraOnly = 2, kSwitch = 3;
    BitReader bits(frameHeader.data, frameHeader.size);
    if (!m_av1.known || bits.flag()) // shows a frame that exists already
        return false;
    const uint32_t type = bits.read(2);
    if (!bits.flag() || type == kKey || type == kSwitch)
        return false;
    const bool resilient = bits.flag();
    bits.read(1); // CDF update
    const bool screenContent = m_av1.forceScreenContentTools == 2 ? bits.flag() : m_av1.forceScreenContentTools == 1;
    if (screenContent && m_av1.forceIntegerMv == 2)
        bits.read(1);
    bits.read(1); // size override
    bits.read(m_av1.orderHintBits);
    if (type != kIntraOnly && !resilient)
        bits.read(3); // primary reference
    return bits.read(8) == 0 && !bits.overrun();
}

int PictureReferences::mpegVideoLayer(Bytes packet)
{
    bool picture = false;
    const bool plain = forEachStartCode(packet, [&](Bytes unit) {
        if (unit.data[0] != 0)
            return unit.data[0] <= 0xB5 && unit.data[0] != 0xB3; // slices, user data, extensions
        picture = true;
        return unit.size >= 3 && (unit.data[2] >> 3 & 7) == 3;
    });
    return plain && picture ? 0 : kReferenced;
}

int PictureReferences::mpeg4Layer(Bytes packet)
{
    int pictures = 0;
    const bool plain = forEachStartCode(packet, [&](Bytes unit) {
        // More than one is "packed": a picture and the B pictures shown before it.
        return unit.data[0] == 0xB6 && ++pictures == 1 && unit.size >= 2 && unit.data[1] >> 6 == 2;
    });
    return plain && pictures == 1 ? 0 : kReferenced;
}

} // namespace clipscope
