// SPDX-License-Identifier: GPL-3.0-or-later
#include "loopback_server.h"

#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace clipscope::test {

namespace {

int boundSocket(int& port)
{
    const int out = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (out < 0 || ::bind(out, reinterpret_cast<sockaddr*>(&address), size) != 0
        || ::getsockname(out, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::runtime_error("no socket on the loopback address");
    port = ntohs(address.sin_port);
    return out;
}

std::string headerOf(const std::string& request, const std::string& name)
{
    const size_t at = request.find("\r\n" + name + ": ");
    if (at == std::string::npos)
        return {};
    const size_t from = at + name.size() + 4;
    return request.substr(from, request.find("\r\n", from) - from);
}

} // namespace

LoopbackServer::LoopbackServer()
    : m_listening(boundSocket(m_port))
{
    ::listen(m_listening, 16);
    m_accepting = std::thread([this] { accept(); });
}

LoopbackServer::~LoopbackServer()
{
    m_ending = true;
    m_accepting.join();
    for (std::thread& each : m_answers)
        each.join();
    ::close(m_listening);
}

void LoopbackServer::serve(const std::string& path, ServedFile file)
{
    const std::scoped_lock lock(m_mutex);
    m_files[path] = std::move(file);
}

std::vector<LoopbackServer::Request> LoopbackServer::requests(const std::string& path) const
{
    const std::scoped_lock lock(m_mutex);
    std::vector<Request> out;
    std::copy_if(m_requests.begin(), m_requests.end(), std::back_inserter(out),
        [&](const Request& request) { return request.path == path; });
    return out;
}

int LoopbackServer::closedPort()
{
    int port = 0;
    ::close(boundSocket(port));
    return port;
}

void LoopbackServer::accept()
{
    while (!m_ending) {
        pollfd waiting{m_listening, POLLIN, 0};
        if (::poll(&waiting, 1, 20) <= 0)
            continue;
        const int socket = ::accept4(m_listening, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket >= 0)
            m_answers.emplace_back([this, socket] {
                answer(socket);
                ::close(socket);
            });
    }
}

bool LoopbackServer::send(int socket, const char* bytes, size_t count) const
{
    while (count > 0 && !m_ending) {
        pollfd waiting{socket, POLLOUT, 0};
        if (::poll(&waiting, 1, 20) <= 0)
            continue;
        const ssize_t n = ::send(socket, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN)
            return false;
        bytes += std::max<ssize_t>(n, 0);
        count -= size_t(std::max<ssize_t>(n, 0));
    }
    return count == 0;
}

void LoopbackServer::answer(int socket)
{
    std::string text;
    while (text.find("\r\n\r\n") == std::string::npos && !m_ending) {
        char buffer[2048];
        pollfd waiting{socket, POLLIN, 0};
        if (::poll(&waiting, 1, 20) <= 0)
            continue;
        const ssize_t n = ::recv(socket, buffer, sizeof buffer, 0);
        if (n <= 0)
            return;
        text.append(buffer, size_t(n));
    }
    const size_t from = text.find(' ') + 1;
    const Request request{
        text.substr(from, text.find(' ', from) - from), headerOf(text, "Range"), headerOf(text, "If-Range")};
    ServedFile file;
    {
        const std::scoped_lock lock(m_mutex);
        m_requests.push_back(request);
        const auto found = m_files.find(request.path);
        if (found == m_files.end()) {
            file.status = 404;
        } else {
            file = found->second;
            if (found->second.faults-- <= 0) {
                file.status = 200;
                file.endAfter = -1;
            }
        }
    }
    if (file.status != 200) {
        const std::string page = "<html>no</html>";
        const std::string head = "HTTP/1.1 " + std::to_string(file.status) + " -\r\nConnection: close\r\n"
            + (file.location.empty() ? "" : "Location: " + file.location + "\r\n")
            + "Content-Length: " + std::to_string(page.size()) + "\r\n\r\n" + page;
        send(socket, head.data(), head.size());
        return;
    }
    int64_t start = 0;
    const bool sameVersion = request.ifRange.empty() || request.ifRange == file.etag;
    if (file.knowsRanges && sameVersion && request.range.starts_with("bytes="))
        start = std::stoll(request.range.substr(6));
    const int64_t size = int64_t(file.bytes.size());
    std::string head = start > 0 ? "HTTP/1.1 206 Partial\r\n" : "HTTP/1.1 200 OK\r\n";
    if (start >= size)
        head = "HTTP/1.1 416 Beyond\r\n";
    else if (start > 0)
        head += "Content-Range: bytes " + std::to_string(start) + "-" + std::to_string(size - 1) + "/"
            + std::to_string(size) + "\r\n";
    start = std::min(start, size);
    if (file.saysLength)
        head += "Content-Length: " + std::to_string(size - start) + "\r\n";
    head += (file.etag.empty() ? "" : "ETag: " + file.etag + "\r\n") + "Connection: close\r\n\r\n";
    send(socket, head.data(), head.size());
    const int64_t end = file.endAfter < 0 ? size : std::min(size, start + file.endAfter);
    for (int64_t at = start; at < end; at += 65536) {
        if (!send(socket, file.bytes.data() + at, size_t(std::min<int64_t>(65536, end - at))))
            return;
        if (file.pauseMs > 0)
            std::this_thread::sleep_for(std::chrono::milliseconds(file.pauseMs));
    }
    while (end < size && file.atEnd == ServedFile::AtEnd::Stall && !m_ending)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    ::shutdown(socket, SHUT_WR);
}

} // namespace clipscope::test
