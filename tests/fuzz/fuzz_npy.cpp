// SPDX-License-Identifier: GPL-3.0-or-later
// Input: a whole .npy file. It is read as it is, and once more with the header's length put right, so that a change of
// the header's size does not end every run there.
#include "base/npy_file.h"
#include "fuzz/fuzz_input.h"

using namespace clipscope;
using namespace clipscope::fuzz;

namespace {

void parse(std::string_view bytes)
{
    accepted([&] {
        const NpyArray array = parseNpy(bytes, "a.npy");
        for (const int64_t n : array.shape)
            require(n >= 0, "a shape has no negative numbers");
        require(array.dataOffset <= bytes.size()
                && size_t(array.elements()) * array.bytesEach == bytes.size() - array.dataOffset,
            "an array has the bytes of its shape");
    });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    std::string bytes(textOf(data, size));
    parse(bytes);
    const size_t end = bytes.rfind('}');
    constexpr size_t kHeaderAt = 10;
    if (end == std::string::npos || end < kHeaderAt || end > 0xFFFF || bytes[6] != 1)
        return 0;
    const size_t length = end + 1 - kHeaderAt;
    bytes[8] = char(length & 0xFF);
    bytes[9] = char(length >> 8);
    parse(bytes);
    return 0;
}
