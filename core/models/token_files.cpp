// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/token_files_internal.h"

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/text.h"

#include <limits>
#include <optional>
#include <string_view>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr int64_t kMaxBytes = int64_t(1) << 28;
constexpr const char* kRemedy = "The file is damaged or belongs to another kind of model: fetch the model again.";

[[noreturn]] void refuse(const std::string& why, const fs::path& path)
{
    throw Error(ErrorKind::Model, why, path.string(), kRemedy);
}

std::string inQuotes(std::string_view token)
{
    std::string quoted(1, '"');
    quoted += validUtf8(token.substr(0, 100));
    return quoted += token.size() > 100 ? "...\"" : "\"";
}

std::string readText(const fs::path& path)
{
    std::string text;
    try {
        text = readFile(path, kMaxBytes);
    } catch (const Error& e) {
        throw Error(ErrorKind::Model, e.happened(), path.string(), e.remedy());
    }
    if (!isValidUtf8(text))
        refuse("is not UTF-8 text", path);
    if (text.starts_with("\xEF\xBB\xBF"))
        text.erase(0, 3);
    return text;
}

/// Calls line(text, number from 1) without line ends; what follows the last line end counts when it is not empty.
template <class Line> void forEachLine(std::string_view text, Line&& line)
{
    for (int64_t number = 1; !text.empty(); ++number) {
        const size_t end = text.find('\n');
        std::string_view one = text.substr(0, end);
        if (one.ends_with('\r'))
            one.remove_suffix(1);
        line(one, number);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
}

/// A flat object of numbers as a stream of events: a document tree of an ordered object would search all its keys at
/// each of 49,408 insertions.
class VocabularyReader : public nlohmann::json_sax<nlohmann::json> {
public:
    VocabularyReader(TokenIds& ids, const fs::path& path)
        : m_ids(ids)
        , m_path(path)
    {
    }
    bool null() override { return unexpected(); }
    bool boolean(bool) override { return unexpected(); }
    bool number_integer(number_integer_t) override { return unexpected(); }
    bool number_float(number_float_t, const string_t&) override { return unexpected(); }
    bool string(string_t&) override { return unexpected(); }
    bool binary(binary_t&) override { return unexpected(); }
    bool start_array(size_t) override { return unexpected(); }
    bool end_array() override { return unexpected(); }
    bool start_object(size_t) override { return std::exchange(m_inside, true) ? unexpected() : true; }
    bool end_object() override { return true; }
    bool key(string_t& token) override
    {
        m_token = token;
        return true;
    }
    bool number_unsigned(number_unsigned_t id) override
    {
        if (!m_inside || id > number_unsigned_t(std::numeric_limits<int32_t>::max()))
            return unexpected();
        if (!m_ids.emplace(m_token, int32_t(id)).second)
            refuse("names the token " + inQuotes(m_token) + " twice", m_path);
        return true;
    }
    bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception&) override
    {
        refuse("is not valid JSON at byte " + std::to_string(position), m_path);
    }

private:
    bool unexpected() const
    {
        if (!m_inside)
            refuse("is not a JSON object of tokens and ids", m_path);
        refuse("gives the token " + inQuotes(m_token) + " no whole number as its id", m_path);
    }

    TokenIds& m_ids;
    const fs::path& m_path;
    bool m_inside = false;
    std::string m_token;
};

void checkIds(const TokenIds& ids, const fs::path& path)
{
    if (ids.empty())
        refuse("holds no tokens", path);
    std::vector<const std::string*> owners(ids.size());
    for (const auto& [token, id] : ids) {
        if (size_t(id) >= owners.size())
            continue;
        const std::string*& owner = owners[size_t(id)];
        if (owner)
            refuse("gives the id " + std::to_string(id) + " to two tokens, " + inQuotes(std::min(*owner, token))
                    + " and " + inQuotes(std::max(*owner, token)),
                path);
        owner = &token;
    }
    for (size_t id = 0; id < owners.size(); ++id) {
        if (!owners[id])
            refuse(
                "has " + std::to_string(owners.size()) + " tokens, but none with the id " + std::to_string(id), path);
    }
}

} // namespace

TokenIds readVocabularyJson(const fs::path& path)
{
    const std::string text = readText(path);
    // Never a part of JSON, but nlohmann takes it for the end: tokens behind it would go unseen.
    if (const size_t nul = text.find('\0'); nul != std::string::npos)
        refuse("is not valid JSON at byte " + std::to_string(nul), path);
    TokenIds ids;
    VocabularyReader reader(ids, path);
    nlohmann::json::sax_parse(text, &reader);
    checkIds(ids, path);
    return ids;
}

TokenIds readVocabularyLines(const fs::path& path)
{
    const std::string text = readText(path);
    TokenIds ids;
    forEachLine(text, [&](std::string_view line, int64_t number) {
        if (line.empty())
            refuse("has no token in line " + std::to_string(number), path);
        if (!ids.emplace(line, int32_t(number - 1)).second)
            refuse("names the token " + inQuotes(line) + " twice, again in line " + std::to_string(number), path);
    });
    if (ids.empty())
        refuse("holds no tokens", path);
    return ids;
}

std::vector<std::pair<std::string, std::string>> readMerges(const fs::path& path)
{
    const std::string text = readText(path);
    std::vector<std::pair<std::string, std::string>> merges;
    forEachLine(text, [&](std::string_view line, int64_t number) {
        if (line.empty() || (number == 1 && line.find("#version") != std::string_view::npos))
            return;
        const size_t space = line.find(' ');
        if (space == 0 || space == std::string_view::npos || space + 1 == line.size()
            || line.find(' ', space + 1) != std::string_view::npos)
            refuse("has no two tokens in line " + std::to_string(number) + " (" + inQuotes(line) + ")", path);
        merges.emplace_back(line.substr(0, space), line.substr(space + 1));
    });
    return merges;
}

} // namespace clipscope
