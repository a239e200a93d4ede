// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "base/files.h"
#include "shell/settings.h"
#include "support/test_data.h"

#include <QTest>

using namespace clipscope;
using namespace clipscope::test;

class SettingsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void roundTrip()
    {
        const TempDir box;
        Settings settings = Settings::load(box / "deep" / "window.json");
        QCOMPARE(settings.theme, ThemeChoice::System);
        settings.theme = ThemeChoice::Dark;
        settings.geometry = QByteArray("\0\xff\x01geometry", 11);
        settings.splitter = "splitter";
        settings.matchBy = "names";
        settings.workThreads = 3;
        settings.lowPriority = false;
        settings.pauseOnBattery = false;
        settings.addRecent("/v/one.clipscope");
        settings.addRecent("/v/caf\xc3\xa9.clipscope");
        settings.addRecent("/v/one.clipscope"); // again: goes to the front
        settings.save();
        const Settings read = Settings::load(settings.file);
        QCOMPARE(read.theme, ThemeChoice::Dark);
        QCOMPARE(read.geometry, settings.geometry);
        QCOMPARE(read.splitter, settings.splitter);
        QCOMPARE(read.matchBy, QStringLiteral("names"));
        QCOMPARE(read.workThreads, 3);
        QVERIFY(!read.lowPriority && !read.pauseOnBattery);
        QCOMPARE(
            read.recentLibraries, (std::vector<std::filesystem::path>{"/v/one.clipscope", "/v/caf\xc3\xa9.clipscope"}));
    }

    void fewRecentOnes()
    {
        Settings settings;
        for (int i = 0; i < 20; ++i)
            settings.addRecent("/v/" + std::to_string(i));
        QCOMPARE(settings.recentLibraries.size(), size_t(8));
        QCOMPARE(settings.recentLibraries.front(), std::filesystem::path("/v/19"));
    }

    void damagedFiles_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("cut off") << QByteArray("{\"theme\": \"dark\", ");
        QTest::newRow("a list") << QByteArray("[1, 2]");
        QTest::newRow("wrong types") << QByteArray("{\"theme\": 7, \"geometry\": [1], \"recentLibraries\": [3, {}], "
                                                   "\"workThreads\": \"many\", \"lowPriority\": 1}");
        QTest::newRow("a number out of all bounds") << QByteArray("{\"workThreads\": -7}");
    }

    void damagedFiles()
    {
        QFETCH(QByteArray, text);
        const TempDir box;
        writeFileAtomically(box / "window.json", text.toStdString());
        const Settings settings = Settings::load(box / "window.json");
        QCOMPARE(settings.theme, ThemeChoice::System);
        QVERIFY(settings.recentLibraries.empty());
        QCOMPARE(settings.workThreads, 0);
        QVERIFY(settings.lowPriority && settings.pauseOnBattery);
    }

    void aFolderThatCannotBeWritten()
    {
        const TempDir box;
        writeFileAtomically(box / "file", "x");
        Settings settings;
        settings.file = box / "file" / "window.json";
        QVERIFY(!errorOf<Error>([&] { settings.save(); }).empty());
    }
};

QTEST_GUILESS_MAIN(SettingsTest)
#include "tst_settings.moc"
