// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace clipscope {

/// One object of a pickle. Only data: nothing is ever called.
struct PickleValue {
    enum class Kind { None, Bool, Int, Float, Bytes, List, Dict, Name, Dtype, Array, Object };
    Kind kind = Kind::None;
    int64_t number = 0; ///< Bool, Int
    double real = 0; ///< Float
    std::string bytes; ///< Bytes; Name and Object: "module name"; Dtype: "<f4"; Array: its numbers, as `dtype` has them
    std::vector<PickleValue*> items; ///< List (and tuple)
    std::vector<std::pair<PickleValue*, PickleValue*>> entries; ///< Dict (and an Object's state)
    std::vector<int64_t> shape; ///< Array
    std::string dtype; ///< Array

    /// The entry under a word; null where there is none.
    const PickleValue* find(std::string_view key) const;
    /// An array's numbers, or a list's; throws Error(Input) when it is neither or they are no whole numbers.
    std::vector<int64_t> integers(const std::string& subject) const;
    std::vector<float> floats(const std::string& subject) const;
};

/// Reads Python's pickles of protocols 0 to 4 as far as they hold numbers, words, lists, dictionaries, NumPy arrays and
/// SciPy's csr_matrix (papers: Planetoid's files). A pickle is a program; this is a reader that knows a handful of its
/// instructions and eight names, runs nothing, and refuses the rest.
class PickleFile {
public:
    /// Throws Error(Input) naming `subject` for anything else, and for what is cut off or nests without end.
    PickleFile(std::string_view bytes, const std::string& subject);
    PickleFile(const PickleFile&) = delete;
    const PickleValue& root() const { return *m_root; }

private:
    friend class PickleMachine;
    std::deque<PickleValue> m_values;
    const PickleValue* m_root = nullptr;
};

} // namespace clipscope
