// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "media/decode_pass.h"
#include "media/video_reader.h"
#include "media/video_writer.h"
#include "support/test_data.h"

#include <algorithm>

using namespace clipscope;

/// The limits beside the samplers count what they should.
class DecodePassTest : public QObject {
    Q_OBJECT

    test::TempDir m_folder;
    std::filesystem::path m_video = m_folder / "moving.mp4";

private Q_SLOTS:
    void initTestCase()
    {
        VideoWriter::Options options;
        options.width = 96;
        options.height = 64;
        options.fps = 10;
        VideoWriter writer(m_video, options);
        RgbImage image(options.width, options.height);
        for (int i = 0; i < 70; ++i) {
            // A box moves over a still ramp: what the encoder makes frames without references of.
            for (int y = 0; y < options.height; ++y)
                for (int x = 0; x < options.width; ++x)
                    std::fill_n(image.row(y) + 3 * x, 3, x / 8 == i / 8 && y < 16 ? uint8_t(250) : uint8_t(2 * x));
            writer.write(image);
        }
        writer.finish();
    }

    void counts()
    {
        const VideoInfo info = VideoReader(m_video).info();
        QCOMPARE(info.frames, 70);
        QVERIFY(info.keyframes >= 4 && info.keyframes < 35);
        QCOMPARE(runDecodePass(m_video, DecodePass::Demux), info.frames);
        QCOMPARE(runDecodePass(m_video, DecodePass::All), info.frames);
        QCOMPARE(runDecodePass(m_video, DecodePass::Keyframes), info.keyframes);
        const int64_t references = runDecodePass(m_video, DecodePass::References);
        QVERIFY2(references > info.keyframes && references < info.frames, std::to_string(references).c_str());
    }

    void stops()
    {
        std::stop_source stop;
        stop.request_stop();
        JobContext context;
        context.stop = stop.get_token();
        QVERIFY_THROWS_EXCEPTION(Cancelled, runDecodePass(m_video, DecodePass::All, context));
    }

    void noVideo()
    {
        const auto error = test::errorOf<Error>([&] { runDecodePass(m_folder / "absent.mp4", DecodePass::All); });
        QVERIFY2(error.find("absent.mp4") != std::string::npos, error.c_str());
    }
};

QTEST_APPLESS_MAIN(DecodePassTest)
#include "tst_decode_pass.moc"
