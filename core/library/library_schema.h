// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

namespace clipscope {

class Database;

/// The number in library.db's user_version that this program writes; each step up is one migration.
inline constexpr int kLibrarySchema = 3;

/// Looks at the file's first bytes alone: a library of ours, of a schema we know. Throws Error(Storage) otherwise,
/// before SQLite touches the file.
void checkLibraryHeader(const Database& database);

/// Makes an empty library database at `file`, complete or not at all (built beside it, then linked into place).
/// A library that another process made meanwhile is left as it is.
void createLibraryFile(const std::filesystem::path& file);

int64_t schemaVersion(Database& database);
/// Brings an opened library to kLibrarySchema in one transaction. Throws Error(Storage) for a newer one.
void migrateLibrary(Database& database);

/// A library may come from anybody: throws Error(Storage) unless tables, indexes and triggers are those that
/// migrateLibrary() makes, so that no trigger or view of somebody else ever runs.
void checkSchema(Database& database);

} // namespace clipscope
