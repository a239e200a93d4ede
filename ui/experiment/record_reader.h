// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/json.h"

#include <optional>

namespace clipscope {

/// The value of a key of a run's record. A record may come from a file that somebody else has written: what is missing
/// or of another type counts as absent.
template <class Value> std::optional<Value> readKey(const Json& object, const char* key)
{
    const auto found = object.is_object() ? object.find(key) : object.end();
    if (!object.is_object() || found == object.end() || found->is_null())
        return {};
    try {
        return found->template get<Value>();
    } catch (const Json::exception&) {
        return {};
    }
}

} // namespace clipscope
