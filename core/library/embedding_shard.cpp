// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/embedding_shard.h"

#include "base/error.h"
#include "base/files.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace clipscope {

namespace {

static_assert(std::endian::native == std::endian::little, "shards are written as they lie in memory");

constexpr char kMagic[] = "ClsEmbed";
constexpr uint32_t kVersion = 1;
constexpr size_t kDigestBytes = 64;
constexpr uint32_t kMostFrames = 10'000'000;
constexpr uint32_t kMostDims = 65'536;

struct Header {
    char magic[8];
    uint32_t version;
    uint32_t frames;
    uint32_t asked;
    uint32_t jointDim;
    uint32_t featureDim;
    uint32_t reserved;
    double durationSec;
    char identity[kDigestBytes];
};
static_assert(sizeof(Header) == kShardHeaderBytes);

[[noreturn]] void broken(const std::string& reason)
{
    throw Error(ErrorKind::Input, reason);
}

[[noreturn]] void wrong(const std::string& reason)
{
    throw Error(ErrorKind::Internal, "embeddings cannot be stored: " + reason);
}

template <class T> void append(std::string& out, const std::vector<T>& values)
{
    out.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

template <class T> std::vector<T> take(std::string_view& bytes, size_t count)
{
    std::vector<T> values(count);
    if (count > 0)
        std::memcpy(values.data(), bytes.data(), count * sizeof(T));
    bytes.remove_prefix(count * sizeof(T));
    return values;
}

template <class T> bool allFinite(const std::vector<T>& values)
{
    return std::all_of(values.begin(), values.end(), [](T v) { return std::isfinite(v); });
}

uint64_t bytesOf(const Header& h)
{
    // At most 10^7 * (8 + 2 * 4 * 65536), far from overflow.
    return sizeof(Header) + uint64_t(h.frames) * (8 + 4 * (uint64_t(h.jointDim) + h.featureDim)) + kDigestBytes;
}

/// The header, checked as far as it can be without the rest.
Header readHeader(std::string_view bytes, const std::string& identity)
{
    Header h;
    if (bytes.size() < sizeof h)
        broken("is too short");
    std::memcpy(&h, bytes.data(), sizeof h);
    if (std::memcmp(h.magic, kMagic, sizeof h.magic) != 0)
        broken("is no file of embeddings");
    if (h.version != kVersion)
        broken("has version " + std::to_string(h.version));
    if (std::string_view(h.identity, kDigestBytes) != identity)
        broken("belongs to another video or model");
    if (h.frames > kMostFrames || h.jointDim > kMostDims || h.featureDim > kMostDims || h.asked > INT32_MAX
        || h.reserved != 0)
        broken("has impossible sizes");
    return h;
}

} // namespace

std::string encodeShard(const VideoEmbedding& e, const std::string& identity)
{
    const size_t frames = e.timesSec.size();
    if (identity.size() != kDigestBytes)
        wrong("the identity is no SHA-256");
    if (frames > kMostFrames || e.joint.dim < 0 || e.features.dim < 0 || uint32_t(e.joint.dim) > kMostDims
        || uint32_t(e.features.dim) > kMostDims || e.askedFrames < 0)
        wrong("impossible sizes");
    if (e.joint.values.size() != frames * size_t(e.joint.dim)
        || e.features.values.size() != frames * size_t(e.features.dim))
        wrong("the vectors do not fit the number of frames");
    if (!allFinite(e.timesSec) || !allFinite(e.joint.values) || !allFinite(e.features.values)
        || !std::isfinite(e.durationSec))
        wrong("a value is not finite");
    if (!std::is_sorted(e.timesSec.begin(), e.timesSec.end()))
        wrong("the times are not in order");

    Header h = {};
    std::memcpy(h.magic, kMagic, sizeof h.magic);
    h.version = kVersion;
    h.frames = uint32_t(frames);
    h.asked = uint32_t(e.askedFrames);
    h.jointDim = uint32_t(e.joint.dim);
    h.featureDim = uint32_t(e.features.dim);
    h.durationSec = e.durationSec;
    std::memcpy(h.identity, identity.data(), kDigestBytes);

    std::string out;
    out.reserve(bytesOf(h));
    out.append(reinterpret_cast<const char*>(&h), sizeof h);
    append(out, e.timesSec);
    append(out, e.joint.values);
    append(out, e.features.values);
    out += sha256(out);
    return out;
}

std::optional<uint64_t> shardBytes(std::string_view header, const std::string& identity)
{
    try {
        return bytesOf(readHeader(header, identity));
    } catch (const Error&) {
        return {};
    }
}

VideoEmbedding decodeShard(std::string_view bytes, const std::string& identity)
{
    const Header h = readHeader(bytes, identity);
    if (bytes.size() != bytesOf(h))
        broken("has " + std::to_string(bytes.size()) + " bytes instead of " + std::to_string(bytesOf(h)));
    const std::string_view body = bytes.substr(0, bytes.size() - kDigestBytes);
    if (sha256(body) != bytes.substr(body.size()))
        broken("fails its checksum");

    VideoEmbedding e;
    std::string_view rest = body.substr(sizeof h);
    e.timesSec = take<double>(rest, h.frames);
    e.durationSec = h.durationSec;
    e.askedFrames = int(h.asked);
    e.joint.dim = int(h.jointDim);
    e.joint.values = take<float>(rest, size_t(h.frames) * h.jointDim);
    e.features.dim = int(h.featureDim);
    e.features.values = take<float>(rest, size_t(h.frames) * h.featureDim);
    // A right checksum says that nobody damaged it, not that an honest program wrote it.
    if (!std::isfinite(e.durationSec) || !allFinite(e.timesSec) || !allFinite(e.joint.values)
        || !allFinite(e.features.values))
        broken("holds values that are not finite");
    if (!std::is_sorted(e.timesSec.begin(), e.timesSec.end()))
        broken("holds times that are not in order");
    return e;
}

} // namespace clipscope
