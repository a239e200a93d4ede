// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "base/files.h"
#include "support/test_data.h"

#include <sys/stat.h>

using namespace clipscope;
using clipscope::test::errorOf;

class TestFiles : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void sha256IsTheStandardsOwnExample()
    {
        QCOMPARE(sha256("abc"), std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
        test::TempDir dir;
        writeFileAtomically(dir / "abc", "abc");
        QCOMPARE(sha256File(dir / "abc"), sha256("abc"));
    }
    void contentHashSeesEveryPartOfALargeFile()
    {
        test::TempDir dir;
        std::string bytes(12 << 20, 'x');
        writeFileAtomically(dir / "a", bytes);
        const std::string before = contentHash(dir / "a");
        bytes[bytes.size() - 5] = 'y';
        writeFileAtomically(dir / "a", bytes);
        QVERIFY(contentHash(dir / "a") != before);
        bytes.push_back('z');
        bytes[bytes.size() - 6] = 'x';
        writeFileAtomically(dir / "a", bytes);
        QVERIFY(contentHash(dir / "a") != before);
    }
    void atomicWriteLeavesNoTemporaryFile()
    {
        test::TempDir dir;
        writeFileAtomically(dir / "f", "one");
        writeFileAtomically(dir / "f", "two");
        QCOMPARE(readFile(dir / "f"), std::string("two"));
        QCOMPARE(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 1);
    }
    void unwritableFolderIsAStorageErrorThatNamesTheFile()
    {
        const std::string message = errorOf<Error>([] { writeFileAtomically("/proc/nowhere/f", "x"); });
        QVERIFY(message.find("/proc/nowhere/f") != std::string::npos);
    }
    void fifoAndFolderAreRefusedWithoutBlocking()
    {
        test::TempDir dir;
        QCOMPARE(mkfifo((dir / "fifo").c_str(), 0600), 0);
        QVERIFY(errorOf<Error>([&] { readFile(dir / "fifo"); }).find("not a regular file") != std::string::npos);
        QVERIFY(!errorOf<Error>([&] { readFile(dir.path()); }).empty());
        QVERIFY(!errorOf<Error>([&] { readFile(dir / "absent"); }).empty());
    }
    void tooLargeIsRefused()
    {
        test::TempDir dir;
        writeFileAtomically(dir / "f", "12345");
        QVERIFY(errorOf<Error>([&] { readFile(dir / "f", 4); }).find("5 bytes") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestFiles)
#include "tst_files.moc"
