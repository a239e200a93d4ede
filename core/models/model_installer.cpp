// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/model_catalogue.h"

#include "base/disk_steps.h"
#include "base/files.h"
#include "base/text.h"
#include "models/file_download_internal.h"
#include "models/file_hashes_internal.h"
#include "models/install_folder_internal.h"
#include "models/model_names_internal.h"
#include "models/safetensors.h"
#include "models/starter_installer.h"

#include <algorithm>
#include <cerrno>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

enum class SourceKind { Hub, Mirror, Folder };

/// Where the files come from, as the user said it.
struct Source {
    SourceKind kind = SourceKind::Hub;
    std::string text; ///< the mirror's address or the folder, without a slash at the end

    static Source parse(const std::string& given)
    {
        std::string text = given;
        while (text.size() > 1 && text.back() == '/')
            text.pop_back();
        if (text.empty())
            return {};
        if (text.starts_with("http://") || text.starts_with("https://")) {
            if (hostOf(text).empty())
                throw Error(ErrorKind::Input, "is not an address", withoutLogin(text));
            return {SourceKind::Mirror, text};
        }
        std::error_code ignored;
        if (!fs::is_directory(text, ignored))
            throw Error(ErrorKind::Input, "is neither a folder nor an http:// or https:// address", text,
                "Name the folder or the mirror that holds the model's files.");
        return {SourceKind::Folder, fs::absolute(text).string()};
    }
};

/// The file of a catalogue model as far as it is known here: the length becomes known when the server tells it.
struct Item {
    const CatalogueFile* file;
    int64_t bytes; ///< 0: not known yet
    std::string sha256; ///< found when it was checked
};

class Installer {
public:
    Installer(const CatalogueModel& model, const Source& source, const JobContext& context)
        : m_model(model)
        , m_source(source)
        , m_context(context)
        , m_folder(modelsHome(), model.name)
    {
        for (const CatalogueFile& file : model.files)
            m_items.push_back({&file, file.bytes, {}});
    }

    void run()
    {
        m_context.onceThereIsSpace([this] { needRoom(); });
        for (Item& item : m_items) {
            m_context.onceThereIsSpace([&] { bring(item); });
            m_doneBefore += item.bytes;
        }
        m_context.progress(m_doneBefore, m_doneBefore, "installing");
        std::vector<std::string> names;
        for (const Item& item : m_items)
            names.push_back(item.file->name);
        m_folder.keepOnly(names);
        m_context.onceThereIsSpace([this] { writeRecord(); });
        // Only what no checksum has vouched for can lack a tensor here.
        if (!allChecksumsKnown()) {
            const std::vector<std::string> findings =
                structureFindings(readModelFolder(m_model.name, m_folder.staging()), m_context);
            if (!findings.empty())
                throw Error(ErrorKind::Model, "is not the model that was expected: " + findings[0], m_model.name,
                    anotherSource());
        }
        m_folder.appear();
        FileHashes hashes;
        for (const Item& item : m_items)
            hashes.remember(m_folder.target() / item.file->name, item.sha256);
    }

private:
    std::string subject(const Item& item) const { return m_model.name + "/" + item.file->name; }
    fs::path placeOf(const Item& item) const { return m_folder.staging() / item.file->name; }
    bool allChecksumsKnown() const
    {
        return std::none_of(m_items.begin(), m_items.end(), [](const Item& item) { return item.file->sha256.empty(); });
    }
    std::string anotherSource() const
    {
        return m_source.kind == SourceKind::Hub
            ? "Run the same command again; when it happens again, take the files from elsewhere with --from FOLDER."
            : "The source holds another version. A folder of its own can be used as it is: give its path where a model "
              "is asked for.";
    }

    void tell(int64_t doneHere, const std::string& text) const
    {
        int64_t total = 0;
        bool known = true;
        for (const Item& item : m_items) {
            total += item.bytes;
            known = known && item.bytes > 0;
        }
        const int64_t done = m_doneBefore + doneHere;
        m_context.progress(done, std::max(known ? total : std::max(total, m_model.bytes), done), text);
    }

    /// Says before the first byte what would fail after an hour.
    void needRoom() const
    {
        int64_t needed = 0;
        for (const Item& item : m_items) {
            std::error_code absent;
            int64_t held = 0;
            for (const fs::path& path : {placeOf(item), fs::path(placeOf(item).string() + ".part")})
                if (const auto size = fs::file_size(path, absent); !absent)
                    held = std::max(held, int64_t(size));
            needed += std::max<int64_t>(item.bytes - held, 0);
        }
        std::error_code fault;
        const fs::space_info space = fs::space(m_folder.staging(), fault);
        if (!fault && int64_t(space.available) < needed)
            throw DiskFull("no space left on the disk: " + m_model.name + " needs " + formatBytes(double(needed))
                    + " more, " + formatBytes(double(space.available)) + " are free",
                m_folder.staging().parent_path().string());
    }

    void bring(Item& item)
    {
        const fs::path place = placeOf(item);
        const fs::path part = place.string() + ".part";
        std::error_code ignored;
        fs::create_directories(place.parent_path(), ignored);
        if (fs::is_regular_file(place, ignored)) { // of a run that was interrupted behind this file
            item.sha256 = hashOf(item, place);
            if (!item.file->sha256.empty() && item.sha256 == item.file->sha256) {
                item.bytes = int64_t(fs::file_size(place));
                return;
            }
            fs::remove(place);
        }
        for (bool again = true;; again = false) {
            const auto size = fs::file_size(part, ignored);
            const bool resumed = !ignored && size > 0;
            if (m_source.kind == SourceKind::Folder)
                copy(item, part);
            else
                fetch(item, part);
            try {
                check(item, part);
                break;
            } catch (const Error& e) {
                fs::remove(part, ignored);
                fs::remove(part.string() + ".etag", ignored);
                if (!resumed || !again)
                    throw;
                m_context.log(LogLevel::Warning, std::string(e.what()) + " It is fetched again from its beginning.");
            }
        }
        item.bytes = int64_t(fs::file_size(part));
        if (!renameFile(part, place))
            throwStorageError("cannot be put in its place", place, errno);
        fs::remove(part.string() + ".etag", ignored);
    }

    void fetch(Item& item, const fs::path& part)
    {
        DownloadRequest request;
        request.url = m_source.kind == SourceKind::Mirror ? m_source.text + "/" + item.file->name : item.file->url;
        request.part = part;
        request.subject = subject(item);
        request.bytes = item.file->bytes;
        request.verifiedLater = !item.file->sha256.empty();
        const std::string text = "fetching " + item.file->name;
        tell(0, text);
        download(
            request,
            [&](int64_t held, int64_t total) {
                item.bytes = item.file->bytes > 0 ? item.file->bytes : total;
                tell(held, text);
            },
            m_context);
    }

    void copy(Item& item, const fs::path& part)
    {
        // A stick with several models holds one folder each.
        fs::path from = fs::path(m_source.text) / m_model.name / item.file->name;
        std::error_code absent;
        if (!fs::exists(from, absent))
            from = fs::path(m_source.text) / item.file->name;
        if (!fs::exists(from, absent)) {
            std::string names;
            for (const Item& each : m_items)
                names += (names.empty() ? "" : ", ") + each.file->name;
            throw Error(ErrorKind::Model, "is not in the folder " + m_source.text, subject(item),
                "The folder must hold " + names + ".");
        }
        const std::string text = "copying " + item.file->name;
        copyStoppable(from, part, m_context, [&](int64_t held, int64_t total) {
            item.bytes = total;
            tell(held, text);
        });
    }

    std::string hashOf(const Item& item, const fs::path& path) const
    {
        const std::string text = "checking " + item.file->name;
        return sha256Stoppable(path, m_context, [&](int64_t) { tell(item.bytes, text); });
    }

    /// Throws Error(Model) when `part` is not the file that the catalogue names.
    void check(Item& item, const fs::path& part)
    {
        const int64_t bytes = int64_t(fs::file_size(part));
        if (item.file->bytes > 0 && bytes != item.file->bytes)
            throw Error(ErrorKind::Model,
                "is not the file that was expected: it has " + std::to_string(bytes) + " bytes instead of "
                    + std::to_string(item.file->bytes) + "; it was removed",
                subject(item), anotherSource());
        item.bytes = bytes;
        item.sha256 = hashOf(item, part);
        if (!item.file->sha256.empty()) {
            if (item.sha256 != item.file->sha256)
                throw Error(ErrorKind::Model,
                    "is not the file that was expected: its SHA-256 is " + item.sha256 + " instead of "
                        + item.file->sha256 + "; it was removed",
                    subject(item), anotherSource());
            return;
        }
        // No checksum is published: the format must speak for the file.
        try {
            if (item.file->name.ends_with(".safetensors"))
                const SafetensorsFile opened(part);
            else if (item.file->name.ends_with(".json"))
                readJsonFile(part, 64 << 20);
        } catch (const Error& e) {
            throw Error(ErrorKind::Model, e.happened() + "; it was removed", subject(item), anotherSource());
        }
    }

    void writeRecord() const
    {
        Json files = Json::object();
        for (const Item& item : m_items) {
            files[item.file->name] = {{"bytes", item.bytes}, {"sha256", item.sha256}};
            if (item.file->sha256.empty())
                files[item.file->name]["checksumPublished"] = false;
            if (m_source.kind == SourceKind::Hub)
                files[item.file->name]["url"] = item.file->url;
        }
        const Json record = {{"name", m_model.name}, {"title", m_model.title}, {"backend", m_model.backend},
            {"source", m_source.kind == SourceKind::Hub ? m_model.source : withoutLogin(m_source.text)},
            {"licence", m_model.licence}, {"files", std::move(files)}};
        writeFileAtomically(m_folder.staging() / "clipscope.json", record.dump(2) + "\n");
    }

    const CatalogueModel& m_model;
    const Source m_source;
    const JobContext& m_context;
    InstallFolder m_folder;
    std::vector<Item> m_items;
    int64_t m_doneBefore = 0;
};

/// Whether the folder that is there is this very version of the catalogue's model, and sound. Throws Error(Model) when
/// it is somebody else's.
bool isInstalled(const CatalogueModel& model, JobContext& context)
{
    const fs::path target = modelsHome() / model.name;
    std::error_code absent;
    if (!fs::exists(fs::symlink_status(target, absent)))
        return false;
    Json record;
    try {
        record = readJsonFile(target / "clipscope.json", 16 << 20);
    } catch (const Error&) {
        // Not ours, said below.
    }
    if (!record.is_object() || record.value("name", Json()) != model.name || !record.value("files", Json()).is_object())
        throw Error(ErrorKind::Model, "is there, but was not made by `models install`", target.string(),
            "Move the folder away or give it another name; a model's folder can be used by its path.");
    std::vector<std::string> findings;
    for (const CatalogueFile& file : model.files) {
        const Json recorded = record["files"].value(file.name, Json());
        if (!recorded.is_object() || (!file.sha256.empty() && recorded.value("sha256", Json()) != file.sha256))
            findings.push_back(file.name + " is of another version");
    }
    try {
        if (findings.empty())
            findings = checkModelFiles(readModelFolder(model.name, target), context);
    } catch (const Error& e) {
        findings.push_back(e.reason());
    }
    if (!findings.empty())
        context.log(
            LogLevel::Warning, model.name + " is there but not sound (" + findings[0] + "): it is installed again");
    return findings.empty();
}

} // namespace

ModelFolder installModel(const std::string& name, const std::string& source, JobContext& context)
{
    const std::vector<CatalogueModel> catalogue = readCatalogue();
    const auto model =
        std::find_if(catalogue.begin(), catalogue.end(), [&](const CatalogueModel& each) { return each.name == name; });
    if (model == catalogue.end()) {
        std::string names;
        for (const CatalogueModel& each : catalogue)
            if (!each.shipped)
                names += (names.empty() ? "" : ", ") + each.name;
        throw Error(ErrorKind::Model, "is not a model that can be installed", name, "There are " + names + ".");
    }
    if (model->backend == "starter")
        installStarter(source, context);
    if (model->backend == "starter" || model->shipped)
        return findModel(name);
    const Source from = Source::parse(source);
    try {
        fs::create_directories(modelsHome());
        const InstallLock lock(modelsHome(), name);
        if (isInstalled(*model, context))
            InstallFolder::sweep(modelsHome(), name);
        else
            Installer(*model, from, context).run();
    } catch (const fs::filesystem_error& e) {
        throwStorageError("cannot be written", e.path1().empty() ? modelsHome() : e.path1(), e.code().value());
    }
    return findModel(name);
}

} // namespace clipscope
