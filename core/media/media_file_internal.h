// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "media/av_handles_internal.h"
#include "media/media_descriptor_internal.h"

#include <atomic>
#include <chrono>
#include <filesystem>

namespace clipscope {

/// Sides and areas beyond these are refused: no camera makes them, and one frame would eat the memory.
inline constexpr int kMaxPictureSide = 16384;
inline constexpr int64_t kMaxPictureArea = 300'000'000;

/// FFmpeg prints nothing from now on, in the whole process; what it said last goes into our own reasons.
void keepFfmpegSilent();

/// A local media file behind FFmpeg's demuxer. FFmpeg gets the bytes of one descriptor and can open nothing else: no
/// URL, no playlist's entry, no external reference. Only the formats of one list.
class MediaFile {
public:
    enum class Purpose { Video, Picture };

    /// Probes and reads the header of an open file (openMediaFile); `name` is a hint for formats without a signature,
    /// and what errors call it. Throws Error(Storage | Media), Cancelled.
    MediaFile(Descriptor descriptor, const std::filesystem::path& name, Purpose purpose, const JobContext& context);
    MediaFile(const MediaFile&) = delete;
    MediaFile& operator=(const MediaFile&) = delete;

    const std::filesystem::path& path() const { return m_path; }
    AVFormatContext* format() { return m_format.get(); }
    AVStream* stream() { return m_stream; }

    /// The next packet of the stream; false at the end. Packets that cannot be read are passed over.
    /// Throws Error(Storage) when the disk fails, Error(Media) when nothing came for 30 s, Cancelled.
    bool readPacket(AVPacket& packet);
    /// Closes and opens again: the one way back to the first packet that every format has.
    void reopen();
    /// A decoder for the stream: one thread, never larger frames than the limits. Throws Error(Media).
    AvCodecContext makeDecoder() const;

    /// Whose stop token the calls above obey; the job must outlive them.
    void setJob(const JobContext& context);
    /// Called after each packet and frame: the watchdog counts from here.
    void noteProgress()
    {
        m_lastProgress = std::chrono::steady_clock::now();
        if (m_progress)
            m_progress->fetch_add(1, std::memory_order_relaxed);
    }
    /// Counts up at each packet, for another process's watchdog; it must outlive the file.
    void setProgressCounter(std::atomic<uint64_t>* progress) { m_progress = progress; }
    /// Throws Cancelled, or Error(Media) when nothing came for 30 s.
    void throwIfStoppedOrStuck() const;

    [[noreturn]] void fail(const std::string& happened, const std::string& remedy = {}) const;

private:
    void openFormat();
    void pickStream();
    [[noreturn]] void failToOpen(int code, const std::string& formatName);
    bool shouldStop() const;
    static int readBytes(void* self, uint8_t* to, int bytes);
    static int64_t seekBytes(void* self, int64_t offset, int whence);
    static int interrupted(void* self);
    static int refuseToOpen(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**);

    std::filesystem::path m_path;
    Purpose m_purpose;
    std::stop_token m_stop;
    std::chrono::steady_clock::time_point m_lastProgress;
    std::atomic<uint64_t>* m_progress = nullptr;
    Descriptor m_descriptor;
    int64_t m_bytes = 0;
    int64_t m_offset = 0;
    int m_readError = 0; ///< errno of a failed read
    AvIoContext m_io;
    AvFormatContext m_format;
    AVStream* m_stream = nullptr;
};

} // namespace clipscope
