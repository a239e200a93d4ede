// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "media/media_descriptor_internal.h"
#include "media/video_reader.h"

#include <cstring>
#include <deque>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace clipscope {

// What a program and its clipscope-decoder say to each other over a socket. One request at a time; each has a ticket,
// which its answers repeat. Pixels go another way (SharedPixels). Both ends are of one build: plain bytes of the
// machine.

/// Counted up whenever a message changes.
inline constexpr uint32_t kDecoderProtocol = 1;

/// Where a decoder finds its ends when it starts.
inline constexpr int kDecoderSocket = 3;
inline constexpr int kDecoderLifeline = 4;
inline constexpr int kDecoderPixels = 5;

enum class MessageKind : uint32_t {
    // to the decoder
    OpenVideo, ///< name; with a descriptor -> Opened
    ReadPicture, ///< name, fit; with a descriptor -> Picture, Done
    Read, ///< fit, indices -> Picture..., Done
    Frame, ///< fit, index -> Picture, Done
    Close, ///< no answer
    Release, ///< the oldest Picture has been taken over; no answer
    Grown, ///< the answer to NeedsRoom
    // from the decoder
    Hello, ///< kDecoderProtocol
    Opened, ///< Opening
    Picture, ///< PictureNote
    NeedsRoom, ///< bytes: one picture is larger than the shared memory
    Done, ///< SampleReport
    Failed, ///< kind, what happened, remedy
    Cancelled
};

/// A message that no decoder of ours would write.
class MalformedMessage : public std::exception {
public:
    const char* what() const noexcept override { return "malformed message"; }
};
/// The other end has gone.
class ChannelClosed : public std::exception {
public:
    const char* what() const noexcept override { return "channel closed"; }
};

class MessageWriter {
public:
    template <class T> void put(const T& value)
    {
        static_assert(std::is_trivially_copyable_v<T>);
        m_bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    void putText(std::string_view text);
    template <class T> void putArray(const std::vector<T>& values)
    {
        static_assert(std::is_trivially_copyable_v<T> && !std::is_same_v<T, bool>);
        put(uint64_t(values.size()));
        m_bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
    }
    std::string take() { return std::move(m_bytes); }

private:
    std::string m_bytes;
};

/// Reads what a MessageWriter wrote; throws MalformedMessage where the bytes end too early or too late.
class MessageReader {
public:
    explicit MessageReader(std::string_view bytes)
        : m_bytes(bytes)
    {
    }
    template <class T> T get()
    {
        static_assert(std::is_trivially_copyable_v<T> && !std::is_same_v<T, bool>);
        T value;
        std::memcpy(&value, bytes(sizeof value), sizeof value);
        return value;
    }
    /// A byte that is 0 or 1: any other value makes a bool that is neither true nor false.
    bool getFlag();
    std::string getText(size_t most);
    template <class T> std::vector<T> getArray()
    {
        const auto count = get<uint64_t>();
        if (count > m_bytes.size() / sizeof(T))
            throw MalformedMessage();
        std::vector<T> values(static_cast<size_t>(count));
        if (count)
            std::memcpy(values.data(), bytes(values.size() * sizeof(T)), values.size() * sizeof(T));
        return values;
    }
    void end() const
    {
        if (!m_bytes.empty())
            throw MalformedMessage();
    }

private:
    const char* bytes(size_t count);

    std::string_view m_bytes;
};

/// What opening a video tells, once.
struct Opening {
    VideoInfo info;
    FrameTimeline timeline;
    bool operator==(const Opening& other) const { return timeline == other.timeline; }
};

/// Where in the shared memory a picture lies.
struct PictureNote {
    int64_t index = 0;
    uint64_t offset = 0;
    int32_t width = 0;
    int32_t height = 0;
};

void putFit(MessageWriter& to, const FrameFit& fit);
FrameFit getFit(MessageReader& from);
void putOpening(MessageWriter& to, const Opening& opening);
/// Nothing that contradicts itself comes through. Throws MalformedMessage.
Opening getOpening(MessageReader& from);
void putReport(MessageWriter& to, const SampleReport& report);
SampleReport getReport(MessageReader& from);
void putError(MessageWriter& to, const Error& error);
/// The error, about `subject`.
Error getError(MessageReader& from, const std::string& subject);

struct Message {
    MessageKind kind = MessageKind::Close;
    uint64_t ticket = 0;
    std::string payload;
};

/// One end of the socket. Never blocks but in `wait`, which returns when `events` may have come and may throw.
class MessageChannel {
public:
    using Wait = std::function<void(int fd, short events)>;

    enum class Descriptors { Refused, Accepted }; ///< whether the other end may pass descriptors
    MessageChannel(Descriptor socket, Descriptors descriptors);

    /// Throws ChannelClosed, and what `wait` throws; then nothing more can be sent.
    void send(MessageKind kind, uint64_t ticket, std::string_view payload, int descriptor, const Wait& wait);
    /// Throws ChannelClosed, MalformedMessage, and what `wait` throws; it may then be called again.
    Message receive(const Wait& wait);
    /// The oldest descriptor that came; none when there is none.
    Descriptor takeDescriptor();
    int fd() const { return m_socket.get(); }
    /// Whether something came that nobody has received.
    bool hasBuffered() const { return m_read < m_in.size(); }

private:
    bool readMore();

    Descriptor m_socket;
    bool m_acceptsDescriptors;
    std::vector<char> m_buffer;
    std::string m_in;
    size_t m_read = 0;
    std::deque<Descriptor> m_descriptors;
};

} // namespace clipscope
