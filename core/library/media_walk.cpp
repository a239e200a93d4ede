// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/media_walk.h"

#include "base/text.h"
#include "media/video_reader.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <optional>
#include <set>
#include <sys/stat.h>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

/// What makes two names one file.
using FileNumber = std::pair<dev_t, ino_t>;

struct Folder {
    fs::path path;
    fs::path root;
};

struct Found {
    MediaCandidate candidate;
    std::optional<FileNumber> number; ///< nothing for a link that leads nowhere
    bool isLink = false;
};

std::optional<struct stat> follow(const fs::path& path)
{
    struct stat st = {};
    return ::stat(path.c_str(), &st) == 0 ? std::optional(st) : std::nullopt;
}

bool isLink(const fs::path& path)
{
    struct stat st = {};
    return ::lstat(path.c_str(), &st) == 0 && S_ISLNK(st.st_mode);
}

FileNumber numberOf(const struct stat& st)
{
    return {st.st_dev, st.st_ino};
}

class Walk {
public:
    Walk(const fs::path& skipped, const JobContext& context)
        : m_context(context)
    {
        if (const auto st = follow(skipped))
            m_entered.insert(numberOf(*st));
    }

    void add(const fs::path& path)
    {
        const fs::path root = importSpelling(path);
        const auto st = follow(root);
        if (!st && !isLink(root))
            throw Error(ErrorKind::Input, "cannot be imported: " + std::string(std::strerror(errno)), root.string(),
                "Check the spelling, and whether its drive is connected.");
        if (st && S_ISDIR(st->st_mode))
            enter({root, root});
        else if (!addFile(root, root, st))
            m_context.log(LogLevel::Warning, validUtf8(root.string()) + " is no video and was left out.");
    }

    /// Links last: what they lead to is found by its own name first, if it is there at all.
    std::vector<MediaCandidate> finish()
    {
        while (!m_linked.empty()) {
            const Folder folder = std::move(m_linked.front());
            m_linked.pop_front();
            enter(folder);
        }
        std::sort(m_found.begin(), m_found.end(),
            [](const Found& a, const Found& b) { return a.candidate.path.native() < b.candidate.path.native(); });
        std::set<FileNumber> known;
        for (const Found& found : m_found) {
            if (!found.isLink)
                known.insert(*found.number);
        }
        std::vector<MediaCandidate> out;
        for (Found& found : m_found) {
            if (!found.isLink || !found.number || known.insert(*found.number).second)
                out.push_back(std::move(found.candidate));
        }
        return out;
    }

private:
    /// The folder and all below it but linked folders. Deep trees need no deep stack.
    void enter(Folder first)
    {
        std::vector<Folder> waiting{std::move(first)};
        while (!waiting.empty()) {
            const Folder folder = std::move(waiting.back());
            waiting.pop_back();
            const auto st = follow(folder.path);
            if (!st || !m_entered.insert(numberOf(*st)).second)
                continue;
            m_context.progress(0, 0, "looking for videos in " + validUtf8(folder.path.filename().string()));
            for (const fs::path& path : list(folder.path)) {
                const auto entry = follow(path);
                if (!entry || !S_ISDIR(entry->st_mode))
                    addFile(path, folder.root, entry);
                else if (isLink(path))
                    m_linked.push_back({path, folder.root});
                else
                    waiting.push_back({path, folder.root});
            }
        }
    }

    std::vector<fs::path> list(const fs::path& folder)
    {
        std::vector<fs::path> out;
        std::error_code failed;
        for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
            m_context.throwIfStopped();
            out.push_back(it->path());
        }
        if (failed)
            m_context.log(
                LogLevel::Warning, validUtf8(folder.string()) + " could not be looked through: " + failed.message());
        std::sort(out.begin(), out.end());
        return out;
    }

    bool addFile(const fs::path& path, const fs::path& root, const std::optional<struct stat>& st)
    {
        m_context.throwIfStopped();
        if (!isMediaCandidate(path))
            return false;
        if (m_paths.insert(path.native()).second)
            m_found.push_back({{path, root}, st ? std::optional(numberOf(*st)) : std::nullopt, !st || isLink(path)});
        return true;
    }

    const JobContext& m_context;
    std::set<FileNumber> m_entered;
    std::deque<Folder> m_linked;
    std::set<std::string> m_paths;
    std::vector<Found> m_found;
};

} // namespace

fs::path importSpelling(const fs::path& path)
{
    fs::path out = fs::absolute(path);
    // Behind a link ".." is not the name before it.
    if (std::find(out.begin(), out.end(), "..") != out.end()) {
        std::error_code failed;
        const fs::path real = fs::weakly_canonical(out, failed);
        if (!failed)
            out = real;
    }
    out = out.lexically_normal();
    return out.has_filename() || out == out.root_path() ? out : out.parent_path();
}

std::vector<MediaCandidate> findMedia(
    const std::vector<fs::path>& paths, const fs::path& skipped, const JobContext& context)
{
    Walk walk(skipped, context);
    for (const fs::path& path : paths)
        walk.add(path);
    return walk.finish();
}

} // namespace clipscope
