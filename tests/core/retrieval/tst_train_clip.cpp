// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/train_clip.h"

#include "base/files.h"
#include "embedding/clip_encoder.h"
#include "retrieval/training_set.h"
#include "sample/sample_world.h"
#include "support/test_data.h"

#include <any>
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

private:
    test::TempDir m_folder;
};

QTEST_GUILESS_MAIN(TestTrainClip)
#include "tst_train_clip.moc"
