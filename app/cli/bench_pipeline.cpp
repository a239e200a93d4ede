// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "base/machine.h"
#include "bench_material.h"
#include "embedding/embedding_pipeline.h"
#include "library/video_import.h"
#include "media/video_reader.h"
#include "text_table.h"

#include <algorithm>
#include <fstream>

namespace clipscope {

namespace fs = std::filesystem;

namespace {

/// Copies that hold the same video and are different files: what is equal would be embedded once.
void copyClip(const fs::path& from, const fs::path& to, int number)
{
    fs::copy_file(from, to);
    // A box that MP4 readers pass over.
    const char box[16] = {0, 0, 0, 16, 'f', 'r', 'e', 'e', 0, 0, 0, 0, 0, 0, 0, char(number)};
    std::ofstream(to, std::ios::binary | std::ios::app).write(box, sizeof box);
}

/// A library of the clips, imported anew for each way of sampling; and embedded anew in each lap.
class Shelf {
public:
    Shelf(const fs::path& folder, const fs::path& clips, const std::string& sampler, JobContext& context)
        : m_library(VideoLibrary::openOrCreate(folder))
        , m_sampler(sampler)
    {
        ImportOptions importing;
        importing.sampler = SamplerSpec::parse(sampler);
        const ImportReport report = importVideos(*m_library, {clips}, importing, context);
        if (!report.failed.empty())
            throw Error(ErrorKind::Media, report.failed.front().reason, report.failed.front().path.string());
    }

    void embed(Encoder& encoder, int decoders, JobContext& context)
    {
        EmbedOptions options;
        options.decodeThreads = decoders;
        const EmbedReport report = embedLibrary(*m_library, encoder, options, context);
        if (!report.failed.empty())
            throw Error(ErrorKind::Media, report.failed.front().reason, report.failed.front().path.string());
        fs::remove_all(m_library->folder() / "embeddings");
    }

    std::vector<VideoRecord> videos() const { return m_library->videos(); }
    const std::string& sampler() const { return m_sampler; }

private:
    std::shared_ptr<VideoLibrary> m_library;
    std::string m_sampler;
};

std::vector<RgbImage> decodeAll(
    const std::vector<VideoRecord>& videos, const FrameFit& fit, int workers, const JobContext& context)
{
    std::vector<std::vector<RgbImage>> parts(videos.size());
    sideBySide(int(videos.size()), workers, [&](int i) {
        VideoReader reader(videos[size_t(i)].path, context);
        reader.sample(videos[size_t(i)].sampler, fit, context,
            [&](VideoFrame&& frame) { parts[size_t(i)].push_back(std::move(frame.image)); });
    });
    std::vector<RgbImage> frames;
    for (std::vector<RgbImage>& part : parts)
        std::move(part.begin(), part.end(), std::back_inserter(frames));
    return frames;
}

void embedAll(Encoder& encoder, std::span<const RgbImage> frames, const JobContext& context)
{
    const auto batch = size_t(encoder.info().batchSize);
    for (size_t at = 0; at < frames.size(); at += batch)
        encoder.encodeFrames(frames.subspan(at, std::min(batch, frames.size() - at)), context);
}

/// Each lap of one followed by the same lap of the other.
Laps oneAfterTheOther(const Laps& first, const Laps& second)
{
    Laps out;
    for (size_t i = 0; i < first.all().size(); ++i)
        out.add({first.all()[i].wallSec + second.all()[i].wallSec, first.all()[i].cpuSec + second.all()[i].cpuSec});
    return out;
}

} // namespace

std::vector<BenchRow> benchPipeline(const BenchOptions& options, JobContext& context)
{
    const BenchFolder folder;
    const fs::path clip = benchClip(options, context);
    const std::string model = benchModel(options, folder, context);
    JobContext quiet;
    quiet.stop = context.stop;

    const VideoInfo video = VideoReader(clip, quiet).info();
    // Only an MP4 can be told from its copy without another video in it.
    const int clips = video.container.starts_with("mov,") ? (options.quick ? 2 : 4) : 1;
    fs::create_directories(folder.path() / "clips");
    for (int i = 0; i < clips; ++i)
        copyClip(clip, folder.path() / "clips" / (std::to_string(i) + clip.extension().string()), i);
    const std::string moments = options.quick ? "uniform:4" : "uniform:12";
    std::vector<Shelf> shelves;
    for (const std::string& sampler : {moments, moments + "@keyframe"}) {
        context.progress(0, 0, "importing the clips, " + sampler);
        shelves.emplace_back(folder.path() / sampler, folder.path() / "clips", sampler, quiet);
    }
    const std::vector<std::shared_ptr<Encoder>> encoders = benchEncoders(model, context);

    std::vector<RgbImage> frames;
    std::vector<Contender> contenders = {
        {"decode alone, " + moments,
            [&] { frames = decodeAll(shelves[0].videos(), encoders[0]->info().fit, options.threads, quiet); }},
        {"embed alone, " + encoders[0]->info().precision, [&] { embedAll(*encoders[0], frames, quiet); }},
    };
    std::vector<int64_t> peaks;
    for (Shelf& shelf : shelves)
        for (const std::shared_ptr<Encoder>& encoder : encoders)
            contenders.push_back({"overlapped, " + shelf.sampler() + ", " + encoder->info().precision, [&] {
                                      forgetPeakMemory();
                                      shelf.embed(*encoder, options.threads, quiet);
                                      peaks.push_back(peakMemoryBytes());
                                  }});
    std::vector<Laps> laps = measureInTurns(contenders, options.roundsOr(3), 1, context);

    const double seconds = clips * video.durationSec;
    const auto row = [&](const std::string& name, const Laps& of) {
        BenchRow out = rateRow(name, seconds, "s of video/s", of);
        out.note = fixed(of.cpuSec() / clips, 3) + " CPU s a clip";
        return out;
    };
    std::vector<BenchRow> rows = {row(contenders[0].name, laps[0]), row(contenders[1].name, laps[1]),
        row("one after the other", oneAfterTheOther(laps[0], laps[1]))};
    for (size_t i = 2; i < contenders.size(); ++i) {
        rows.push_back(row(contenders[i].name, laps[i]));
        if (i == 2)
            compareWall(rows.back(), rows[2]);
        else
            compareCpu(rows.back(), rows[3]);
    }
    const double longer = std::max(laps[0].wallSec(), laps[1].wallSec());
    rows[3].note += ", " + fixed(100 * longer / laps[2].wallSec(), 0) + " % of the longer stage's rate";

    BenchRow memory;
    memory.name = "most memory, every encoder loaded";
    memory.value = double(*std::max_element(peaks.begin(), peaks.end())) / (1 << 20);
    memory.unit = "MiB";
    memory.laps = laps[2];
    rows.push_back(std::move(memory));
    return rows;
}

} // namespace clipscope
