// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/retrieval_study.h"

#include "aggregation/aggregator.h"
#include "aggregation/clip_means.h"
#include "base/error.h"
#include "base/files.h"
#include "embedding/embedding_pipeline.h"
#include "nn/training_folder.h"
#include "retrieval/captioned_videos.h"
#include "retrieval/evaluate.h"
#include "retrieval/retrieval_study_internal.h"
#include "retrieval/train_aggregator.h"
#include "retrieval/train_clip.h"

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <set>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

/// A model with the library that its embeddings stand in.
struct StudyModel {
    std::shared_ptr<VideoLibrary> scratch; ///< null: the study's own library
    std::shared_ptr<Encoder> own; ///< null: the study's own encoder
    VideoLibrary* library = nullptr;
    Encoder* encoder = nullptr;
    EmbeddingKey key;
    Json training = Json::object();
};

/// The test split as a model sees it.
struct StudyPool {
    std::vector<Matrix> videos; ///< all stored frames
    std::vector<std::string> texts;
    std::vector<int64_t> videoOf; ///< of each text
    std::vector<fs::path> paths; ///< of each video
    DataHash hash;
};

/// Twins of a sample world (same things, direction or order turned round), by what its attributes.json tells.
std::set<std::string> twinsIn(const fs::path& folder)
{
    std::set<std::string> out;
    std::error_code code;
    const fs::path file = folder / "attributes.json";
    if (!fs::exists(file, code))
        return out;
    const Json all = readJsonFile(file);
    if (!all.is_object() || !all.contains("sampleWorld") || !all.contains("videos"))
        return out;
    for (const auto& [id, entry] : all.at("videos").items())
        if (entry.contains("twinOf")) {
            out.insert(id);
            out.insert(entry.at("twinOf").get<std::string>());
        }
    return out;
}

Json configOf(const VideoLibrary& library, const EmbeddingKey& key, const RetrievalStudyOptions& options)
{
    return {{"library", library.folder().string()}, {"model", key.model}, {"modelHash", key.modelHash},
        {"sampler", key.sampler}, {"precision", key.precision}, {"frames", options.frames}, {"clips", options.clips},
        {"aggregations", options.aggregations}, {"patchDropout", options.patchDropout}, {"freeze", options.freeze},
        {"seeds", options.seeds}, {"trainSplit", options.trainSplit}, {"testSplit", options.testSplit},
        {"pictures", options.pictures}, {"aggregatorEpochs", options.aggregatorEpochs}};
}

class RetrievalStudy {
public:
    RetrievalStudy(VideoLibrary& library, Encoder& encoder, const EmbeddingKey& key,
        const RetrievalStudyOptions& options, const fs::path& work, JobContext& context)
        : m_library(library)
        , m_encoder(encoder)
        , m_key(key)
        , m_options(options)
        , m_context(context)
        , m_rows(studyRows(options))
        , m_cells(m_rows.size())
        , m_config(configOf(library, key, options))
        , m_work(work, m_config, options.seed, work)
    {
    }

    RunRecord run()
    {
        RunClock clock("study-retrieval", m_config, m_options.seed);
        const StudyPool pool = readPool({{}, {}, &m_library, &m_encoder, m_key, {}});
        leaveOutWhatAsksForMore(pool);
        readFinished();
        for (size_t first = 0; first < m_rows.size();) {
            size_t end = first; // the rows of one model: without trained towers it serves every F
            while (end < m_rows.size() && m_rows[first].sharesModel(m_rows[end]))
                ++end;
            const int seeds = m_rows[first].trainsTowers() ? m_options.seeds : 1;
            for (int seed = 0; seed < seeds; ++seed)
                measureModel(first, end, seed);
            first = end;
        }
        clock.setHashes(m_key.modelHash, pool.hash.hexadecimal());
        const StudyQueries queries = queriesOf(pool);
        Json results = studyResults(m_rows, m_cells, queries, m_options.seed);
        results["videos"] = pool.videos.size();
        results["leftOut"] = m_leftOut;
        return clock.finish(std::move(results), studyArrays(m_rows, m_cells, queries));
    }

private:
    int seedsOf(const StudyRow& row) const { return row.isTrained() ? m_options.seeds : 1; }

    static std::string cellName(const StudyRow& row, int seed) { return row.name() + ", seed " + std::to_string(seed); }

    /// Every row of one model with one seed of its towers; untrained towers: with all seeds of the aggregation.
    void measureModel(size_t first, size_t end, int towerSeed)
    {
        const bool trained = m_rows[first].trainsTowers();
        std::optional<StudyModel> model;
        std::optional<StudyPool> pool;
        Matrix texts;
        for (size_t row = first; row < end; ++row) {
            for (int seed = trained ? towerSeed : 0; seed < (trained ? towerSeed + 1 : seedsOf(m_rows[row])); ++seed) {
                const auto found = m_finished.find(cellName(m_rows[row], seed));
                if (found == m_finished.end()) {
                    if (!model) {
                        model = makeModel(m_rows[first], towerSeed);
                        pool = readPool(*model);
                        texts = encodeCaptions(*model->encoder, pool->texts, within("captions"));
                    }
                    keep(row, seed, measure(m_rows[row], seed, *model, *pool, texts));
                } else {
                    m_cells[row].push_back(found->second);
                }
                ++m_done;
                tell(row, seed);
            }
        }
        if (model && model->scratch) {
            model.reset();
            std::error_code ignored;
            fs::remove_all(scratchFolder(), ignored);
            fs::remove_all(modelFolder(m_rows[first], towerSeed), ignored);
        }
    }

    StudyModel makeModel(const StudyRow& row, int seed)
    {
        StudyModel out;
        out.key = m_key;
        if (!row.trainsTowers()) {
            out.library = &m_library;
            out.encoder = &m_encoder;
            return out;
        }
        const fs::path folder = modelFolder(row, seed);
        TrainClipOptions training;
        training.from = m_key.model;
        training.frames = row.frames;
        training.patchDropout = row.patchDropout;
        training.freeze = freezingWords(row.freeze);
        training.pictures = m_options.pictures;
        training.splits = {m_options.trainSplit};
        training.seed = m_options.seed + uint64_t(seed);
        training.device = m_options.device;
        training.pictureCache = m_work.path() / "pictures";
        JobContext context = within(cellName(row, seed));
        context.onPartial = [this, &row, seed](const std::any& value) {
            if (const auto* progress = std::any_cast<TrainClipProgress>(&value))
                m_context.partial(RetrievalStudyTraining{row.frames, row.patchDropout, row.freeze, seed, *progress});
        };
        std::error_code code;
        if (!fs::exists(folder / "clipscope.json", code)) { // written last
            const RunRecord record = trainClip(m_library.folder(), folder, training, context);
            for (const char* name : {"secondsPerEpoch", "picturesPerSecond", "trainSeconds", "trainableParameters",
                     "parameters", "peakMemoryBytes", "curve"})
                out.training[name] = record.results.at(name);
            writeFileAtomically(folder / "training.json", out.training.dump());
        } else {
            out.training = readJsonFile(folder / "training.json");
        }
        fs::remove_all(scratchFolder(), code);
        out.scratch = VideoLibrary::openOrCreate(scratchFolder());
        copyVideos(*out.scratch);
        out.own = makeEncoder(folder.string(), {.device = m_options.device, .precision = m_key.precision});
        out.library = out.scratch.get();
        out.encoder = out.own.get();
        out.key = embedLibrary(*out.library, *out.encoder, {}, context).key;
        return out;
    }

    /// What is tested on, to be embedded anew; with an aggregation to train, what that learns from and is chosen by
    /// too.
    void copyVideos(VideoLibrary& scratch) const
    {
        const bool learns = std::ranges::any_of(m_rows, &StudyRow::trainsAggregation);
        for (VideoRecord record : m_library.videos()) {
            const bool isTested = m_options.testSplit.empty() || record.split == m_options.testSplit;
            const bool isLearntFrom = learns && (record.split == m_options.trainSplit || record.split == "val");
            if (!isTested && !isLearntFrom)
                continue;
            const std::vector<Caption> captions = m_library.captions(record.id);
            record.id = 0;
            scratch.store(record);
            scratch.setCaptions(record.id, CaptionSource::Caption, captions);
        }
    }

    StudyPool readPool(const StudyModel& model) const
    {
        const std::vector<std::string> splits(m_options.testSplit.empty() ? 0 : 1, m_options.testSplit);
        StudyPool pool;
        for (CaptionedVideo& video :
            readCaptionedVideos(*model.library, *model.encoder, model.key, splits, 0, m_context)) {
            for (std::string& text : video.queries()) {
                pool.hash.add(text);
                pool.texts.push_back(std::move(text));
                pool.videoOf.push_back(int64_t(pool.videos.size()));
            }
            pool.videos.push_back(std::move(video.frames));
            pool.paths.push_back(video.record.path);
            pool.hash.add(video.record.hash);
        }
        return pool;
    }

    /// A clip that falls short of its frames would pass for what it is not: combinations for which no video has enough
    /// are named and not measured.
    void leaveOutWhatAsksForMore(const StudyPool& pool)
    {
        const auto framesOf = [](const StudyRow& row) { return size_t(row.frames) * size_t(row.clips); };
        size_t stored = 0;
        for (const Matrix& frames : pool.videos)
            stored = std::max(stored, frames.rows);
        size_t least = SIZE_MAX, most = 0;
        for (const StudyRow& row : m_rows) {
            least = std::min(least, framesOf(row));
            if (framesOf(row) > stored)
                m_leftOut.push_back(row.name());
            else
                most = std::max(most, framesOf(row));
        }
        if (most == 0)
            throw Error(ErrorKind::Input,
                "no video has " + std::to_string(least) + " stored frames, as the smallest F x K asks for",
                m_library.folder().string(),
                "Import with --sampler uniform:" + std::to_string(least) + " and embed, or ask for fewer.");
        std::erase_if(m_rows, [&](const StudyRow& row) { return framesOf(row) > stored; });
        m_cells.resize(m_rows.size());
        if (!m_leftOut.empty())
            m_context.log(LogLevel::Warning,
                std::to_string(m_leftOut.size()) + " combinations ask for more than the " + std::to_string(stored)
                    + " stored frames of the longest video and are left out: " + m_leftOut.front()
                    + (m_leftOut.size() > 1 ? ", ..." : ""));
        const auto few = std::ranges::count_if(pool.videos, [&](const Matrix& frames) { return frames.rows < most; });
        if (few > 0)
            m_context.log(LogLevel::Warning,
                std::to_string(few) + " of " + std::to_string(pool.videos.size()) + " videos have fewer than "
                    + std::to_string(most) + " stored frames: they are seen in all they have");
    }

    StudyCell measure(const StudyRow& row, int seed, StudyModel& model, const StudyPool& pool, const Matrix& texts)
    {
        StudyCell cell;
        cell.training = model.training;
        const std::shared_ptr<const Aggregator> aggregator = aggregatorOf(row, seed, model, cell.training);
        std::vector<Matrix> videos;
        for (const Matrix& stored : pool.videos) {
            Matrix frames;
            for (const size_t i : middleFrames(stored.rows, row.frames * row.clips))
                frames.append(stored.row(i));
            // A trained one joins the frames of a clip itself.
            videos.push_back(row.trainsAggregation()
                    ? std::move(frames)
                    : clipMeans(frames, clipBounds(frames.rows, size_t(row.frames), size_t(row.clips))));
        }
        const Matrix scores = aggregatedScores(*aggregator, videos, texts, m_context);
        std::vector<std::vector<int64_t>> truth;
        for (const int64_t video : pool.videoOf)
            truth.push_back({video});
        cell.ranks = retrievalRanks(scores, truth);
        cell.videoToText = metricsOfRanks(videoToTextRanks(scores, pool.videoOf, m_context));
        return cell;
    }

    std::shared_ptr<const Aggregator> aggregatorOf(const StudyRow& row, int seed, StudyModel& model, Json& training)
    {
        if (!row.trainsAggregation())
            return makeAggregator(row.aggregation);
        // One serves every K.
        const std::string name = std::to_string(row.frames) + "-frames-" + std::to_string(seed);
        const fs::path folder = row.trainsTowers() ? modelFolder(row, seed) : m_work.path() / "aggregators";
        std::error_code code;
        fs::create_directories(folder, code);
        const fs::path file = folder / (name + ".safetensors"), about = folder / (name + ".json");
        if (!fs::exists(about, code)) {
            TrainAggregatorOptions options;
            options.splits = {m_options.trainSplit};
            options.seed = m_options.seed + uint64_t(seed);
            options.epochs = m_options.aggregatorEpochs;
            options.framesPerClip = row.frames;
            JobContext context = within(cellName(row, seed));
            const RunRecord record = trainAggregator(*model.library, *model.encoder, model.key, file, options, context);
            const double seconds = record.results.at("trainSeconds");
            writeFileAtomically(about,
                Json{{"seconds", seconds}, {"secondsPerEpoch", seconds / m_options.aggregatorEpochs},
                    {"parameters", record.results.at("parameters")}}
                    .dump());
        }
        training["aggregator"] = readJsonFile(about);
        return makeAggregator("transformer:" + file.string(), originOf(model.key));
    }

    // Where things stand.

    fs::path scratchFolder() const { return m_work.path() / "library"; }
    fs::path modelFolder(const StudyRow& row, int seed) const
    {
        char name[96];
        std::snprintf(name, sizeof name, "F%d-p%g-%s-%d", row.frames, row.patchDropout, row.freeze.c_str(), seed);
        std::string text = name;
        std::ranges::replace(text, ':', '-');
        return m_work.path() / text;
    }
    fs::path cellsFile() const { return m_work.path() / "cells.json"; }

    void readFinished()
    {
        std::error_code code;
        if (!fs::exists(cellsFile(), code))
            return;
        const Json all = readJsonFile(cellsFile());
        for (const auto& [name, cell] : all.items())
            m_finished.emplace(name, StudyCell::of(cell));
        m_context.log(LogLevel::Info, "going on after " + std::to_string(m_finished.size()) + " measured combinations");
    }

    void keep(size_t row, int seed, StudyCell cell)
    {
        m_finished[cellName(m_rows[row], seed)] = cell;
        m_cells[row].push_back(std::move(cell));
        Json all = Json::object();
        for (const auto& [name, finished] : m_finished)
            all[name] = finished.toJson();
        m_context.onceThereIsSpace([&] { writeFileAtomically(cellsFile(), all.dump()); });
    }

    int total() const
    {
        return std::accumulate(
            m_rows.begin(), m_rows.end(), 0, [&](int sum, const StudyRow& row) { return sum + seedsOf(row); });
    }

    void tell(size_t row, int seed) const
    {
        m_context.throwIfStopped();
        m_context.progress(m_done, total(), m_rows[row].name());
        RetrievalStudyCell cell;
        cell.row = int(row);
        cell.frames = m_rows[row].frames;
        cell.clips = m_rows[row].clips;
        cell.aggregation = m_rows[row].aggregation;
        cell.patchDropout = m_rows[row].patchDropout;
        cell.freeze = m_rows[row].freeze;
        cell.seed = seed;
        cell.r1 = metricsOfRanks(m_cells[row].back().ranks).r1;
        const Json& training = m_cells[row].back().training;
        cell.secondsPerEpoch = training.value("secondsPerEpoch", 0.);
        cell.picturesPerSecond = training.value("picturesPerSecond", 0.);
        cell.trainableParameters = training.value("trainableParameters", 0.);
        m_context.partial(cell);
    }

    /// The context of a part of the work: its progress moves the study's within one combination.
    JobContext within(const std::string& what) const
    {
        constexpr int64_t kParts = 1000;
        JobContext part = m_context;
        part.onProgress = [this, what](const Progress& progress) {
            const double share = progress.total > 0 ? double(progress.done) / double(progress.total) : 0;
            m_context.progress(
                int64_t((m_done + std::clamp(share, 0., 1.)) * kParts), total() * kParts, what + ": " + progress.text);
        };
        return part;
    }

    StudyQueries queriesOf(const StudyPool& pool) const
    {
        std::map<fs::path, std::set<std::string>> twinsOf; // by imported folder
        std::map<fs::path, fs::path> rootOf;
        for (const VideoRecord& record : m_library.videos()) {
            rootOf[record.path] = record.importRoot;
            if (!twinsOf.contains(record.importRoot))
                twinsOf[record.importRoot] = twinsIn(record.importRoot);
        }
        StudyQueries out;
        for (const int64_t video : pool.videoOf) {
            const fs::path& path = pool.paths[size_t(video)];
            out.videos.push_back(path);
            out.isTwin.push_back(twinsOf[rootOf[path]].contains(path.stem().string()));
        }
        return out;
    }

    VideoLibrary& m_library;
    Encoder& m_encoder;
    EmbeddingKey m_key;
    RetrievalStudyOptions m_options;
    JobContext& m_context;
    std::vector<StudyRow> m_rows;
    std::vector<std::string> m_leftOut; ///< names of rows
    std::vector<std::vector<StudyCell>> m_cells; ///< [row][seed]
    Json m_config;
    TrainingFolder m_work;
    std::map<std::string, StudyCell> m_finished;
    int m_done = 0;
};

} // namespace

fs::path studyFolder(const VideoLibrary& library, const EmbeddingKey& key, const RetrievalStudyOptions& options)
{
    const Json all = {{"config", configOf(library, key, options)}, {"seed", options.seed}};
    return cacheHome() / "studies" / sha256(all.dump()).substr(0, 16);
}

RunRecord studyRetrieval(VideoLibrary& library, Encoder& encoder, const EmbeddingKey& key,
    const RetrievalStudyOptions& options, const fs::path& work, JobContext& context)
{
    return RetrievalStudy(library, encoder, key, options, work, context).run();
}

} // namespace clipscope
