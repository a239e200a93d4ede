// SPDX-License-Identifier: GPL-3.0-or-later
// Input: a whole .safetensors file. It is read as it is, and once more with the header's length put right, so that a
// change of the header's size does not end every run at the length check.
#include "fuzz/fuzz_input.h"
#include "models/safetensors.h"

#include <cstring>

using namespace clipscope;
using namespace clipscope::fuzz;

namespace {

void open(const std::filesystem::path& path)
{
    const SafetensorsFile file(path);
    for (const auto& [name, view] : file.tensors()) {
        require(view.elements() >= 0 && view.bytes.size() == size_t(view.elements()) * sizeOf(view.dtype),
            "a tensor has the bytes of its shape");
        require(&file.tensor(name, view.shape) == &view, "a tensor is found by its name and shape");
        accepted([&] { require(file.floats(name).size() == size_t(view.elements()), "as many floats as elements"); });
    }
    accepted([&] { (void)file.tensor("no such tensor"); });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    static MemoryFile file;
    std::string bytes(textOf(data, size));
    file.set(bytes);
    accepted([] { open(file.path()); });
    const size_t end = bytes.rfind('}');
    if (size < 8 || end == std::string::npos || end < 8)
        return 0;
    const uint64_t length = end + 1 - 8;
    if (std::memcmp(bytes.data(), &length, sizeof length) == 0)
        return 0;
    std::memcpy(bytes.data(), &length, sizeof length);
    file.set(bytes);
    accepted([] { open(file.path()); });
    return 0;
}
