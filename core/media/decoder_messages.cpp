// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/decoder_messages_internal.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

namespace clipscope {

namespace {

/// 8 hours at 1,000 frames a second.
constexpr uint64_t kMostPayloadBytes = uint64_t(1) << 28;
constexpr size_t kMostTextBytes = 4096;
constexpr size_t kReadBytes = 1 << 16;

struct Header {
    uint32_t kind;
    uint32_t bytes;
    uint64_t ticket;
};

void require(bool holds)
{
    if (!holds)
        throw MalformedMessage();
}

bool isLength(double seconds)
{
    return std::isfinite(seconds) && seconds >= 0;
}

} // namespace

void MessageWriter::putText(std::string_view text)
{
    put(uint64_t(text.size()));
    m_bytes.append(text);
}

const char* MessageReader::bytes(size_t count)
{
    require(count <= m_bytes.size());
    const char* at = m_bytes.data();
    m_bytes.remove_prefix(count);
    return at;
}

bool MessageReader::getFlag()
{
    const auto byte = get<uint8_t>();
    require(byte <= 1);
    return byte == 1;
}

std::string MessageReader::getText(size_t most)
{
    const auto size = get<uint64_t>();
    require(size <= most);
    const char* at = bytes(size_t(size));
    return {at, size_t(size)};
}

void putFit(MessageWriter& to, const FrameFit& fit)
{
    to.put(int32_t(fit.mode));
    to.put(int32_t(fit.width));
    to.put(int32_t(fit.height));
    to.put(fit.crop);
}

FrameFit getFit(MessageReader& from)
{
    FrameFit fit;
    fit.mode = FrameFit::Mode(from.get<int32_t>());
    fit.width = from.get<int32_t>();
    fit.height = from.get<int32_t>();
    fit.crop = from.get<double>();
    return fit;
}

void putOpening(MessageWriter& to, const Opening& opening)
{
    const VideoInfo& info = opening.info;
    for (const std::string* text : {&info.container, &info.codec, &info.pixelFormat, &info.hdr})
        to.putText(*text);
    for (const int number : {info.width, info.height, info.rotationDegrees})
        to.put(int32_t(number));
    for (const double number : {info.sampleAspect, info.startSec, info.durationSec, info.fps})
        to.put(number);
    to.put(info.frames);
    to.put(info.keyframes);
    for (const bool flag : {info.variableFrameRate, info.interlaced, info.hasAlpha, info.hasAudio})
        to.put(uint8_t(flag));
    const FrameTimeline& timeline = opening.timeline;
    to.putArray(timeline.timesSec);
    to.putArray(std::vector<uint8_t>(timeline.isKeyframe.begin(), timeline.isKeyframe.end()));
    to.putArray(timeline.reachCost);
}

Opening getOpening(MessageReader& from)
{
    Opening opening;
    VideoInfo& info = opening.info;
    for (std::string* text : {&info.container, &info.codec, &info.pixelFormat, &info.hdr})
        *text = from.getText(kMostTextBytes);
    for (int* number : {&info.width, &info.height, &info.rotationDegrees})
        *number = from.get<int32_t>();
    for (double* number : {&info.sampleAspect, &info.startSec, &info.durationSec, &info.fps})
        *number = from.get<double>();
    info.frames = from.get<int64_t>();
    info.keyframes = from.get<int64_t>();
    for (bool* flag : {&info.variableFrameRate, &info.interlaced, &info.hasAlpha, &info.hasAudio})
        *flag = from.getFlag();
    FrameTimeline& timeline = opening.timeline;
    timeline.timesSec = from.getArray<double>();
    const auto keys = from.getArray<uint8_t>();
    timeline.isKeyframe.assign(keys.begin(), keys.end());
    timeline.reachCost = from.getArray<int32_t>();
    timeline.durationSec = info.durationSec;
    from.end();

    const std::vector<double>& times = timeline.timesSec;
    require(info.width > 0 && info.height > 0 && info.frames > 0 && info.keyframes >= 0);
    require(times.size() == size_t(info.frames) && keys.size() == times.size()
        && timeline.reachCost.size() == times.size());
    require(isLength(info.durationSec) && isLength(info.fps) && std::isfinite(info.startSec)
        && std::isfinite(info.sampleAspect));
    require(times.front() == 0 && std::is_sorted(times.begin(), times.end()));
    require(std::all_of(times.begin(), times.end(), isLength));
    return opening;
}

void putReport(MessageWriter& to, const SampleReport& report)
{
    to.put(int32_t(report.asked));
    to.put(int32_t(report.usable));
    to.putText(std::string_view(report.damage).substr(0, kMostTextBytes));
}

SampleReport getReport(MessageReader& from)
{
    SampleReport report;
    report.asked = from.get<int32_t>();
    report.usable = from.get<int32_t>();
    report.damage = from.getText(kMostTextBytes);
    from.end();
    require(report.usable >= 0 && report.usable <= report.asked);
    return report;
}

void putError(MessageWriter& to, const Error& error)
{
    to.put(uint8_t(error.kind()));
    to.putText(std::string_view(error.happened()).substr(0, kMostTextBytes));
    to.putText(std::string_view(error.remedy()).substr(0, kMostTextBytes));
}

Error getError(MessageReader& from, const std::string& subject)
{
    const auto kind = from.get<uint8_t>();
    require(kind <= uint8_t(ErrorKind::Internal));
    std::string happened = from.getText(kMostTextBytes);
    std::string remedy = from.getText(kMostTextBytes);
    from.end();
    return {ErrorKind(kind), std::move(happened), subject, std::move(remedy)};
}

MessageChannel::MessageChannel(Descriptor socket, Descriptors descriptors)
    : m_socket(std::move(socket))
    , m_acceptsDescriptors(descriptors == Descriptors::Accepted)
    , m_buffer(kReadBytes)
{
    // Only `wait` may block. Its flags are this end's own.
    ::fcntl(m_socket.get(), F_SETFL, ::fcntl(m_socket.get(), F_GETFL) | O_NONBLOCK);
}

void MessageChannel::send(MessageKind kind, uint64_t ticket, std::string_view payload, int descriptor, const Wait& wait)
{
    const Header header{uint32_t(kind), uint32_t(payload.size()), ticket};
    if (payload.size() > kMostPayloadBytes)
        throw MalformedMessage();
    size_t sent = 0;
    while (sent < sizeof header + payload.size()) {
        const size_t ofHeader = std::min(sent, sizeof header);
        const size_t ofPayload = sent - ofHeader;
        iovec parts[2] = {{reinterpret_cast<char*>(const_cast<Header*>(&header)) + ofHeader, sizeof header - ofHeader},
            {const_cast<char*>(payload.data()) + ofPayload, payload.size() - ofPayload}};
        msghdr message = {};
        message.msg_iov = parts;
        message.msg_iovlen = 2;
        alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
        if (descriptor >= 0 && sent == 0) {
            message.msg_control = control;
            message.msg_controllen = sizeof control;
            cmsghdr* part = CMSG_FIRSTHDR(&message);
            part->cmsg_level = SOL_SOCKET;
            part->cmsg_type = SCM_RIGHTS;
            part->cmsg_len = CMSG_LEN(sizeof(int));
            std::memcpy(CMSG_DATA(part), &descriptor, sizeof(int));
        }
        const ssize_t n = ::sendmsg(m_socket.get(), &message, MSG_NOSIGNAL);
        if (n > 0)
            sent += size_t(n);
        else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            wait(m_socket.get(), POLLOUT);
        else if (n == 0 || errno != EINTR)
            throw ChannelClosed();
    }
}

/// Takes in what is there; false when nothing is.
bool MessageChannel::readMore()
{
    m_in.erase(0, m_read);
    m_read = 0;
    iovec part{m_buffer.data(), m_buffer.size()};
    msghdr message = {};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    // Without room for them the kernel throws descriptors away.
    if (m_acceptsDescriptors) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
    }
    ssize_t n = -1;
    do
        n = ::recvmsg(m_socket.get(), &message, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    const int error = errno;
    m_in.append(m_buffer.data(), size_t(std::max<ssize_t>(n, 0)));
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); n >= 0 && c; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(int)))
            continue;
        int descriptor = -1;
        std::memcpy(&descriptor, CMSG_DATA(c), sizeof descriptor);
        m_descriptors.emplace_back(descriptor);
    }
    if (n == 0 || (n < 0 && error != EAGAIN && error != EWOULDBLOCK))
        throw ChannelClosed();
    return n > 0;
}

Message MessageChannel::receive(const Wait& wait)
{
    for (;;) {
        Header header = {};
        if (m_in.size() - m_read >= sizeof header) {
            std::memcpy(&header, m_in.data() + m_read, sizeof header);
            // Memory is taken as bytes come, never by what a header claims.
            require(header.bytes <= kMostPayloadBytes);
            if (m_in.size() - m_read - sizeof header >= header.bytes) {
                Message message{
                    MessageKind(header.kind), header.ticket, m_in.substr(m_read + sizeof header, header.bytes)};
                m_read += sizeof header + header.bytes;
                return message;
            }
        }
        if (!readMore())
            wait(m_socket.get(), POLLIN);
    }
}

Descriptor MessageChannel::takeDescriptor()
{
    if (m_descriptors.empty())
        return {};
    Descriptor descriptor = std::move(m_descriptors.front());
    m_descriptors.pop_front();
    return descriptor;
}

} // namespace clipscope
