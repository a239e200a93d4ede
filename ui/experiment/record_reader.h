// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/json.h"

#include <QStringList>

#include <optional>
#include <string>
#include <vector>

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

/// A list of words; empty where there is none.
inline QStringList readTexts(const Json& object, const char* key)
{
    QStringList out;
    for (const std::string& text : readKey<std::vector<std::string>>(object, key).value_or(std::vector<std::string>()))
        out << QString::fromStdString(text);
    return out;
}

} // namespace clipscope
