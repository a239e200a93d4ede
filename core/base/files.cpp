// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/files.h"

#include "base/disk_steps.h"
#include "base/error.h"
#include "base/file_writer.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <memory>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

struct Descriptor {
    int fd;
    explicit Descriptor(int f)
        : fd(f)
    {
    }
    ~Descriptor()
    {
        if (fd >= 0)
            ::close(fd);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
};

/// Opens a regular file for reading; O_NONBLOCK so that a FIFO cannot block the open.
int openRegular(const fs::path& path, struct stat& st)
{
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        throwStorageError("cannot be opened", path, errno);
    if (::fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        ::close(fd);
        throw Error(ErrorKind::Input, "is not a regular file", path.string());
    }
    return fd;
}

size_t readSome(int fd, char* to, size_t bytes, const fs::path& path)
{
    size_t got = 0;
    while (got < bytes) {
        const ssize_t n = ::read(fd, to + got, bytes - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            throwStorageError("cannot be read", path, errno);
        if (n == 0)
            break;
        got += size_t(n);
    }
    return got;
}

class Sha256 {
public:
    Sha256()
        : m_context(EVP_MD_CTX_new())
    {
        EVP_DigestInit_ex(m_context.get(), EVP_sha256(), nullptr);
    }
    void add(const void* bytes, size_t count) { EVP_DigestUpdate(m_context.get(), bytes, count); }
    std::string hex()
    {
        unsigned char digest[32];
        EVP_DigestFinal_ex(m_context.get(), digest, nullptr);
        static const char* digits = "0123456789abcdef";
        std::string out;
        for (const unsigned char b : digest) {
            out += digits[b >> 4];
            out += digits[b & 15];
        }
        return out;
    }

private:
    struct Free {
        void operator()(EVP_MD_CTX* c) const { EVP_MD_CTX_free(c); }
    };
    std::unique_ptr<EVP_MD_CTX, Free> m_context;
};

fs::path xdg(const char* variable, const char* fallback)
{
    const char* value = std::getenv(variable);
    if (value && *value == '/')
        return fs::path(value) / "clipscope";
    const char* home = std::getenv("HOME");
    return fs::path(home && *home ? home : "/tmp") / fallback / "clipscope";
}

} // namespace

std::string readFile(const fs::path& path, int64_t maxBytes)
{
    struct stat st;
    Descriptor file(openRegular(path, st));
    if (int64_t(st.st_size) > maxBytes)
        throw Error(ErrorKind::Input,
            "is " + std::to_string(st.st_size) + " bytes long; at most " + std::to_string(maxBytes) + " are read here",
            path.string());
    std::string out(size_t(st.st_size), '\0');
    out.resize(readSome(file.fd, out.data(), out.size(), path));
    return out;
}

void writeFileAtomically(const fs::path& path, std::string_view bytes)
{
    FileWriter file(path);
    file.write(bytes.data(), bytes.size());
    file.commit();
}

std::string sha256(std::string_view bytes)
{
    Sha256 hash;
    hash.add(bytes.data(), bytes.size());
    return hash.hex();
}

std::string sha256File(const fs::path& path)
{
    struct stat st;
    Descriptor file(openRegular(path, st));
    Sha256 hash;
    std::vector<char> buffer(1 << 20);
    while (const size_t n = readSome(file.fd, buffer.data(), buffer.size(), path))
        hash.add(buffer.data(), n);
    return hash.hex();
}

std::string contentHash(const fs::path& path)
{
    struct stat st;
    Descriptor file(openRegular(path, st));
    Sha256 hash;
    const int64_t size = st.st_size;
    hash.add(&size, sizeof size);
    std::vector<char> buffer(1 << 20);
    auto addPiece = [&](int64_t from, size_t bytes) {
        if (::lseek(file.fd, from, SEEK_SET) < 0)
            throwStorageError("cannot be read", path, errno);
        hash.add(buffer.data(), readSome(file.fd, buffer.data(), bytes, path));
    };
    constexpr int64_t kMiB = 1 << 20;
    if (size <= 4 * kMiB) {
        for (int64_t at = 0; at < size; at += kMiB)
            addPiece(at, size_t(kMiB));
        return hash.hex();
    }
    addPiece(0, size_t(kMiB));
    for (int64_t i = 1; i <= 16; ++i)
        addPiece(i * (size / 17), 64 * 1024);
    addPiece(size - kMiB, size_t(kMiB));
    return hash.hex();
}

fs::path dataHome()
{
    return xdg("XDG_DATA_HOME", ".local/share");
}

fs::path cacheHome()
{
    return xdg("XDG_CACHE_HOME", ".cache");
}

fs::path configHome()
{
    return xdg("XDG_CONFIG_HOME", ".config");
}

fs::path modelsHome()
{
    return dataHome() / "models";
}

fs::path resourceDir()
{
    if (const char* value = std::getenv("CLIPSCOPE_RESOURCES"); value && *value)
        return value;
    std::error_code ignored;
    const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
    const fs::path installed = program.parent_path().parent_path() / "share" / "clipscope";
    if (fs::exists(installed / "models.json", ignored))
        return installed;
    return CLIPSCOPE_SOURCE_RESOURCES;
}

} // namespace clipscope
