// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/file_hashes_internal.h"

#include "base/disk_steps.h"
#include "base/files.h"
#include "base/json.h"

#include <array>
#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <memory>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr int64_t kWorthKeeping = 1 << 20; ///< smaller files are hashed at once
constexpr size_t kMostEntries = 500;

constexpr std::array kModelFiles{"classes.json", "config.json", "merges.txt", "model.safetensors",
    "open_clip_config.json", "open_clip_model.safetensors", "preprocessor_config.json", "text/config.json",
    "text/model.safetensors", "text/vocab.txt", "vocab.json", "vocab.txt"};

} // namespace

std::string sha256Stoppable(
    const fs::path& path, const JobContext& context, const std::function<void(int64_t)>& onBytes)
{
    struct CloseFile {
        int fd;
        ~CloseFile() { ::close(fd); }
    };
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        throwStorageError("cannot be opened", path, errno);
    const CloseFile closing{fd};
    struct stat st;
    if (::fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        throw Error(ErrorKind::Storage, "is not a regular file", path.string());

    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> digest(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr);
    std::vector<char> buffer(1 << 20);
    for (int64_t done = 0;;) {
        context.throwIfStopped();
        const ssize_t n = ::read(fd, buffer.data(), buffer.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            throwStorageError("cannot be read", path, errno);
        if (n == 0)
            break;
        EVP_DigestUpdate(digest.get(), buffer.data(), size_t(n));
        done += n;
        if (onBytes)
            onBytes(done);
    }
    std::array<unsigned char, 32> bytes{};
    EVP_DigestFinal_ex(digest.get(), bytes.data(), nullptr);
    std::string out;
    for (const unsigned char byte : bytes) {
        out += "0123456789abcdef"[byte >> 4];
        out += "0123456789abcdef"[byte & 15];
    }
    return out;
}

FileHashes::FileHashes()
    : m_file(cacheHome() / "file-hashes.json")
{
    try {
        if (!fs::exists(m_file))
            return;
        const Json root = readJsonFile(m_file, 1 << 20);
        for (const auto& [path, value] : root.at("files").items())
            m_entries[path] = {value.at("bytes").get<int64_t>(), value.at("modifiedNs").get<int64_t>(),
                value.at("inode").get<uint64_t>(), value.at("sha256").get<std::string>()};
    } catch (const std::exception&) {
        m_entries.clear(); // a damaged cache is an empty one
    }
}

FileHashes::~FileHashes()
{
    if (!m_changed)
        return;
    try {
        Json files = Json::object();
        for (const auto& [path, entry] : m_entries) {
            Entry now;
            if (files.size() < kMostEntries && stateOf(path, now))
                files[path] = {{"bytes", entry.bytes}, {"modifiedNs", entry.modifiedNs}, {"inode", entry.inode},
                    {"sha256", entry.sha256}};
        }
        fs::create_directories(m_file.parent_path());
        writeFileAtomically(m_file, Json{{"files", std::move(files)}}.dump(1) + "\n");
    } catch (const std::exception&) {
        // A home that cannot be written to costs a second the next time, nothing else.
    }
}

bool FileHashes::stateOf(const fs::path& path, Entry& out)
{
    struct stat st;
    if (::stat(path.c_str(), &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    out.bytes = st.st_size;
    out.modifiedNs = int64_t(st.st_mtim.tv_sec) * 1000000000 + st.st_mtim.tv_nsec;
    out.inode = st.st_ino;
    return true;
}

std::string FileHashes::sha256Of(const fs::path& path)
{
    Entry before;
    const std::string key = fs::absolute(path).lexically_normal().string();
    if (!stateOf(path, before) || before.bytes < kWorthKeeping)
        return sha256File(path);
    const auto known = m_entries.find(key);
    if (known != m_entries.end() && known->second.bytes == before.bytes && known->second.modifiedNs == before.modifiedNs
        && known->second.inode == before.inode)
        return known->second.sha256;
    const std::string sha256 = sha256File(path);
    Entry after;
    const bool same = stateOf(path, after) && after.bytes == before.bytes && after.modifiedNs == before.modifiedNs;
    // A file written a moment ago may be written again within the same tick of the file system's clock.
    const int64_t age = int64_t(std::time(nullptr)) - before.modifiedNs / 1000000000;
    if (same && age > 2)
        remember(path, sha256);
    return sha256;
}

void FileHashes::remember(const fs::path& path, const std::string& sha256)
{
    Entry entry;
    if (!stateOf(path, entry) || entry.bytes < kWorthKeeping)
        return;
    entry.sha256 = sha256;
    m_entries[fs::absolute(path).lexically_normal().string()] = entry;
    m_changed = true;
}

std::vector<std::string> filesOfModel(const fs::path& folder)
{
    std::vector<std::string> out;
    std::error_code ignored;
    for (const char* name : kModelFiles)
        if (fs::is_regular_file(folder / name, ignored))
            out.emplace_back(name);
    return out;
}

std::string hashOfModel(const fs::path& folder)
{
    FileHashes hashes;
    std::string text;
    for (const std::string& name : filesOfModel(folder))
        text += name + " " + hashes.sha256Of(folder / name) + "\n";
    return sha256(text);
}

} // namespace clipscope
