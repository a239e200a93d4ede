// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/files.h"
#include "base/npy_file.h"
#include "support/test_data.h"

#include <cmath>
#include <cstring>

using namespace clipscope;
using namespace clipscope::test;

namespace {

/// Files that NumPy wrote; the numbers of the arrays are 0, 1/2, 1, ... or 0, 1, 2, ...
std::string fileOf(const std::string& name)
{
    return readFile(sourceDir() / "tests/fuzz/corpus/npy" / (name + ".npy"));
}

std::string withHeader(const std::string& header, const std::string& data = {})
{
    std::string out("\x93NUMPY\x01\x00", 8);
    out += char(header.size() & 0xFF);
    out += char(header.size() >> 8);
    return out + header + data;
}

std::string refusalOf(const std::string& bytes)
{
    return errorOf<Error>([&] { parseNpy(bytes, "a.npy"); });
}

} // namespace

class TestNpyFile : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatNumPyWrites()
    {
        const std::string halves = fileOf("halves");
        const NpyArray array = parseNpy(halves, "");
        QCOMPARE(array.type, std::string("<f2"));
        QCOMPARE(array.shape, (std::vector<int64_t>{2, 3, 4}));
        for (size_t i = 0; i < 24; ++i) {
            uint16_t half = 0;
            std::memcpy(&half, halves.data() + array.dataOffset + 2 * i, 2);
            QCOMPARE(half == 0 ? 0 : std::ldexp(1 + (half & 1023) / 1024., (half >> 10) - 15), double(i) / 2);
        }
        QCOMPARE(parseNpy(fileOf("floats"), "").type, std::string("<f4"));
        QCOMPARE(parseNpy(fileOf("doubles"), "").type, std::string("<f8"));
        QCOMPARE(parseNpy(fileOf("doubles"), "").shape, (std::vector<int64_t>{6, 4}));
        for (const char* version : {"second_version", "third_version"}) {
            const std::string bytes = fileOf(version);
            const NpyArray other = parseNpy(bytes, "");
            QCOMPARE(other.shape, (std::vector<int64_t>{2, 3}));
            float last = 0;
            std::memcpy(&last, bytes.data() + other.dataOffset + 20, 4);
            QCOMPARE(last, 5.F);
        }
        QCOMPARE(parseNpy(fileOf("integers"), "").bytesEach, size_t(parseNpy(fileOf("integers"), "").type[2] - '0'));
        // Words of seven letters, four bytes each.
        const NpyArray words = parseNpy(
            withHeader("{'descr': '<U7', 'fortran_order': False, 'shape': (2,), }", std::string(56, '\0')), "");
        QCOMPARE(words.type, std::string("<U7"));
        QCOMPARE(words.bytesEach, size_t(28));
        QCOMPARE(parseNpy(fileOf("scalar"), "").elements(), int64_t(1));
        QCOMPARE(parseNpy(fileOf("empty"), "").elements(), int64_t(0));
    }

    void whatIsRefusedAndWhatToDo()
    {
        const std::map<std::string, std::string> words = {{"fortran", "ascontiguousarray"},
            {"big_endian", "astype('<f4')"}, {"objects", "programs"}, {"structure", "structures"}};
        for (const auto& [file, word] : words) {
            const std::string message = refusalOf(fileOf(file));
            QVERIFY2(message.find(word) != std::string::npos && message.find("a.npy") != std::string::npos,
                (file + ": " + message).c_str());
        }
        // Cut off anywhere, or with something behind it.
        const std::string whole = fileOf("floats");
        for (size_t n = 0; n < whole.size(); ++n)
            QVERIFY2(!refusalOf(whole.substr(0, n)).empty(), std::to_string(n).c_str());
        QVERIFY(!refusalOf(whole + "x").empty());
        QVERIFY(!refusalOf("PK\x03\x04").empty());
    }

    void brokenHeaders()
    {
        const std::string data(24, '\0');
        QVERIFY(refusalOf(withHeader("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", data)).empty());
        QVERIFY(refusalOf(withHeader("{\"shape\":(2,3),\"descr\":\"<f4\",\"fortran_order\":False}\n", data)).empty());
        for (const char* header : {"", "{", "{}", "{'descr': '<f4', 'fortran_order': False}",
                 "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}",
                 "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'more': 1}",
                 "{'descr': '<f4', 'fortran_order': 0, 'shape': (2, 3)}",
                 "{'descr': '<f4', 'fortran_order': False, 'shape': (2, -3)}",
                 "{'descr': '<f4', 'fortran_order': False, 'shape': (2; 3)}",
                 "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)",
                 "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)} x",
                 "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}",
                 "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
                 "{'descr': '<f4, 'fortran_order': False, 'shape': (2, 3)}"})
            QVERIFY2(!refusalOf(withHeader(header, data)).empty(), header);
        // A length that is not there allocates nothing.
        std::string huge("\x93NUMPY\x02\x00\xff\xff\xff\x7f", 12);
        QVERIFY(!refusalOf(huge).empty());
    }
};

QTEST_APPLESS_MAIN(TestNpyFile)
#include "tst_npy_file.moc"
