// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/salvage_internal.h"

#include "base/disk_steps.h"
#include "base/json.h"
#include "base/text.h"
#include "library/library_schema.h"
#include "library/sqlite_internal.h"
#include "library/video_rows_internal.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <functional>
#include <limits>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr int64_t kMostProbes = 1'000'000; ///< numbers of rows that are tried one by one
constexpr int64_t kLookAhead = 20'000; ///< and behind the last row that is known
constexpr int kMostFrames = 10'000'000;

bool plausible(const VideoRecord& v)
{
    const auto isHex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    const VideoInfo& info = v.info;
    return v.path.is_absolute() && v.hash.size() == 64 && std::all_of(v.hash.begin(), v.hash.end(), isHex)
        && v.bytes >= 0 && info.width >= 0 && info.height >= 0 && std::isfinite(info.durationSec)
        && std::isfinite(info.startSec) && std::isfinite(info.fps) && std::isfinite(info.sampleAspect)
        && info.frames >= 0 && v.sampledFrames >= 0 && v.sampledFrames <= kMostFrames && v.usableFrames >= 0
        && v.usableFrames <= v.sampledFrames && isValidUtf8(v.label) && isValidUtf8(v.split);
}

bool plausible(const RunRow& row)
{
    const auto isObject = [](const std::string& text) {
        try {
            return parseJson(text, "").is_object();
        } catch (const Error&) {
            return false;
        }
    };
    constexpr int64_t kMostRuns = 1'000'000'000;
    return row.id > 0 && row.id < kMostRuns && !row.kind.empty() && isValidUtf8(row.kind) && isValidUtf8(row.name)
        && isValidUtf8(row.notes) && isObject(row.record) && isObject(row.arrays);
}

/// Gives every row of a table that can be read to `take`, whose statement has stepped to it; the first column is its
/// number. True when all could be read. Around a damaged page the rows are looked for from both ends and then by their
/// numbers: a B-tree finds each by its own way.
bool eachRow(Database& database, const std::string& select, const std::string& number,
    const std::function<void(Statement&, int64_t)>& take, const JobContext& context)
{
    const auto walk = [&](const std::string& order, int64_t& last) {
        try {
            Statement rows(database, select + order);
            while (rows.step()) {
                context.throwIfStopped();
                last = rows.integer();
                take(rows, last);
            }
            return true;
        } catch (const Error&) {
            return false;
        }
    };
    int64_t first = 0;
    if (walk(" ORDER BY " + number, first))
        return true;
    int64_t last = std::numeric_limits<int64_t>::max();
    try {
        Statement rows(database, select + " WHERE " + number + " > ? ORDER BY " + number + " DESC");
        rows.bind(first);
        while (rows.step()) {
            last = rows.integer();
            take(rows, last);
        }
        return false; // they meet: nothing lies between that could be read
    } catch (const Error&) {
        // Row by row between the two.
    }
    const bool open = last == std::numeric_limits<int64_t>::max();
    int64_t end = open ? first + kLookAhead : std::min(last, first + kMostProbes);
    for (int64_t id = first + 1; id < end; ++id) {
        context.throwIfStopped();
        try {
            Statement row(database, select + " WHERE " + number + " = ?");
            if (row.bind(id).step()) {
                row.integer();
                take(row, id);
                if (open)
                    end = std::min(id + kLookAhead, first + kMostProbes);
            }
        } catch (const Error&) {
            continue; // it lies on a page that is damaged
        }
    }
    return false;
}

void readAll(Database& database, Salvage& out, const JobContext& context)
{
    // A page that was cut off reads as zeros, and its rows as rows of nothing.
    bool videosSound = true;
    bool textsSound = true;
    const bool videosEnd = eachRow(
        database, selectVideos(), "id",
        [&](Statement& row, int64_t id) {
            try {
                VideoRecord video = readVideoAfterId(row, database);
                video.id = id;
                if (plausible(video))
                    out.videos.push_back(std::move(video));
                else
                    videosSound = false;
            } catch (const Error&) {
                videosSound = false; // a way of sampling that does not exist
            }
        },
        context);
    out.whole = videosEnd && videosSound;
    const bool textsEnd = eachRow(
        database, "SELECT id, video, field, text, start_sec, end_sec FROM texts", "id",
        [&](Statement& row, int64_t) {
            Caption caption;
            caption.video = row.integer();
            const int64_t field = row.integer();
            caption.source = field == 2 ? CaptionSource::Subtitle : CaptionSource::Caption;
            caption.text = row.text();
            caption.startSec = row.optionalReal();
            caption.endSec = row.optionalReal();
            const bool finite = (!caption.startSec || std::isfinite(*caption.startSec))
                && (!caption.endSec || std::isfinite(*caption.endSec));
            const bool sound =
                caption.video > 0 && field >= 0 && field <= 2 && finite && (field == 0 || isValidUtf8(caption.text));
            textsSound &= sound;
            if (sound && field != 0 && !caption.text.empty())
                out.captions.push_back(std::move(caption));
        },
        context);
    out.captionsWhole = textsEnd && textsSound;
    const auto hasRuns = [&] { // older libraries have none
        try {
            Statement(database, "SELECT id FROM runs");
            return true;
        } catch (const Error&) {
            return false;
        }
    };
    bool runsSound = true;
    const bool runsEnd = hasRuns()
        && eachRow(
            database, "SELECT id, kind, name, notes, record, arrays FROM runs", "id",
            [&](Statement& row, int64_t id) {
                RunRow run;
                run.id = id;
                run.kind = row.text();
                run.name = row.text();
                run.notes = row.text();
                run.record = row.text();
                run.arrays = row.text();
                if (plausible(run))
                    out.runs.push_back(std::move(run));
                else
                    runsSound = false;
            },
            context);
    out.runsWhole = runsEnd && runsSound;
    std::vector<std::pair<int64_t, EmbeddingKey>> keys;
    eachRow(
        database,
        "SELECT id, last_stored, model, model_hash, sampler, patch_dropout, seed, joint_dim, feature_dim FROM "
        "embedding_keys",
        "id",
        [&](Statement& row, int64_t) {
            const int64_t order = row.integer();
            EmbeddingKey key;
            key.model = row.text();
            key.modelHash = row.text();
            key.sampler = row.text();
            key.patchDropout = row.real();
            key.seed = uint64_t(row.integer());
            key.jointDim = int(row.integer());
            key.featureDim = int(row.integer());
            const bool sane = key.jointDim >= 0 && key.featureDim >= 0 && key.patchDropout >= 0 && key.patchDropout < 1;
            if (sane && !key.model.empty() && isValidUtf8(key.model) && isValidUtf8(key.modelHash))
                keys.emplace_back(order, std::move(key));
        },
        context);
    std::stable_sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [order, key] : keys)
        out.keys.push_back(std::move(key));
    try {
        Statement rows(database, "SELECT name, value FROM settings");
        while (rows.step()) {
            std::string name = rows.text();
            std::string value = rows.text();
            if (isValidUtf8(name) && isValidUtf8(value))
                out.settings.emplace_back(std::move(name), std::move(value));
        }
    } catch (const Error&) {
        // What was read stays.
    }
}

void copyOver(const fs::path& from, const fs::path& to)
{
    std::error_code failed;
    fs::copy_file(from, to, fs::copy_options::overwrite_existing, failed);
    if (failed)
        throwStorageError("cannot be copied", from, failed.value());
}

/// Every library is made by the same steps, so that the page with which the file begins, where SQLite looks for all
/// else, is the same in an empty one.
void replaceFirstPage(const fs::path& file, const fs::path& workplace)
{
    constexpr size_t kPage = 4096;
    const fs::path fresh = workplace.string() + "-fresh";
    createLibraryFile(fresh);
    std::string page(kPage, '\0');
    std::ifstream(fresh, std::ios::binary).read(page.data(), std::streamsize(page.size()));
    removeDatabase(fresh);
    std::error_code failed;
    const auto pages = uint32_t(fs::file_size(file, failed) / kPage);
    if (failed || pages == 0)
        return;
    for (int i = 0; i < 4; ++i)
        page[size_t(28 + i)] = char(pages >> (24 - 8 * i) & 0xff); // how long it is
    std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
    out.write(page.data(), std::streamsize(page.size()));
}

} // namespace

Salvage salvage(const fs::path& file, const fs::path& workplace, const JobContext& context)
{
    Salvage out;
    const struct Remove {
        const fs::path& path;
        ~Remove() { removeDatabase(path); }
    } remove{workplace};
    for (const bool mended : {false, true}) {
        removeDatabase(workplace);
        copyOver(file, workplace);
        std::error_code absent;
        if (mended)
            replaceFirstPage(workplace, workplace);
        else if (fs::exists(file.string() + "-wal", absent))
            copyOver(file.string() + "-wal", workplace.string() + "-wal");
        out = {};
        try {
            Database database(workplace, Database::Mode::Open);
            // A schema that cannot be read whole must not keep its tables from being read; nothing of it is run.
            database.execute("PRAGMA writable_schema = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON");
            readAll(database, out, context);
        } catch (const Error&) {
            out.whole = out.captionsWhole = out.runsWhole = false;
        }
        if (!out.videos.empty() || out.whole)
            break;
    }
    return out;
}

} // namespace clipscope
