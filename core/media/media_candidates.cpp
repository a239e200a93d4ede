// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/container_signature_internal.h"
#include "media/video_reader.h"

#include <algorithm>
#include <fcntl.h>
#include <set>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace clipscope {

namespace {

const std::set<std::string> kMediaExtensions{".3g2", ".3gp", ".asf", ".avi", ".divx", ".dv", ".f4v", ".flv", ".gif",
    ".ivf", ".m1v", ".m2t", ".m2ts", ".m2v", ".m4v", ".mj2", ".mkv", ".mov", ".mp4", ".mpe", ".mpeg", ".mpg", ".mts",
    ".mxf", ".nut", ".ogg", ".ogm", ".ogv", ".qt", ".rm", ".rmvb", ".ts", ".vob", ".webm", ".wmv", ".wtv", ".y4m"};

uint32_t bigEndian32(std::string_view bytes, size_t at)
{
    uint32_t value = 0;
    for (size_t i = 0; i < 4; ++i)
        value = value << 8 | uint8_t(bytes[at + i]);
    return value;
}

bool isTransportStream(std::string_view head)
{
    // 188-byte packets, or 192 with a time code before each (Blu-ray).
    for (const auto& [size, first] : {std::pair<size_t, size_t>(188, 0), {192, 4}}) {
        size_t packets = 0;
        for (size_t at = first; at < head.size() && head[at] == 'G'; at += size)
            ++packets;
        if (packets >= 5)
            return true;
    }
    return false;
}

} // namespace

bool hasContainerSignature(std::string_view head)
{
    using namespace std::string_view_literals;
    if (head.size() < 12)
        return false;
    static const std::set<std::string_view> boxes{"ftyp", "moov", "mdat", "wide", "free", "skip", "pnot"};
    if (boxes.contains(head.substr(4, 4)) && (bigEndian32(head, 0) >= 8 || bigEndian32(head, 0) <= 1))
        return true;
    if (head.starts_with("RIFF") && (head.substr(8, 4) == "AVI " || head.substr(8, 4) == "AVIX"))
        return true;
    for (const auto magic : {"\x1A\x45\xDF\xA3"sv, "GIF87a"sv, "GIF89a"sv, "OggS"sv, "FLV\x01"sv,
             "\x30\x26\xB2\x75\x8E\x66\xCF\x11"sv, "\x00\x00\x01\xBA"sv, "\x00\x00\x01\xB3"sv,
             "\x06\x0E\x2B\x34\x02\x05\x01\x01"sv, ".RMF"sv, "DKIF"sv, "YUV4MPEG2"sv, "nut/multimedia"sv}) {
        if (head.starts_with(magic))
            return true;
    }
    return isTransportStream(head);
}

bool looksLikeText(std::string_view head)
{
    return std::none_of(
        head.begin(), head.end(), [](char c) { return uint8_t(c) < 32 && (c < 7 || c > 13) && c != 27; });
}

bool hasIndexBox(int descriptor, int64_t bytes)
{
    int64_t at = 0;
    for (int boxes = 0; boxes < 10000 && at + 8 <= bytes; ++boxes) {
        char header[16] = {};
        if (::pread(descriptor, header, sizeof header, at) < 8)
            return false;
        const std::string_view view(header, sizeof header);
        const std::string_view type = view.substr(4, 4);
        if (type == "moov" || type == "moof")
            return true;
        int64_t size = bigEndian32(view, 0);
        if (size == 1)
            size = int64_t(uint64_t(bigEndian32(view, 8)) << 32 | bigEndian32(view, 12));
        if (size < 8 || size > bytes - at)
            return false;
        at += size;
    }
    return false;
}

bool isMediaCandidate(const std::filesystem::path& path)
{
    // O_NONBLOCK keeps a FIFO from blocking; devices are not even opened.
    struct stat st = {};
    if (::stat(path.c_str(), &st) != 0 || !S_ISREG(st.st_mode)) {
        // A link that leads nowhere is reported to the user when its name says that it was a video.
        if (::lstat(path.c_str(), &st) != 0 || !S_ISLNK(st.st_mode) || ::stat(path.c_str(), &st) == 0)
            return false;
    }
    std::string extension = path.extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
        [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    if (kMediaExtensions.contains(extension))
        return true;
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return false;
    std::string head(4096, '\0');
    const ssize_t got =
        ::fstat(descriptor, &st) == 0 && S_ISREG(st.st_mode) ? ::pread(descriptor, head.data(), head.size(), 0) : 0;
    ::close(descriptor);
    return got > 0 && hasContainerSignature(std::string_view(head).substr(0, size_t(got)));
}

} // namespace clipscope
