// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/model_catalogue.h"

#include "base/files.h"
#include "models/file_hashes_internal.h"
#include "models/model_names_internal.h"

#include <algorithm>
#include <array>
#include <map>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr int64_t kMostConfigBytes = 16 << 20;

std::string textOf(const Json& object, const char* key)
{
    const auto at = object.find(key);
    return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

/// By what the maker of the folder says, else by the configuration.
std::string backendOf(const Json& clipscope, const Json& config, bool openClip)
{
    const std::string named = textOf(clipscope, "backend");
    if (named == "clip" || named == "bert" || named == "starter")
        return named;
    const std::string type = textOf(config, "model_type");
    if (openClip || type == "clip" || (config.contains("vision_config") && config.contains("text_config")))
        return "clip";
    if (type == "clipscope-starter")
        return "starter";
    return type == "bert" ? type : std::string();
}

Json readObject(const fs::path& file)
{
    try {
        Json out = readJsonFile(file, kMostConfigBytes);
        if (out.is_object())
            return out;
    } catch (const Error& e) {
        throw Error(ErrorKind::Model, e.happened(), file.string(), e.remedy());
    }
    throw Error(ErrorKind::Model, "is not a JSON object", file.string());
}

fs::path shippedHome()
{
    return resourceDir() / "models";
}

/// The folder of a name, the user's own before the shipped one; empty when there is none.
fs::path folderOfName(const std::string& name)
{
    std::error_code ignored;
    for (const fs::path& home : {modelsHome(), shippedHome()})
        if (fs::is_directory(home / name, ignored))
            return home / name;
    return {};
}

/// Names of the folders in `home`, without those that are still being installed.
std::vector<std::string> foldersIn(const fs::path& home)
{
    std::vector<std::string> out;
    std::error_code fault;
    for (fs::directory_iterator at(home, fault), end; !fault && at != end; at.increment(fault)) {
        std::error_code ignored;
        const std::string name = at->path().filename().string();
        if (isModelName(name) && at->is_directory(ignored))
            out.push_back(name);
    }
    std::sort(out.begin(), out.end());
    return out;
}

[[noreturn]] void throwNotThere(const std::string& name)
{
    const std::vector<CatalogueModel> catalogue = readCatalogue();
    const auto known = std::find_if(
        catalogue.begin(), catalogue.end(), [&](const CatalogueModel& model) { return model.name == name; });
    if (known != catalogue.end() && known->shipped)
        throw Error(ErrorKind::Model, "comes with Clipscope, but is not in " + shippedHome().string(), name,
            "Install Clipscope again.");
    if (known != catalogue.end())
        throw Error(ErrorKind::Model, "is not installed", name, "Run: clipscope-cli models install " + name);
    std::vector<std::string> names;
    for (const CatalogueModel& model : catalogue)
        names.push_back(model.name);
    for (const std::string& folder : foldersIn(modelsHome()))
        if (std::find(names.begin(), names.end(), folder) == names.end())
            names.push_back(folder);
    std::string list;
    for (const std::string& each : names)
        list += (list.empty() ? "" : ", ") + each;
    throw Error(ErrorKind::Model, "is not a known model", name, "Known are " + list + "; or give a model's folder.");
}

} // namespace

ModelFolder readModelFolder(const std::string& name, const fs::path& folder)
{
    ModelFolder out;
    out.name = name;
    out.path = folder;
    out.clipscope = Json::object();
    std::error_code ignored;
    const bool openClip = !fs::exists(folder / "config.json", ignored);
    const fs::path config = folder / (openClip ? "open_clip_config.json" : "config.json");
    if (openClip && !fs::exists(config, ignored))
        throw Error(ErrorKind::Model, "is not a model folder: it has no config.json", folder.string(),
            "Give the folder that holds config.json and model.safetensors.");
    out.config = readObject(config);
    if (fs::exists(folder / "clipscope.json", ignored))
        out.clipscope = readObject(folder / "clipscope.json");
    for (const char* key : {"title", "note", "languages", "licence", "source"})
        if (out.clipscope.contains(key) && !out.clipscope[key].is_string())
            throw Error(
                ErrorKind::Model, std::string("\"") + key + "\" is not a text", (folder / "clipscope.json").string());
    out.backend = backendOf(out.clipscope, out.config, openClip);
    if (out.backend.empty())
        throw Error(ErrorKind::Model, "is a model of an unknown kind: " + textOf(out.config, "model_type"),
            config.string(), "Clipscope opens CLIP, OpenCLIP and BERT folders.");
    out.hash = hashOfModel(folder);
    return out;
}

std::vector<ModelFolder> installedModels()
{
    std::vector<ModelFolder> out;
    const std::vector<std::string> own = foldersIn(modelsHome());
    const auto add = [&](const fs::path& home, const std::string& name) {
        try {
            out.push_back(readModelFolder(name, home / name));
        } catch (const Error&) {
            // Not a model: findModel() says why to whoever asks for it by name.
        }
    };
    for (const std::string& name : foldersIn(shippedHome()))
        if (!std::binary_search(own.begin(), own.end(), name))
            add(shippedHome(), name);
    for (const std::string& name : own)
        add(modelsHome(), name);
    return out;
}

ModelFolder findModel(const std::string& nameOrFolder)
{
    const bool isName = isModelName(nameOrFolder);
    const fs::path named = isName ? folderOfName(nameOrFolder) : fs::path();
    if (!named.empty())
        return readModelFolder(nameOrFolder, named);
    std::error_code ignored;
    if (!nameOrFolder.empty() && fs::is_directory(nameOrFolder, ignored)) {
        const fs::path folder = fs::absolute(nameOrFolder).lexically_normal();
        // "folder/" ends with an empty name.
        const fs::path last = folder.has_filename() ? folder.filename() : folder.parent_path().filename();
        return readModelFolder(last.string(), folder);
    }
    if (isName)
        throwNotThere(nameOrFolder);
    throw Error(ErrorKind::Model, "is not a folder", nameOrFolder, "Give a model's name or its folder.");
}

std::optional<ModelFolder> findInstalled(const std::string& name)
{
    const fs::path folder = isModelName(name) ? folderOfName(name) : fs::path();
    if (folder.empty())
        return std::nullopt;
    try {
        return readModelFolder(name, folder);
    } catch (const Error&) {
        return std::nullopt;
    }
}

} // namespace clipscope
