// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/files.h"
#include "index/scan_kernels.h"
#include "retrieval/frame_block_internal.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace clipscope {

namespace {

constexpr char kMagic[] = "ClsBlock";
constexpr uint32_t kVersion = 1;
constexpr size_t kDigestBytes = 64;
constexpr size_t kAlign = 64;
constexpr uint64_t kMostFrames = 20'000'000;
constexpr uint32_t kMostDims = 65'536;

struct Header {
    char magic[8];
    uint32_t version;
    uint32_t jointDim;
    uint32_t featureDim;
    uint32_t videos;
    uint64_t frames;
    uint64_t bytes;
    char tableDigest[kDigestBytes];
    char restDigest[kDigestBytes];
    char zero[24];
};
static_assert(sizeof(Header) % kAlign == 0);

struct Entry {
    char identity[kDigestBytes];
    uint64_t shardBytes;
    int64_t shardModifiedNs;
    uint64_t frames;
    double durationSec;
};
static_assert(sizeof(Entry) == 96 && sizeof(CodeScale) == 12);

/// Where each part begins.
struct Layout {
    explicit Layout(const Header& h)
    {
        const auto part = [this](uint64_t bytesOfPart) {
            const uint64_t at = end;
            end = (end + bytesOfPart + kAlign - 1) / kAlign * kAlign;
            return at;
        };
        end = sizeof(Header);
        entries = part(uint64_t(h.videos) * sizeof(Entry));
        times = part(h.frames * sizeof(double));
        jointScales = part(h.frames * sizeof(CodeScale));
        featureScales = part(h.featureDim > 0 ? h.frames * sizeof(CodeScale) : 0);
        rest = end;
        jointRows = part(h.frames * h.jointDim * sizeof(float));
        jointCodes = part(h.frames * codeBytes(h.jointDim));
        jointMeans = part(uint64_t(h.videos) * h.jointDim * sizeof(float));
        featureRows = part(h.frames * h.featureDim * sizeof(float));
        featureCodes = part(h.featureDim > 0 ? h.frames * codeBytes(h.featureDim) : 0);
        featureMeans = part(uint64_t(h.videos) * h.featureDim * sizeof(float));
    }
    uint64_t entries, times, jointScales, featureScales, rest, jointRows, jointCodes, jointMeans, featureRows,
        featureCodes, featureMeans, end;
};

template <class T> void put(std::string& out, uint64_t at, std::span<const T> values)
{
    if (!values.empty())
        std::memcpy(out.data() + at, values.data(), values.size_bytes());
}

/// A file's bytes as memory, for reading.
class Mapping {
public:
    explicit Mapping(const std::filesystem::path& file)
    {
        const int handle = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (handle < 0)
            return;
        struct stat status = {};
        if (::fstat(handle, &status) == 0 && S_ISREG(status.st_mode) && status.st_size >= off_t(sizeof(Header))) {
            void* const at = ::mmap(nullptr, size_t(status.st_size), PROT_READ, MAP_PRIVATE, handle, 0);
            if (at != MAP_FAILED)
                m_bytes = {static_cast<const char*>(at), size_t(status.st_size)};
        }
        ::close(handle);
    }
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    ~Mapping()
    {
        if (!m_bytes.empty())
            ::munmap(const_cast<char*>(m_bytes.data()), m_bytes.size());
    }
    std::string_view bytes() const { return m_bytes; }
    template <class T> std::span<const T> part(uint64_t at, uint64_t count) const
    {
        return {reinterpret_cast<const T*>(m_bytes.data() + at), size_t(count)};
    }

private:
    std::string_view m_bytes;
};

bool isSound(const Header& h, std::string_view bytes, int jointDim, int featureDim)
{
    return std::memcmp(h.magic, kMagic, sizeof h.magic) == 0 && h.version == kVersion
        && h.jointDim == uint32_t(jointDim) && h.featureDim == uint32_t(featureDim) && h.jointDim <= kMostDims
        && h.featureDim <= kMostDims && h.frames <= kMostFrames && h.videos <= h.frames && h.bytes == bytes.size()
        && Layout(h).end == bytes.size();
}

bool isFinite(std::span<const CodeScale> scales)
{
    // An infinite error says that no codes fit, which vectors of unit length never need.
    return std::all_of(scales.begin(), scales.end(),
        [](const CodeScale& s) { return std::isfinite(s.scale) && std::isfinite(s.error) && std::isfinite(s.length); });
}

/// Fills the block's videos; false when they and their times contradict each other.
bool readVideos(const Mapping& mapping, const Layout& at, const Header& h, FrameBlock& into)
{
    uint64_t frames = 0;
    for (const Entry& entry : mapping.part<Entry>(at.entries, h.videos)) {
        if (entry.frames == 0 || entry.frames > h.frames - frames || !std::isfinite(entry.durationSec))
            return false;
        const auto times = into.timesSec.subspan(size_t(frames), size_t(entry.frames));
        if (!std::is_sorted(times.begin(), times.end()))
            return false;
        frames += entry.frames;
        // Assigned in place: GCC 12 sees the string in a temporary run over its bounds.
        BlockVideo& video = into.videos.emplace_back();
        video.identity.assign(entry.identity, kDigestBytes);
        video.shard = {entry.shardBytes, entry.shardModifiedNs};
        video.frames = size_t(entry.frames);
        video.durationSec = entry.durationSec;
    }
    return frames == h.frames
        && std::all_of(into.timesSec.begin(), into.timesSec.end(), [](double t) { return std::isfinite(t); });
}

} // namespace

void writeFrameBlock(const std::filesystem::path& file, const FrameBlock& block)
{
    Header h = {};
    std::memcpy(h.magic, kMagic, sizeof h.magic);
    h.version = kVersion;
    h.jointDim = uint32_t(block.joint->dim());
    h.featureDim = block.features ? uint32_t(block.features->dim()) : 0;
    h.videos = uint32_t(block.videos.size());
    h.frames = block.timesSec.size();
    const Layout at(h);
    h.bytes = at.end;
    std::string out(size_t(at.end), '\0');
    for (size_t i = 0; i < block.videos.size(); ++i) {
        const BlockVideo& video = block.videos[i];
        Entry entry = {{}, video.shard.bytes, video.shard.modifiedNs, video.frames, video.durationSec};
        std::memcpy(entry.identity, video.identity.data(), std::min(video.identity.size(), kDigestBytes));
        std::memcpy(out.data() + at.entries + i * sizeof entry, &entry, sizeof entry);
    }
    put(out, at.times, block.timesSec);
    put(out, at.jointScales, block.joint->coded().scales);
    put(out, at.jointRows, block.joint->coded().rows);
    put(out, at.jointCodes, block.joint->coded().codes);
    put(out, at.jointMeans, block.jointMeans);
    if (block.features) {
        put(out, at.featureScales, block.features->coded().scales);
        put(out, at.featureRows, block.features->coded().rows);
        put(out, at.featureCodes, block.features->coded().codes);
        put(out, at.featureMeans, block.featureMeans);
    }
    const std::string_view bytes = out;
    const std::string table = sha256(bytes.substr(sizeof h, at.rest - sizeof h));
    const std::string rest = sha256(bytes.substr(at.rest));
    std::memcpy(h.tableDigest, table.data(), kDigestBytes);
    std::memcpy(h.restDigest, rest.data(), kDigestBytes);
    std::memcpy(out.data(), &h, sizeof h);
    writeFileAtomically(file, out);
}

std::shared_ptr<FrameBlock> mapFrameBlock(
    const std::filesystem::path& file, int jointDim, int featureDim, bool checkAll)
{
    const auto mapping = std::make_shared<Mapping>(file);
    const std::string_view bytes = mapping->bytes();
    Header h = {};
    if (bytes.size() < sizeof h)
        return nullptr;
    std::memcpy(&h, bytes.data(), sizeof h);
    if (!isSound(h, bytes, jointDim, featureDim))
        return nullptr;
    const Layout at(h);
    if (std::string_view(h.tableDigest, kDigestBytes) != sha256(bytes.substr(sizeof h, at.rest - sizeof h))
        || (checkAll && std::string_view(h.restDigest, kDigestBytes) != sha256(bytes.substr(at.rest))))
        return nullptr;

    auto block = std::make_shared<FrameBlock>();
    block->file = file;
    block->memory = mapping;
    block->timesSec = mapping->part<double>(at.times, h.frames);
    const auto jointScales = mapping->part<CodeScale>(at.jointScales, h.frames);
    const auto featureScales = mapping->part<CodeScale>(at.featureScales, h.featureDim > 0 ? h.frames : 0);
    if (!readVideos(*mapping, at, h, *block) || !isFinite(jointScales) || !isFinite(featureScales))
        return nullptr;
    const auto index = [&](uint32_t dim, uint64_t rows, uint64_t codes, std::span<const CodeScale> scales) {
        return std::make_unique<Int8Index>(int(dim),
            CodedRows{mapping->part<float>(rows, h.frames * dim),
                mapping->part<uint8_t>(codes, h.frames * codeBytes(dim)), scales},
            mapping);
    };
    block->joint = index(h.jointDim, at.jointRows, at.jointCodes, jointScales);
    block->jointMeans = mapping->part<float>(at.jointMeans, uint64_t(h.videos) * h.jointDim);
    if (h.featureDim > 0) {
        block->features = index(h.featureDim, at.featureRows, at.featureCodes, featureScales);
        block->featureMeans = mapping->part<float>(at.featureMeans, uint64_t(h.videos) * h.featureDim);
    }
    return block;
}

} // namespace clipscope
