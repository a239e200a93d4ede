// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/json.h"

#include "base/error.h"
#include "base/files.h"

#include <set>
#include <vector>

namespace clipscope {

Json parseJson(std::string_view text, const std::string& subject, int maxDepth)
{
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    // nlohmann keeps the last of two equal keys; a file that says two things is refused instead.
    std::vector<std::set<std::string>> keys;
    auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
        if (depth > maxDepth)
            throw Error(ErrorKind::Input, "JSON is nested deeper than " + std::to_string(maxDepth) + " levels", subject);
        if (event == Json::parse_event_t::object_start)
            keys.emplace_back();
        else if (event == Json::parse_event_t::object_end)
            keys.pop_back();
        else if (event == Json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second)
            throw Error(ErrorKind::Input, "JSON has the key \"" + value.get<std::string>() + "\" twice in one object", subject);
        return true;
    };
    try {
        return Json::parse(text, watch);
    } catch (const Json::exception& e) {
        std::string what = e.what();
        if (const size_t colon = what.find("] "); colon != std::string::npos)
            what = what.substr(colon + 2);
        throw Error(ErrorKind::Input, "is not valid JSON (" + what + ")", subject);
    }
}

Json readJsonFile(const std::filesystem::path& path, int64_t maxBytes)
{
    return parseJson(readFile(path, maxBytes), path.string());
}

} // namespace clipscope
