// SPDX-License-Identifier: GPL-3.0-or-later
#include "player/playback.h"

#include "base/error.h"
#include "media/video_reader.h"
#include "models/thumbnail_cache.h"

#include <algorithm>
#include <cmath>

namespace clipscope {

namespace {
constexpr size_t kAhead = 6; // decoded frames waiting to be shown
constexpr int kTickMs = 8;
constexpr double kLateSec = 0.1;
constexpr qint64 kReverseChunk = 12; // frames decoded forward at once to be shown backwards
} // namespace

Playback::Playback(QObject* parent)
    : QObject(parent)
{
    m_timer.setTimerType(Qt::PreciseTimer);
    m_timer.setInterval(kTickMs);
    connect(&m_timer, &QTimer::timeout, this, &Playback::tick);
    m_thread = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

Playback::~Playback()
{
    {
        const std::lock_guard lock(m_mutex);
        m_fileStop.request_stop();
        m_order.reset();
    }
    m_thread.request_stop();
    m_wake.notify_all();
    m_thread.join();
}

void Playback::open(const std::filesystem::path& path, double startSec, bool playing)
{
    m_playing = playing;
    m_speed = 1;
    if (path == m_path && m_open) {
        seek(startSec);
        return;
    }
    m_path = path;
    m_open = false;
    m_times.reset();
    m_info = {};
    ++m_fileGeneration;
    {
        const std::lock_guard lock(m_mutex);
        m_fileStop.request_stop();
        m_fileStop = std::stop_source();
    }
    m_timeSec = startSec;
    m_index = 0;
    post(startSec, {});
}

void Playback::close()
{
    m_playing = false;
    m_open = false;
    m_path.clear();
    m_times.reset();
    ++m_fileGeneration;
    ++m_generation;
    m_timer.stop();
    const std::lock_guard lock(m_mutex);
    m_fileStop.request_stop();
    m_fileStop = std::stop_source();
    m_order.reset();
    m_queue.clear();
    Q_EMIT stateChanged();
}

void Playback::play(double speed)
{
    if (m_path.empty())
        return;
    const bool atEnd = m_times && !m_times->empty() && m_index + 1 >= qint64(m_times->size());
    const double from = speed > 0 && atEnd ? 0 : m_timeSec;
    m_speed = speed;
    m_playing = true;
    post(from, {});
}

void Playback::pause()
{
    if (!m_playing)
        return;
    m_playing = false;
    m_speed = 1;
    m_timer.stop();
    if (!m_open) {
        post(m_timeSec, {}); // still opening: its first picture is wanted all the same
        return;
    }
    // The decoder may rest: the frame that is shown stays.
    ++m_generation;
    {
        const std::lock_guard lock(m_mutex);
        m_order.reset();
        m_queue.clear();
    }
    Q_EMIT stateChanged();
}

void Playback::seek(double timeSec)
{
    if (m_path.empty())
        return;
    const double last = m_times && !m_times->empty() ? m_times->back() : m_info.durationSec;
    m_timeSec = std::clamp(timeSec, 0.0, std::max(0.0, m_open ? last : timeSec));
    if (m_times && !m_times->empty()) {
        const auto after = std::upper_bound(m_times->begin(), m_times->end(), m_timeSec + 1e-6);
        m_index = std::max<qint64>(0, after - m_times->begin() - 1);
    }
    post(m_timeSec, {});
}

void Playback::step(int frames)
{
    if (!m_times || m_times->empty())
        return;
    pause();
    // Steps add up even when they are asked faster than frames can be decoded.
    m_index = std::clamp<qint64>(m_index + frames, 0, qint64(m_times->size()) - 1);
    m_timeSec = (*m_times)[size_t(m_index)];
    post(m_timeSec, m_index);
}

void Playback::setBounds(QSize bounds)
{
    bounds = bounds.expandedTo(QSize(160, 120)).boundedTo(QSize(1920, 1080));
    if (bounds == m_bounds)
        return;
    m_bounds = bounds;
    if (m_open && !m_playing)
        post(m_timeSec, m_index);
}

void Playback::post(double timeSec, std::optional<qint64> index)
{
    ++m_generation;
    {
        const std::lock_guard lock(m_mutex);
        m_queue.clear();
        m_clockForDecoder = timeSec;
        m_order = Order{
            m_path, m_fileGeneration, m_generation, timeSec, index, !m_playing ? 0 : (m_speed > 0 ? 1 : -1), m_bounds};
    }
    m_wake.notify_all();
    if (m_playing) {
        m_clockHeld = true;
        m_timer.start();
    } else {
        m_timer.stop();
    }
    Q_EMIT stateChanged();
}

/// The decoder thread. A reader lives as long as its file is wanted; an order ends when a newer one stands.
void Playback::work(const std::stop_token& stop)
{
    std::optional<VideoReader> reader;
    quint64 readerGeneration = 0;
    while (!stop.stop_requested()) {
        Order order;
        JobContext context;
        {
            std::unique_lock lock(m_mutex);
            if (!m_wake.wait(lock, stop, [this] { return m_order.has_value(); }))
                return;
            order = std::move(*m_order);
            m_order.reset();
            context.stop = m_fileStop.get_token();
        }
        const auto superseded = [&] { return m_order.has_value() || context.stop.stop_requested(); };
        const auto deliver = [&](Shown shown) {
            shown.generation = order.generation;
            if (order.direction == 0) {
                QMetaObject::invokeMethod(
                    this, [this, shown] { frameReady(shown); }, Qt::QueuedConnection);
                return true;
            }
            std::unique_lock lock(m_mutex);
            m_wake.wait(lock, stop, [&] { return m_queue.size() < kAhead || superseded(); });
            if (stop.stop_requested() || superseded())
                return false;
            m_queue.push_back(std::move(shown));
            return true;
        };
        try {
            if (!reader || readerGeneration != order.fileGeneration) {
                reader.reset();
                reader.emplace(order.path, context);
                readerGeneration = order.fileGeneration;
                auto times = std::make_shared<const std::vector<double>>(reader->timeline().timesSec);
                QMetaObject::invokeMethod(
                    this,
                    [this, generation = readerGeneration, info = reader->info(), times] {
                        fileOpened(generation, info, times);
                    },
                    Qt::QueuedConnection);
            }
            const auto count = qint64(reader->timeline().timesSec.size());
            const FrameFit fit = FrameFit::bounds(order.bounds.width(), order.bounds.height());
            qint64 index = order.index ? *order.index : reader->frameAt(order.timeSec);
            if (order.direction >= 0) {
                do {
                    Shown shown;
                    shown.index = index;
                    shown.timeSec = reader->timeline().timesSec[size_t(index)];
                    try {
                        shown.image = toQImage(reader->frame(index, fit, context).image);
                    } catch (const Error& e) {
                        shown.failure = QString::fromStdString(e.reason());
                    }
                    if (!deliver(std::move(shown)) || order.direction == 0)
                        break;
                    qint64 next = index + 1;
                    {
                        // Behind the clock: what nobody would see is not converted.
                        const std::lock_guard lock(m_mutex);
                        next = std::max<qint64>(next, reader->frameAt(m_clockForDecoder));
                    }
                    index = next;
                } while (index < count);
            } else {
                while (index >= 0) {
                    {
                        const std::lock_guard lock(m_mutex);
                        index = std::min<qint64>(index, reader->frameAt(m_clockForDecoder));
                    }
                    std::vector<qint64> chunk;
                    for (qint64 i = std::max<qint64>(0, index - kReverseChunk + 1); i <= index; ++i)
                        chunk.push_back(i);
                    std::vector<Shown> decoded;
                    reader->read(
                        std::vector<int64_t>(chunk.begin(), chunk.end()), fit, context, [&](VideoFrame&& frame) {
                            decoded.push_back({0, frame.index, frame.timeSec, toQImage(frame.image), {}});
                        });
                    bool wanted = true;
                    for (auto it = decoded.rbegin(); wanted && it != decoded.rend(); ++it)
                        wanted = deliver(std::move(*it));
                    if (!wanted)
                        break;
                    index = chunk.front() - 1;
                }
            }
        } catch (const Cancelled&) {
        } catch (const Error& e) {
            reader.reset();
            QMetaObject::invokeMethod(
                this,
                [this, generation = order.fileGeneration, reason = QString::fromStdString(e.reason())] {
                    fileFailed(generation, reason);
                },
                Qt::QueuedConnection);
        } catch (const std::exception& e) {
            reader.reset();
            QMetaObject::invokeMethod(
                this,
                [this, generation = order.fileGeneration, reason = QString::fromUtf8(e.what())] {
                    fileFailed(generation, reason);
                },
                Qt::QueuedConnection);
        }
    }
}

void Playback::fileOpened(
    quint64 fileGeneration, const VideoInfo& info, std::shared_ptr<const std::vector<double>> times)
{
    if (fileGeneration != m_fileGeneration)
        return;
    m_info = info;
    m_times = std::move(times);
    m_open = true;
    Q_EMIT opened();
    Q_EMIT stateChanged();
}

void Playback::fileFailed(quint64 fileGeneration, const QString& reason)
{
    if (fileGeneration != m_fileGeneration)
        return;
    m_playing = false;
    m_timer.stop();
    Q_EMIT failed(reason);
    Q_EMIT stateChanged();
}

/// A single frame. While scrubbing, frames of older seeks are shown too: a near picture now beats the right one late.
void Playback::frameReady(const Shown& shown)
{
    if (m_playing || !m_open)
        return;
    if (shown.generation == m_generation)
        show(shown);
    else if (!shown.image.isNull())
        Q_EMIT frameShown(shown.image);
}

void Playback::show(const Shown& shown)
{
    m_index = shown.index;
    m_timeSec = shown.timeSec;
    if (shown.image.isNull())
        Q_EMIT failed(shown.failure);
    else
        Q_EMIT frameShown(shown.image);
    Q_EMIT stateChanged();
}

double Playback::clockSec() const
{
    return m_clockStartSec + m_speed * double(m_clock.nsecsElapsed()) * 1e-9;
}

void Playback::restartClock(double fromSec)
{
    m_clockStartSec = fromSec;
    m_clock.start();
    m_clockHeld = false;
}

void Playback::tick()
{
    if (!m_open)
        return;
    std::optional<Shown> due;
    {
        const std::lock_guard lock(m_mutex);
        // The clock starts with the first picture: opening and seeking do not count as playing.
        if (m_clockHeld) {
            if (m_queue.empty() || m_queue.front().generation != m_generation)
                return;
            restartClock(m_queue.front().timeSec);
        }
        const double now = clockSec();
        m_clockForDecoder = m_speed > 0 ? now - kLateSec : now + kLateSec;
        while (!m_queue.empty()) {
            const Shown& next = m_queue.front();
            const bool come = m_speed > 0 ? next.timeSec <= now + 1e-4 : next.timeSec >= now - 1e-4;
            if (next.generation == m_generation && !come)
                break;
            if (next.generation == m_generation)
                due = std::move(m_queue.front());
            m_queue.pop_front();
        }
    }
    m_wake.notify_all();
    if (due)
        show(*due);
    const bool last = m_speed > 0 ? m_index + 1 >= qint64(m_times->size()) : m_index == 0;
    const bool over = m_speed > 0 ? clockSec() >= m_info.durationSec : clockSec() <= 0;
    if (over && !m_clockHeld) {
        // The end may hold frames that cannot be decoded: the clock ends the playing, not the last picture.
        pause();
        Q_EMIT ended();
    } else if (last && due && m_speed < 0) {
        pause();
        Q_EMIT ended();
    }
}

} // namespace clipscope
