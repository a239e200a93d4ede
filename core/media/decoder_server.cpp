// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/decoder_server.h"

#include "media/decoder_lifeline_internal.h"
#include "media/decoder_messages_internal.h"
#include "media/decoder_sandbox_internal.h"
#include "media/local_video_reader_internal.h"
#include "media/media_file_internal.h"
#include "media/shared_pixels_internal.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <new>
#include <optional>
#include <poll.h>
#include <unistd.h>

namespace clipscope {

namespace {

/// So many pictures may wait to be taken over: enough for both ends to work at once, few enough to stay in the caches.
constexpr size_t kMostWaiting = 6;
constexpr size_t kAlignment = 64;

void waitForever(int fd, short events)
{
    pollfd wait{fd, events, 0};
    ::poll(&wait, 1, -1);
}

/// Pictures in the shared memory, one behind the other in a ring, until the other end has taken them over.
class PixelRing {
public:
    PixelRing(SharedPixels& pixels, MessageChannel& channel)
        : m_pixels(pixels)
        , m_channel(channel)
    {
    }

    void send(uint64_t ticket, int64_t index, const RgbImage& image)
    {
        const size_t offset = place(ticket, image.pixels.size());
        std::memcpy(m_pixels.data() + offset, image.pixels.data(), image.pixels.size());
        m_waiting.push_back({offset, offset + image.pixels.size()});
        MessageWriter note;
        note.put(PictureNote{index, offset, image.width, image.height});
        m_channel.send(MessageKind::Picture, ticket, note.take(), -1, waitForever);
    }
    void released()
    {
        if (m_waiting.empty())
            throw MalformedMessage();
        m_waiting.pop_front();
    }

private:
    struct Range {
        size_t begin;
        size_t end;
    };

    size_t place(uint64_t ticket, size_t bytes)
    {
        for (;;) {
            if (m_waiting.empty()) {
                // The same memory again and again, warm in the caches.
                if (bytes > m_pixels.bytes())
                    grow(ticket, bytes);
                return 0;
            }
            if (m_waiting.size() < kMostWaiting) {
                const size_t head = (m_waiting.back().end + kAlignment - 1) / kAlignment * kAlignment;
                const size_t tail = m_waiting.front().begin;
                const bool wrapped = m_waiting.back().begin < tail;
                const size_t end = wrapped ? tail : m_pixels.bytes();
                if (head <= end && end - head >= bytes)
                    return head;
                if (!wrapped && tail >= bytes)
                    return 0;
            }
            if (m_channel.receive(waitForever).kind != MessageKind::Release)
                throw MalformedMessage();
            released();
        }
    }

    void grow(uint64_t ticket, size_t bytes)
    {
        MessageWriter wish;
        wish.put(uint64_t(bytes));
        m_channel.send(MessageKind::NeedsRoom, ticket, wish.take(), -1, waitForever);
        if (m_channel.receive(waitForever).kind != MessageKind::Grown)
            throw MalformedMessage();
        m_pixels.remap();
        if (bytes > m_pixels.bytes())
            throw std::bad_alloc();
    }

    SharedPixels& m_pixels;
    MessageChannel& m_channel;
    std::deque<Range> m_waiting; ///< oldest first
};

class Server {
public:
    explicit Server(Lifeline& lifeline)
        : m_lifeline(lifeline)
        , m_channel(Descriptor(kDecoderSocket), MessageChannel::Descriptors::Accepted)
        , m_pixels(Descriptor(kDecoderPixels))
        , m_ring(m_pixels, m_channel)
    {
    }

    [[noreturn]] void serve()
    {
        MessageWriter hello;
        hello.put(kDecoderProtocol);
        m_channel.send(MessageKind::Hello, 0, hello.take(), -1, waitForever);
        for (;;) {
            const Message message = m_channel.receive(waitForever);
            if (message.kind == MessageKind::Release)
                m_ring.released();
            else if (message.kind == MessageKind::Close)
                m_reader.reset();
            else
                answer(message);
        }
    }

private:
    void answer(const Message& message)
    {
        JobContext context;
        context.stop = m_lifeline.begin(message.ticket);
        try {
            work(message, context);
        } catch (const Cancelled&) {
            m_channel.send(MessageKind::Cancelled, message.ticket, {}, -1, waitForever);
        } catch (const Error& error) {
            fail(message.ticket, error);
        } catch (const std::bad_alloc&) {
            fail(message.ticket,
                Error(ErrorKind::Media, "needs more memory than one file may have to be decoded", {},
                    "It is probably damaged; if it plays in another program, convert it to a smaller picture size."));
            // What is left of the memory is in pieces.
            ::_exit(EXIT_FAILURE);
        }
    }

    void fail(uint64_t ticket, const Error& error)
    {
        MessageWriter answer;
        putError(answer, error);
        m_channel.send(MessageKind::Failed, ticket, answer.take(), -1, waitForever);
    }

    void work(const Message& message, const JobContext& context)
    {
        const uint64_t ticket = message.ticket;
        MessageReader question(message.payload);
        const auto pass = [&](const VideoFrame& frame) { m_ring.send(ticket, frame.index, frame.image); };
        SampleReport report;
        switch (message.kind) {
        case MessageKind::OpenVideo:
            open(ticket, question.getText(message.payload.size()), context);
            return;
        case MessageKind::ReadPicture: {
            const FrameFit fit = getFit(question);
            const std::string name = question.getText(message.payload.size());
            m_ring.send(ticket, 0, readLocalPicture(m_channel.takeDescriptor(), name, fit, context));
            break;
        }
        case MessageKind::Read: {
            const FrameFit fit = getFit(question);
            report = reader().read(question.getArray<int64_t>(), fit, context, pass);
            break;
        }
        case MessageKind::Frame: {
            const FrameFit fit = getFit(question);
            pass(reader().frame(question.get<int64_t>(), fit, context));
            report.asked = report.usable = 1;
            break;
        }
        default:
            throw MalformedMessage();
        }
        MessageWriter answer;
        putReport(answer, report);
        m_channel.send(MessageKind::Done, ticket, answer.take(), -1, waitForever);
    }

    void open(uint64_t ticket, const std::string& name, const JobContext& context)
    {
        m_reader.reset();
        m_reader.emplace(m_channel.takeDescriptor(), name, context, &m_pixels.progress());
        MessageWriter answer;
        putOpening(answer, {m_reader->info(), m_reader->timeline()});
        m_channel.send(MessageKind::Opened, ticket, answer.take(), -1, waitForever);
    }

    LocalVideoReader& reader()
    {
        if (!m_reader)
            throw MalformedMessage();
        return *m_reader;
    }

    Lifeline& m_lifeline;
    MessageChannel m_channel;
    SharedPixels m_pixels;
    PixelRing m_ring;
    std::optional<LocalVideoReader> m_reader;
};

bool isStartedByHand(int argc)
{
    for (const int fd : {kDecoderSocket, kDecoderLifeline, kDecoderPixels})
        if (::fcntl(fd, F_GETFD) < 0)
            return true;
    return argc != 2;
}

} // namespace

int runDecoder(int argc, char** argv)
{
    if (isStartedByHand(argc)) {
        std::fprintf(stderr, "clipscope-decoder decodes for clipscope and clipscope-cli, which start it themselves.\n");
        return 2;
    }
    limitMemory(std::strtoll(argv[1], nullptr, 10));
    // No folder or disk is kept busy by it.
    if (::chdir("/") != 0)
        return EXIT_FAILURE;
    Lifeline lifeline{Descriptor(kDecoderLifeline)};
    try {
        Server server(lifeline);
        keepFfmpegSilent();
        giveUpRights();
        server.serve();
    } catch (const ChannelClosed&) {
        ::_exit(EXIT_SUCCESS);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "clipscope-decoder: %s\n", e.what());
        ::_exit(EXIT_FAILURE);
    }
}

} // namespace clipscope
