// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/failed_imports.h"

#include "base/json.h"
#include "library/video_library.h"
#include "models/display_text.h"

#include <utility>

namespace clipscope {

namespace {
const char* const kSetting = "window.failedImports";
}

void FailedImports::add(const std::vector<FailedItem>& items)
{
    for (const FailedItem& item : items) {
        std::erase_if(m_items, [&](const FailedItem& old) { return old.path == item.path; });
        m_items.push_back(item);
        m_unsaved.push_back(item);
    }
}

void FailedImports::recovered(const std::filesystem::path& path)
{
    const QString text = displayPath(path);
    if (std::erase_if(m_items, [&](const FailedItem& item) { return item.path == text; }) > 0)
        m_unsaved.push_back({text, {}});
}

std::vector<std::filesystem::path> FailedImports::paths() const
{
    std::vector<std::filesystem::path> paths;
    for (const FailedItem& item : m_items)
        paths.push_back(toPath(item.path));
    return paths;
}

FailedImports FailedImports::load(const VideoLibrary& library)
{
    FailedImports failed;
    const std::optional<std::string> text = library.setting(kSetting);
    if (!text)
        return failed;
    try {
        for (const Json& row : parseJson(*text, kSetting)) {
            failed.m_items.push_back({QString::fromStdString(row.at("path").get<std::string>()),
                QString::fromStdString(row.at("reason").get<std::string>())});
        }
    } catch (const std::exception&) {
        failed.m_items.clear(); // a list of old failures is not worth failing over
    }
    return failed;
}

std::function<void(VideoLibrary&)> FailedImports::takeUnsaved()
{
    return [changes = std::exchange(m_unsaved, {})](VideoLibrary& library) {
        FailedImports stored = load(library);
        for (const FailedItem& change : changes) {
            if (change.reason.isEmpty())
                stored.recovered(toPath(change.path));
            else
                stored.add({change});
        }
        stored.save(library);
    };
}

void FailedImports::save(VideoLibrary& library) const
{
    Json rows = Json::array();
    for (const FailedItem& item : m_items)
        rows.push_back({{"path", item.path.toStdString()}, {"reason", item.reason.toStdString()}});
    library.setSetting(kSetting, rows.dump(-1, ' ', false, Json::error_handler_t::replace));
}

} // namespace clipscope
