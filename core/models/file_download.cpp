// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/file_download_internal.h"

#include "base/disk_steps.h"
#include "base/files.h"
#include "base/text.h"
#include "models/http_transfer_internal.h"

#include <algorithm>
#include <cstdlib>
#include <thread>

namespace clipscope {

namespace {

constexpr int64_t kProgress = 1 << 20; ///< so many new bytes make an attempt count as none
constexpr int kRestarts = 2;

const char* const kOffline =
    "Connect the machine and run the same command again, or fetch the files on another machine "
    "and give their folder with --from FOLDER.";
const char* const kGoesOn = "Run the same command again: it goes on where it stopped.";

/// The variable that sends the traffic through a proxy, as libcurl reads it; a wrong one is a common reason of failure.
std::string proxyVariable(const std::string& url)
{
    const bool secure = url.starts_with("https:");
    for (const char* name :
        {secure ? "https_proxy" : "http_proxy", secure ? "HTTPS_PROXY" : "", "all_proxy", "ALL_PROXY"})
        if (const char* value = *name ? std::getenv(name) : nullptr; value && *value)
            return name;
    return {};
}

bool mayPass(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_SSL_CONNECT_ERROR:
        return true;
    default:
        return false;
    }
}

void wait(std::chrono::milliseconds time, const JobContext& context)
{
    const auto until = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < until) {
        context.throwIfStopped();
        std::this_thread::sleep_for(std::min<std::chrono::milliseconds>(time, std::chrono::milliseconds(20)));
    }
}

class Downloader {
public:
    Downloader(const DownloadRequest& request, const JobContext& context)
        : m_request(request)
        , m_context(context)
        , m_host(hostOf(request.url))
        , m_file(request.part)
    {
        if (m_host.empty())
            throw Error(ErrorKind::Input, "is not an address", withoutLogin(request.url));
    }

    void run(const std::function<void(int64_t, int64_t)>& onBytes)
    {
        if (m_request.bytes > 0 && m_file.held() > m_request.bytes)
            restart();
        auto pause = m_request.firstWait;
        for (int failures = 0, restarts = 0; !complete();) {
            std::string etag;
            if (m_file.held() > 0) {
                etag = markOfPart();
                if (etag.empty() && !m_request.verifiedLater)
                    restart(); // nothing would tell the end of one version behind the beginning of another
            }
            const int64_t before = m_file.held();
            HttpTransfer transfer(m_request, m_file, etag);
            const CURLcode code = transfer.run(onBytes, m_context);
            m_reached = m_reached || transfer.started();
            if (m_file.fault() != 0)
                throwStorageError("cannot be written", m_request.part, m_file.fault());
            if (transfer.wrongSize())
                throw Error(ErrorKind::Model,
                    "has another size at " + m_host + ": "
                        + (transfer.total() >= 0 ? std::to_string(transfer.total()) : "more") + " bytes instead of "
                        + std::to_string(m_request.bytes),
                    m_request.subject, "It is another version of the file, or a page in its place.");
            const bool rangeRefused = transfer.wrongRange() || transfer.status() == 416;
            if (rangeRefused && before > 0 && restarts++ < kRestarts) {
                restart();
                continue;
            }
            const bool fine = code == CURLE_OK && (transfer.status() == 200 || transfer.status() == 206);
            if (fine && endsHere(transfer))
                break;
            failures = m_file.held() - before >= kProgress ? 0 : failures + 1;
            if (failures == 0)
                pause = m_request.firstWait;
            if (!worthAnother(code, transfer) || failures >= m_request.attempts)
                give(code, transfer);
            m_context.log(
                LogLevel::Warning, m_request.subject + ": " + withoutEnd(why(code, transfer)) + ", trying again");
            wait(pause, m_context);
            pause *= 2;
        }
        m_file.sync();
    }

private:
    bool complete() const { return m_request.bytes > 0 && m_file.held() == m_request.bytes; }
    bool endsHere(const HttpTransfer& transfer) const
    {
        const int64_t whole = m_request.bytes > 0 ? m_request.bytes : transfer.total();
        return whole < 0 ? transfer.started() : m_file.held() == whole;
    }
    void restart()
    {
        if (!m_file.truncate())
            throwStorageError("cannot be written", m_request.part, m_file.fault());
    }
    std::string markOfPart() const
    {
        try {
            const std::string mark = readFile(m_request.part.string() + ".etag", 200);
            const bool plain = std::none_of(mark.begin(), mark.end(), [](char c) { return c < ' '; });
            return plain ? mark : std::string();
        } catch (const Error&) {
            return {};
        }
    }

    bool worthAnother(CURLcode code, const HttpTransfer& transfer) const
    {
        // A machine that never got an answer is offline: to say so at once is kinder than a minute of trying.
        if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_CONNECT)
            return m_reached;
        if (code != CURLE_OK)
            return mayPass(code);
        const long status = transfer.status();
        return status == 200 || status == 206 || status == 408 || status == 429 || status >= 500;
    }

    std::string why(CURLcode code, const HttpTransfer& transfer) const
    {
        switch (code) {
        case CURLE_OK:
            if (transfer.status() == 200 || transfer.status() == 206)
                return "the connection to " + m_host + " was cut";
            if (transfer.status() == 404 || transfer.status() == 410)
                return m_host + " has no such file (HTTP " + std::to_string(transfer.status()) + ")";
            if (transfer.status() == 401 || transfer.status() == 403)
                return m_host + " does not give this file to everybody (HTTP " + std::to_string(transfer.status())
                    + ")";
            return m_host + " answers with HTTP " + std::to_string(transfer.status());
        case CURLE_COULDNT_RESOLVE_HOST:
            return m_host + " is not found: this machine seems to be offline";
        case CURLE_COULDNT_CONNECT:
            return m_host + " does not answer (" + transfer.reason(code) + "): no network, or the server is not there";
        case CURLE_COULDNT_RESOLVE_PROXY:
            return "the proxy that " + proxyVariable(m_request.url) + " names is not found";
        case CURLE_UNSUPPORTED_PROTOCOL:
            return m_host + " sends on to an address that is not http" + (secure() ? "s" : "")
                + ", which is not followed";
        case CURLE_TOO_MANY_REDIRECTS:
            return m_host + " sends on and on";
        case CURLE_OPERATION_TIMEDOUT:
            return m_host + " is silent";
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
            return "the certificate of " + m_host + " cannot be trusted (" + transfer.reason(code) + ")";
        case CURLE_PARTIAL_FILE:
        case CURLE_RECV_ERROR:
        case CURLE_GOT_NOTHING:
            return "the connection to " + m_host + " was cut";
        default:
            return m_host + ": " + transfer.reason(code);
        }
    }

    [[noreturn]] void give(CURLcode code, const HttpTransfer& transfer) const
    {
        const bool refused = code == CURLE_OK && transfer.status() >= 400 && transfer.status() < 500
            && transfer.status() != 408 && transfer.status() != 429;
        const std::string proxy = proxyVariable(m_request.url);
        std::string happened = "cannot be fetched: " + why(code, transfer);
        if (m_file.held() > 0)
            happened += "; " + formatBytes(double(m_file.held())) + " are kept";
        std::string remedy = m_reached ? kGoesOn : kOffline;
        if (refused || code == CURLE_UNSUPPORTED_PROTOCOL)
            remedy = "Look whether the address is right, or give a folder with the files by --from FOLDER.";
        if (!m_reached && !refused && !proxy.empty())
            remedy += " The variable " + proxy + " sends the traffic through a proxy: is it right?";
        throw Error(refused ? ErrorKind::Model : ErrorKind::Resource, happened, m_request.subject, remedy);
    }
    bool secure() const { return m_request.url.starts_with("https://"); }
    static std::string withoutEnd(std::string text)
    {
        while (!text.empty() && text.back() == '.')
            text.pop_back();
        return text;
    }

    const DownloadRequest& m_request;
    const JobContext& m_context;
    std::string m_host;
    PartFile m_file;
    bool m_reached = false; ///< a server has sent bytes of the file
};

} // namespace

void download(
    const DownloadRequest& request, const std::function<void(int64_t, int64_t)>& onBytes, const JobContext& context)
{
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (ready != CURLE_OK)
        throw Error(ErrorKind::Resource, std::string("libcurl cannot start: ") + curl_easy_strerror(ready));
    Downloader(request, context).run(onBytes);
}

std::string hostOf(const std::string& url)
{
    const CurlAddress parsed(curl_url());
    char* text = nullptr;
    if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK
        || curl_url_get(parsed.get(), CURLUPART_HOST, &text, 0) != CURLUE_OK)
        return {};
    return CurlText(text).get();
}

std::string withoutLogin(const std::string& url)
{
    const size_t start = url.find("://");
    if (start == std::string::npos)
        return url;
    const size_t end = std::min(url.find('/', start + 3), url.size());
    const size_t at = url.rfind('@', end);
    return at == std::string::npos || at < start ? url : url.substr(0, start + 3) + url.substr(at + 1);
}

} // namespace clipscope
