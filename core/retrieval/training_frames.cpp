// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/training_set.h"

#include "base/disk_steps.h"
#include "base/files.h"
#include "base/json.h"
#include "base/machine.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <mutex>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr int kMostFrames = 4096; ///< a video gives at most so many pictures

/// The pictures of one video that could be decoded.
struct DecodedVideo {
    std::vector<double> times;
    std::vector<uint8_t> pixels;
    std::string failure;
};

DecodedVideo decodeVideo(const fs::path& path, const FrameFit& fit, double framesPerSecond, const JobContext& context)
{
    DecodedVideo out;
    try {
        VideoReader reader(path, context);
        SamplerSpec sampler;
        sampler.count =
            int(std::clamp(std::round(reader.info().durationSec * framesPerSecond), 1., double(kMostFrames)));
        reader.sample(sampler, fit, context, [&](VideoFrame&& frame) {
            out.times.push_back(frame.timeSec);
            out.pixels.insert(out.pixels.end(), frame.image.pixels.begin(), frame.image.pixels.end());
        });
        if (out.times.empty())
            out.failure = "no frame can be decoded";
    } catch (const Error& error) {
        out.failure = error.reason();
    }
    return out;
}

fs::path indexOf(const fs::path& cache)
{
    return cache.string() + ".json";
}

/// Changes whenever the videos or the way they are looked at change.
std::string keyOf(const TrainingSet& set, const FrameFit& fit, double framesPerSecond)
{
    Json key = {fit.width, fit.crop, framesPerSecond};
    for (const TrainingVideo& video : set.videos) {
        std::error_code code;
        key.push_back({video.path.string(), fs::file_size(video.path, code),
            fs::last_write_time(video.path, code).time_since_epoch().count()});
    }
    return sha256(key.dump(-1, ' ', false, Json::error_handler_t::replace));
}

} // namespace

TrainingFrames::TrainingFrames(
    TrainingSet& set, const FrameFit& fit, double framesPerSecond, const fs::path& cache, JobContext& context)
    : m_size(fit.width)
{
    const std::string key = keyOf(set, fit, framesPerSecond);
    if (!reuse(set, key, cache)) {
        decode(set, fit, framesPerSecond, cache, context);
        Json index = {{"key", key}, {"times", m_times}, {"videos", Json::array()}};
        for (const TrainingVideo& video : set.videos)
            index["videos"].push_back({video.id, video.firstFrame, video.endFrame});
        writeFileAtomically(indexOf(cache), index.dump());
    }
    std::erase_if(set.videos, [](const TrainingVideo& video) { return video.firstFrame == video.endFrame; });
    if (set.videos.empty())
        throw Error(ErrorKind::Input, "none of the training videos can be decoded", cache.string());
    map(cache);
}

TrainingFrames::~TrainingFrames()
{
    if (m_pixels)
        ::munmap(const_cast<uint8_t*>(m_pixels), m_mappedBytes);
}

TrainingFrames::TrainingFrames(TrainingFrames&& other) noexcept
    : m_size(other.m_size)
    , m_times(std::move(other.m_times))
    , m_pixels(std::exchange(other.m_pixels, nullptr))
    , m_mappedBytes(other.m_mappedBytes)
{
}

bool TrainingFrames::reuse(TrainingSet& set, const std::string& key, const fs::path& cache)
{
    std::error_code code;
    if (!fs::exists(indexOf(cache), code))
        return false;
    try {
        const Json index = readJsonFile(indexOf(cache));
        const auto times = index.at("times").get<std::vector<double>>();
        if (index.at("key") != key || index.at("videos").size() != set.videos.size()
            || fs::file_size(cache, code) != times.size() * bytesPerFrame())
            return false;
        for (size_t i = 0; i < set.videos.size(); ++i) {
            set.videos[i].firstFrame = index.at("videos")[i].at(1).get<int64_t>();
            set.videos[i].endFrame = index.at("videos")[i].at(2).get<int64_t>();
        }
        m_times = times;
        return true;
    } catch (const std::exception&) { // a cache that does not read is made anew
        return false;
    }
}

void TrainingFrames::decode(
    TrainingSet& set, const FrameFit& fit, double framesPerSecond, const fs::path& cache, JobContext& context)
{
    std::error_code code;
    fs::remove(indexOf(cache), code);
    const int file = ::open(cache.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0)
        throwStorageError("cannot be written", cache, errno);
    struct Close {
        int file;
        ~Close() { ::close(file); }
    } close{file};

    std::mutex mutex;
    std::atomic<size_t> next = 0;
    size_t done = 0;
    std::atomic<bool> stop = false;
    std::exception_ptr failure;
    std::vector<std::vector<double>> times(set.videos.size());
    std::vector<int64_t> place(set.videos.size(), 0); ///< where each video's pictures stand in the file, in frames
    int64_t frames = 0;
    const auto work = [&] {
        try {
            for (size_t i = next++; i < set.videos.size() && !stop; i = next++) {
                context.throwIfStopped();
                DecodedVideo video = decodeVideo(set.videos[i].path, fit, framesPerSecond, context);
                const std::scoped_lock lock(mutex);
                if (!video.failure.empty())
                    context.log(LogLevel::Warning, set.videos[i].path.string() + ": " + video.failure);
                if (writeBytes(file, video.pixels.data(), video.pixels.size()) != video.pixels.size())
                    throwStorageError("cannot be written", cache, errno);
                place[i] = frames;
                frames += int64_t(video.times.size());
                times[i] = std::move(video.times);
                context.progress(
                    int64_t(++done), int64_t(set.videos.size()), "reading " + set.videos[i].path.filename().string());
            }
        } catch (...) {
            const std::scoped_lock lock(mutex);
            if (!stop.exchange(true))
                failure = std::current_exception();
        }
    };
    {
        std::vector<std::jthread> workers;
        for (int i = 0; i < std::max(1, machine().cores); ++i)
            workers.emplace_back(work);
    }
    if (failure)
        std::rethrow_exception(failure);
    m_times.resize(size_t(frames));
    for (size_t i = 0; i < set.videos.size(); ++i) {
        set.videos[i].firstFrame = place[i];
        set.videos[i].endFrame = place[i] + int64_t(times[i].size());
        std::copy(times[i].begin(), times[i].end(), m_times.begin() + place[i]);
    }
}

void TrainingFrames::map(const fs::path& cache)
{
    const int file = ::open(cache.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0)
        throw Error(ErrorKind::Storage, std::string("cannot be opened: ") + std::strerror(errno), cache.string());
    m_mappedBytes = m_times.size() * bytesPerFrame();
    void* memory = ::mmap(nullptr, m_mappedBytes, PROT_READ, MAP_SHARED, file, 0);
    ::close(file);
    if (memory == MAP_FAILED)
        throw Error(ErrorKind::Resource, std::string("cannot be mapped: ") + std::strerror(errno), cache.string());
    m_pixels = static_cast<const uint8_t*>(memory);
}

} // namespace clipscope
