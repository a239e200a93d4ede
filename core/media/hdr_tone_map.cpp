// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/hdr_tone_map_internal.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace clipscope {

namespace {

constexpr float kWhiteNits = 203;
constexpr float kPeakNits = 1000;
constexpr float kKnee = .6F; ///< below it brightness is kept

/// Code value -> nits (PQ) or scene light 0..1 (HLG).
float decodeValue(float v, HdrTransfer transfer)
{
    if (transfer == HdrTransfer::Pq) {
        constexpr float m1 = 2610.F / 16384, m2 = 2523.F / 32, c1 = 3424.F / 4096, c2 = 2413.F / 128, c3 = 2392.F / 128;
        const float p = std::pow(v, 1 / m2);
        return 10000 * std::pow(std::max(p - c1, 0.F) / (c2 - c3 * p), 1 / m1);
    }
    constexpr float a = .17883277F, b = .28466892F, c = .55991073F;
    return v <= .5F ? v * v / 3 : (std::exp((v - c) / a) + b) / 12;
}

const std::vector<float>& decodingTable(HdrTransfer transfer)
{
    // 12 bits of code value are finer than any HDR video has.
    static const auto make = [](HdrTransfer t) {
        std::vector<float> table(4096);
        for (size_t i = 0; i < table.size(); ++i)
            table[i] = decodeValue(float(i) / 4095, t);
        return table;
    };
    static const std::vector<float> pq = make(HdrTransfer::Pq);
    static const std::vector<float> hlg = make(HdrTransfer::Hlg);
    return transfer == HdrTransfer::Pq ? pq : hlg;
}

const std::vector<uint8_t>& srgbTable()
{
    static const std::vector<uint8_t> table = [] {
        std::vector<uint8_t> t(16384);
        for (size_t i = 0; i < t.size(); ++i) {
            const float x = float(i) / float(t.size() - 1);
            const float y = x <= .0031308F ? 12.92F * x : 1.055F * std::pow(x, 1 / 2.4F) - .055F;
            t[i] = uint8_t(std::lround(255 * y));
        }
        return t;
    }();
    return table;
}

/// Straight up to the knee, then a rational shoulder of slope 1 that reaches 1 at the peak.
float compress(float x)
{
    if (x <= kKnee)
        return x;
    constexpr float peak = (kPeakNits / kWhiteNits - kKnee) / (1 - kKnee);
    const float t = std::min((x - kKnee) / (1 - kKnee), peak);
    return kKnee + (1 - kKnee) * t * (1 + t / (peak * peak)) / (1 + t);
}

} // namespace

RgbImage toneMap(const uint16_t* pixels, int stride, int width, int height, HdrTransfer transfer)
{
    const auto& decode = decodingTable(transfer);
    const auto& encode = srgbTable();
    RgbImage out(width, height);
    for (int y = 0; y < height; ++y) {
        const uint16_t* in = pixels + size_t(y) * size_t(stride);
        uint8_t* to = out.row(y);
        for (int x = 0; x < width; ++x, in += 3, to += 3) {
            std::array<float, 3> c{decode[in[0] >> 4], decode[in[1] >> 4], decode[in[2] >> 4]};
            float scale = 1 / kWhiteNits;
            if (transfer == HdrTransfer::Hlg) {
                // BT.2100's opto-optical transfer: luminance to the power of 1.2.
                const float luminance = .2627F * c[0] + .678F * c[1] + .0593F * c[2];
                scale = kPeakNits / kWhiteNits * std::pow(std::max(luminance, 1e-6F), .2F);
            }
            for (float& v : c)
                v *= scale;
            // The brightest channel sets the factor, so that hues stay.
            const float brightest = std::max({c[0], c[1], c[2], 1e-6F});
            const float factor = compress(brightest) / brightest;
            for (float& v : c)
                v *= factor;
            // BT.2087: BT.2020 to BT.709 primaries.
            const std::array<float, 3> rgb{1.6605F * c[0] - .5876F * c[1] - .0728F * c[2],
                -.1246F * c[0] + 1.1329F * c[1] - .0083F * c[2], -.0182F * c[0] - .1006F * c[1] + 1.1187F * c[2]};
            for (size_t i = 0; i < 3; ++i)
                to[i] = encode[size_t(std::lround(std::clamp(rgb[i], 0.F, 1.F) * float(encode.size() - 1)))];
        }
    }
    return out;
}

} // namespace clipscope
