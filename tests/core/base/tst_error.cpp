// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "base/job_context.h"
#include "support/test_data.h"

using namespace clipscope;

class TestError : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void sentenceNamesSubjectAndRemedy()
    {
        const Error e(ErrorKind::Media, "has no video stream", "a.mp4", "Choose another file.");
        QCOMPARE(std::string(e.what()), std::string("a.mp4: has no video stream. Choose another file."));
        QCOMPARE(e.reason(), std::string("has no video stream. Choose another file."));
        QCOMPARE(std::string(Error(ErrorKind::Internal, "x").what()), std::string("x"));
    }
    void cancellingIsNotAnError()
    {
        std::stop_source source;
        JobContext context;
        context.stop = source.get_token();
        context.throwIfStopped();
        source.request_stop();
        bool asCancelled = false;
        try {
            context.throwIfStopped();
        } catch (const std::runtime_error&) {
        } catch (const Cancelled&) {
            asCancelled = true;
        }
        QVERIFY(asCancelled);
    }
};

QTEST_GUILESS_MAIN(TestError)
#include "tst_error.moc"
