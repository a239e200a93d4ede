// SPDX-License-Identifier: GPL-3.0-or-later
// Input: a whole pickle, and what the graph readers ask of each of its objects.
#include "fuzz/fuzz_input.h"
#include "graph/pickle_file_internal.h"

#include <set>

using namespace clipscope;
using namespace clipscope::fuzz;

namespace {

/// Objects may hold each other, also in a circle: each is looked at once.
void ask(const PickleValue& value, std::set<const PickleValue*>& seen, size_t inputBytes)
{
    if (!seen.insert(&value).second)
        return;
    accepted([&] {
        const std::vector<int64_t> integers = value.integers("a.x");
        require(value.kind != PickleValue::Kind::Array || integers.size() <= inputBytes,
            "an array has no more numbers than the file has bytes");
    });
    accepted([&] { value.floats("a.x"); });
    for (const PickleValue* item : value.items) {
        require(item != nullptr, "a list holds objects");
        ask(*item, seen, inputBytes);
    }
    for (const auto& [key, entry] : value.entries) {
        require(key && entry, "an entry has a key and a value");
        ask(*key, seen, inputBytes);
        ask(*entry, seen, inputBytes);
    }
    const PickleValue* shape = value.find("_shape");
    require(!shape || value.kind == PickleValue::Kind::Dict || value.kind == PickleValue::Kind::Object,
        "only what has entries finds one");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const std::string_view bytes = textOf(data, size);
    accepted([&] {
        const PickleFile file(bytes, "a.x");
        std::set<const PickleValue*> seen;
        ask(file.root(), seen, size);
        require(seen.size() <= size, "a pickle has no more objects than bytes");
    });
    return 0;
}
