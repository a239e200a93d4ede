// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/json.h"

#include "base/error.h"
#include "base/files.h"

#include <set>
#include <vector>

namespace clipscope {

namespace {

/// Builds the document from the parser's events. nlohmann's own builder looks for each key among all others of an
/// ordered object, which takes the square of their number, and keeps the last of two equal keys; a file that says two
/// things is refused instead.
class DocumentBuilder : public nlohmann::json_sax<Json> {
public:
    DocumentBuilder(const std::string& subject, size_t maxDepth)
        : m_subject(subject)
        , m_maxDepth(maxDepth)
    {
    }

    Json take() { return std::move(m_root); }

    bool null() override { return put(nullptr); }
    bool boolean(bool value) override { return put(value); }
    bool number_integer(number_integer_t value) override { return put(value); }
    bool number_unsigned(number_unsigned_t value) override { return put(value); }
    bool number_float(number_float_t value, const string_t&) override { return put(value); }
    bool string(string_t& value) override { return put(std::move(value)); }
    bool binary(binary_t& value) override { return put(std::move(value)); }
    bool start_object(size_t) override { return open(Json::object()); }
    bool start_array(size_t) override { return open(Json::array()); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override
    {
        Level& level = m_levels.back();
        if (!level.keys.insert(name).second)
            refuse("JSON has the key \"" + name + "\" twice in one object");
        level.value->get_ref<Json::object_t&>().emplace_back(std::move(name), nullptr);
        return true;
    }
    bool parse_error(size_t, const std::string&, const nlohmann::detail::exception& e) override
    {
        std::string what = e.what();
        if (const size_t bracket = what.find("] "); bracket != std::string::npos)
            what = what.substr(bracket + 2);
        refuse("is not valid JSON (" + what + ")");
    }

private:
    /// An array or object that is not closed yet. Its place is fixed: what holds it grows only after it is closed.
    struct Level {
        Json* value;
        std::set<std::string> keys;
    };

    [[noreturn]] void refuse(const std::string& happened) const { throw Error(ErrorKind::Input, happened, m_subject); }
    Json& place(Json value)
    {
        if (m_levels.empty())
            return m_root = std::move(value);
        Json& into = *m_levels.back().value;
        if (into.is_object())
            return into.get_ref<Json::object_t&>().back().second = std::move(value);
        return into.get_ref<Json::array_t&>().emplace_back(std::move(value));
    }
    bool put(Json value)
    {
        place(std::move(value));
        return true;
    }
    bool open(Json value)
    {
        if (m_levels.size() >= m_maxDepth)
            refuse("JSON is nested deeper than " + std::to_string(m_maxDepth) + " levels");
        m_levels.push_back({&place(std::move(value)), {}});
        return true;
    }
    bool close()
    {
        m_levels.pop_back();
        return true;
    }

    const std::string& m_subject;
    size_t m_maxDepth;
    Json m_root;
    std::vector<Level> m_levels;
};

} // namespace

Json parseJson(std::string_view text, const std::string& subject, int maxDepth)
{
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    // Never a part of JSON, but nlohmann takes it for the end: what stands behind it would go unseen.
    if (const size_t nul = text.find('\0'); nul != std::string_view::npos)
        throw Error(ErrorKind::Input, "is not valid JSON (a NUL at byte " + std::to_string(nul) + ")", subject);
    DocumentBuilder builder(subject, size_t(maxDepth));
    Json::sax_parse(text, &builder);
    return builder.take();
}

Json readJsonFile(const std::filesystem::path& path, int64_t maxBytes)
{
    return parseJson(readFile(path, maxBytes), path.string());
}

} // namespace clipscope
