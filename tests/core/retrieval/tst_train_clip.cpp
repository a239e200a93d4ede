// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/train_clip.h"

#include "base/files.h"
#include "embedding/clip_encoder.h"
#include "library/video_import.h"
#include "library/video_library.h"
#include "models/tokenizer.h"
#include "nn/clip_model.h"
#include "retrieval/caption_readers.h"
#include "retrieval/train_clip_batches.h"
#include "retrieval/training_set.h"
#include "sample/sample_world.h"
#include "support/test_data.h"

#include <any>
#include <map>
#include <set>
#include <stop_token>

using namespace clipscope;
namespace fs = std::filesystem;

namespace {

TrainClipOptions shortTraining(int64_t pictures)
{
    TrainClipOptions options;
    options.pictures = pictures;
    options.splits = {"train", "test"};
    options.seed = 3;
    options.device = "cpu";
    return options;
}

} // namespace

class TestTrainClip : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        JobContext context;
        SampleWorldOptions world;
        world.videos = 10;
        world.seed = 11;
        world.kind = SampleKind::Stories;
        createSampleWorld(m_folder / "world", world, context);
    }

    void readsTheWorld()
    {
        const TrainingSet all = TrainingSet::read(m_folder / "world", {});
        QCOMPARE(all.videos.size(), size_t(10));
        const TrainingSet train = TrainingSet::read(m_folder / "world", {"train"});
        QVERIFY(!train.videos.empty() && train.videos.size() < all.videos.size());
        size_t known = 0;
        for (const TrainingVideo& video : all.videos) {
            QVERIFY(!video.events.empty());
            std::string joined;
            for (const TrainingEvent& event : video.events) {
                QVERIFY(event.startSec < event.endSec);
                joined += (joined.empty() ? "" : " ") + event.caption;
                for (size_t a = 0; a < event.truth.size(); ++a)
                    if (event.truth[a] >= 0) {
                        QVERIFY(size_t(event.truth[a]) < all.attributes[a].values.size());
                        ++known;
                    }
            }
            QCOMPARE(video.paragraph, joined);
        }
        QVERIFY(known >= 2 * all.videos.size());
    }

    void refusesWhatCannotBeTrainedOn()
    {
        fs::create_directory(m_folder / "empty");
        const auto failure = [&](const fs::path& data, const TrainClipOptions& options) {
            JobContext context;
            return test::errorOf<Error>([&] { trainClip(data, m_folder / "nothing", options, context); });
        };
        QVERIFY(failure(m_folder / "empty", shortTraining(100)).find("captions.json") != std::string::npos);
        TrainClipOptions options = shortTraining(100);
        options.splits = {"nosuchsplit"};
        QVERIFY(failure(m_folder / "world", options).find("split") != std::string::npos);
        options = shortTraining(100);
        options.patchDropout = 1;
        QVERIFY(failure(m_folder / "world", options).find("--patch-dropout") != std::string::npos);
        options = shortTraining(0);
        options.minutes = 0;
        QVERIFY(failure(m_folder / "world", options).find("--minutes") != std::string::npos);
        options = shortTraining(100);
        options.from = "nosuchmodel";
        QVERIFY(failure(m_folder / "world", options).find("nosuchmodel") != std::string::npos);
        options = shortTraining(100);
        options.freeze = {"everything"};
        QVERIFY(failure(m_folder / "world", options).find("everything") != std::string::npos);
    }

    /// Stopped after some steps and gone on with, a training ends with the same bytes as one that was never stopped.
    void resumesWhereItStopped()
    {
        const TrainClipOptions options = shortTraining(192 * 6);
        JobContext undisturbed;
        const RunRecord whole = trainClip(m_folder / "world", m_folder / "whole", options, undisturbed);
        const int64_t steps = whole.results.at("steps");
        QVERIFY(steps >= 6); // a batch of clips is smaller where there are few videos

        std::stop_source stop;
        JobContext stopped;
        stopped.stop = stop.get_token();
        int64_t pictures = 0;
        stopped.onPartial = [&](const std::any& value) {
            pictures = std::any_cast<TrainClipProgress>(value).pictures;
            if (pictures >= 192 * 2)
                stop.request_stop();
        };
        QVERIFY_EXCEPTION_THROWN(trainClip(m_folder / "world", m_folder / "parts", options, stopped), Cancelled);
        QVERIFY(pictures >= 192 * 2 && pictures < 192 * 6);
        QVERIFY(fs::exists(m_folder / "parts" / "training" / "checkpoint.safetensors"));
        QVERIFY(!fs::exists(m_folder / "parts" / "model.safetensors"));

        TrainClipOptions others = options;
        others.frames = 2;
        JobContext context;
        QVERIFY(test::errorOf<Error>([&] {
            trainClip(m_folder / "world", m_folder / "parts", others, context);
        }).find("other settings")
            != std::string::npos);

        std::string said;
        context.onLog = [&](LogLevel, const std::string& text) { said += text; };
        const RunRecord resumed = trainClip(m_folder / "world", m_folder / "parts", options, context);
        QVERIFY(said.find("going on after") != std::string::npos);
        QCOMPARE(resumed.results.at("steps").get<int64_t>(), steps);
        QCOMPARE(
            sha256File(m_folder / "parts" / "model.safetensors"), sha256File(m_folder / "whole" / "model.safetensors"));
        QVERIFY(!fs::exists(m_folder / "parts" / "training"));
    }

    void theModelIsAnEncoder()
    {
        const std::shared_ptr<Encoder> encoder = makeClipEncoder((m_folder / "whole").string(), {.device = "cpu"});
        QVERIFY(encoder);
        QCOMPARE(encoder->info().jointDim, 192);
        QCOMPARE(encoder->info().note, std::string("knows only the sample world"));
        const std::vector<std::string> texts = {"A red ball bounces.", "A blue star rises."};
        const Matrix rows = encoder->encodeTexts(texts, {});
        QCOMPARE(rows.rows, size_t(2));
        QVERIFY(std::abs(norm(rows.row(0)) - 1) < 1e-5);
        QVERIFY(fs::file_size(m_folder / "whole" / "model.safetensors") < 12'000'000);
    }

    /// A few dozen steps on a handful of videos must bring the losses clearly below those of chance.
    void learns()
    {
        JobContext context;
        double firstLoss = 0;
        context.onPartial = [&](const std::any& value) {
            const auto progress = std::any_cast<TrainClipProgress>(value);
            if (firstLoss == 0)
                firstLoss = progress.eventLoss;
        };
        const RunRecord run = trainClip(m_folder / "world", m_folder / "learnt", shortTraining(192 * 20), context);
        QVERIFY(firstLoss > 0);
        const double last = run.results.at("eventLoss");
        qInfo("event loss %.3f -> %.3f", firstLoss, last);
        QVERIFY(last < firstLoss - .2);
        QVERIFY(run.results.at("validation").at("videos").get<int>() > 0);
    }

    /// What is frozen keeps every bit of the model it came from, all else moves; and R@1 on "val" is told from before
    /// the first step on.
    void furtherFromAModel()
    {
        JobContext context;
        int told = 0;
        context.onPartial = [&](const std::any& value) {
            told += std::any_cast<TrainClipProgress>(value).validationR1 >= 0;
        };
        TrainClipOptions options = further();
        options.freeze = {"patch", "first:5", "text"};
        const RunRecord run = trainClip(m_folder / "world", m_folder / "further", options, context);
        QCOMPARE(run.config.at("freeze").get<std::string>(), std::string("patch,first:5,text"));
        QVERIFY(run.results.at("trainableParameters").get<int64_t>() > 0);
        QVERIFY(run.results.at("trainableParameters") < run.results.at("parameters"));
        QVERIFY(run.results.at("secondsPerEpoch").get<double>() > 0);
        const Json& curve = run.results.at("curve");
        QVERIFY(curve.size() >= 2);
        QCOMPARE(curve.front().at("pictures").get<int>(), 0);
        QVERIFY(curve.back().at("r1") == run.results.at("validation").at("r1"));
        QVERIFY(told > 0);

        const std::map<std::string, at::Tensor> before = weightsOf("base"), after = weightsOf("further");
        std::set<std::string> moved;
        for (const auto& [name, tensor] : before)
            if (!tensor.equal(after.at(name)))
                moved.insert(name);
        QVERIFY(moved.contains("vision_model.encoder.layers.5.mlp.fc1.weight"));
        QVERIFY(moved.contains("visual_projection.weight"));
        for (const std::string& name : moved)
            QVERIFY2(name.starts_with("vision_model.encoder.layers.5.") || name.starts_with("vision_model.post")
                    || name == "visual_projection.weight" || name == "logit_scale",
                name.c_str());
        QVERIFY(makeClipEncoder((m_folder / "further").string(), {.device = "cpu"}));
    }

    /// A library is as good as a folder: the same videos, captions and splits give the same model.
    void fromALibrary()
    {
        const std::shared_ptr<VideoLibrary> library = VideoLibrary::openOrCreate(m_folder / "library");
        JobContext context;
        importVideos(*library, {m_folder / "world"}, {}, context);
        applyAnnotations(*library, readAnnotations(m_folder / "world" / "captions.json"), {m_folder / "world"});
        trainClip(m_folder / "library", m_folder / "of-library", further(), context);
        trainClip(m_folder / "world", m_folder / "of-folder", further(), context);
        QCOMPARE(sha256File(m_folder / "of-library" / "model.safetensors"),
            sha256File(m_folder / "of-folder" / "model.safetensors"));
    }

    void tubesLoseTheSamePatches()
    {
        JobContext context;
        TrainingSet set = TrainingSet::read(m_folder / "world", {});
        const TrainingFrames frames(set, FrameFit::centreSquare(96, 1), 1.6, m_folder / "tubes.rgb", context);
        const auto tokenizer = loadClipTokenizer(m_folder / "base" / "vocab.json", m_folder / "base" / "merges.txt");
        const ClipConfig config = readClipConfig(m_folder / "base");
        for (const bool tube : {false, true}) {
            const TrainClipBatches batches(set, frames, *tokenizer, config, {4, 1, tube}, 7);
            const at::Tensor kept = batches.draw(0, .5).keptPatches;
            QCOMPARE(kept.size(0), int64_t(4 * set.videos.size()));
            QCOMPARE(kept.size(1), int64_t(18)); // of 36
            int sameInClip = 0, sameAcross = 0;
            for (int64_t row = 1; row < kept.size(0); ++row)
                (row % 4 ? sameInClip : sameAcross) += kept[row].equal(kept[row - 1]);
            QCOMPARE(sameInClip, tube ? int(3 * set.videos.size()) : 0);
            QCOMPARE(sameAcross, 0);
        }
    }

private:
    /// A few steps on from a model that learnt nothing yet.
    TrainClipOptions further()
    {
        if (!std::filesystem::exists(m_folder / "base")) {
            JobContext context;
            trainClip(m_folder / "world", m_folder / "base", shortTraining(192), context);
        }
        TrainClipOptions options = shortTraining(40 * 3);
        options.splits = {"train"};
        options.from = (m_folder / "base").string();
        return options;
    }

    std::map<std::string, at::Tensor> weightsOf(const char* name) const
    {
        std::map<std::string, at::Tensor> out;
        for (const auto& [parameter, tensor] : ClipModel::load(m_folder / name).parameters())
            out.emplace(parameter, tensor);
        return out;
    }

    test::TempDir m_folder;
};

QTEST_GUILESS_MAIN(TestTrainClip)
#include "tst_train_clip.moc"
