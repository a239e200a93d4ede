// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/pickle_file_internal.h"

#include "base/error.h"
#include "base/files.h"
#include "support/test_data.h"

using namespace clipscope;
using namespace clipscope::test;

namespace {

std::string refusalOf(const std::string& bytes)
{
    return errorOf<Error>([&] { const PickleFile file(bytes, "a.x"); });
}

std::string bytesOf(const char* text, size_t size)
{
    return {text, size};
}
#define PICKLE(text) bytesOf(text, sizeof text - 1)

} // namespace

class TestPickleFile : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// pickle.dumps({1: [2, -3], 'a': (True, None, 70000, 2**40)}, 2)
    void plainData()
    {
        const std::string bytes = PICKLE("\x80\x02}q\x00(K\x01]q\x01(K\x02J\xfd\xff\xff\xff"
                                         "eX\x01\x00\x00\x00"
                                         "aq\x02(\x88NJp\x11\x01\x00\x8a\x06\x00\x00\x00\x00\x00\x01tq\x03u.");
        const PickleFile file(bytes, "a.x");
        const PickleValue& root = file.root();
        QCOMPARE(root.entries.size(), size_t(2));
        QCOMPARE(root.entries[0].second->integers("a.x"), (std::vector<int64_t>{2, -3}));
        const PickleValue* tuple = root.find("a");
        QVERIFY(tuple && tuple->items.size() == 4);
        QCOMPARE(tuple->items[0]->kind, PickleValue::Kind::Bool);
        QCOMPARE(tuple->items[1]->kind, PickleValue::Kind::None);
        QCOMPARE(tuple->items[2]->number, int64_t(70000));
        QCOMPARE(tuple->items[3]->number, int64_t(1) << 40);
        QVERIFY(!root.find("b"));
    }

    void nothingIsRun()
    {
        // os.system("touch /tmp/x") in protocols 0 and 2, and by STACK_GLOBAL.
        for (const std::string& program : {PICKLE("cos\nsystem\n(S'true'\ntR."),
                 PICKLE("\x80\x02"
                        "cposix\nsystem\nq\x00X\x04\x00\x00\x00trueq\x01\x85q\x02Rq\x03."),
                 PICKLE("\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R.")})
            QVERIFY2(refusalOf(program).find("nothing is run") != std::string::npos, refusalOf(program).c_str());
        QVERIFY(refusalOf(PICKLE("\x80\x02"
                                 "cnumpy\nndarray\n)R."))
                    .find("calls ndarray")
            != std::string::npos);
    }

    /// Cut off anywhere, or changed in one byte: an Error or an answer, never anything else.
    void damaged()
    {
        NEED_SHARED("data/graphs/planetoid/ind.cora.y");
        const std::string whole = readFile(sharedDir() / "data/graphs/planetoid/ind.cora.y");
        const PickleFile file(whole, "y");
        QCOMPARE(file.root().shape, (std::vector<int64_t>{140, 7}));
        QCOMPARE(file.root().floats("y").size(), size_t(980));
        for (size_t n = 0; n < whole.size(); n += n < 400 ? 1 : 97)
            QVERIFY2(!refusalOf(whole.substr(0, n)).empty(), std::to_string(n).c_str());
        for (size_t i = 0; i < 300; ++i)
            for (const char change : {'\x00', '\x01', '\x7f', '\xff', 'R', 'b', '.', '('}) {
                std::string bytes = whole;
                bytes[i] = change;
                refusalOf(bytes);
            }
    }

    void objectsWithinThemselves()
    {
        // A list that holds itself, and marks without end.
        const std::string loop = PICKLE("\x80\x02]q\x00h\x00"
                                        "a.");
        const PickleFile file(loop, "a.x");
        QVERIFY(!errorOf<Error>([&] { file.root().integers("a.x"); }).empty());
        std::string marks(100'000, '(');
        marks += '.';
        QVERIFY(!refusalOf(marks).empty());
        // A tuple that takes what lies before a mark.
        QVERIFY(!refusalOf(PICKLE("NN(\x86"
                                  "d."))
                     .empty());
    }

    /// An array of a kilobyte, made again ten thousand times from the one string of bytes.
    void muchOfLittle()
    {
        std::string bytes = PICKLE("\x80\x02"
                                   "cnumpy.core.multiarray\n_reconstruct\nq\x01"
                                   "cnumpy\nndarray\nq\x02"
                                   "cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff"
                                   "\xff\xffK\x00tbq\x03T\x00\x04\x00\x00");
        bytes += std::string(1024, 'x') + PICKLE("q\x04");
        const std::string array = PICKLE("h\x01h\x02K\x00\x85U\x01"
                                         "b\x87R(K\x01M\x00\x04\x85h\x03\x89h\x04tb");
        const PickleFile one(bytes + array + ".", "a.x");
        QCOMPARE(one.root().floats("a.x").size(), size_t(1024));
        for (int i = 0; i < 10'000; ++i)
            bytes += array;
        const std::string refusal = refusalOf(bytes + ".");
        QVERIFY2(refusal.find("much of little") != std::string::npos, refusal.c_str());
    }
};

QTEST_APPLESS_MAIN(TestPickleFile)
#include "tst_pickle_file.moc"
