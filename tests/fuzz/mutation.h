// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace clipscope::fuzz {

/// Makes inputs from other inputs: bytes flipped, set, put in and taken out, blocks copied, repeated and spliced from
/// one input into another, integers at the edges of their types (little-endian and as digits), words of a dictionary.
/// The same seed and the same calls give the same inputs.
class Mutator {
public:
    Mutator(uint64_t seed, std::vector<std::string> dictionary, size_t mostBytes);
    /// Up to eight changes of `input`; `other` is what splices are taken from.
    std::string changed(const std::string& input, const std::string& other);
    uint64_t below(uint64_t bound);

private:
    void changeOnce(std::string& bytes, const std::string& other);
    void putIn(std::string& bytes, const std::string& what);
    void writeInteger(std::string& bytes);
    void writeDigits(std::string& bytes);
    std::string blockOf(const std::string& bytes, size_t most);

    std::mt19937_64 m_random;
    std::vector<std::string> m_dictionary;
    size_t m_mostBytes;
};

/// A dictionary as libFuzzer and AFL write it: a "word" or name="word" a line, with \\, \" and \xNN; # begins a remark.
/// Throws std::runtime_error naming the line.
std::vector<std::string> readDictionary(const std::string& text);

} // namespace clipscope::fuzz
