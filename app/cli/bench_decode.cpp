// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench_material.h"
#include "media/decode_pass.h"
#include "media/video_reader.h"
#include "text_table.h"

#include <algorithm>
#include <optional>

namespace clipscope {

namespace {

constexpr int kSide = 224; // what ViT-B/32 looks at

/// Opens the file, samples it, and is done with it: what import and embed do with each video.
SampleReport sampleOnce(const std::filesystem::path& video, const SamplerSpec& sampler, const JobContext& context)
{
    VideoReader reader(video, context);
    return reader.sample(sampler, FrameFit::centreSquare(kSide, 1), context, [](VideoFrame&&) {});
}

std::string noteOf(const SampleReport& report)
{
    std::string note;
    if (report.usable < report.error.moments)
        note = counted(report.usable, "picture", "pictures") + " serve";
    if (report.error.sumFrames > 0)
        note += (note.empty() ? "" : ", ") + fixed(report.error.meanFrames(), 1) + " frames off ("
            + fixed(report.error.meanSec(), 2) + " s)";
    return note;
}

struct Work {
    Contender contender;
    double amount = 0;
    std::string unit;
    std::optional<size_t> against; ///< the work it is compared with
    bool byWall = false;
    std::string note;
};

} // namespace

std::vector<BenchRow> benchDecode(const BenchOptions& options, JobContext& context)
{
    const std::filesystem::path video = benchClip(options, context);
    JobContext quiet;
    quiet.stop = context.stop;
    const int64_t videoFrames = VideoReader(video, quiet).info().frames;

    std::vector<Work> works;
    const auto limit = [&](const std::string& name, DecodePass pass, const std::string& unit) {
        works.push_back({{"limit: " + name, [&, pass] { runDecodePass(video, pass, quiet); }}, double(videoFrames),
            unit, pass == DecodePass::All ? std::nullopt : std::optional<size_t>(0), false, ""});
    };
    limit("decode everything", DecodePass::All, "source frames/s");
    limit("skip frames without references", DecodePass::References, "source frames/s");
    limit("keyframes alone", DecodePass::Keyframes, "source frames/s");
    limit("demux alone", DecodePass::Demux, "source frames/s");
    for (const int count : options.quick ? std::vector<int>{4} : std::vector<int>{12, 32, 64}) {
        const size_t exact = works.size();
        for (const char* snap : {"", "@reference", "@keyframe"}) {
            const std::string spelling = "uniform:" + std::to_string(count) + snap;
            const SamplerSpec sampler = SamplerSpec::parse(spelling);
            works.push_back({{spelling, [&, sampler] { sampleOnce(video, sampler, quiet); }}, double(count),
                "moments/s", sampler.snap == SamplerSnap::Exact ? std::nullopt : std::optional<size_t>(exact), false,
                noteOf(sampleOnce(video, sampler, quiet))});
        }
    }
    const int clips = options.quick ? 2 : 4;
    const SamplerSpec twelve = SamplerSpec::parse("uniform:12");
    const size_t oneWorker = works.size();
    for (const int workers : {1, std::max(2, options.threads)})
        works.push_back(
            {{std::to_string(clips) + " clips, uniform:12, " + counted(workers, "worker", "workers"),
                 [&, workers] { sideBySide(clips, workers, [&](int) { sampleOnce(video, twelve, quiet); }); }},
                double(clips), "clips/s", workers == 1 ? std::nullopt : std::optional<size_t>(oneWorker), true, ""});

    std::vector<Contender> contenders;
    for (const Work& work : works)
        contenders.push_back(work.contender);
    // Every file page is in memory by now, and a decoder has nothing else to warm up.
    const std::vector<Laps> laps = measureInTurns(contenders, options.roundsOr(3), 0, context);
    std::vector<BenchRow> rows;
    for (size_t i = 0; i < works.size(); ++i) {
        rows.push_back(rateRow(works[i].contender.name, works[i].amount, works[i].unit, laps[i]));
        rows.back().note = works[i].note;
        if (works[i].against)
            (works[i].byWall ? compareWall : compareCpu)(rows.back(), rows[*works[i].against]);
    }
    return rows;
}

} // namespace clipscope
