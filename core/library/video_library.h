// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "library/video_record.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace clipscope {

/// A library folder on disk: library.db (SQLite, WAL), embeddings/, thumbnails/. Every method is safe from any thread
/// (one connection behind a mutex) and throws Error(Storage) naming the library when the disk or the database fails
/// (DiskFull, DamagedLibrary). Several programs may have it open: their writes take turns, each is whole, and jobs that
/// write much hold a LibraryLock besides. A folder that cannot be written is opened to be read; a library of an older
/// Clipscope there is read as it was at that moment.
class VideoLibrary {
public:
    /// True when `folder` holds a library.db.
    static bool exists(const std::filesystem::path& folder);
    /// Throws Error(Storage): no library there (says how to make one), made by a newer Clipscope (untouched);
    /// DamagedLibrary (quick_check). One of an older Clipscope is brought up to date in one transaction; what it was
    /// stays as library.db.version-N. Takes away what killed processes have left unfinished.
    static std::shared_ptr<VideoLibrary> open(const std::filesystem::path& folder);
    /// Makes the folder and an empty library, or opens the one there. Refuses a folder with other things in it.
    static std::shared_ptr<VideoLibrary> openOrCreate(const std::filesystem::path& folder);
    ~VideoLibrary();

    const std::filesystem::path& folder() const;
    bool readOnly() const;
    /// Keeps a copy as library.db.backup, in place of an older one, when it passes integrity_check: what a job does at
    /// its end. A copy that cannot be written is a warning in the log. Throws DamagedLibrary.
    void keepBackup(const JobContext& context);
    std::filesystem::path thumbnailPath(const VideoRecord& video) const; ///< thumbnails/HASH.jpg: frame from the middle
    std::filesystem::path stripPath(
        const VideoRecord& video) const; ///< thumbnails/HASH-strip.jpg: 10 frames side by side

    std::vector<VideoRecord> videos() const; ///< ordered by path
    std::optional<VideoRecord> video(VideoId id) const;
    std::optional<VideoRecord> videoByPath(const std::filesystem::path& path) const;
    int64_t videoCount() const;
    /// Inserts or replaces by path; sets record.id. A video that was removed gets its old id back.
    void store(VideoRecord& record);
    /// The same for what was read of a file: the label and split of a video that is there stay, whoever has set them
    /// meanwhile, and record gets them.
    void storeMedia(VideoRecord& record);
    /// Forgets videos with their captions and labels; media, and shards other videos may share, stay. Returns them for
    /// undo. Ids that are not there are passed over.
    std::vector<VideoRecord> remove(const std::vector<VideoId>& ids);

    std::vector<Caption> captions(VideoId id) const; ///< timed ones in time order, then untimed
    std::vector<Caption> allCaptions() const; ///< video by video, each as above
    /// Replaces the captions of this source of one video. Texts become valid UTF-8; blank ones are left out; one
    /// without both times is untimed. These three throw Error(Input) when the video is not in the library.
    void setCaptions(VideoId id, CaptionSource source, const std::vector<Caption>& captions);
    void setLabel(VideoId id, const std::string& label);
    void setSplit(VideoId id, const std::string& split);

    /// SQLite FTS5 over file name, folder names, captions and subtitles. Every word of the query counts, by prefix;
    /// best first. Texts that hold only some of the words come after those that hold all; "a", "of", "the" and their
    /// like count only when there is nothing else. Case, diacritics and Unicode forms make no difference; no character
    /// of the query is syntax.
    struct NameMatch {
        VideoId video = 0;
        enum class Field { Name, Caption, Subtitle } field = Field::Name;
        double score = 0; ///< (0,1], 1 = best: share of the words, weighted by rarity, times bm25 scaled to [0.75,1]
        std::optional<double> startSec; ///< of the caption or subtitle line that matched
        std::optional<double> endSec;
        std::string text; ///< what matched
    };
    std::vector<NameMatch> matchWords(const std::string& words, int limit) const;

    /// Embedding keys, newest last. store: inserts when absent, sets key.id and makes it the newest.
    std::vector<EmbeddingKey> embeddingKeys() const;
    /// By model name, or the newest when `model` is empty. Throws Error(Input) when there is none (says to run embed).
    EmbeddingKey embeddingKey(const std::string& model) const;
    void storeKey(EmbeddingKey& key);
    /// Forgets a key that is not the newest; its shards stay (disk_use.h deletes them). Throws Error(Input) for the
    /// newest and for one that is not there.
    void removeKey(int64_t id);

    /// Experiments (core/experiment/run_store.h reads them), the newest first, their arrays left out.
    std::vector<RunRow> runs() const;
    std::optional<RunRow> run(int64_t id) const; ///< with its arrays
    /// Adds a run and sets row.id. An id that it has keeps it where that is free: one that was removed gets its own
    /// back.
    void storeRun(RunRow& row);
    /// Returns what was removed, for undo. Ids that are not there are passed over.
    std::vector<RunRow> removeRuns(const std::vector<int64_t>& ids);
    /// These throw Error(Input) when there is no such run.
    void setRunName(int64_t id, const std::string& name);
    void setRunNotes(int64_t id, const std::string& notes);

    /// Free key-value pairs (interface state, ...).
    std::optional<std::string> setting(const std::string& name) const;
    void setSetting(const std::string& name, const std::string& value);

private:
    explicit VideoLibrary(const std::filesystem::path& folder);
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace clipscope
