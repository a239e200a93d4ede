// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "media/decoder_messages_internal.h"
#include "media/decoding_limits.h"
#include "media/shared_pixels_internal.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <sys/types.h>

namespace clipscope {

/// The program that decodes: $CLIPSCOPE_DECODER, else clipscope-decoder beside the running program.
std::filesystem::path decoderProgram();

/// One clipscope-decoder, seen from the program that started it. It holds at most one file at a time. What it answers
/// is not trusted. It dies with this object, and when this process ends in any way. One thread at a time.
class DecoderProcess {
public:
    /// Throws Error(Resource), about `subject` and naming the program, where it cannot be started.
    DecoderProcess(const std::filesystem::path& program, int64_t memoryBytes, const std::string& subject);
    ~DecoderProcess();
    DecoderProcess(const DecoderProcess&) = delete;
    DecoderProcess& operator=(const DecoderProcess&) = delete;

    /// What one question is about, and how long it may take.
    struct Question {
        MessageKind kind;
        std::string payload;
        int descriptor = -1; ///< passed along, -1: none
        FrameFit fit; ///< of the pictures that come
        double mostSec = 0; ///< of the decoder's own time, or four times as much of waiting for it
    };
    /// What takes the answers over; both may throw MalformedMessage.
    struct Answers {
        std::function<void(int64_t index, RgbImage&&)> picture;
        std::function<void(MessageReader&)> last; ///< of Opened or Done
    };
    /// Asks, and hands over the answers. Errors are about `subject`: what the decoder says; Error(Media) when it
    /// crashes, gets stuck or answers nonsense. Cancelled within 500 ms. After any of these, usable() tells whether it
    /// still holds its file.
    void ask(const Question& question, const std::string& subject, const JobContext& context, const Answers& answers);
    /// Lets go of its file; does not wait.
    void close();

    /// Whether it lives and waits for a question.
    bool usable();
    bool wasStartedWith(const std::filesystem::path& program, int64_t memoryBytes) const;
    int files() const { return m_files; }
    /// Whether it died before it answered anything of the last question.
    bool diedUnheard() const { return m_diedUnheard; }
    int64_t residentBytes() const;

private:
    using Clock = std::chrono::steady_clock;

    void start(const std::string& subject);
    void awaitHello(const std::string& subject);
    void waitFor(int fd, short events, const Question& question, const JobContext& context);
    RgbImage takePicture(const Message& message, const FrameFit& fit, int64_t& index);
    void makeRoom(const Message& message);
    void release(const MessageChannel::Wait& wait);
    void settle();
    [[noreturn]] void failAfterDeath(const std::string& subject, const JobContext& context);
    void logWhatItSaid(const std::string& subject, const JobContext& context);
    double cpuSeconds() const;
    int kill();

    std::filesystem::path m_program;
    int64_t m_memoryBytes;
    SharedPixels m_pixels;
    std::unique_ptr<MessageChannel> m_channel;
    Descriptor m_lifeline; ///< its end ends the decoder; a ticket written to it cancels that question
    Descriptor m_complaints; ///< the decoder's stderr
    pid_t m_pid = -1;
    uint64_t m_ticket = 0;
    int m_files = 0;
    bool m_diedUnheard = false;

    // The watchdog's, while a question is open.
    double m_stuckAfterSec = 0;
    double m_cpuAtStart = 0;
    Clock::duration m_waited{};
    Clock::time_point m_lastProgress;
    uint64_t m_progressSeen = 0;
};

/// Asks the first question about a file, of a decoder that waits for work or of a new one, and returns it. Any thread.
/// Throws as the constructor and ask() do.
std::unique_ptr<DecoderProcess> askDecoder(const DecoderProcess::Question& question, const std::string& subject,
    const JobContext& context, const DecoderProcess::Answers& answers);
/// Back for the next file; one that is worn out, dead or too many ends here.
void giveBackDecoder(std::unique_ptr<DecoderProcess> decoder);
/// A child that has been killed and is not dead yet (its disk may hang): waited for some time later.
void reapLater(pid_t child);

} // namespace clipscope
