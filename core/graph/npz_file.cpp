// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph/npz_file_internal.h"

#include "base/error.h"
#include "base/npy_file.h"
#include "graph/typed_numbers_internal.h"

#include <algorithm>
#include <cstring>

namespace clipscope {

namespace {

constexpr uint32_t kMemberMagic = 0x04034B50; ///< of a member, "PK\3\4"
constexpr uint32_t kDirectoryMagic = 0x02014B50; ///< of its entry in the directory at the end
constexpr uint32_t kEndMagic = 0x06054B50;
constexpr size_t kEndBytes = 22, kEntryBytes = 46, kMemberBytes = 30, kMostComment = 65535;

[[noreturn]] void refuse(const std::string& happened, const std::string& subject)
{
    throw Error(ErrorKind::Input, happened, subject, "Save it again with numpy.savez.");
}

/// A little-endian number among bytes, or a refusal.
class Bytes {
public:
    Bytes(std::string_view bytes, const std::string& subject)
        : m_bytes(bytes)
        , m_subject(subject)
    {
    }
    template <class T> T number(size_t at) const
    {
        T out;
        std::memcpy(&out, part(at, sizeof(T)).data(), sizeof(T));
        return out;
    }
    std::string_view part(size_t at, size_t count) const
    {
        if (at > m_bytes.size() || count > m_bytes.size() - at)
            refuse("is no whole NumPy archive: it is cut off or damaged", m_subject);
        return m_bytes.substr(at, count);
    }
    size_t size() const { return m_bytes.size(); }

private:
    std::string_view m_bytes;
    const std::string& m_subject;
};

size_t endOfDirectory(const Bytes& bytes, const std::string& subject)
{
    for (size_t back = kEndBytes; back <= std::min(bytes.size(), kEndBytes + kMostComment); ++back)
        if (bytes.number<uint32_t>(bytes.size() - back) == kEndMagic)
            return bytes.size() - back;
    refuse("is no NumPy archive (.npz)", subject);
}

void appendUtf8(std::string& out, uint32_t letter)
{
    if (letter < 0x80) {
        out += char(letter);
    } else if (letter < 0x800) {
        out += char(0xC0 | letter >> 6);
        out += char(0x80 | (letter & 0x3F));
    } else if (letter < 0x10000) {
        out += char(0xE0 | letter >> 12);
        out += char(0x80 | (letter >> 6 & 0x3F));
        out += char(0x80 | (letter & 0x3F));
    } else {
        out += char(0xF0 | (letter >> 18 & 7));
        out += char(0x80 | (letter >> 12 & 0x3F));
        out += char(0x80 | (letter >> 6 & 0x3F));
        out += char(0x80 | (letter & 0x3F));
    }
}

} // namespace

int64_t NpzArray::elements() const
{
    int64_t out = 1;
    for (const int64_t side : shape)
        out *= side;
    return out;
}

std::vector<int64_t> NpzArray::integers(const std::string& subject) const
{
    std::vector<int64_t> out;
    if (type.find('f') != std::string::npos
        || !forNumbersOf(type, bytes, [&](auto number) { out.push_back(int64_t(number)); }))
        refuse("holds values of the type " + type + " where whole numbers belong", subject);
    return out;
}

std::vector<float> NpzArray::floats(const std::string& subject) const
{
    std::vector<float> out;
    if (!forNumbersOf(type, bytes, [&](auto number) { out.push_back(float(number)); }))
        refuse("holds values of the type " + type + " where numbers belong", subject);
    return out;
}

std::vector<std::string> NpzArray::words(const std::string& subject) const
{
    const auto count = size_t(elements());
    std::vector<std::string> out;
    if (!type.starts_with("<U") || count == 0) {
        if (count == 0)
            return out;
        refuse("holds values of the type " + type + " where words belong", subject);
    }
    const size_t letters = bytes.size() / count / 4;
    for (size_t i = 0; i < count; ++i) {
        std::string& word = out.emplace_back();
        for (size_t j = 0; j < letters; ++j) {
            uint32_t letter = 0;
            std::memcpy(&letter, bytes.data() + (i * letters + j) * 4, 4);
            if (letter == 0)
                break;
            appendUtf8(word, letter > 0x10FFFF || (letter >= 0xD800 && letter < 0xE000) ? 0xFFFD : letter);
        }
    }
    return out;
}

std::map<std::string, NpzArray> readNpz(std::string_view all, const std::string& subject)
{
    const Bytes bytes(all, subject);
    const size_t end = endOfDirectory(bytes, subject);
    const size_t members = bytes.number<uint16_t>(end + 10);
    size_t at = bytes.number<uint32_t>(end + 16);
    std::map<std::string, NpzArray> out;
    for (size_t i = 0; i < members; ++i) {
        if (bytes.number<uint32_t>(at) != kDirectoryMagic)
            refuse("is no whole NumPy archive: its list of members is damaged", subject);
        const auto method = bytes.number<uint16_t>(at + 10);
        const size_t packed = bytes.number<uint32_t>(at + 20), size = bytes.number<uint32_t>(at + 24);
        const size_t nameBytes = bytes.number<uint16_t>(at + 28), extra = bytes.number<uint16_t>(at + 30),
                     comment = bytes.number<uint16_t>(at + 32), member = bytes.number<uint32_t>(at + 42);
        std::string name(bytes.part(at + kEntryBytes, nameBytes));
        at += kEntryBytes + nameBytes + extra + comment;
        if (!name.ends_with(".npy"))
            continue;
        name.resize(name.size() - 4);
        if (method != 0)
            refuse("is compressed", subject);
        if (packed != size || bytes.number<uint32_t>(member) != kMemberMagic)
            refuse("is no whole NumPy archive: " + name + " is damaged", subject);
        const size_t data =
            member + kMemberBytes + bytes.number<uint16_t>(member + 26) + bytes.number<uint16_t>(member + 28);
        const std::string_view file = bytes.part(data, size);
        const NpyArray array = parseNpy(file, subject + ": " + name);
        out[name] = {array.type, array.shape, file.substr(array.dataOffset)};
    }
    return out;
}

} // namespace clipscope
