// SPDX-License-Identifier: GPL-3.0-or-later
#include "aggregation/aggregator.h"
#include "base/error.h"
#include "probe/probe_form.h"
#include "retrieval/study_form.h"

#include <QCheckBox>
#include <QComboBox>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>

using namespace clipscope;

class ExperimentFormsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void shots()
    {
        QCOMPARE(parseShots("1, 2,4 all"), (std::vector<int>{1, 2, 4, 0}));
        QCOMPARE(parseShots(shotsText({1, 16, 0})), (std::vector<int>{1, 16, 0}));
        QCOMPARE(parseShots("2,2,2"), (std::vector<int>{2}));
        for (const char* wrong : {"", "0", "-1", "two", "1;2", "1.5", "999999999999"})
            QVERIFY2(parseShots(wrong).empty(), wrong);
    }

    void countsOfLabels()
    {
        std::vector<VideoRecord> videos(7);
        const auto set = [&](size_t i, const char* label, const char* split) {
            videos[i].label = label;
            videos[i].split = split;
        };
        set(0, "a", "train");
        set(1, "a", "test");
        set(2, "b", "train");
        set(3, "b", "val");
        set(4, "c", "");
        set(5, "", "test");
        const LabelCounts counts = countLabels(videos);
        QCOMPARE(counts.videos, 7);
        QCOMPARE(counts.labelled, 5);
        QCOMPARE(counts.labels, 3);
        QCOMPARE(counts.train, 2);
        QCOMPARE(counts.validation, 1);
        QCOMPARE(counts.test, 1);
        QCOMPARE(counts.unsplit, 1);
        QCOMPARE(counts.usable, 1); // b has no test video
    }

    /// How many parts is asked for where parts are chosen, and what is offered beside them changes nothing.
    void meansOfParts()
    {
        ProbeForm form;
        form.show();
        QSpinBox* parts = nullptr;
        for (QSpinBox* box : form.findChildren<QSpinBox*>())
            if (box->accessibleName() == "Parts of a video")
                parts = box;
        QVERIFY(parts && !parts->isVisible());
        QComboBox* chooser = form.findChildren<QComboBox*>().front();
        chooser->setFocus();
        QTest::keyClick(chooser, Qt::Key_Down);
        QCOMPARE(chooser->currentText(), QString("parts"));
        QVERIFY(parts->isVisible());
        QCOMPARE(form.settings().aggregation, std::string("parts:3"));
        QSignalSpy changed(&form, &ProbeForm::changed);
        parts->setValue(2);
        QCOMPARE(changed.size(), 1);
        QCOMPARE(form.settings().aggregation, std::string("parts:2"));
        form.setHasTransformer(true);
        QCOMPARE(form.settings().aggregation, std::string("parts:2"));
        // From a record, and back to the mean.
        ProbeSettings settings;
        settings.aggregation = "parts:64";
        form.setSettings(settings);
        QCOMPARE(parts->value(), parts->maximum());
        QCOMPARE(form.settings().aggregation, settings.aggregation);
        checkAggregation(form.settings().aggregation);
        QVERIFY_EXCEPTION_THROWN(checkAggregation("parts:65"), Error);
        form.setSettings({});
        QVERIFY(!parts->isVisible());
        QCOMPARE(form.settings().aggregation, std::string("mean"));
    }

    /// The form stands in a narrow column: many splits with long names do not widen it.
    void manySplitsFit()
    {
        StudyForm form;
        std::vector<VideoRecord> many(6);
        for (size_t i = 0; i < many.size(); ++i)
            many[i].split = "a split with a long name " + std::to_string(i);
        form.setVideos(many);
        QVERIFY(form.minimumSizeHint().width() <= 250);
    }

    /// What a run was asked for comes back, temperatures and all.
    void temperatures()
    {
        StudyForm form;
        RetrievalStudyOptions options = form.options();
        options.aggregations = {"mean", "query:0.05", "query:0.2"};
        form.setOptions(options);
        QCOMPARE(form.options().aggregations, options.aggregations);
        options.aggregations = {"mean"};
        form.setOptions(options);
        QCOMPARE(form.options().aggregations, options.aggregations);
        for (QCheckBox* box : form.findChildren<QCheckBox*>())
            if (box->text() == "query-scored")
                box->click();
        QCOMPARE(form.options().aggregations, (std::vector<std::string>{"mean", "query"}));
    }
};

QTEST_MAIN(ExperimentFormsTest)
#include "tst_experiment_forms.moc"
