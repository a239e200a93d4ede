// SPDX-License-Identifier: GPL-3.0-or-later
#include "shell/settings.h"

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"

#include <algorithm>

namespace clipscope {

namespace {
constexpr size_t kRecent = 8;
constexpr int64_t kMostThreads = 1024;
constexpr int64_t kMostSteps = 1000;

std::string textOf(const Json& json, const char* key, const std::string& fallback = {})
{
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : fallback;
}
QStringList textsOf(const Json& list)
{
    QStringList texts;
    for (const Json& text : list)
        if (text.is_string())
            texts << QString::fromStdString(text.get<std::string>());
    return texts;
}
bool flagOf(const Json& json, const char* key, bool fallback)
{
    const auto found = json.find(key);
    return found != json.end() && found->is_boolean() ? found->get<bool>() : fallback;
}
} // namespace

std::filesystem::path Settings::defaultFile()
{
    return configHome() / "window.json";
}

Settings Settings::load(const std::filesystem::path& file)
{
    Settings settings;
    settings.file = file;
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored))
        return settings;
    try {
        const Json json = readJsonFile(file, 1 << 20);
        if (!json.is_object())
            return settings;
        settings.theme = parseThemeChoice(QString::fromStdString(textOf(json, "theme")));
        settings.geometry = QByteArray::fromBase64(QByteArray::fromStdString(textOf(json, "geometry")));
        settings.splitter = QByteArray::fromBase64(QByteArray::fromStdString(textOf(json, "splitter")));
        settings.page = QString::fromStdString(textOf(json, "page"));
        if (const auto layouts = json.find("pageLayouts"); layouts != json.end() && layouts->is_object()) {
            for (const auto& [id, state] : layouts->items())
                settings.pageLayouts[QString::fromStdString(id)] =
                    QByteArray::fromBase64(QByteArray::fromStdString(textOf(*layouts, id.c_str())));
        }
        if (const auto shortcuts = json.find("shortcuts"); shortcuts != json.end() && shortcuts->is_object()) {
            for (const auto& [id, keys] : shortcuts->items())
                if (keys.is_array())
                    settings.shortcuts[QString::fromStdString(id)] = textsOf(keys);
        }
        if (const auto lessons = json.find("lessons"); lessons != json.end() && lessons->is_object()) {
            for (const auto& [id, step] : lessons->items())
                if (step.is_number_integer())
                    settings.lessons[QString::fromStdString(id)] =
                        int(std::clamp<int64_t>(step.get<int64_t>(), 0, kMostSteps));
        }
        settings.matchBy = QString::fromStdString(textOf(json, "matchBy", "both"));
        if (const auto threads = json.find("workThreads"); threads != json.end() && threads->is_number_integer())
            settings.workThreads = int(std::clamp<int64_t>(threads->get<int64_t>(), 0, kMostThreads));
        settings.lowPriority = flagOf(json, "lowPriority", settings.lowPriority);
        settings.pauseOnBattery = flagOf(json, "pauseOnBattery", settings.pauseOnBattery);
        if (const auto recent = json.find("recentLibraries"); recent != json.end() && recent->is_array()) {
            for (const Json& library : *recent) {
                if (library.is_string() && settings.recentLibraries.size() < kRecent)
                    settings.recentLibraries.emplace_back(library.get<std::string>());
            }
        }
    } catch (const Error&) {
        // A window that forgets its place is better than one that does not open.
    }
    return settings;
}

std::string Settings::toText() const
{
    Json recent = Json::array();
    for (const auto& library : recentLibraries)
        recent.push_back(library.string());
    Json layouts = Json::object(), keys = Json::object(), steps = Json::object();
    for (const auto& [id, step] : lessons)
        steps[id.toStdString()] = step;
    for (const auto& [id, state] : pageLayouts)
        layouts[id.toStdString()] = state.toBase64().toStdString();
    for (const auto& [id, sequences] : shortcuts) {
        Json& list = keys[id.toStdString()] = Json::array();
        for (const QString& sequence : sequences)
            list.push_back(sequence.toStdString());
    }
    const Json json = {{"theme", nameOf(theme).toStdString()}, {"recentLibraries", recent},
        {"geometry", geometry.toBase64().toStdString()}, {"splitter", splitter.toBase64().toStdString()},
        {"page", page.toStdString()}, {"pageLayouts", layouts}, {"shortcuts", keys}, {"lessons", steps},
        {"matchBy", matchBy.toStdString()}, {"workThreads", workThreads}, {"lowPriority", lowPriority},
        {"pauseOnBattery", pauseOnBattery}};
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void Settings::save() const
{
    if (file.empty())
        return;
    std::error_code ignored;
    std::filesystem::create_directories(file.parent_path(), ignored);
    writeFileAtomically(file, toText());
}

void Settings::addRecent(const std::filesystem::path& library)
{
    std::erase(recentLibraries, library);
    recentLibraries.insert(recentLibraries.begin(), library);
    if (recentLibraries.size() > kRecent)
        recentLibraries.resize(kRecent);
}

} // namespace clipscope
