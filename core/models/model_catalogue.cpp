// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/model_catalogue.h"

#include "base/files.h"
#include "models/model_names_internal.h"

#include <algorithm>
#include <array>
#include <set>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr std::array kBackends{"clip", "bert", "starter"};
constexpr std::array kSpeeds{"fast", "medium", "slow"};
constexpr int64_t kMostBytes = int64_t(1) << 40;

class Reader {
public:
    explicit Reader(fs::path file)
        : m_file(std::move(file))
    {
    }

    CatalogueModel model(const Json& row) const
    {
        CatalogueModel out;
        out.name = text(row, "name", "a model");
        if (!isModelName(out.name))
            refuse("\"" + out.name + "\" is not a name for a model");
        out.title = text(row, "title", out.name);
        out.backend = text(row, "backend", out.name);
        out.licence = text(row, "licence", out.name);
        out.note = text(row, "note", out.name);
        out.speed = text(row, "speed", out.name);
        out.source = text(row, "source", out.name);
        out.bytes = number(row, "bytes", out.name, false);
        out.memoryBytes = number(row, "memoryBytes", out.name, false);
        out.shipped = row.contains("shipped") && row["shipped"].is_boolean() && row["shipped"].get<bool>();
        if (std::find(kBackends.begin(), kBackends.end(), out.backend) == kBackends.end())
            refuse(out.name + " has an unknown backend: " + out.backend);
        if (std::find(kSpeeds.begin(), kSpeeds.end(), out.speed) == kSpeeds.end())
            refuse(out.name + " has an unknown speed: " + out.speed);
        if (!row.contains("files") || !row["files"].is_array())
            refuse(out.name + " has no list of files");
        std::set<std::string> seen;
        for (const Json& entry : row["files"]) {
            out.files.push_back(file(entry, out.name));
            if (!seen.insert(out.files.back().name).second)
                refuse(out.name + " names " + out.files.back().name + " twice");
        }
        if (out.files.empty() && !out.shipped && out.backend != "starter")
            refuse(out.name + " has no files");
        return out;
    }

    [[noreturn]] void refuse(const std::string& what) const
    {
        throw Error(ErrorKind::Model, what, m_file.string(), "The list of models is damaged: install Clipscope again.");
    }

private:
    CatalogueFile file(const Json& entry, const std::string& model) const
    {
        CatalogueFile out;
        out.name = text(entry, "name", model);
        if (!isNameInsideModel(out.name))
            refuse(model + " names a file outside its folder: " + out.name);
        out.url = text(entry, "url", model);
        if (!out.url.starts_with("https://"))
            refuse(model + " has an address that is not https: " + out.url);
        out.bytes = number(entry, "bytes", model, true);
        if (!entry.contains("sha256") || !entry["sha256"].is_null())
            out.sha256 = text(entry, "sha256", model);
        const bool hexadecimal = out.sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
        if (!out.sha256.empty() && (out.sha256.size() != 64 || !hexadecimal))
            refuse(model + " has a wrong SHA-256 for " + out.name);
        return out;
    }
    std::string text(const Json& row, const char* key, const std::string& of) const
    {
        if (!row.is_object() || !row.contains(key) || !row[key].is_string())
            refuse(of + " has no \"" + key + "\"");
        return row[key].get<std::string>();
    }
    int64_t number(const Json& row, const char* key, const std::string& of, bool mayBeUnknown) const
    {
        if (mayBeUnknown && row.contains(key) && row[key].is_null())
            return 0;
        if (!row.contains(key) || !row[key].is_number_integer() || row[key] < 0 || row[key] > kMostBytes)
            refuse(of + " has no \"" + key + "\" in bytes");
        return row[key].get<int64_t>();
    }

    fs::path m_file;
};

} // namespace

bool isModelName(const std::string& name)
{
    const bool letters = std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-'
            || c == '_';
    });
    return letters && !name.empty() && name.size() <= 100 && name[0] != '.' && name[0] != '-';
}

bool isNameInsideModel(const std::string& name)
{
    if (name.empty() || name.back() == '/' || name == "clipscope.json" || name.ends_with(".part")
        || name.ends_with(".etag"))
        return false;
    for (size_t from = 0; from <= name.size();) {
        const size_t slash = std::min(name.find('/', from), name.size());
        if (!isModelName(name.substr(from, slash - from)))
            return false;
        from = slash + 1;
    }
    return true;
}

std::vector<CatalogueModel> readCatalogue()
{
    const fs::path file = resourceDir() / "models.json";
    const Reader reader(file);
    Json root;
    try {
        root = readJsonFile(file, 4 << 20);
    } catch (const Error& e) {
        reader.refuse(e.happened());
    }
    if (!root.is_object() || !root.contains("models") || !root["models"].is_array())
        reader.refuse("holds no list of models");
    std::vector<CatalogueModel> out;
    std::set<std::string> seen;
    for (const Json& row : root["models"]) {
        out.push_back(reader.model(row));
        if (!seen.insert(out.back().name).second)
            reader.refuse(out.back().name + " is there twice");
    }
    return out;
}

} // namespace clipscope
