// SPDX-License-Identifier: GPL-3.0-or-later
#include "failing_vfs.h"

#include "support/failing_disk.h"

#include <cstring>

namespace clipscope::test {

namespace {

/// SQLite gives the room for it and for the real file behind it.
struct ShimFile {
    sqlite3_file base;
    sqlite3_file* real;
};

sqlite3_file* real(sqlite3_file* file)
{
    return reinterpret_cast<ShimFile*>(file)->real;
}

sqlite3_vfs* realVfs(sqlite3_vfs* vfs)
{
    return static_cast<sqlite3_vfs*>(vfs->pAppData);
}

/// 0, or SQLite's word for what FailingDisk says.
int fault(int sqliteError)
{
    const int error = FailingDisk::step();
    return error == 0 ? SQLITE_OK : error == ENOSPC ? SQLITE_FULL : sqliteError;
}

int close(sqlite3_file* file)
{
    return real(file)->pMethods ? real(file)->pMethods->xClose(real(file)) : SQLITE_OK;
}
int read(sqlite3_file* file, void* bytes, int count, sqlite3_int64 at)
{
    return real(file)->pMethods->xRead(real(file), bytes, count, at);
}
int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 at)
{
    if (const int failed = fault(SQLITE_IOERR_WRITE); failed != SQLITE_OK) {
        real(file)->pMethods->xWrite(real(file), bytes, count / 2, at);
        return failed;
    }
    return real(file)->pMethods->xWrite(real(file), bytes, count, at);
}
int truncate(sqlite3_file* file, sqlite3_int64 size)
{
    const int failed = fault(SQLITE_IOERR_TRUNCATE);
    return failed != SQLITE_OK ? failed : real(file)->pMethods->xTruncate(real(file), size);
}
int sync(sqlite3_file* file, int flags)
{
    const int failed = fault(SQLITE_IOERR_FSYNC);
    return failed != SQLITE_OK ? failed : real(file)->pMethods->xSync(real(file), flags);
}
int fileSize(sqlite3_file* file, sqlite3_int64* size)
{
    return real(file)->pMethods->xFileSize(real(file), size);
}
int lock(sqlite3_file* file, int level)
{
    return real(file)->pMethods->xLock(real(file), level);
}
int unlock(sqlite3_file* file, int level)
{
    return real(file)->pMethods->xUnlock(real(file), level);
}
int checkReservedLock(sqlite3_file* file, int* held)
{
    return real(file)->pMethods->xCheckReservedLock(real(file), held);
}
int fileControl(sqlite3_file* file, int operation, void* argument)
{
    return real(file)->pMethods->xFileControl(real(file), operation, argument);
}
int sectorSize(sqlite3_file* file)
{
    return real(file)->pMethods->xSectorSize(real(file));
}
int deviceCharacteristics(sqlite3_file* file)
{
    return real(file)->pMethods->xDeviceCharacteristics(real(file));
}
int shmMap(sqlite3_file* file, int page, int size, int extend, void volatile** memory)
{
    return real(file)->pMethods->xShmMap(real(file), page, size, extend, memory);
}
int shmLock(sqlite3_file* file, int offset, int count, int flags)
{
    return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
void shmBarrier(sqlite3_file* file)
{
    real(file)->pMethods->xShmBarrier(real(file));
}
int shmUnmap(sqlite3_file* file, int remove)
{
    return real(file)->pMethods->xShmUnmap(real(file), remove);
}

const sqlite3_io_methods kMethods = {2, close, read, write, truncate, sync, fileSize, lock, unlock, checkReservedLock,
    fileControl, sectorSize, deviceCharacteristics, shmMap, shmLock, shmBarrier, shmUnmap, nullptr, nullptr};

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* outFlags)
{
    auto* shim = reinterpret_cast<ShimFile*>(file);
    shim->base.pMethods = nullptr;
    shim->real = reinterpret_cast<sqlite3_file*>(shim + 1);
    std::memset(shim->real, 0, size_t(realVfs(vfs)->szOsFile));
    int accessible = 1;
    if (name && (flags & SQLITE_OPEN_CREATE))
        realVfs(vfs)->xAccess(realVfs(vfs), name, SQLITE_ACCESS_EXISTS, &accessible);
    if (!accessible) {
        if (const int failed = fault(SQLITE_CANTOPEN); failed != SQLITE_OK)
            return failed;
    }
    const int code = realVfs(vfs)->xOpen(realVfs(vfs), name, shim->real, flags, outFlags);
    if (shim->real->pMethods)
        shim->base.pMethods = &kMethods;
    return code;
}

int remove(sqlite3_vfs* vfs, const char* name, int syncFolder)
{
    const int failed = fault(SQLITE_IOERR_DELETE);
    return failed != SQLITE_OK ? failed : realVfs(vfs)->xDelete(realVfs(vfs), name, syncFolder);
}

} // namespace

FailingVfs::FailingVfs()
{
    sqlite3_vfs* system = sqlite3_vfs_find(nullptr);
    m_vfs = *system;
    m_vfs.zName = "failing";
    m_vfs.pAppData = system;
    m_vfs.pNext = nullptr;
    m_vfs.szOsFile = int(sizeof(ShimFile)) + system->szOsFile;
    m_vfs.xOpen = open;
    m_vfs.xDelete = remove;
    // The others ask for the VFS they belong to.
    m_vfs.xAccess = [](sqlite3_vfs* vfs, const char* name, int flags, int* out) {
        return realVfs(vfs)->xAccess(realVfs(vfs), name, flags, out);
    };
    m_vfs.xFullPathname = [](sqlite3_vfs* vfs, const char* name, int size, char* out) {
        return realVfs(vfs)->xFullPathname(realVfs(vfs), name, size, out);
    };
    m_vfs.xGetLastError = [](sqlite3_vfs* vfs, int size, char* out) {
        return realVfs(vfs)->xGetLastError(realVfs(vfs), size, out);
    };
    sqlite3_vfs_register(&m_vfs, 1);
}

FailingVfs::~FailingVfs()
{
    sqlite3_vfs_unregister(&m_vfs);
}

} // namespace clipscope::test
