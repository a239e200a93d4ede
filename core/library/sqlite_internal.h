// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <sqlite3.h>
#include <string>
#include <string_view>

namespace clipscope {

/// One SQLite connection. One thread at a time. Every failure throws Error(Storage) naming the file, in plain words:
/// DiskFull, DamagedLibrary where it is one of these.
class Database {
public:
    enum class Mode {
        Open,
        Create,
        ReadOnly, ///< for a folder that cannot be written: beside a writer, or alone when it was closed properly
        Memory ///< empty, of this process alone; the file only gives it its name
    };
    Database(const std::filesystem::path& file, Mode mode);

    /// The first 100 bytes of the file, read before SQLite itself has looked at it. Never read the file in another way:
    /// closing any other descriptor of it gives away the locks that all connections of this process hold.
    std::string header() const;

    /// Runs statements that give no rows.
    void execute(const std::string& sql);
    int64_t changes() const { return sqlite3_changes64(m_handle.get()); }
    int64_t lastRowId() const { return sqlite3_last_insert_rowid(m_handle.get()); }
    sqlite3* handle() const { return m_handle.get(); }
    const std::filesystem::path& file() const { return m_file; }
    [[noreturn]] void fail(int code) const;

private:
    struct Close {
        void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
    };
    std::filesystem::path m_file;
    std::unique_ptr<sqlite3, Close> m_handle;
};

/// Bytes of the longest path with which SQLite opens a database.
size_t longestDatabaseName();

/// The database as a new file `to`, in place of one there: whole and checked by integrity_check, or not at all.
/// Throws DamagedLibrary when the copy is not sound.
void copyDatabase(Database& from, const std::filesystem::path& to);

/// The database in memory, under the same name.
Database copyInMemory(Database& from);

/// A name beside `file` for what is being built; what processes that died have left of such names, removeBuilding()
/// takes away.
std::filesystem::path buildingName(const std::filesystem::path& file);
bool isBuildingName(const std::string& name, const std::filesystem::path& file);
void removeBuilding(const std::filesystem::path& file);
/// Removes a database with what SQLite keeps beside it.
void removeDatabase(const std::filesystem::path& file);

/// A prepared statement: bind in order, then run(), or step through rows and read columns in order.
class Statement {
public:
    Statement(Database& database, std::string_view sql);

    Statement& bind(int64_t value);
    Statement& bind(int value) { return bind(int64_t(value)); }
    Statement& bind(bool value) { return bind(int64_t(value)); }
    Statement& bind(double value);
    Statement& bind(const std::optional<double>& value);
    Statement& bind(const std::string& utf8);
    /// As a BLOB: file names are bytes, not always text.
    Statement& bind(const std::filesystem::path& path);

    /// True while there is a row; starts reading at its first column.
    bool step();
    /// Steps to the end and makes the statement ready for new values.
    void run();

    int64_t integer();
    double real();
    std::optional<double> optionalReal();
    std::string text();
    std::filesystem::path path() { return text(); }

private:
    void check(int code) const;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };
    Database& m_database;
    std::unique_ptr<sqlite3_stmt, Finalize> m_statement;
    int m_bound = 0;
    int m_column = 0;
};

/// BEGIN IMMEDIATE until commit(); rolled back when it is left without.
class Transaction {
public:
    explicit Transaction(Database& database);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

private:
    Database& m_database;
    bool m_open = true;
};

} // namespace clipscope
