// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/watched_folders.h"

#include "base/error.h"
#include "base/file_time.h"
#include "base/json.h"
#include "base/text.h"
#include "library/media_walk.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <utility>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

const char* const kSetting = "watchedFolders";
const char* const kFailuresSetting = "watchedFolders.failed";

/// A path is bytes, JSON is UTF-8: where they differ, the bytes are written as hexadecimal digits.
Json toJson(const fs::path& path)
{
    if (isValidUtf8(path.native()))
        return {{"path", path.native()}};
    static const char* digits = "0123456789abcdef";
    std::string hex;
    for (const char c : path.native()) {
        hex += digits[uint8_t(c) >> 4];
        hex += digits[uint8_t(c) & 15];
    }
    return {{"pathHex", hex}};
}

fs::path pathOf(const Json& row)
{
    if (row.contains("path"))
        return row.at("path").get<std::string>();
    const std::string hex = row.at("pathHex").get<std::string>();
    std::string bytes;
    for (size_t i = 0; i + 1 < hex.size(); i += 2)
        bytes += char(std::stoi(hex.substr(i, 2), nullptr, 16));
    return bytes;
}

void store(VideoLibrary& library, const std::vector<WatchedFolder>& folders)
{
    Json rows = Json::array();
    for (const WatchedFolder& folder : folders) {
        Json row = toJson(folder.path);
        row["sampler"] = folder.sampler.toString();
        rows.push_back(std::move(row));
    }
    library.setSetting(kSetting, rows.dump());
}

bool liesIn(const fs::path& path, const fs::path& folder)
{
    const auto [end, ignored] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
    return end == folder.end();
}

/// A file that could not be imported, as it was then.
struct FailedFile {
    fs::path path;
    int64_t bytes = 0;
    int64_t modifiedNs = 0;
};

std::optional<FailedFile> asItIs(const fs::path& path)
{
    struct stat st = {};
    if (::stat(path.c_str(), &st) != 0)
        return {};
    return FailedFile{path, st.st_size, modifiedNs(st)};
}

std::vector<FailedFile> failedFiles(const VideoLibrary& library)
{
    std::vector<FailedFile> out;
    const std::string text = library.setting(kFailuresSetting).value_or("[]");
    try {
        for (const Json& row : parseJson(text, kFailuresSetting))
            out.push_back({pathOf(row), row.at("bytes").get<int64_t>(), row.at("modifiedNs").get<int64_t>()});
    } catch (const std::exception&) {
        out.clear(); // they are tried once more, no harm done
    }
    return out;
}

/// `tried` were imported just now; those of them in `failed` are remembered, so that the next start does not try them
/// again in vain.
void rememberFailures(
    VideoLibrary& library, const std::vector<fs::path>& tried, const std::vector<ImportReport::Failed>& failed)
{
    std::vector<FailedFile> files = failedFiles(library);
    if (files.empty() && failed.empty())
        return;
    std::erase_if(files, [&](const FailedFile& old) {
        std::error_code ignored;
        return std::find(tried.begin(), tried.end(), old.path) != tried.end() || !fs::exists(old.path, ignored);
    });
    for (const ImportReport::Failed& item : failed) {
        if (const auto file = asItIs(item.path))
            files.push_back(*file);
    }
    Json rows = Json::array();
    for (const FailedFile& file : files) {
        Json row = toJson(file.path);
        row["bytes"] = file.bytes;
        row["modifiedNs"] = file.modifiedNs;
        rows.push_back(std::move(row));
    }
    library.setSetting(kFailuresSetting, rows.dump());
}

/// Names under which programs keep what is not whole yet.
bool isUnfinished(const fs::path& file)
{
    static constexpr std::array<const char*, 9> kEndings{
        ".part", ".partial", ".crdownload", ".download", ".tmp", ".temp", ".!qb", ".aria2", ".filepart"};
    std::string ending = file.extension().string();
    std::transform(
        ending.begin(), ending.end(), ending.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    return file.filename().string().starts_with('.')
        || std::find(kEndings.begin(), kEndings.end(), ending) != kEndings.end();
}

/// File systems on which another computer's changes are not told by inotify.
bool isRemote(const fs::path& folder)
{
    struct statfs st = {};
    if (::statfs(folder.c_str(), &st) != 0)
        return true;
    // linux/magic.h: NFS, SMB, CIFS, SMB2, AFS, Coda, Ceph, 9P, FUSE (sshfs, rclone), Plan 9 of virtual machines.
    static constexpr std::array<uint32_t, 10> kRemote{
        0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x5346414f, 0x73757245, 0x00c36400, 0x01021997, 0x65735546, 0x786f4256};
    return std::find(kRemote.begin(), kRemote.end(), uint32_t(st.f_type)) != kRemote.end();
}

/// The folder and all below it; links are not followed (the walk that imports finds what they lead to).
void addFolders(const fs::path& top, std::vector<fs::path>& out, const JobContext& context)
{
    out.push_back(top);
    std::error_code failed;
    const auto options = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator it(top, options, failed), end; !failed && it != end; it.increment(failed)) {
        context.throwIfStopped();
        std::error_code ignored;
        if (it->is_directory(ignored) && !it->is_symlink(ignored))
            out.push_back(it->path());
    }
}

} // namespace

std::vector<WatchedFolder> watchedFolders(const VideoLibrary& library)
{
    std::vector<WatchedFolder> out;
    const std::optional<std::string> text = library.setting(kSetting);
    if (!text)
        return out;
    try {
        for (const Json& row : parseJson(*text, kSetting))
            out.push_back({pathOf(row), SamplerSpec::parse(row.at("sampler").get<std::string>())});
    } catch (const std::exception&) {
        out.clear(); // a library with a damaged list still opens; the folders can be named again
    }
    return out;
}

void watchFolder(VideoLibrary& library, const fs::path& folder, const SamplerSpec& sampler)
{
    const fs::path path = importSpelling(folder);
    std::error_code failed;
    if (!fs::is_directory(path, failed))
        throw Error(ErrorKind::Input, "is not a folder that could be watched", path.string(),
            "Name a folder; a single file is imported without watching.");
    if (liesIn(fs::weakly_canonical(path), fs::weakly_canonical(library.folder())))
        throw Error(ErrorKind::Input, "is the library itself", path.string(), "Watch the folder where the videos are.");
    std::vector<WatchedFolder> folders = watchedFolders(library);
    const auto known = std::find_if(folders.begin(), folders.end(), [&](const auto& f) { return f.path == path; });
    if (known != folders.end())
        known->sampler = sampler;
    else
        folders.push_back({path, sampler});
    store(library, folders);
}

bool unwatchFolder(VideoLibrary& library, const fs::path& folder)
{
    std::vector<WatchedFolder> folders = watchedFolders(library);
    const size_t removed =
        std::erase_if(folders, [path = importSpelling(folder)](const WatchedFolder& f) { return f.path == path; });
    if (removed > 0)
        store(library, folders);
    return removed > 0;
}

FolderWatch::FolderWatch(double settleSec, bool failedAgain, NowMs nowMs)
    : m_settleMs(int64_t(settleSec * 1000))
    , m_failuresKnown(failedAgain)
    , m_nowMs(std::move(nowMs))
{
    if (!m_nowMs) {
        m_nowMs = [] {
            return std::chrono::duration_cast<std::chrono::milliseconds>(
                std::chrono::system_clock::now().time_since_epoch())
                .count();
        };
    }
}

/// True once for each state of a file.
bool FolderWatch::joins(const fs::path& file, int64_t nowMs, int64_t& waiting)
{
    const std::optional<FailedFile> now = asItIs(file);
    if (!now || now->bytes == 0 || isUnfinished(file))
        return false; // an empty file is a place kept free: writing to it is a change that is seen
    Look& look = m_looks[file.native()];
    look.scan = m_scan;
    if (look.bytes != now->bytes || look.modifiedNs != now->modifiedNs)
        look = {now->bytes, now->modifiedNs, nowMs, false, m_scan};
    if (look.handedOut)
        return false;
    // The file's own time spares the wait for what has long been there; where it lies in the future, the clock of
    // another computer is behind it and only watching helps.
    const int64_t ageMs = nowMs - now->modifiedNs / 1'000'000;
    if (ageMs < m_settleMs && nowMs - look.sinceMs < m_settleMs) {
        ++waiting;
        return false;
    }
    look.handedOut = true;
    return true;
}

WatchScan FolderWatch::scan(VideoLibrary& library, const JobContext& context)
{
    WatchScan out;
    const std::vector<WatchedFolder> folders = watchedFolders(library);
    if (folders.empty())
        return out;
    std::unordered_map<std::string, VideoRecord> known;
    for (VideoRecord& record : library.videos())
        known.emplace(record.path.native(), std::move(record));
    const int64_t nowMs = m_nowMs();
    ++m_scan;
    if (!std::exchange(m_failuresKnown, true)) {
        for (const FailedFile& file : failedFiles(library))
            m_looks[file.path.native()] = {file.bytes, file.modifiedNs, nowMs, true, m_scan};
    }
    for (const WatchedFolder& folder : folders) {
        std::error_code failed;
        if (!fs::is_directory(folder.path, failed)) {
            out.unreachable.push_back(folder.path);
            continue;
        }
        if (isRemote(folder.path))
            out.hasRemote = true;
        else
            addFolders(folder.path, out.folders, context);
        Arrivals arrivals{folder, {}};
        for (const MediaCandidate& candidate : findMedia({folder.path}, library.folder(), context)) {
            const auto found = known.find(candidate.path.native());
            if ((found == known.end() || !isUnchanged(found->second)) && joins(candidate.path, nowMs, out.waiting))
                arrivals.files.push_back(candidate.path);
        }
        if (!arrivals.files.empty())
            out.arrivals.push_back(std::move(arrivals));
    }
    std::erase_if(m_looks, [this](const auto& look) { return look.second.scan != m_scan; });
    for (const auto& [path, record] : known) {
        context.throwIfStopped();
        const bool watched = std::any_of(folders.begin(), folders.end(),
            [&](const WatchedFolder& folder) { return liesIn(record.path, folder.path); });
        struct stat st = {};
        if (watched && ::stat(path.c_str(), &st) != 0)
            out.missing.push_back(record.id);
    }
    std::sort(out.missing.begin(), out.missing.end());
    return out;
}

ImportReport importArrivals(
    VideoLibrary& library, const std::vector<Arrivals>& arrivals, const ImportOptions& options, JobContext& context)
{
    ImportReport out;
    for (const Arrivals& group : arrivals) {
        ImportOptions own = options;
        own.sampler = group.folder.sampler;
        own.root = group.folder.path;
        // One that has gone meanwhile would end the import of all.
        std::vector<fs::path> files = group.files;
        std::error_code ignored;
        std::erase_if(files, [&](const fs::path& file) { return !fs::exists(file, ignored); });
        ImportReport report = importVideos(library, files, own, context);
        rememberFailures(library, files, report.failed);
        out.ok += report.ok;
        out.skipped += report.skipped;
        std::move(report.failed.begin(), report.failed.end(), std::back_inserter(out.failed));
        std::move(report.damaged.begin(), report.damaged.end(), std::back_inserter(out.damaged));
    }
    return out;
}

} // namespace clipscope
