// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "media/video_info.h"

#include <QElapsedTimer>
#include <QImage>
#include <QObject>
#include <QSize>
#include <QTimer>

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

namespace clipscope {

/// Plays one video file frame-exactly: a decoder thread reads ahead into a short queue, a timer shows the frame whose
/// presentation time has come and drops late ones. GUI thread only; every answer comes by signal, nothing here waits
/// for decoding. Without sound.
class Playback : public QObject {
    Q_OBJECT
public:
    explicit Playback(QObject* parent = nullptr);
    ~Playback() override;

    void open(const std::filesystem::path& path, double startSec, bool playing);
    void close();
    void play(double speed = 1); ///< negative: backwards
    void pause();
    void seek(double timeSec); ///< keeps playing if it was; the newest seek wins
    void step(int frames); ///< pauses
    /// Pictures are decoded no larger than this (device pixels).
    void setBounds(QSize bounds);

    bool isOpen() const { return m_open; }
    bool isPlaying() const { return m_playing; }
    double speed() const { return m_speed; }
    double timeSec() const { return m_timeSec; } ///< of the frame shown (or sought)
    qint64 frameIndex() const { return m_index; }
    const VideoInfo& info() const { return m_info; }
    const std::filesystem::path& path() const { return m_path; }

Q_SIGNALS:
    void opened();
    void frameShown(const QImage& image);
    void stateChanged(); ///< playing, speed, position
    void failed(const QString& reason); ///< the file, or the frame just asked for
    void ended();

private:
    struct Shown {
        quint64 generation = 0;
        qint64 index = 0;
        double timeSec = 0;
        QImage image;
        QString failure; ///< instead of an image
    };
    /// What the decoder is to do next; replaced as a whole, newest wins.
    struct Order {
        std::filesystem::path path;
        quint64 fileGeneration = 0;
        quint64 generation = 0;
        double timeSec = 0; ///< where to start
        std::optional<qint64> index; ///< or exactly this frame
        int direction = 0; ///< 0: one frame
        QSize bounds;
    };
    void post(double timeSec, std::optional<qint64> index);
    void work(const std::stop_token& stop);
    void fileOpened(quint64 fileGeneration, const VideoInfo& info, std::shared_ptr<const std::vector<double>> times);
    void frameReady(const Shown& shown);
    void fileFailed(quint64 fileGeneration, const QString& reason);
    void show(const Shown& shown);
    void tick();
    double clockSec() const;
    void restartClock(double fromSec);

    // GUI thread.
    std::filesystem::path m_path;
    VideoInfo m_info;
    std::shared_ptr<const std::vector<double>> m_times;
    bool m_open = false;
    bool m_playing = false;
    double m_speed = 1;
    double m_timeSec = 0;
    qint64 m_index = 0;
    quint64 m_fileGeneration = 0;
    quint64 m_generation = 0;
    QSize m_bounds{1280, 720};
    QTimer m_timer;
    QElapsedTimer m_clock;
    double m_clockStartSec = 0;
    bool m_clockHeld = false; ///< until the first frame of a new order is there

    // Shared with the decoder thread, behind m_mutex.
    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::optional<Order> m_order;
    std::deque<Shown> m_queue;
    double m_clockForDecoder = 0;
    std::stop_source m_fileStop; ///< stops reading a file nobody wants any more

    std::jthread m_thread;
};

} // namespace clipscope
