// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace clipscope::test {

/// A file as the server serves it, faults included.
struct ServedFile {
    std::string bytes;
    std::string etag; ///< with its quotes; empty: none
    bool knowsRanges = true;
    bool saysLength = true;
    int status = 200;
    std::string location; ///< for status 302
    int64_t endAfter = -1; ///< so many bytes of an answer, then `atEnd`; -1: all
    enum class AtEnd { Cut, Stall } atEnd = AtEnd::Cut;
    int faults = 1 << 30; ///< the first so many answers have `status` and `endAfter`, later ones are right
    int pauseMs = 0; ///< after each 64 KiB
};

/// An HTTP server on a port of 127.0.0.1 of its own, one thread a connection.
class LoopbackServer {
public:
    struct Request {
        std::string path;
        std::string range;
        std::string ifRange;
    };

    LoopbackServer();
    ~LoopbackServer();
    LoopbackServer(const LoopbackServer&) = delete;
    LoopbackServer& operator=(const LoopbackServer&) = delete;

    void serve(const std::string& path, ServedFile file);
    std::string url() const { return "http://127.0.0.1:" + std::to_string(m_port); }
    /// What was asked so far for `path`.
    std::vector<Request> requests(const std::string& path) const;

    /// A port on which nobody listens.
    static int closedPort();

private:
    void accept();
    void answer(int socket);
    bool send(int socket, const char* bytes, size_t count) const;

    int m_port = 0;
    int m_listening = -1;
    std::atomic<bool> m_ending{false};
    mutable std::mutex m_mutex;
    std::map<std::string, ServedFile> m_files;
    std::vector<Request> m_requests;
    std::vector<std::thread> m_answers;
    std::thread m_accepting;
};

} // namespace clipscope::test
