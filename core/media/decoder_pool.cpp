// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/machine.h"
#include "media/decoder_process_internal.h"

#include <algorithm>
#include <mutex>
#include <sys/wait.h>
#include <vector>

namespace clipscope {

namespace {

/// Starting one costs as much as decoding some small clips, so they are used again, but none for ever: what a library
/// leaks goes with the process.
constexpr int kMostFiles = 500;
constexpr int64_t kMostResidentBytes = int64_t(256) << 20;
constexpr size_t kSmallestPool = 2;

struct Pool {
    std::mutex mutex;
    DecodingLimits limits;
    std::vector<std::unique_ptr<DecoderProcess>> idle;
    std::vector<pid_t> dying;
};

/// One a process, as its children are. Never destroyed: threads may still read while a program ends, and the decoders
/// end by themselves then.
Pool& pool()
{
    static Pool& only = *new Pool;
    return only;
}

enum class Which { Any, New };

/// A decoder that waits for work, or a new one.
std::unique_ptr<DecoderProcess> takeDecoder(const std::string& subject, Which which)
{
    const std::filesystem::path program = decoderProgram();
    const int64_t memoryBytes = decodingLimits().memoryBytes;
    while (which == Which::Any) {
        std::unique_ptr<DecoderProcess> decoder;
        {
            const std::scoped_lock lock(pool().mutex);
            std::erase_if(pool().dying, [](pid_t child) { return ::waitpid(child, nullptr, WNOHANG) != 0; });
            if (pool().idle.empty())
                break;
            decoder = std::move(pool().idle.back());
            pool().idle.pop_back();
        }
        if (decoder->wasStartedWith(program, memoryBytes) && decoder->usable())
            return decoder;
    }
    return std::make_unique<DecoderProcess>(program, memoryBytes, subject);
}

} // namespace

void setDecodingLimits(const DecodingLimits& limits)
{
    const std::scoped_lock lock(pool().mutex);
    pool().limits = limits;
}

DecodingLimits decodingLimits()
{
    const std::scoped_lock lock(pool().mutex);
    return pool().limits;
}

void reapLater(pid_t child)
{
    const std::scoped_lock lock(pool().mutex);
    pool().dying.push_back(child);
}

void giveBackDecoder(std::unique_ptr<DecoderProcess> decoder)
{
    if (!decoder || !decoder->usable() || decoder->files() >= kMostFiles
        || decoder->residentBytes() > kMostResidentBytes)
        return;
    decoder->close();
    const std::scoped_lock lock(pool().mutex);
    if (pool().idle.size() < std::max(kSmallestPool, size_t(machine().cores)))
        pool().idle.push_back(std::move(decoder));
}

std::unique_ptr<DecoderProcess> askDecoder(const DecoderProcess::Question& question, const std::string& subject,
    const JobContext& context, const DecoderProcess::Answers& answers)
{
    for (Which which = Which::Any;; which = Which::New) {
        std::unique_ptr<DecoderProcess> decoder = takeDecoder(subject, which);
        const bool used = decoder->files() > 0;
        try {
            decoder->ask(question, subject, context, answers);
            return decoder;
        } catch (...) {
            // One that had been used may have been dying of something that is not this file's fault (who is killed
            // takes its time over it, and looks alive as long): a new one decides.
            const bool again = used && decoder->diedUnheard();
            giveBackDecoder(std::move(decoder));
            if (!again)
                throw;
        }
    }
}

} // namespace clipscope
