// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/http_transfer_internal.h"

#include "base/files.h"
#include "base/text.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr int64_t kMostBytes = int64_t(1) << 40;

/// libcurl's own rule is replaced by setting an option, so the user's exceptions are repeated. A mirror on this machine
/// is never asked for through a proxy.
std::string addressesWithoutProxy()
{
    std::string out = "localhost,127.0.0.1,::1";
    for (const char* name : {"no_proxy", "NO_PROXY"})
        if (const char* value = std::getenv(name); value && *value)
            return std::string(value) == "*" ? value : out + "," + value;
    return out;
}

int64_t numberAt(const std::string& text, size_t at)
{
    int64_t out = -1;
    const auto [end, fault] = std::from_chars(text.data() + at, text.data() + text.size(), out);
    return fault == std::errc() && out >= 0 && out <= kMostBytes ? out : -1;
}

} // namespace

HttpTransfer::HttpTransfer(const DownloadRequest& request, PartFile& file, const std::string& etag)
    : m_request(request)
    , m_file(file)
    , m_from(file.held())
    , m_easy(curl_easy_init())
    , m_multi(curl_multi_init())
{
    if (!m_easy || !m_multi)
        throw Error(ErrorKind::Resource, "no memory for a connection");
    CURL* easy = m_easy.get();
    const bool secure = request.url.starts_with("https://");
    const auto set = [easy](CURLoption option, auto value) { curl_easy_setopt(easy, option, value); };
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, secure ? "https" : "http,https");
    set(CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
    set(CURLOPT_FOLLOWLOCATION, 1L);
    set(CURLOPT_MAXREDIRS, 6L);
    set(CURLOPT_NOPROXY, addressesWithoutProxy().c_str());
    set(CURLOPT_USERAGENT, "clipscope");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_CONNECTTIMEOUT, 20L);
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(CURLOPT_LOW_SPEED_TIME, 30L);
    set(CURLOPT_BUFFERSIZE, 256L * 1024);
    set(CURLOPT_ERRORBUFFER, m_reason.data());
    set(CURLOPT_HEADERFUNCTION, &HttpTransfer::onHeader);
    set(CURLOPT_HEADERDATA, static_cast<void*>(this));
    set(CURLOPT_WRITEFUNCTION, &HttpTransfer::onBody);
    set(CURLOPT_WRITEDATA, static_cast<void*>(this));
#if LIBCURL_VERSION_NUM >= 0x075700
    set(CURLOPT_QUICK_EXIT, 1L); // a name that is still being looked up does not hold up a cancel
#endif
    if (m_from > 0) {
        set(CURLOPT_RANGE, (std::to_string(m_from) + "-").c_str());
        if (!etag.empty()) {
            m_headers.reset(curl_slist_append(nullptr, ("If-Range: " + etag).c_str()));
            set(CURLOPT_HTTPHEADER, m_headers.get());
        }
    }
    curl_multi_add_handle(m_multi.get(), easy);
}

HttpTransfer::~HttpTransfer()
{
    curl_multi_remove_handle(m_multi.get(), m_easy.get());
}

CURLcode HttpTransfer::run(const std::function<void(int64_t, int64_t)>& onBytes, const JobContext& context)
{
    for (int running = 1;;) {
        const CURLMcode fault = curl_multi_perform(m_multi.get(), &running);
        if (m_started)
            onBytes(m_file.held(), std::max<int64_t>(m_total, 0));
        context.throwIfStopped();
        if (fault != CURLM_OK)
            return CURLE_OUT_OF_MEMORY;
        if (running == 0)
            break;
        curl_multi_poll(m_multi.get(), nullptr, 0, 100, nullptr);
    }
    int left = 0;
    const CURLMsg* message = curl_multi_info_read(m_multi.get(), &left);
    curl_easy_getinfo(m_easy.get(), CURLINFO_RESPONSE_CODE, &m_status);
    return message ? message->data.result : CURLE_OUT_OF_MEMORY;
}

size_t HttpTransfer::onHeader(char* data, size_t, size_t count, void* self)
{
    static_cast<HttpTransfer*>(self)->header(trimmed({data, count}));
    return count;
}

size_t HttpTransfer::onBody(char* data, size_t, size_t count, void* self)
{
    return static_cast<HttpTransfer*>(self)->body(data, count) ? count : CURL_WRITEFUNC_ERROR;
}

void HttpTransfer::header(const std::string& line)
{
    if (line.starts_with("HTTP/")) { // of each answer on the way
        m_etag.clear();
        m_length = m_rangeFrom = m_rangeTotal = -1;
        return;
    }
    const size_t colon = line.find(':');
    if (colon == std::string::npos)
        return;
    std::string name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return char(std::tolower(c)); });
    const std::string value = trimmed(std::string_view(line).substr(colon + 1));
    if (name == "etag" && value.starts_with('"') && value.size() < 200) // a weak one does not serve If-Range
        m_etag = value;
    else if (name == "content-length")
        m_length = numberAt(value, 0);
    else if (name == "content-range" && value.starts_with("bytes ")) {
        m_rangeFrom = numberAt(value, 6);
        const size_t slash = value.find('/');
        m_rangeTotal = slash == std::string::npos ? -1 : numberAt(value, slash + 1);
    }
}

bool HttpTransfer::body(const char* data, size_t count)
{
    if (!m_started && !start())
        return false;
    if (m_status != 200 && m_status != 206)
        return true; // the text of an error page
    const int64_t most = m_request.bytes > 0 ? m_request.bytes : m_total >= 0 ? m_total : kMostBytes;
    if (m_file.held() + int64_t(count) > most) {
        m_wrongSize = true;
        return false;
    }
    return m_file.append(data, count);
}

/// At the first bytes of the last answer: is it the file, from where we hold it?
bool HttpTransfer::start()
{
    curl_easy_getinfo(m_easy.get(), CURLINFO_RESPONSE_CODE, &m_status);
    if (m_status != 200 && m_status != 206)
        return true;
    m_total = m_status == 206 ? m_rangeTotal : m_length;
    m_wrongSize = m_request.bytes > 0 && m_total >= 0 && m_total != m_request.bytes;
    m_wrongRange = m_status == 206 && m_rangeFrom != m_from;
    if (m_wrongSize || m_wrongRange)
        return false;
    if (m_status == 200) { // the server knows no ranges, or the file is another one now
        if (!m_file.truncate())
            return false;
        const fs::path mark = m_request.part.string() + ".etag";
        std::error_code ignored;
        fs::remove(mark, ignored);
        try {
            if (!m_etag.empty())
                writeFileAtomically(mark, m_etag);
        } catch (const Error&) {
            // Without the mark a later run starts from the beginning.
        }
    }
    m_started = true;
    return true;
}

} // namespace clipscope
