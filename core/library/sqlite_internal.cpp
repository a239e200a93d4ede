// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/sqlite_internal.h"

#include "base/error.h"

#include <cerrno>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr int kBusyTimeoutMs = 10000;

[[noreturn]] void throwStorage(sqlite3* handle, int code, const fs::path& file)
{
    const std::string detail = handle ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
    const int primary = code & 0xff;
    if (primary == SQLITE_FULL || (handle && sqlite3_system_errno(handle) == ENOSPC && primary == SQLITE_IOERR))
        throw Error(ErrorKind::Storage, "no space left on the disk", file.string(),
            "Free some space and start the same step again; nothing finished is lost.");
    switch (primary) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        throw Error(ErrorKind::Storage, "is damaged (" + detail + ")", file.string(),
            "Import the videos into a new library; the media files are untouched.");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        throw Error(ErrorKind::Storage, "is in use by another program", file.string(), "Try again when that is done.");
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        throw Error(ErrorKind::Storage, "cannot be opened or written (" + detail + ")", file.string(),
            "Check the permissions of the library's folder.");
    case SQLITE_NOMEM:
        throw Error(ErrorKind::Resource, "not enough memory", file.string());
    default:
        throw Error(ErrorKind::Storage, "the database failed (" + detail + ")", file.string());
    }
}

} // namespace

Database::Database(const fs::path& file, Mode mode)
    : m_file(file)
{
    sqlite3* handle = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        | (mode == Mode::Create ? SQLITE_OPEN_CREATE : 0);
    const int code = sqlite3_open_v2(file.c_str(), &handle, flags, nullptr);
    m_handle.reset(handle);
    if (code != SQLITE_OK)
        fail(code);
    sqlite3_busy_timeout(handle, kBusyTimeoutMs);
}

void Database::execute(const std::string& sql)
{
    if (const int code = sqlite3_exec(m_handle.get(), sql.c_str(), nullptr, nullptr, nullptr); code != SQLITE_OK)
        fail(code);
}

void Database::fail(int code) const
{
    throwStorage(m_handle.get(), code, m_file);
}

Statement::Statement(Database& database, std::string_view sql)
    : m_database(database)
{
    sqlite3_stmt* statement = nullptr;
    check(sqlite3_prepare_v2(database.handle(), sql.data(), int(sql.size()), &statement, nullptr));
    m_statement.reset(statement);
}

Statement& Statement::bind(int64_t value)
{
    check(sqlite3_bind_int64(m_statement.get(), ++m_bound, value));
    return *this;
}

Statement& Statement::bind(double value)
{
    check(sqlite3_bind_double(m_statement.get(), ++m_bound, value));
    return *this;
}

Statement& Statement::bind(const std::optional<double>& value)
{
    if (value)
        return bind(*value);
    check(sqlite3_bind_null(m_statement.get(), ++m_bound));
    return *this;
}

Statement& Statement::bind(const std::string& utf8)
{
    check(sqlite3_bind_text64(m_statement.get(), ++m_bound, utf8.data(), utf8.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
    return *this;
}

Statement& Statement::bind(const fs::path& path)
{
    check(sqlite3_bind_blob64(m_statement.get(), ++m_bound, path.c_str(), path.native().size(), SQLITE_TRANSIENT));
    return *this;
}

bool Statement::step()
{
    m_column = 0;
    const int code = sqlite3_step(m_statement.get());
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        m_database.fail(code);
    return code == SQLITE_ROW;
}

void Statement::run()
{
    while (step()) { }
    sqlite3_reset(m_statement.get());
    m_bound = 0;
}

int64_t Statement::integer()
{
    return sqlite3_column_int64(m_statement.get(), m_column++);
}

double Statement::real()
{
    return sqlite3_column_double(m_statement.get(), m_column++);
}

std::optional<double> Statement::optionalReal()
{
    if (sqlite3_column_type(m_statement.get(), m_column) != SQLITE_NULL)
        return real();
    ++m_column;
    return {};
}

std::string Statement::text()
{
    const void* bytes = sqlite3_column_blob(m_statement.get(), m_column);
    const int count = sqlite3_column_bytes(m_statement.get(), m_column++);
    return bytes ? std::string(static_cast<const char*>(bytes), size_t(count)) : std::string();
}

void Statement::check(int code) const
{
    if (code != SQLITE_OK)
        m_database.fail(code);
}

Transaction::Transaction(Database& database)
    : m_database(database)
{
    m_database.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction()
{
    // After a full disk or an I/O error SQLite has rolled back by itself; a second ROLLBACK then fails harmlessly.
    if (m_open)
        sqlite3_exec(m_database.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit()
{
    m_database.execute("COMMIT");
    m_open = false;
}

} // namespace clipscope
