// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz/mutation.h"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace clipscope::fuzz {

namespace {

constexpr std::array<uint64_t, 24> kEdges{0, 1, 2, 7, 8, 16, 64, 100, 127, 128, 255, 256, 1023, 4096, 32767, 65535,
    65536, 100'000'001, 0x7fffffff, 0x80000000, 0xffffffff, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff};

constexpr std::array<const char*, 24> kNumbers{"0", "-0", "-1", "1", "2", "3", "7", "10", "64", "100", "255", "1000",
    "65536", "2147483647", "-2147483649", "4294967296", "9223372036854775807", "18446744073709551615", "1e5", "1e-320",
    "1e308", "1e999", "0.1", "340282366920938463463374607431768211456"};

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

int hexadecimal(char c)
{
    if (isDigit(c))
        return c - '0';
    const char lower = char(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// The quoted word that begins after `at`.
std::string quotedWord(const std::string& line, size_t at)
{
    std::string word;
    while (at < line.size() && line[at] != '"') {
        if (line[at] != '\\') {
            word += line[at++];
        } else if (line.compare(at, 2, "\\x") == 0 && at + 3 < line.size() && hexadecimal(line[at + 2]) >= 0
            && hexadecimal(line[at + 3]) >= 0) {
            word += char(hexadecimal(line[at + 2]) * 16 + hexadecimal(line[at + 3]));
            at += 4;
        } else if (at + 1 < line.size() && (line[at + 1] == '\\' || line[at + 1] == '"')) {
            word += line[at + 1];
            at += 2;
        } else {
            break;
        }
    }
    if (at >= line.size() || line[at] != '"' || word.empty())
        throw std::runtime_error("no word of a dictionary: " + line);
    return word;
}

} // namespace

Mutator::Mutator(uint64_t seed, std::vector<std::string> dictionary, size_t mostBytes)
    : m_random(seed)
    , m_dictionary(std::move(dictionary))
    , m_mostBytes(mostBytes)
{
}

uint64_t Mutator::below(uint64_t bound)
{
    return bound == 0 ? 0 : m_random() % bound;
}

std::string Mutator::changed(const std::string& input, const std::string& other)
{
    std::string bytes = input;
    const uint64_t changes = uint64_t(1) << below(4);
    for (uint64_t i = 0; i < changes; ++i)
        changeOnce(bytes, other);
    if (bytes.size() > m_mostBytes)
        bytes.resize(m_mostBytes);
    return bytes;
}

std::string Mutator::blockOf(const std::string& bytes, size_t most)
{
    if (bytes.empty())
        return {};
    const size_t at = below(bytes.size());
    return bytes.substr(at, 1 + below(std::min(most, bytes.size() - at)));
}

/// Between other bytes, or in the place of as many.
void Mutator::putIn(std::string& bytes, const std::string& what)
{
    const size_t at = below(bytes.size() + 1);
    if (below(2) == 0)
        bytes.insert(at, what);
    else
        bytes.replace(at, std::min(what.size(), bytes.size() - at), what);
}

void Mutator::writeInteger(std::string& bytes)
{
    uint64_t value = kEdges[below(kEdges.size())] + below(3) - 1;
    std::string word;
    for (uint64_t n = uint64_t(1) << below(4); n > 0; --n, value >>= 8)
        word += char(value & 0xff);
    putIn(bytes, word);
}

void Mutator::writeDigits(std::string& bytes)
{
    const size_t at = bytes.find_first_of("0123456789", below(bytes.size() + 1));
    if (at == std::string::npos)
        return putIn(bytes, kNumbers[below(kNumbers.size())]);
    size_t end = at;
    while (end < bytes.size() && isDigit(bytes[end]))
        ++end;
    bytes.replace(at, end - at, kNumbers[below(kNumbers.size())]);
}

void Mutator::changeOnce(std::string& bytes, const std::string& other)
{
    switch (below(bytes.empty() ? 4 : 12)) {
    case 0:
        return putIn(bytes, m_dictionary.empty() ? "0" : m_dictionary[below(m_dictionary.size())]);
    case 1:
        return putIn(bytes, blockOf(other, 64));
    case 2:
        return writeInteger(bytes);
    case 3: // a run of one byte, now and then a long one
        return putIn(bytes, std::string(1 + below(below(16) == 0 ? 4096 : 16), char(below(256))));
    case 4:
        bytes[below(bytes.size())] ^= char(1U << below(8));
        return;
    case 5:
        bytes[below(bytes.size())] = char(below(256));
        return;
    case 6:
        bytes.erase(below(bytes.size()), 1 + below(below(4) == 0 ? bytes.size() : 8));
        return;
    case 7:
        return putIn(bytes, blockOf(bytes, 64));
    case 8: { // one block many times: depth, long lists, equal keys
        const std::string block = blockOf(bytes, 8);
        std::string run;
        for (uint64_t n = 1 + below(below(8) == 0 ? 512 : 8); n > 0; --n)
            run += block;
        return putIn(bytes, run);
    }
    case 9:
        return writeDigits(bytes);
    case 10: { // a head of this one and a tail of the other
        const size_t at = below(bytes.size());
        bytes.resize(at);
        bytes += other.substr(std::min(at, other.size()));
        return;
    }
    default: { // two blocks change places
        const size_t a = below(bytes.size());
        const size_t b = below(bytes.size());
        const size_t n = std::min<size_t>(1 + below(16), bytes.size() - std::max(a, b));
        if (std::max(a, b) - std::min(a, b) >= n)
            std::swap_ranges(bytes.begin() + std::ptrdiff_t(a), bytes.begin() + std::ptrdiff_t(a + n),
                bytes.begin() + std::ptrdiff_t(b));
        return;
    }
    }
}

std::vector<std::string> readDictionary(const std::string& text)
{
    std::vector<std::string> words;
    for (size_t from = 0; from < text.size();) {
        const size_t end = std::min(text.find('\n', from), text.size());
        const std::string line = text.substr(from, end - from);
        from = end + 1;
        if (line.empty() || line[0] == '#')
            continue;
        const size_t quote = line.find('"');
        if (quote == std::string::npos)
            throw std::runtime_error("no word of a dictionary: " + line);
        words.push_back(quotedWord(line, quote + 1));
    }
    return words;
}

} // namespace clipscope::fuzz
