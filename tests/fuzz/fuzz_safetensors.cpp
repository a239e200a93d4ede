// SPDX-License-Identifier: GPL-3.0-or-later
// Input: a whole .safetensors file. It is read as it is, and once more with the header's length put right, so that a
// change of the header's size does not end every run at the length check.
#include "fuzz/fuzz_input.h"
#include "models/safetensors.h"

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
    openSafetensors(textOf(data, size), open);
    return 0;
}
