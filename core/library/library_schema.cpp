// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/library_schema.h"

#include "base/disk_steps.h"
#include "library/damaged_library.h"
#include "library/sqlite_internal.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr uint32_t kApplicationId = 0x436c7363; // "Clsc", in the file's header

// Paths are BLOBs: a file name is any bytes. `texts` holds one row of names a video and its captions and subtitles
// (field 0, 1, 2: VideoLibrary::NameMatch::Field); `indexed` is the form in which words are looked up (search_words.h).
// The triggers keep the full-text index in step within the same transaction, cascading deletes included.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE videos (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path BLOB NOT NULL UNIQUE,
    import_root BLOB NOT NULL,
    bytes INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    hash TEXT NOT NULL,
    container TEXT NOT NULL,
    codec TEXT NOT NULL,
    pixel_format TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    rotation_degrees INTEGER NOT NULL,
    sample_aspect REAL NOT NULL,
    start_sec REAL NOT NULL,
    duration_sec REAL NOT NULL,
    fps REAL NOT NULL,
    frames INTEGER NOT NULL,
    keyframes INTEGER NOT NULL,
    variable_frame_rate INTEGER NOT NULL,
    interlaced INTEGER NOT NULL,
    has_alpha INTEGER NOT NULL,
    has_audio INTEGER NOT NULL,
    hdr TEXT NOT NULL,
    sampler TEXT NOT NULL,
    sampled_frames INTEGER NOT NULL,
    usable_frames INTEGER NOT NULL,
    damage TEXT NOT NULL,
    label TEXT NOT NULL,
    split TEXT NOT NULL
);
CREATE INDEX videos_by_hash ON videos(hash);

CREATE TABLE texts (
    id INTEGER PRIMARY KEY,
    video INTEGER NOT NULL REFERENCES videos(id) ON DELETE CASCADE,
    field INTEGER NOT NULL CHECK (field IN (0, 1, 2)),
    text TEXT NOT NULL,
    indexed TEXT NOT NULL,
    start_sec REAL,
    end_sec REAL
);
CREATE INDEX texts_by_video ON texts(video, field);

CREATE VIRTUAL TABLE text_words USING fts5(indexed, content = 'texts', content_rowid = 'id',
    tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
CREATE TRIGGER texts_inserted AFTER INSERT ON texts BEGIN
    INSERT INTO text_words(rowid, indexed) VALUES (new.id, new.indexed);
END;
CREATE TRIGGER texts_deleted AFTER DELETE ON texts BEGIN
    INSERT INTO text_words(text_words, rowid, indexed) VALUES ('delete', old.id, old.indexed);
END;

CREATE TABLE embedding_keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    model TEXT NOT NULL,
    model_hash TEXT NOT NULL,
    sampler TEXT NOT NULL,
    patch_dropout REAL NOT NULL,
    seed INTEGER NOT NULL,
    joint_dim INTEGER NOT NULL,
    feature_dim INTEGER NOT NULL,
    last_stored INTEGER NOT NULL,
    UNIQUE (model, model_hash, sampler, patch_dropout, seed)
);

CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
)sql";

// How far the frames taken lie off the exact ones. Until then every video was sampled exactly.
constexpr const char* kVersion2 = R"sql(
ALTER TABLE videos ADD COLUMN error_moments INTEGER NOT NULL DEFAULT 0;
ALTER TABLE videos ADD COLUMN error_sum_frames INTEGER NOT NULL DEFAULT 0;
ALTER TABLE videos ADD COLUMN error_sum_ns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE videos ADD COLUMN error_largest_frames INTEGER NOT NULL DEFAULT 0;
ALTER TABLE videos ADD COLUMN error_largest_ns INTEGER NOT NULL DEFAULT 0;
)sql";

// What experiments found: JSON that core/experiment writes and reads, long arrays apart so that lists need not read
// them. The whole schema has to stay on the file's first page (salvage.cpp).
constexpr const char* kVersion3 = R"sql(
CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    notes TEXT NOT NULL,
    record TEXT NOT NULL,
    arrays TEXT NOT NULL
);
)sql";

/// kMigrations[v] turns schema v into v + 1.
constexpr std::array<const char*, kLibrarySchema> kMigrations{kVersion1, kVersion2, kVersion3};

[[noreturn]] void refuseNewer(int64_t version, const fs::path& file)
{
    throw Error(ErrorKind::Storage,
        "was made by a newer Clipscope (library version " + std::to_string(version) + "; this one knows up to "
            + std::to_string(kLibrarySchema) + ")",
        file.string(), "Update Clipscope; the library was not changed.");
}

uint32_t bigEndian(const char* bytes)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; ++i)
        value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
}

/// What the schema consists of, without what SQLite makes for itself (its versions spell that in different ways).
std::string schemaText(Database& database)
{
    Statement select(database,
        "SELECT type || ' ' || name || ' ' || tbl_name || ' ' || coalesce(sql, '') FROM sqlite_schema "
        "WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
        "AND NOT (type = 'table' AND name LIKE 'text\\_words\\_%' ESCAPE '\\') ORDER BY 1");
    std::string out;
    while (select.step())
        out += select.text() + '\n';
    return out;
}

} // namespace

void checkLibraryHeader(const Database& database)
{
    // The offsets are those of SQLite's file format: magic 0, user version 60, application id 68.
    const std::string header = database.header();
    if (header.empty() || std::memcmp(header.data(), "SQLite format 3", 16) != 0)
        throw DamagedLibrary("is damaged or no Clipscope library", database.file());
    if (bigEndian(header.data() + 68) != kApplicationId)
        throw Error(ErrorKind::Storage, "is the database of another program", database.file().string(),
            "Choose another folder.");
    if (const uint32_t version = bigEndian(header.data() + 60); version > kLibrarySchema)
        refuseNewer(version, database.file());
}

void createLibraryFile(const fs::path& file)
{
    const fs::path building = buildingName(file);
    const struct Remove {
        const fs::path& path;
        ~Remove() { removeDatabase(path); }
    } remove{building};
    {
        Database database(building, Database::Mode::Create);
        database.execute("PRAGMA application_id = " + std::to_string(kApplicationId));
        migrateLibrary(database);
        database.execute("PRAGMA journal_mode = WAL");
    }
    // A link never replaces a library that appeared meanwhile; file systems without links get a rename.
    if (::link(building.c_str(), file.c_str()) != 0 && errno != EEXIST && !renameFile(building, file))
        throwStorageError("cannot be made", file, errno);
    syncFolder(file.parent_path());
}

int64_t schemaVersion(Database& database)
{
    Statement version(database, "PRAGMA user_version");
    version.step();
    return version.integer();
}

void migrateLibrary(Database& database)
{
    if (const int64_t version = schemaVersion(database); version > kLibrarySchema)
        refuseNewer(version, database.file());
    if (schemaVersion(database) == kLibrarySchema)
        return;
    Transaction transaction(database);
    // Looked at again inside: another process may have done it while we waited.
    for (int64_t version = schemaVersion(database); version < kLibrarySchema; ++version)
        database.execute(kMigrations[size_t(version)]);
    database.execute("PRAGMA user_version = " + std::to_string(kLibrarySchema));
    transaction.commit();
}

void checkSchema(Database& database)
{
    Database expected(database.file(), Database::Mode::Memory);
    migrateLibrary(expected);
    if (schemaText(database) != schemaText(expected))
        throw DamagedLibrary("is damaged or was changed by another program", database.file());
}

} // namespace clipscope
