// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/decoder_process_internal.h"

#include "media/media_file_internal.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

using namespace std::chrono_literals;

constexpr size_t kUsualPixelBytes = size_t(16) << 20;
constexpr uint64_t kMostPictureBytes = uint64_t(3) * kMaxPictureSide * kMaxPictureSide;
/// How often a waiting question looks at its stop token and its watchdog.
constexpr auto kSlice = 50ms;
/// A decoder that was told to stop has so long to say that it did.
constexpr auto kPatience = 250ms;
constexpr auto kStartPatience = 30s;
constexpr double kStarvation = 4;
constexpr char kHint[] = "It is probably damaged; play it in another program to see what is left of it.";

/// A question whose answer took too long; `what` goes on after the file's name.
struct Stuck {
    std::string what;
};

std::string seconds(double value)
{
    std::string text = std::to_string(value);
    text.erase(value >= 10 ? text.find('.') : text.find('.') + 2);
    return text + " seconds";
}

std::string signalName(int signal)
{
    const char* name = sigdescr_np(signal);
    return "signal " + std::to_string(signal) + (name ? std::string(", ") + name : std::string());
}

/// Descriptors of the new process are given their numbers one after the other: none may stand in the way of another.
Descriptor outOfTheWay(const Descriptor& descriptor)
{
    return Descriptor(::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, 10));
}

struct Ends {
    Descriptor ours;
    Descriptor theirs;
};

Ends socketPair()
{
    int ends[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return {};
    Ends pair{Descriptor(ends[0]), Descriptor(ends[1])};
    pair.theirs = outOfTheWay(pair.theirs);
    return pair;
}

/// What it writes never blocks it: a decoder that says too much loses the rest.
Ends complaintPipe()
{
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return {};
    Ends pair{Descriptor(ends[0]), Descriptor(ends[1])};
    pair.theirs = outOfTheWay(pair.theirs);
    return pair;
}

class SpawnSettings {
public:
    SpawnSettings()
    {
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_init(&attributes);
    }
    ~SpawnSettings()
    {
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;

    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
};

} // namespace

fs::path decoderProgram()
{
    const char* named = std::getenv("CLIPSCOPE_DECODER");
    if (named && *named)
        return named;
    std::error_code ignored;
    return fs::read_symlink("/proc/self/exe", ignored).parent_path() / "clipscope-decoder";
}

DecoderProcess::DecoderProcess(const fs::path& program, int64_t memoryBytes, const std::string& subject)
    : m_program(program)
    , m_memoryBytes(memoryBytes)
    , m_pixels(kUsualPixelBytes)
{
    start(subject);
    try {
        awaitHello(subject);
    } catch (...) {
        kill();
        throw;
    }
}

DecoderProcess::~DecoderProcess()
{
    kill();
}

void DecoderProcess::start(const std::string& subject)
{
    Ends socket = socketPair();
    Ends lifeline = socketPair();
    Ends complaints = complaintPipe();
    const Descriptor pixels(::fcntl(m_pixels.fd(), F_DUPFD_CLOEXEC, 10));
    if (!socket.theirs || !lifeline.theirs || !complaints.theirs || !pixels)
        throw Error(ErrorKind::Resource, std::string("cannot be decoded: ") + std::strerror(errno), subject,
            "Close other programs and try again.");

    SpawnSettings settings;
    posix_spawn_file_actions_t* actions = &settings.actions;
    posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(actions, complaints.theirs.get(), 2);
    posix_spawn_file_actions_adddup2(actions, socket.theirs.get(), kDecoderSocket);
    posix_spawn_file_actions_adddup2(actions, lifeline.theirs.get(), kDecoderLifeline);
    posix_spawn_file_actions_adddup2(actions, pixels.get(), kDecoderPixels);
    posix_spawn_file_actions_addclosefrom_np(actions, kDecoderPixels + 1);
    // A group of its own: Ctrl-C in a terminal is for the program, which stops its decoders itself; and should the
    // program die while its decoder is stopped, the kernel wakes and ends a group that nobody can continue.
    sigset_t all;
    sigset_t none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setflags(
        &settings.attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(&settings.attributes, 0);
    posix_spawnattr_setsigdefault(&settings.attributes, &all);
    posix_spawnattr_setsigmask(&settings.attributes, &none);

    std::string name = m_program.string();
    std::string memory = std::to_string(m_memoryBytes);
    char* const arguments[] = {name.data(), memory.data(), nullptr};
    const int error = ::posix_spawn(&m_pid, name.c_str(), actions, &settings.attributes, arguments, environ);
    if (error != 0) {
        m_pid = -1;
        throw Error(ErrorKind::Resource,
            error == ENOENT ? "cannot be decoded: the program for it is missing at " + name
                            : "cannot be decoded: " + name + " cannot be started (" + std::strerror(error) + ")",
            subject, error == ENOENT ? "Build or install Clipscope again: it belongs beside the program." : "");
    }
    m_channel = std::make_unique<MessageChannel>(std::move(socket.ours), MessageChannel::Descriptors::Refused);
    m_lifeline = std::move(lifeline.ours);
    m_complaints = std::move(complaints.ours);
}

void DecoderProcess::awaitHello(const std::string& subject)
{
    std::string problem;
    const auto until = Clock::now() + kStartPatience;
    try {
        const Message hello = m_channel->receive([&](int fd, short events) {
            pollfd wait{fd, events, 0};
            ::poll(&wait, 1, int(kSlice.count()));
            if (Clock::now() > until)
                throw Stuck{"does not answer"};
        });
        MessageReader reader(hello.payload);
        if (hello.kind == MessageKind::Hello && reader.get<uint32_t>() == kDecoderProtocol)
            return;
        problem = "belongs to another version of Clipscope";
    } catch (const Stuck& stuck) {
        problem = stuck.what;
    } catch (const MalformedMessage&) {
        problem = "belongs to another version of Clipscope";
    } catch (const ChannelClosed&) {
        problem = "ends at once";
    }
    throw Error(ErrorKind::Resource, "cannot be decoded: the program for it, " + m_program.string() + ", " + problem,
        subject, "Build or install Clipscope again.");
}

void DecoderProcess::ask(
    const Question& question, const std::string& subject, const JobContext& context, const Answers& answers)
{
    if (!m_channel)
        failAfterDeath(subject, context);
    context.throwIfStopped();
    ++m_ticket;
    m_files += question.descriptor >= 0;
    m_diedUnheard = false;
    m_waited = {};
    m_stuckAfterSec = decodingLimits().stuckAfterSec;
    m_lastProgress = Clock::now();
    m_cpuAtStart = cpuSeconds();
    const MessageChannel::Wait wait = [&](int fd, short events) { waitFor(fd, events, question, context); };
    // Broken off in the middle of a step, the two ends would not agree any more.
    enum class Stage { InStep, BetweenSteps, Answered } stage = Stage::InStep;
    bool heard = false;
    try {
        m_channel->send(question.kind, m_ticket, question.payload, question.descriptor, wait);
        for (;;) {
            stage = Stage::BetweenSteps;
            // While the sink worked, the decoder may have had to wait.
            m_lastProgress = Clock::now();
            Message message = m_channel->receive(wait);
            heard = true;
            if (message.ticket != m_ticket)
                throw MalformedMessage();
            switch (message.kind) {
            case MessageKind::Picture: {
                int64_t index = 0;
                stage = Stage::InStep;
                RgbImage image = takePicture(message, question.fit, index);
                release(wait);
                stage = Stage::BetweenSteps;
                context.throwIfStopped();
                answers.picture(index, std::move(image));
                context.throwIfStopped();
                break;
            }
            case MessageKind::NeedsRoom:
                stage = Stage::InStep;
                makeRoom(message);
                m_channel->send(MessageKind::Grown, m_ticket, {}, -1, wait);
                break;
            case MessageKind::Opened:
            case MessageKind::Done: {
                stage = Stage::Answered;
                logWhatItSaid(subject, context);
                MessageReader reader(message.payload);
                answers.last(reader);
                return;
            }
            case MessageKind::Failed: {
                stage = Stage::Answered;
                logWhatItSaid(subject, context);
                MessageReader reader(message.payload);
                throw getError(reader, subject);
            }
            default:
                throw MalformedMessage();
            }
        }
    } catch (const Stuck& stuck) {
        logWhatItSaid(subject, context);
        kill();
        throw Error(ErrorKind::Media, stuck.what, subject, kHint);
    } catch (const ChannelClosed&) {
        m_diedUnheard = !heard;
        failAfterDeath(subject, context);
    } catch (const MalformedMessage&) {
        logWhatItSaid(subject, context);
        kill();
        throw Error(ErrorKind::Media, "made its decoder answer nonsense", subject, kHint);
    } catch (...) {
        if (stage == Stage::InStep)
            kill();
        else if (stage == Stage::BetweenSteps)
            settle();
        throw;
    }
}

/// Returns when `fd` may be ready. The decoder's own word about its progress is believed for as long as the whole
/// question may take, no longer.
void DecoderProcess::waitFor(int fd, short events, const Question& question, const JobContext& context)
{
    const auto before = Clock::now();
    pollfd wait{fd, events, 0};
    ::poll(&wait, 1, int(kSlice.count()));
    const auto now = Clock::now();
    m_waited += now - before;
    context.throwIfStopped();
    const uint64_t progress = m_pixels.progress().load(std::memory_order_relaxed);
    if (progress != m_progressSeen) {
        m_progressSeen = progress;
        m_lastProgress = now;
    }
    // Where others take the processor, a sound decoder needs longer: its own time counts, the clock's as a last resort.
    const double waitedSec = std::chrono::duration<double>(m_waited).count();
    if (waitedSec > question.mostSec
        && (cpuSeconds() - m_cpuAtStart > question.mostSec || waitedSec > kStarvation * question.mostSec))
        throw Stuck{"took its decoder more than " + seconds(question.mostSec) + ", which is far too long"};
    if (!wait.revents && std::chrono::duration<double>(now - m_lastProgress).count() > m_stuckAfterSec)
        throw Stuck{"gave no picture for " + seconds(m_stuckAfterSec)};
}

double DecoderProcess::cpuSeconds() const
{
    clockid_t clock = 0;
    timespec used = {};
    if (::clock_getcpuclockid(m_pid, &clock) != 0 || ::clock_gettime(clock, &used) != 0)
        return 0;
    return double(used.tv_sec) + 1e-9 * double(used.tv_nsec);
}

RgbImage DecoderProcess::takePicture(const Message& message, const FrameFit& fit, int64_t& index)
{
    MessageReader reader(message.payload);
    const auto note = reader.get<PictureNote>();
    reader.end();
    const bool square = fit.mode == FrameFit::Mode::CentreSquare;
    const bool bounded = fit.mode != FrameFit::Mode::Full;
    const int mostWidth = bounded ? std::clamp(fit.width, 1, kMaxPictureSide) : kMaxPictureSide;
    const int mostHeight = bounded ? std::clamp(fit.height, 1, kMaxPictureSide) : kMaxPictureSide;
    if (note.width < (square ? mostWidth : 1) || note.height < (square ? mostHeight : 1) || note.width > mostWidth
        || note.height > mostHeight)
        throw MalformedMessage();
    const uint64_t bytes = uint64_t(3) * uint64_t(note.width) * uint64_t(note.height);
    if (note.offset > m_pixels.bytes() || bytes > m_pixels.bytes() - note.offset)
        throw MalformedMessage();
    RgbImage image;
    image.width = note.width;
    image.height = note.height;
    const uint8_t* first = m_pixels.data() + note.offset;
    image.pixels.assign(first, first + bytes);
    index = note.index;
    return image;
}

void DecoderProcess::release(const MessageChannel::Wait& wait)
{
    m_channel->send(MessageKind::Release, m_ticket, {}, -1, wait);
}

void DecoderProcess::makeRoom(const Message& message)
{
    MessageReader reader(message.payload);
    const auto bytes = reader.get<uint64_t>();
    reader.end();
    if (bytes > kMostPictureBytes)
        throw MalformedMessage();
    m_pixels.grow(size_t(bytes));
}

/// After a question that was broken off: the decoder stops, or is stopped.
void DecoderProcess::settle()
{
    const auto until = Clock::now() + kPatience;
    const MessageChannel::Wait wait = [&](int fd, short events) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
        if (left <= 0ms)
            throw Stuck{};
        pollfd one{fd, events, 0};
        ::poll(&one, 1, int(left.count()));
    };
    try {
        if (::send(m_lifeline.get(), &m_ticket, sizeof m_ticket, MSG_NOSIGNAL | MSG_DONTWAIT) != sizeof m_ticket)
            throw ChannelClosed();
        for (;;) {
            const Message message = m_channel->receive(wait);
            if (message.ticket != m_ticket)
                throw MalformedMessage();
            if (message.kind == MessageKind::Picture) {
                release(wait);
            } else if (message.kind == MessageKind::Opened || message.kind == MessageKind::Done
                || message.kind == MessageKind::Failed || message.kind == MessageKind::Cancelled) {
                return;
            } else {
                throw MalformedMessage();
            }
        }
    } catch (...) {
        kill();
    }
}

void DecoderProcess::failAfterDeath(const std::string& subject, const JobContext& context)
{
    logWhatItSaid(subject, context);
    const int status = kill();
    std::string happened = "lost its decoder";
    std::string remedy = kHint;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
        happened = "lost its decoder, which was killed";
        remedy = "The machine may be short of memory; try again.";
    } else if (WIFSIGNALED(status)) {
        happened = "made its decoder crash (" + signalName(WTERMSIG(status)) + ")";
    } else if (WIFEXITED(status)) {
        happened = "made its decoder end (status " + std::to_string(WEXITSTATUS(status)) + ")";
    }
    throw Error(ErrorKind::Media, happened, subject, remedy);
}

void DecoderProcess::logWhatItSaid(const std::string& subject, const JobContext& context)
{
    char bytes[4096];
    const ssize_t n = m_complaints ? ::read(m_complaints.get(), bytes, sizeof bytes) : 0;
    if (n <= 0)
        return;
    std::string text(bytes, size_t(n));
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    context.log(LogLevel::Warning, subject + ": its decoder said: " + text);
}

/// Ends it; its wait status, or that of an unknown end. A process that hangs in the kernel is not waited for.
int DecoderProcess::kill()
{
    m_channel.reset();
    m_lifeline.close();
    m_complaints.close();
    if (m_pid <= 0)
        return SIGKILL;
    const pid_t child = std::exchange(m_pid, -1);
    ::kill(child, SIGKILL);
    const auto until = Clock::now() + kPatience;
    int status = SIGKILL;
    for (auto pause = 100us; Clock::now() < until; pause = std::min<std::chrono::microseconds>(2 * pause, 5ms)) {
        const pid_t got = ::waitpid(child, &status, WNOHANG);
        if (got == child || (got < 0 && errno != EINTR))
            return status;
        std::this_thread::sleep_for(pause);
    }
    reapLater(child);
    return SIGKILL;
}

void DecoderProcess::close()
{
    try {
        m_channel->send(MessageKind::Close, m_ticket, {}, -1, [](int, short) { throw ChannelClosed(); });
    } catch (const ChannelClosed&) {
        kill();
    }
}

bool DecoderProcess::usable()
{
    if (!m_channel || m_channel->hasBuffered())
        return false;
    pollfd wait{m_channel->fd(), POLLIN, 0};
    return ::poll(&wait, 1, 0) == 0;
}

bool DecoderProcess::wasStartedWith(const fs::path& program, int64_t memoryBytes) const
{
    return m_program == program && m_memoryBytes == memoryBytes;
}

int64_t DecoderProcess::residentBytes() const
{
    std::ifstream in("/proc/" + std::to_string(m_pid) + "/statm");
    int64_t whole = 0;
    int64_t resident = 0;
    in >> whole >> resident;
    return resident * ::sysconf(_SC_PAGESIZE);
}

} // namespace clipscope
