// SPDX-License-Identifier: GPL-3.0-or-later
// A clipscope-decoder as an attacker, or a bug, would have it: in place of the real one it does what
// CLIPSCOPE_MISBEHAVIOUR names. Everything else it does as the real one.
#include "media/decoder_lifeline_internal.h"
#include "media/decoder_messages_internal.h"
#include "media/decoder_server.h"

#include <chrono>
#include <cstdlib>
#include <poll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace clipscope;

namespace {

void waitForever(int fd, short events)
{
    pollfd wait{fd, events, 0};
    ::poll(&wait, 1, -1);
}

Opening goodOpening()
{
    Opening opening;
    opening.info.width = opening.info.height = 64;
    opening.info.frames = 100;
    opening.info.durationSec = 4;
    opening.info.fps = 25;
    for (int i = 0; i < 100; ++i)
        opening.timeline.timesSec.push_back(i * .04);
    opening.timeline.isKeyframe.assign(100, true);
    opening.timeline.reachCost.assign(100, 1);
    return opening;
}

Opening badOpening(const std::string& what)
{
    Opening opening = goodOpening();
    if (what == "no frames")
        opening.timeline.timesSec.clear(), opening.timeline.isKeyframe.clear(), opening.timeline.reachCost.clear(),
            opening.info.frames = 0;
    if (what == "other count")
        opening.info.frames = 101;
    if (what == "times backwards")
        opening.timeline.timesSec[50] = 0;
    if (what == "endless times")
        opening.timeline.timesSec.back() = 1. / 0.;
    if (what == "no size")
        opening.info.width = 0;
    return opening;
}

PictureNote noteFor(const std::string& what)
{
    PictureNote note{0, 0, 32, 32};
    if (what == "picture outside")
        note.offset = uint64_t(1) << 60;
    if (what == "picture half outside")
        note.offset = (uint64_t(16) << 20) - 100;
    if (what == "huge picture")
        note.width = note.height = 2'000'000'000;
    if (what == "negative picture")
        note.width = -32;
    if (what == "other size")
        note.width = 33;
    if (what == "no such frame")
        note.index = 100;
    if (what == "frame before the first")
        note.index = -1;
    return note;
}

[[noreturn]] void misbehave(const std::string& what)
{
    const Lifeline lifeline{Descriptor(kDecoderLifeline)};
    MessageChannel channel(Descriptor(kDecoderSocket), MessageChannel::Descriptors::Accepted);
    const auto say = [&](MessageKind kind, uint64_t ticket, MessageWriter writer = {}) {
        channel.send(kind, ticket, writer.take(), -1, waitForever);
    };
    MessageWriter hello;
    hello.put(what == "other version" ? kDecoderProtocol + 1 : kDecoderProtocol);
    say(MessageKind::Hello, 0, hello);
    for (;;) {
        const Message question = channel.receive(waitForever);
        const uint64_t ticket = question.ticket;
        if (question.kind == MessageKind::OpenVideo && what == "spins") {
            for (volatile bool spin = true; spin;) { }
        } else if (question.kind == MessageKind::OpenVideo && what == "garbage") {
            const std::string bytes(100000, '\xA5');
            ::send(channel.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        } else if (question.kind == MessageKind::OpenVideo && what == "claims 4 GB") {
            const uint32_t header[4] = {uint32_t(MessageKind::Opened), 0xFFFFFFFF, uint32_t(ticket), 0};
            ::send(channel.fd(), header, sizeof header, MSG_NOSIGNAL);
        } else if (question.kind == MessageKind::OpenVideo) {
            MessageWriter opening;
            putOpening(opening, badOpening(what));
            say(MessageKind::Opened, what == "other ticket" ? ticket + 7 : ticket, opening);
        } else if (question.kind == MessageKind::Read && what == "room without end") {
            MessageWriter wish;
            wish.put(uint64_t(1) << 50);
            say(MessageKind::NeedsRoom, ticket, wish);
        } else if (question.kind == MessageKind::Read && what == "pictures without end") {
            for (;;) {
                MessageWriter note;
                note.put(noteFor({}));
                say(MessageKind::Picture, ticket, note);
            }
        } else if (question.kind == MessageKind::Read && what == "trickles") {
            // Something every now and then, for ever.
            for (;;) {
                std::this_thread::sleep_for(std::chrono::milliseconds(20));
                MessageWriter wish;
                wish.put(uint64_t(1));
                say(MessageKind::NeedsRoom, ticket, wish);
                while (channel.receive(waitForever).kind != MessageKind::Grown) { }
            }
        } else if (question.kind == MessageKind::Read && what == "complains and aborts") {
            const std::string complaint(1 << 20, 'x');
            [[maybe_unused]] const auto n = ::write(2, ("a red herring\n" + complaint).data(), complaint.size());
            std::abort();
        } else if (question.kind == MessageKind::Read) {
            MessageWriter note;
            note.put(noteFor(what));
            say(MessageKind::Picture, ticket, note);
            MessageWriter report;
            putReport(report, {2, what == "wrong count" ? 2 : 1, {}, {}});
            say(MessageKind::Done, ticket, report);
        }
    }
}

} // namespace

int main(int argc, char** argv)
{
    const char* what = std::getenv("CLIPSCOPE_MISBEHAVIOUR");
    if (!what)
        return runDecoder(argc, argv);
    try {
        misbehave(what);
    } catch (const std::exception&) {
        ::_exit(EXIT_FAILURE);
    }
}
