// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace clipscope {

/// Calls each(number) with the numbers of an array as they are; `type` in NumPy's words. False for another type.
template <class Each> bool forNumbersOf(std::string_view type, std::string_view bytes, Each each)
{
    const auto all = [&]<class T>(T number) {
        for (size_t at = 0; at + sizeof(T) <= bytes.size(); at += sizeof(T)) {
            std::memcpy(&number, bytes.data() + at, sizeof(T));
            each(number);
        }
        return true;
    };
    if (type == "<i4")
        return all(int32_t());
    if (type == "<i8")
        return all(int64_t());
    if (type == "<f4")
        return all(float());
    if (type == "<f8")
        return all(double());
    if (type == "<i2")
        return all(int16_t());
    if (type == "|u1" || type == "|b1")
        return all(uint8_t());
    if (type == "|i1")
        return all(int8_t());
    return false;
}

} // namespace clipscope
