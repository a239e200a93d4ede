// SPDX-License-Identifier: GPL-3.0-or-later
// A target with faults put into it on purpose: the ctests fuzz.driver.* prove that the driver sees each kind, and that
// coverage leads it to one that chance alone would need 2^32 inputs for.
#include "fuzz/fuzz_input.h"

#include <stdexcept>
#include <vector>

using namespace clipscope;
using namespace clipscope::fuzz;

namespace {

void meetFault(std::string_view text)
{
    // A branch for each letter, so that each one found is new ground.
    const auto letter = [&](size_t at) { return at < text.size() ? text[at] : '\0'; };
    if (letter(0) == 'd')
        if (letter(1) == 'e')
            if (letter(2) == 'e')
                if (letter(3) == 'p')
                    throw std::runtime_error("the hidden fault");
    if (text == "error")
        throw Error(ErrorKind::Input, "what a parser may say");
    require(text != "promise", "no input says so");
    if (text == "memory")
        std::vector<char>(size_t(1) << 40).front() = 1;
    for (volatile bool on = text == "hang"; on;) { }
    if (text == "crash")
        *static_cast<volatile int*>(nullptr) = 1;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    accepted([&] { meetFault(textOf(data, size)); });
    return 0;
}
