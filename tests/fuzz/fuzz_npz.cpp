// SPDX-License-Identifier: GPL-3.0-or-later
// Input: a whole .npz file.
#include "base/text.h"
#include "fuzz/fuzz_input.h"
#include "graph/npz_file_internal.h"

using namespace clipscope;
using namespace clipscope::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const std::string_view bytes = textOf(data, size);
    accepted([&] {
        for (const auto& [name, array] : readNpz(bytes, "a.npz")) {
            require(array.bytes.size() <= size && array.elements() >= 0, "an array lies in its file");
            const auto elements = size_t(array.elements());
            accepted([&] { require(array.integers(name).size() == elements, "an array has its shape's integers"); });
            accepted([&] { require(array.floats(name).size() == elements, "an array has its shape's numbers"); });
            accepted([&] {
                const std::vector<std::string> words = array.words(name);
                require(words.size() == elements, "an array has its shape's words");
                for (const std::string& word : words)
                    require(isValidUtf8(word), "a word is UTF-8");
            });
        }
    });
    return 0;
}
