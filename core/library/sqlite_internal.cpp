// SPDX-License-Identifier: GPL-3.0-or-later
#include "library/sqlite_internal.h"

#include "base/disk_steps.h"
#include "library/damaged_library.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <unistd.h>
#include <vector>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr int kBusyTimeoutMs = 10000;

[[noreturn]] void throwStorage(sqlite3* handle, int code, const fs::path& file)
{
    const std::string detail = handle ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
    const int primary = code & 0xff;
    const int system = handle ? sqlite3_system_errno(handle) : 0;
    if (primary == SQLITE_FULL
        || ((system == ENOSPC || system == EDQUOT || system == EFBIG)
            && (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN)))
        throw DiskFull("cannot be written: no space left on the disk", file.string());
    switch (primary) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        throw DamagedLibrary("is damaged (" + detail + ")", file);
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

int copyPages(Database& from, Database& to)
{
    sqlite3_backup* backup = sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
    if (!backup)
        return sqlite3_errcode(to.handle());
    sqlite3_backup_step(backup, -1);
    return sqlite3_backup_finish(backup);
}

/// A file that nobody can change while it is read, by the address with which SQLite takes that for granted.
std::string immutableAddress(const fs::path& file)
{
    std::string address = "file:";
    for (const unsigned char byte : file.string()) {
        char escaped[8];
        std::snprintf(escaped, sizeof escaped, "%%%02X", byte);
        address += byte == '/' ? std::string(1, '/') : std::string(escaped);
    }
    return address + "?immutable=1";
}

std::string hostName()
{
    char name[256] = {};
    ::gethostname(name, sizeof name - 1);
    return name;
}

} // namespace

Database::Database(const fs::path& file, Mode mode)
    : m_file(file)
{
    std::string name = mode == Mode::Memory ? ":memory:" : file.string();
    if (const size_t most = longestDatabaseName(); name.size() > most)
        throw Error(ErrorKind::Storage,
            "has too long a path (" + std::to_string(name.size()) + " bytes; " + std::to_string(most)
                + " are possible)",
            name, "Choose a folder with a shorter path.");
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    if (mode == Mode::ReadOnly) {
        flags |= SQLITE_OPEN_READONLY;
        std::error_code absent;
        if (!fs::exists(name + "-shm", absent)) {
            if (const auto bytes = fs::file_size(name + "-wal", absent); !absent && bytes > 0)
                throw Error(ErrorKind::Storage,
                    "cannot be read here: it was not closed properly and the folder cannot be written", name,
                    "Open it once where its folder can be written, or copy the folder.");
            name = immutableAddress(file);
            flags |= SQLITE_OPEN_URI;
        }
    } else {
        flags |= SQLITE_OPEN_READWRITE | (mode == Mode::Open ? 0 : SQLITE_OPEN_CREATE);
    }
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(name.c_str(), &handle, flags, nullptr);
    m_handle.reset(handle);
    if (code != SQLITE_OK)
        fail(code);
    sqlite3_busy_timeout(handle, kBusyTimeoutMs);
}

size_t longestDatabaseName()
{
    return size_t(sqlite3_vfs_find(nullptr)->mxPathname) - 1;
}

std::string Database::header() const
{
    sqlite3_file* opened = nullptr;
    std::string bytes(100, '\0');
    if (sqlite3_file_control(m_handle.get(), "main", SQLITE_FCNTL_FILE_POINTER, &opened) != SQLITE_OK || !opened
        || !opened->pMethods)
        fail(SQLITE_CANTOPEN);
    const int code = opened->pMethods->xRead(opened, bytes.data(), int(bytes.size()), 0);
    if (code == SQLITE_IOERR_SHORT_READ)
        return {};
    if (code != SQLITE_OK)
        fail(code);
    return bytes;
}

void copyDatabase(Database& from, const fs::path& to)
{
    const fs::path building = buildingName(to);
    const struct Remove {
        const fs::path& path;
        ~Remove() { removeDatabase(path); }
    } remove{building};
    {
        Database copy(building, Database::Mode::Create);
        if (const int code = copyPages(from, copy); code != SQLITE_OK)
            copy.fail(code);
        Statement check(copy, "PRAGMA integrity_check(1)");
        if (const std::string result = check.step() ? check.text() : "no answer"; result != "ok")
            throw DamagedLibrary("is damaged (" + result + ")", from.file());
    }
    if (!renameFile(building, to))
        throwStorageError("cannot be replaced", to, errno);
    syncFolder(to.parent_path());
}

Database copyInMemory(Database& from)
{
    Database copy(from.file(), Database::Mode::Memory);
    if (const int code = copyPages(from, copy); code != SQLITE_OK)
        copy.fail(code);
    return copy;
}

fs::path buildingName(const fs::path& file)
{
    static std::atomic<int> made = 0; // two threads of this process build two files
    return file.string() + ".new-" + std::to_string(::getpid()) + "-" + std::to_string(++made) + "-" + hostName();
}

bool isBuildingName(const std::string& name, const fs::path& file)
{
    return name.starts_with(file.filename().string() + ".new-");
}

void removeBuilding(const fs::path& file)
{
    std::error_code failed;
    std::vector<fs::path> found;
    for (fs::directory_iterator it(file.parent_path(), failed), end; !failed && it != end; it.increment(failed)) {
        const std::string name = it->path().filename().string();
        int process = 0;
        // Another machine's processes are not seen from here.
        if (isBuildingName(name, file)
            && std::sscanf(name.c_str() + file.filename().string().size(), ".new-%d-", &process) == 1
            && name.find(hostName()) != std::string::npos && ::kill(process, 0) != 0 && errno == ESRCH)
            found.push_back(it->path());
    }
    for (const fs::path& path : found)
        fs::remove_all(path, failed);
}

void removeDatabase(const fs::path& file)
{
    std::error_code ignored;
    for (const char* suffix : {"", "-journal", "-wal", "-shm"})
        fs::remove(file.string() + suffix, ignored);
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
