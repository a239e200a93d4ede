// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "models/safetensors.h"
#include "support/test_data.h"

#include <QElapsedTimer>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sys/resource.h>
#include <sys/stat.h>

using namespace clipscope;
using clipscope::test::errorOf;

namespace {

std::string fileOf(const std::string& header, size_t dataBytes)
{
    const uint64_t length = header.size();
    std::string out(8, '\0');
    std::memcpy(out.data(), &length, 8);
    return out + header + std::string(dataBytes, '\0');
}

std::string lengthOnly(uint64_t length, const std::string& rest)
{
    std::string out(8, '\0');
    std::memcpy(out.data(), &length, 8);
    return out + rest;
}

const char* kTwo =
    R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})";

} // namespace

class TestSafetensors : public QObject {
    Q_OBJECT
private:
    test::TempDir m_dir;

    std::string refusalOf(const std::string& bytes)
    {
        writeFileAtomically(m_dir / "weights.safetensors", bytes);
        return errorOf<Error>([&] { SafetensorsFile file(m_dir / "weights.safetensors"); });
    }

private Q_SLOTS:
    void readsWhatTheReferenceLibraryWrote()
    {
        const SafetensorsFile file(test::sourceDir() / "tests/reference/safetensors_golden.safetensors");
        QCOMPARE(file.tensors().size(), size_t(13));
        QCOMPARE(file.metadata().at("format"), std::string("pt"));
        QCOMPARE(file.metadata().at("note"), std::string("caf\xc3\xa9 \\ \"q\""));
        QCOMPARE(file.floats("f64"), (std::vector<float>{0.1F, -2.5F}));
        QCOMPARE(file.floats("f32", {2, 3}), (std::vector<float>{0, .25F, .5F, .75F, 1, 1.25F}));
        QCOMPARE(file.floats("f16"), (std::vector<float>{1, -0.333251953125F, 65504, 5.9604644775390625e-08F}));
        QCOMPARE(file.floats("bf16"), (std::vector<float>{1, -3.140625F}));
        QCOMPARE(file.floats("b\xc3\xa4r.\"q\""), std::vector<float>{42});
        QCOMPARE(file.floats("scalar"), std::vector<float>{1.5F});
        QVERIFY(file.tensor("scalar").shape.empty());
        QVERIFY(file.floats("empty", {0, 4}).empty());
        int64_t wide[2];
        std::memcpy(wide, file.tensor("i64", {2}).bytes.data(), sizeof wide);
        QCOMPARE(wide[0], int64_t(-1));
        QCOMPARE(wide[1], int64_t(1) << 40);
        QCOMPARE(std::to_integer<int>(file.tensor("u8").bytes[0]), 255);
        QVERIFY(file.tensor("bool").dtype == DType::Bool);
        QVERIFY(file.tensor("i32").dtype == DType::I32 && file.tensor("i16").dtype == DType::I16);
        QVERIFY(file.tensor("i8").dtype == DType::I8);
        QVERIFY(errorOf<Error>([&] { file.floats("i64"); }).find("not as real numbers") != std::string::npos);
    }
    void writesTheVeryBytesOfTheReferenceLibrary()
    {
        const auto golden = test::sourceDir() / "tests/reference/safetensors_golden.safetensors";
        const SafetensorsFile file(golden);
        std::vector<TensorToWrite> tensors;
        for (const auto& [name, view] : file.tensors())
            tensors.push_back({name, view.dtype, view.shape, {view.bytes.begin(), view.bytes.end()}});
        writeSafetensors(m_dir / "again.safetensors", tensors, file.metadata());
        const SafetensorsFile again(m_dir / "again.safetensors");
        QCOMPARE(again.metadata(), file.metadata());
        // The reference writes its metadata in the order of a hash map, so the comparison is of everything after the
        // header.
        const std::string expect = readFile(golden);
        const std::string got = readFile(m_dir / "again.safetensors");
        QCOMPARE(got.size(), expect.size());
        QCOMPARE(got.substr(0, 8), expect.substr(0, 8));
        const size_t tensorsAt = expect.find("},\"") + 1;
        QVERIFY(got.substr(tensorsAt) == expect.substr(tensorsAt));
        std::reverse(tensors.begin(), tensors.end());
        writeSafetensors(m_dir / "other order.safetensors", tensors, file.metadata());
        QVERIFY(readFile(m_dir / "other order.safetensors") == got);
    }
    void refuses_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArray>("expect");
        auto row = [](const char* name, const std::string& bytes, const char* expect) {
            QTest::newRow(name) << QByteArray(bytes.data(), qsizetype(bytes.size())) << QByteArray(expect);
        };
        auto header = [&](const char* name, const std::string& json, size_t data, const char* expect) {
            row(name, fileOf(json, data), expect);
        };
        auto one = [](const std::string& dtype, const std::string& shape, const std::string& offsets) {
            return R"({"w":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
        };
        row("empty file", "", "has 0 bytes");
        row("7 bytes", "1234567", "has 7 bytes");
        row("length 0", lengthOnly(0, ""), "does not start with {");
        row("length 2^63", lengthOnly(uint64_t(1) << 63, "{}"), "more than the 100000000");
        row("length 2^64-1", lengthOnly(UINT64_MAX, "{}"), "more than the 100000000");
        row("length above the limit", lengthOnly(100000001, "{}"), "more than the 100000000");
        row("length above the file", lengthOnly(1000, "{}"), "the file has only 2");
        header("not utf-8", "{\"\xff\":1}", 0, "not UTF-8");
        header("NaN", R"({"w":{"dtype":"F32","shape":[NaN],"data_offsets":[0,4]}})", 4, "not valid JSON");
        header("NUL inside", std::string("{\"w\0\":{}}", 9), 0, "not valid JSON");
        header("NUL and more behind", std::string("{}\0{}", 5), 0, "not valid JSON at byte 2");
        header("not an object", "[]", 0, "does not start with {");
        header("leading space", " {}", 0, "does not start with {");
        header("byte order mark", "\xEF\xBB\xBF{}", 0, "does not start with {");
        header("padded with newlines", "{}\n\n", 0, "does not end with }");
        header("padded with NUL", std::string("{}\0\0", 4), 0, "does not end with }");
        header("two objects", "{}{}", 0, "not valid JSON");
        header("comment", "{/*x*/}", 0, "not valid JSON");
        header("cut json", "{\"w\":{\"dtype\":}", 0, "not valid JSON");
        header("deep", "{\"w\":" + std::string(1000000, '[') + "}", 0, "has a list where \"w\" must be described");
        header("deep shape", one("\"F32\"", "[[1]]", "[0,4]"), 4, "has a list in the shape");
        header("deep objects", "{\"w\":{\"dtype\":{\"a\":1}}}", 0, "has an object in the dtype");
        header("the same tensor twice",
            R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
            8, "names \"w\" twice");
        header("escaped twin",
            R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\u0077":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
            8, "names \"w\" twice");
        header("dtype twice", R"({"w":{"dtype":"F32","dtype":"F16","shape":[1],"data_offsets":[0,4]}})", 4, "twice");
        header("metadata twice", R"({"__metadata__":{},"__metadata__":{}})", 0, "names \"__metadata__\" twice");
        header("metadata key twice", R"({"__metadata__":{"a":"1","a":"2"}})", 0, "names the metadata \"a\" twice");
        header("metadata number", R"({"__metadata__":{"a":1}})", 0, "must be a text");
        header("metadata nested", R"({"__metadata__":{"a":{}}})", 0, "must be a text");
        header("metadata null", R"({"__metadata__":null})", 0, "has null where \"__metadata__\"");
        header("tensor null", R"({"w":null})", 0, "has null where \"w\"");
        header("unknown dtype", one("\"F31\"", "[1]", "[0,4]"), 4, "the type \"F31\"");
        header("dtype a number", one("7", "[1]", "[0,4]"), 4, "has a number in the dtype");
        header("wrong dtype", one("\"F64\"", "[1]", "[0,4]"), 4, "its shape needs 8");
        header("negative dimension", one("\"F32\"", "[-1]", "[0,4]"), 4, "a negative number in the shape");
        header("fractional dimension", one("\"F32\"", "[1.0]", "[0,4]"), 4, "the number 1.0 in the shape");
        header("exponent dimension", one("\"F32\"", "[1e0]", "[0,4]"), 4, "the number 1e0 in the shape");
        header("dimension 2^63", one("\"F32\"", "[9223372036854775808]", "[0,4]"), 4, "9223372036854775808");
        header("dimension 2^70", one("\"F32\"", "[1180591620717411303424]", "[0,4]"), 4, "1180591620717411303424");
        header("product overflows", one("\"F32\"", "[4294967296,4294967296]", "[0,4]"), 4, "overflows");
        header("type size overflows", one("\"F64\"", "[4611686018427387904]", "[0,4]"), 4, "overflows");
        header("overflows with a sign", one("\"U8\"", "[9223372036854775807,2,0]", "[0,0]"), 0, "overflows");
        header("dimension a text", one("\"F32\"", "[\"1\"]", "[0,4]"), 4, "has a text in the shape");
        header("shape a number", one("\"F32\"", "4", "[0,4]"), 4, "has a number in the shape");
        header("offsets missing", R"({"w":{"dtype":"F32","shape":[1]}})", 4, "does not say");
        header("three offsets", one("\"F32\"", "[1]", "[0,4,8]"), 4, "3 data offsets");
        header("offsets reversed", one("\"F32\"", "[1]", "[4,0]"), 4, "end before they begin");
        header("offsets too wide", one("\"F32\"", "[1]", "[0,8]"), 8, "its shape needs 4");
        header("past the end", one("\"F32\"", "[2]", "[0,8]"), 4, "past the end");
        header(
            "far past the end", one("\"U8\"", "[9223372036854775807]", "[0,9223372036854775807]"), 4, "past the end");
        header("first not at 0", one("\"F32\"", "[1]", "[4,8]"), 8, "a hole of 4 bytes");
        header("hole",
            R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}})",
            3, "a hole of 1 bytes before the tensor \"b\"");
        header("overlap",
            R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
            3, "\"b\" overlaps");
        header("bytes left over", kTwo, 20, "8 bytes at its end belong to no tensor");
        header("truncated data", kTwo, 11, "cut short");
        header("unknown field", R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}})", 4, "does not know");
        row("zip pickle", "PK\x03\x04" + std::string(100, 'x'), "PyTorch pickle");
        row("legacy pickle", "\x80\x02\x8a\x0a" + std::string(100, 'x'), "PyTorch pickle");
        row("onnx", "\x08\x07\x12\x07pytorch" + std::string(100, 'x'), "ONNX");
        row("lfs pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "Git LFS pointer");
        row("web page", "<!DOCTYPE html><html></html>", "a web page");
    }
    void refuses()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QByteArray, expect);
        const std::string message = refusalOf(bytes.toStdString());
        QVERIFY2(message.find(expect.toStdString()) != std::string::npos, message.c_str());
        QVERIFY2(message.find("weights.safetensors") != std::string::npos, message.c_str());
    }
    void paddingWithSpacesAndNoTensorsAreFine()
    {
        QCOMPARE(refusalOf(fileOf("{}", 0)), std::string());
        QCOMPARE(refusalOf(fileOf("{}      ", 0)), std::string());
        QCOMPARE(refusalOf(fileOf(kTwo, 12)), std::string());
        QCOMPARE(refusalOf(fileOf(R"({"e":{"dtype":"F32","shape":[0,9223372036854775807],"data_offsets":[0,0]}})", 0)),
            std::string());
    }
    void largeHostileHeadersEndQuickly()
    {
        QElapsedTimer timer;
        timer.start();
        QVERIFY(refusalOf(fileOf(std::string(100'000'000, '['), 0)).find("does not start with {") != std::string::npos);
        QVERIFY(!refusalOf(fileOf("{\"w\":" + std::string(50'000'000, '[') + "}", 0)).empty());
        std::string many = "{";
        for (int i = 0; i < 200'000; ++i)
            many += std::string(i ? "," : "") + '"' + std::to_string(i)
                + '"' // moc trips over a lone quote in a raw string
                + R"(:{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
        QCOMPARE(refusalOf(fileOf(many + "}", 0)), std::string());
        QVERIFY2(timer.elapsed() < 30000, qPrintable(QString::number(timer.elapsed())));
    }
    void weightsThatAreNotFiniteAreRefusedByName_data()
    {
        QTest::addColumn<int>("type");
        QTest::addColumn<QByteArray>("value");
        auto row = [](const char* name, DType type, auto bits) {
            QTest::newRow(name) << int(type) << QByteArray(reinterpret_cast<const char*>(&bits), sizeof bits);
        };
        row("f64 nan", DType::F64, uint64_t(0x7ff8000000000000));
        row("f64 -inf", DType::F64, uint64_t(0xfff0000000000000));
        row("f32 nan", DType::F32, uint32_t(0x7fc00000));
        row("f32 signalling nan", DType::F32, uint32_t(0xff800001));
        row("f32 inf", DType::F32, uint32_t(0x7f800000));
        row("f16 nan", DType::F16, uint16_t(0x7e00));
        row("f16 -inf", DType::F16, uint16_t(0xfc00));
        row("bf16 nan", DType::BF16, uint16_t(0x7fc0));
        row("bf16 inf", DType::BF16, uint16_t(0x7f80));
    }
    void weightsThatAreNotFiniteAreRefusedByName()
    {
        QFETCH(int, type);
        QFETCH(QByteArray, value);
        const auto width = size_t(value.size());
        const std::vector<float> fine{1, 2, 3};
        for (const size_t at : {size_t(0), size_t(4095), size_t(4096), size_t(9999)}) {
            TensorToWrite bad{"tower.layer.7.weight", DType(type), {10000}, std::vector<std::byte>(10000 * width)};
            writeSafetensors(m_dir / "w.safetensors", {TensorToWrite::f32("fine", {3}, fine), bad});
            SafetensorsFile opens(m_dir / "w.safetensors");
            std::memcpy(bad.bytes.data() + at * width, value.data(), width);
            writeSafetensors(m_dir / "w.safetensors", {TensorToWrite::f32("fine", {3}, fine), bad});
            const std::string message = errorOf<Error>([&] { SafetensorsFile file(m_dir / "w.safetensors"); });
            QVERIFY2(message.find("\"tower.layer.7.weight\"") != std::string::npos, message.c_str());
        }
    }
    void largestFiniteNumbersAreFine()
    {
        const std::vector<float> values{
            std::numeric_limits<float>::max(), -std::numeric_limits<float>::denorm_min(), 0.F, -0.F};
        writeSafetensors(m_dir / "w.safetensors", {TensorToWrite::f32("w", {2, 2}, values)});
        QCOMPARE(SafetensorsFile(m_dir / "w.safetensors").floats("w"), values);
    }
    void doublesBeyondSinglePrecisionAreRefused()
    {
        const double value = 1e300;
        TensorToWrite tensor{"w", DType::F64, {1}, std::vector<std::byte>(8)};
        std::memcpy(tensor.bytes.data(), &value, 8);
        writeSafetensors(m_dir / "w.safetensors", {tensor});
        const SafetensorsFile file(m_dir / "w.safetensors");
        const std::string message = errorOf<Error>([&] { file.floats("w"); });
        QVERIFY2(message.find("\"w\" that is too large") != std::string::npos, message.c_str());
    }
    void missingTensorAndWrongShapeNameBothFileAndTensor()
    {
        writeSafetensors(m_dir / "w.safetensors", {TensorToWrite::f32("w", {2, 3}, std::vector<float>(6))});
        const SafetensorsFile file(m_dir / "w.safetensors");
        QVERIFY(file.has("w") && !file.has("v"));
        std::string message = errorOf<Error>([&] { file.tensor("v"); });
        QVERIFY(message.find("w.safetensors") != std::string::npos && message.find("\"v\"") != std::string::npos);
        message = errorOf<Error>([&] { file.floats("w", {3, 2}); });
        QVERIFY2(message.find("[2, 3]; [3, 2] is needed") != std::string::npos, message.c_str());
    }
    void aFileThatShrinksIsAnErrorNotASignal()
    {
        writeSafetensors(m_dir / "w.safetensors", {TensorToWrite::f32("w", {1 << 20}, std::vector<float>(1 << 20))});
        const SafetensorsFile file(m_dir / "w.safetensors");
        std::filesystem::resize_file(m_dir / "w.safetensors", 4096);
        QVERIFY(errorOf<Error>([&] { file.floats("w"); }).find("changed its size") != std::string::npos);
    }
    void foldersFifosAndAbsentFilesAreRefused()
    {
        QCOMPARE(mkfifo((m_dir / "fifo").c_str(), 0600), 0);
        QVERIFY(
            errorOf<Error>([&] { SafetensorsFile f(m_dir / "fifo"); }).find("not a regular file") != std::string::npos);
        QVERIFY(
            errorOf<Error>([&] { SafetensorsFile f(m_dir.path()); }).find("not a regular file") != std::string::npos);
        QVERIFY(errorOf<Error>([&] { SafetensorsFile f(m_dir / "absent"); }).find("No such file") != std::string::npos);
        QVERIFY(
            errorOf<Error>([&] { SafetensorsFile f("/dev/zero"); }).find("not a regular file") != std::string::npos);
    }
    void everyHalfSurvivesTheRoundTrip()
    {
        for (uint32_t h = 0; h < 65536; ++h) {
            const float value = halfToFloat(uint16_t(h));
            const uint32_t exponent = (h >> 10) & 31;
            const uint32_t mantissa = h & 1023;
            if (exponent == 31 && mantissa) {
                QVERIFY(std::isnan(value));
                QVERIFY(std::isnan(halfToFloat(floatToHalf(value))));
                continue;
            }
            const double sign = h >> 15 ? -1 : 1;
            const double expect = exponent == 31 ? std::numeric_limits<double>::infinity()
                : exponent == 0                  ? std::ldexp(double(mantissa), -24)
                                                 : std::ldexp(1024.0 + mantissa, int(exponent) - 25);
            QCOMPARE(double(value), sign * expect);
            QCOMPARE(uint32_t(floatToHalf(value)), h);
        }
    }
    void halvesAreRoundedToNearestEven()
    {
        // Between every two neighbouring halves: just below the middle, the middle itself, just above.
        for (uint16_t h = 0; h < 0x7c00; ++h) {
            const bool last = h == 0x7bff;
            const double upper = last ? 65536.0 : double(halfToFloat(uint16_t(h + 1)));
            const auto middle = float((double(halfToFloat(h)) + upper) / 2);
            QCOMPARE(floatToHalf(std::nextafter(middle, 0.F)), h);
            QCOMPARE(floatToHalf(middle), uint16_t(h % 2 ? h + 1 : h));
            QCOMPARE(floatToHalf(std::nextafter(middle, 1e9F)), uint16_t(h + 1));
            QCOMPARE(floatToHalf(-middle), uint16_t((h % 2 ? h + 1 : h) | 0x8000));
        }
        QCOMPARE(floatToHalf(1e30F), uint16_t(0x7c00));
        QCOMPARE(floatToHalf(-std::numeric_limits<float>::infinity()), uint16_t(0xfc00));
        QCOMPARE(floatToHalf(std::numeric_limits<float>::denorm_min()), uint16_t(0));
    }
    void halfTensorsComeBackRounded()
    {
        const std::vector<float> values{1.F, 0.1F, -2.F, 70000.F / 2};
        writeSafetensors(m_dir / "h.safetensors", {TensorToWrite::f16("h", {4}, values)});
        const auto back = SafetensorsFile(m_dir / "h.safetensors").floats("h", {4});
        for (size_t i = 0; i < values.size(); ++i)
            QCOMPARE(back[i], halfToFloat(floatToHalf(values[i])));
    }
    void writerRefusesWhatNoReaderAccepts()
    {
        const auto path = m_dir / "bad.safetensors";
        const std::vector<float> v{1};
        auto write = [&](std::vector<TensorToWrite> tensors) {
            return errorOf<Error>([&] { writeSafetensors(path, tensors); });
        };
        QVERIFY(write({TensorToWrite::f32("w", {2}, v)}).find("needs 8 bytes, it has 4") != std::string::npos);
        QVERIFY(
            write({TensorToWrite::f32("__metadata__", {1}, v)}).find("does not allow this name") != std::string::npos);
        QVERIFY(!write({TensorToWrite::f32("a", {1}, v), TensorToWrite::f32("a", {1}, v)}).empty());
        QVERIFY(!write({TensorToWrite::f32("\xff", {1}, v)}).empty());
        QVERIFY(!std::filesystem::exists(path));
    }
    void aFullDiskLeavesTheOldFileAndNothingElse()
    {
        test::TempDir dir;
        const std::vector<float> small{1, 2};
        writeSafetensors(dir / "w.safetensors", {TensorToWrite::f32("w", {2}, small)});
        rlimit old{};
        getrlimit(RLIMIT_FSIZE, &old);
        const rlimit tight{64 * 1024, old.rlim_max};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &tight);
        const std::string message = errorOf<Error>([&] {
            writeSafetensors(dir / "w.safetensors", {TensorToWrite::f32("w", {1 << 16}, std::vector<float>(1 << 16))});
        });
        setrlimit(RLIMIT_FSIZE, &old);
        QVERIFY2(message.find("no space left") != std::string::npos, message.c_str());
        QCOMPARE(SafetensorsFile(dir / "w.safetensors").floats("w"), small);
        QCOMPARE(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 1);
    }
    void mutatedFilesOpenOrAreRefused()
    {
        const std::string valid = readFile(test::sourceDir() / "tests/reference/safetensors_golden.safetensors");
        Random random(20);
        static const std::vector<std::string> pieces{"\"", "{", "}", "[", "]", ",", ":", "0", "9", "-1", "1e9", "null",
            "\\u0000", "18446744073709551615", "9223372036854775807", "\"F32\"", "\"shape\"", "\xff", " ",
            std::string(1, '\0')};
        int opened = 0;
        int refused = 0;
        for (int i = 0; i < 5000; ++i) {
            std::string bytes = valid;
            for (uint64_t n = 1 + random.below(3); n > 0 && !bytes.empty(); --n) {
                const size_t at = random.below(random.chance(.9) ? std::min<size_t>(bytes.size(), 1300) : bytes.size());
                switch (random.below(5)) {
                case 0:
                    bytes[at] = char(random.below(256));
                    break;
                case 1:
                    bytes[at] = char(bytes[at] ^ (1 << random.below(8)));
                    break;
                case 2:
                    bytes.insert(at, random.choice(pieces));
                    break;
                case 3:
                    bytes.erase(at, 1 + random.below(8));
                    break;
                default:
                    bytes.resize(at);
                }
            }
            // With the length put right, the mutation reaches the parser behind the length check.
            if (random.chance(.7) && bytes.size() > 8 && bytes.find('}', 8) != std::string::npos) {
                const uint64_t length = std::min<uint64_t>(bytes.size() - 8, uint64_t(bytes.rfind("}}") + 2 - 8));
                std::memcpy(bytes.data(), &length, 8);
            }
            writeQuickly(bytes);
            try {
                const SafetensorsFile file(m_dir / "mutated.safetensors");
                for (const auto& [name, view] : file.tensors())
                    QCOMPARE(view.bytes.size(), size_t(view.elements()) * sizeOf(view.dtype));
                ++opened;
            } catch (const Error& e) {
                QVERIFY(std::string(e.what()).find("mutated.safetensors") != std::string::npos);
                ++refused;
            }
        }
        QVERIFY(opened > 20 && refused > 2000);
    }
    void opensTheSharedAnchors()
    {
        NEED_SHARED("models/clip-vit-b32-text-anchors");
        const SafetensorsFile file(test::sharedDir() / "models/clip-vit-b32-text-anchors/anchors.safetensors");
        const auto features = file.floats("text_features", {5431, 512});
        double norms = 0;
        for (size_t row = 0; row < 5431; ++row) {
            double squares = 0;
            for (size_t i = 0; i < 512; ++i)
                squares += double(features[row * 512 + i]) * double(features[row * 512 + i]);
            norms += std::sqrt(squares);
        }
        QVERIFY(std::abs(norms / 5431 - 10) < 2);
    }

private:
    void writeQuickly(const std::string& bytes)
    {
        std::ofstream(m_dir / "mutated.safetensors", std::ios::binary | std::ios::trunc) << bytes;
    }
};

QTEST_GUILESS_MAIN(TestSafetensors)
#include "tst_safetensors.moc"
