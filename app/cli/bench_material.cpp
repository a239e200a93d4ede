// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench_material.h"

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "embedding/random_clip.h"
#include "media/video_writer.h"
#include "nn/peak_product.h"
#include "nn/precision.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

namespace clipscope {

namespace fs = std::filesystem;

namespace {

constexpr uint64_t kSeed = 4;
constexpr int kFps = 30; // the writer's groups of pictures are two seconds: 60 frames

struct ClipSize {
    int width, height, seconds;
};

/// Colour ramps that drift, boxes that cross at different speeds, and noise: a decoder works on it as on a camera's
/// film.
class MovingPicture {
public:
    explicit MovingPicture(const ClipSize& size)
        : m_size(size)
        , m_random(deriveSeed(kSeed, "clip"))
        , m_image(size.width, size.height)
        , m_ramp(size_t(3) * size_t(size.width) * 2)
        , m_noise(kNoiseBytes)
    {
        for (size_t x = 0; x < m_ramp.size() / 3; ++x)
            for (size_t c = 0; c < 3; ++c)
                m_ramp[3 * x + c] = uint8_t(40 + (x * (c + 1) * 180 / size_t(size.width)) % 176);
        for (uint8_t& value : m_noise)
            value = uint8_t(m_random.below(kNoise));
        for (int i = 0; i < 8; ++i)
            m_boxes.push_back({m_random.uniform(0, size.width), m_random.uniform(0, size.height),
                m_random.uniform(-9, 9), m_random.uniform(-5, 5),
                int(m_random.integer(size.height / 12, size.height / 4)), uint8_t(m_random.below(200))});
    }

    const RgbImage& frame(int number)
    {
        const size_t rowBytes = size_t(3) * size_t(m_size.width);
        for (int y = 0; y < m_size.height; ++y) {
            const size_t shift = size_t(number * 2 + y / 3) % size_t(m_size.width);
            std::memcpy(m_image.row(y), m_ramp.data() + 3 * shift, rowBytes);
        }
        for (const Box& box : m_boxes)
            draw(box, number);
        for (int y = 0; y < m_size.height; ++y) {
            const uint8_t* noise = m_noise.data() + m_random.below(kNoiseBytes - rowBytes);
            uint8_t* row = m_image.row(y);
            for (size_t i = 0; i < rowBytes; ++i)
                row[i] = uint8_t(row[i] + noise[i]); // ramps and boxes leave room above
        }
        return m_image;
    }

private:
    static constexpr size_t kNoiseBytes = 1 << 20;
    static constexpr uint64_t kNoise = 13; // as ffmpeg's noise=alls=6

    struct Box {
        double x, y, speedX, speedY;
        int side;
        uint8_t colour;
    };

    void draw(const Box& box, int number)
    {
        const auto place = [](double start, double speed, int frame, int range) {
            const double at = std::fmod(start + speed * frame, range);
            return int(at < 0 ? at + range : at);
        };
        const int left = place(box.x, box.speedX, number, m_size.width);
        const int top = place(box.y, box.speedY, number, m_size.height);
        const int width = std::min(box.side, m_size.width - left);
        for (int y = top; y < std::min(top + box.side, m_size.height); ++y)
            std::memset(m_image.row(y) + 3 * left, box.colour, size_t(3) * size_t(width));
    }

    ClipSize m_size;
    Random m_random;
    RgbImage m_image;
    std::vector<uint8_t> m_ramp;
    std::vector<uint8_t> m_noise;
    std::vector<Box> m_boxes;
};

} // namespace

BenchFolder::BenchFolder()
{
    std::string pattern = (fs::temp_directory_path() / "clipscope-bench-XXXXXX").string();
    if (!::mkdtemp(pattern.data()))
        throw Error(ErrorKind::Storage, std::string("cannot be made: ") + std::strerror(errno), pattern,
            "Set TMPDIR to a folder with room.");
    m_path = pattern;
}

BenchFolder::~BenchFolder()
{
    std::error_code ignored;
    fs::remove_all(m_path, ignored);
}

fs::path benchClip(const BenchOptions& options, const JobContext& context)
{
    if (!options.video.empty())
        return options.video;
    const ClipSize size = options.quick ? ClipSize{320, 180, 6} : ClipSize{1280, 720, 60};
    const fs::path folder = cacheHome() / "bench";
    const fs::path clip =
        folder / ("clip1-" + std::to_string(size.height) + "p-" + std::to_string(size.seconds) + "s.mp4");
    if (fs::exists(clip))
        return clip;
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (failed)
        throw Error(ErrorKind::Storage, "cannot be made: " + failed.message(), folder.string());
    // Whole or not at all, also when two benches make it at the same time.
    const fs::path part = clip.string() + "." + std::to_string(::getpid()) + ".part";
    MovingPicture picture(size);
    VideoWriter::Options writing;
    writing.width = size.width;
    writing.height = size.height;
    writing.fps = kFps;
    writing.crf = 23;
    VideoWriter writer(part, writing);
    const int frames = size.seconds * kFps;
    for (int i = 0; i < frames; ++i) {
        context.throwIfStopped();
        if (i % kFps == 0)
            context.progress(
                0, 0, "making a clip, " + std::to_string(i / kFps) + " of " + std::to_string(size.seconds) + " s");
        writer.write(picture.frame(i));
    }
    writer.finish();
    fs::rename(part, clip, failed);
    if (failed)
        throw Error(ErrorKind::Storage, "cannot be put in its place: " + failed.message(), clip.string());
    return clip;
}

std::string benchModel(const BenchOptions& options, const BenchFolder& folder, const JobContext& context)
{
    if (!options.model.empty())
        return options.model;
    context.progress(0, 0, "making a model with random weights");
    const fs::path model = folder.path() / "random-clip";
    writeRandomClip(model, options.quick ? ClipShape::Tiny : ClipShape::VitB32, kSeed);
    return model.string();
}

std::vector<std::shared_ptr<Encoder>> benchEncoders(const std::string& model, const JobContext& context)
{
    std::vector<std::shared_ptr<Encoder>> encoders;
    for (const Precision precision : availablePrecisions()) {
        context.throwIfStopped();
        context.progress(0, 0, std::string("loading the model in ") + toString(precision));
        EncoderOptions options;
        options.precision = toString(precision);
        try {
            encoders.push_back(makeEncoder(model, options));
        } catch (const Error&) {
            // A model of another backend may know fp32 alone; without that one there is nothing to measure.
            if (precision == Precision::Fp32)
                throw;
        }
    }
    return encoders;
}

EncoderOptions plainEncoding()
{
    EncoderOptions options;
    options.precision = toString(Precision::Fp32);
    return options;
}

std::vector<RgbImage> benchFrames(const EncoderInfo& encoder, int count, uint64_t seed)
{
    std::vector<RgbImage> frames;
    Random random(deriveSeed(seed, "frames"));
    for (int i = 0; i < count; ++i) {
        RgbImage& frame = frames.emplace_back(encoder.fit.width, encoder.fit.height);
        for (size_t at = 0; at < frame.pixels.size(); at += sizeof(uint64_t)) {
            const uint64_t word = random.next();
            std::memcpy(frame.pixels.data() + at, &word, std::min(sizeof word, frame.pixels.size() - at));
        }
    }
    return frames;
}

BenchRow peakRow(const BenchOptions& options, const JobContext& context)
{
    const int side = options.quick ? 256 : 2048;
    const std::unique_ptr<PeakProduct> product = makePeakProduct(side);
    const Contender contender{"limit: fp32 product of matrices", [&] { product->run(); }};
    const std::vector<Laps> laps = measureInTurns({&contender, 1}, options.roundsOr(7), 2, context);
    return rateRow(contender.name, 2e-9 * side * side * side, "GFLOP/s", laps.front());
}

} // namespace clipscope
