// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/npy_file.h"

#include "base/error.h"

#include <charconv>
#include <functional>
#include <map>
#include <optional>

namespace clipscope {

namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kMostHeaderBytes = 64 << 10; ///< NumPy itself reads 10,000
constexpr size_t kMostDimensions = 32;
constexpr int kMostLetters = 1 << 20;

/// The header is a Python dictionary: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
class HeaderReader {
public:
    HeaderReader(std::string_view text, const std::string& subject)
        : m_rest(text)
        , m_subject(subject)
    {
    }

    NpyArray read()
    {
        NpyArray out;
        bool hasType = false, hasOrder = false, hasShape = false;
        need('{');
        while (!take('}')) {
            const std::string key = quoted();
            need(':');
            if (key == "descr" && !hasType) {
                hasType = true;
                readType(out);
            } else if (key == "fortran_order" && !hasOrder) {
                hasOrder = true;
                if (isTrue())
                    refuse("is stored by columns (Fortran order)",
                        "Save it with numpy.save(FILE, numpy.ascontiguousarray(a)).");
            } else if (key == "shape" && !hasShape) {
                hasShape = true;
                out.shape = shape();
            } else {
                broken();
            }
            if (!take(',')) {
                need('}');
                break;
            }
        }
        skipBlanks();
        if (!m_rest.empty() || !hasType || !hasOrder || !hasShape)
            broken();
        return out;
    }

private:
    [[noreturn]] void refuse(const std::string& happened, const std::string& remedy) const
    {
        throw Error(ErrorKind::Input, happened, m_subject, remedy);
    }
    [[noreturn]] void broken() const
    {
        refuse("is no NumPy file: its header is damaged", "Save it again with numpy.save.");
    }

    void skipBlanks()
    {
        while (!m_rest.empty() && (m_rest.front() == ' ' || m_rest.front() == '\n'))
            m_rest.remove_prefix(1);
    }
    bool take(char c)
    {
        skipBlanks();
        if (m_rest.empty() || m_rest.front() != c)
            return false;
        m_rest.remove_prefix(1);
        return true;
    }
    void need(char c)
    {
        if (!take(c))
            broken();
    }
    bool takeWord(std::string_view word)
    {
        skipBlanks();
        if (!m_rest.starts_with(word))
            return false;
        m_rest.remove_prefix(word.size());
        return true;
    }
    std::string quoted()
    {
        const char quote = take('\'') ? '\'' : '"';
        if (quote == '"')
            need('"');
        const size_t end = m_rest.find(quote);
        if (end == std::string_view::npos)
            broken();
        std::string out(m_rest.substr(0, end));
        m_rest.remove_prefix(end + 1);
        return out;
    }
    bool isTrue()
    {
        if (takeWord("True"))
            return true;
        if (!takeWord("False"))
            broken();
        return false;
    }
    void readType(NpyArray& out)
    {
        skipBlanks();
        if (m_rest.starts_with('['))
            refuse("holds structures, not numbers", "Save the array of numbers alone.");
        out.type = quoted();
        if (out.type.find('O') != std::string::npos)
            refuse("holds Python objects, which are programs", "Save numbers: a.astype(numpy.float32).");
        if (out.type.starts_with('='))
            out.type[0] = '<';
        static const std::map<std::string, size_t, std::less<>> numbers = {{"<f2", 2}, {"<f4", 4}, {"<f8", 8},
            {"|i1", 1}, {"<i2", 2}, {"<i4", 4}, {"<i8", 8}, {"|u1", 1}, {"<u2", 2}, {"<u4", 4}, {"<u8", 8}, {"|b1", 1}};
        if (const auto found = numbers.find(out.type); found != numbers.end()) {
            out.bytesEach = found->second;
            return;
        }
        int length = 0;
        const char* end = out.type.data() + out.type.size();
        const bool isWord = (out.type.starts_with("<U") || out.type.starts_with("|S"))
            && std::from_chars(out.type.data() + 2, end, length).ptr == end && length >= 1 && length <= kMostLetters;
        if (!isWord)
            refuse(
                "holds numbers of the type \"" + out.type + "\"", "Save it as little-endian floats: a.astype('<f4').");
        out.bytesEach = size_t(length) * (out.type[1] == 'U' ? 4 : 1);
    }
    std::vector<int64_t> shape()
    {
        std::vector<int64_t> out;
        need('(');
        while (!take(')')) {
            if (out.size() == kMostDimensions)
                broken();
            out.push_back(number());
            if (!take(',')) {
                need(')');
                break;
            }
        }
        return out;
    }
    int64_t number()
    {
        skipBlanks();
        int64_t value = 0;
        size_t digits = 0;
        for (; digits < m_rest.size() && m_rest[digits] >= '0' && m_rest[digits] <= '9'; ++digits)
            if (__builtin_mul_overflow(value, 10, &value)
                || __builtin_add_overflow(value, m_rest[digits] - '0', &value))
                broken();
        if (digits == 0)
            broken();
        m_rest.remove_prefix(digits);
        return value;
    }

    std::string_view m_rest;
    const std::string& m_subject;
};

/// elements * bytes a number; nothing where that overflows.
std::optional<uint64_t> dataBytes(const NpyArray& array)
{
    uint64_t bytes = array.bytesEach;
    for (const int64_t n : array.shape)
        if (__builtin_mul_overflow(bytes, uint64_t(n), &bytes))
            return {};
    return bytes;
}

} // namespace

int64_t NpyArray::elements() const
{
    int64_t n = 1;
    for (const int64_t size : shape)
        n *= size;
    return n;
}

bool isNpy(std::string_view bytes)
{
    return bytes.starts_with(kMagic);
}

NpyArray parseNpy(std::string_view bytes, const std::string& subject)
{
    const auto refuse = [&](const std::string& happened) {
        throw Error(ErrorKind::Input, happened, subject, "Save it again with numpy.save.");
    };
    if (!isNpy(bytes))
        refuse("is no NumPy file");
    constexpr size_t kVersionAt = kMagic.size(), kLengthAt = kVersionAt + 2;
    const size_t lengthBytes = bytes.size() > kVersionAt && bytes[kVersionAt] == 1 ? 2 : 4;
    if (bytes.size() < kLengthAt + lengthBytes)
        refuse("is cut off within its header");
    if (bytes[kVersionAt] < 1 || bytes[kVersionAt] > 3)
        refuse("is a NumPy file of an unknown version");
    size_t length = 0;
    for (size_t i = lengthBytes; i-- > 0;)
        length = length << 8 | static_cast<unsigned char>(bytes[kLengthAt + i]);
    const size_t headerAt = kLengthAt + lengthBytes;
    if (length > kMostHeaderBytes)
        refuse("says that its header has " + std::to_string(length) + " bytes");
    if (length > bytes.size() - headerAt)
        refuse("is cut off within its header");
    NpyArray out = HeaderReader(bytes.substr(headerAt, length), subject).read();
    out.dataOffset = headerAt + length;
    const std::optional<uint64_t> wanted = dataBytes(out);
    const uint64_t there = bytes.size() - out.dataOffset;
    if (!wanted || *wanted != there)
        refuse("has " + std::to_string(there) + " bytes of numbers where its shape asks for "
            + (wanted ? std::to_string(*wanted) : std::string("more than there can be")));
    return out;
}

} // namespace clipscope
