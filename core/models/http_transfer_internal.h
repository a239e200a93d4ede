// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"
#include "models/file_download_internal.h"
#include "models/part_file_internal.h"

#include <array>
#include <cstdint>
#include <curl/curl.h>
#include <functional>
#include <memory>
#include <string>

namespace clipscope {

template <auto function> struct FreeWith {
    template <class T> void operator()(T* handle) const { function(handle); }
};
using CurlEasy = std::unique_ptr<CURL, FreeWith<curl_easy_cleanup>>;
using CurlMulti = std::unique_ptr<CURLM, FreeWith<curl_multi_cleanup>>;
using CurlList = std::unique_ptr<curl_slist, FreeWith<curl_slist_free_all>>;
using CurlAddress = std::unique_ptr<CURLU, FreeWith<curl_url_cleanup>>;
using CurlText = std::unique_ptr<char, FreeWith<curl_free>>;

/// One GET for what `file` does not hold yet, redirects included, and its answer.
class HttpTransfer {
public:
    /// `etag`: the mark of the version that `file` began with, may be empty.
    HttpTransfer(const DownloadRequest& request, PartFile& file, const std::string& etag);
    ~HttpTransfer();
    HttpTransfer(const HttpTransfer&) = delete;
    HttpTransfer& operator=(const HttpTransfer&) = delete;

    /// Blocking; throws Cancelled.
    CURLcode run(const std::function<void(int64_t, int64_t)>& onBytes, const JobContext& context);

    long status() const { return m_status; }
    int64_t total() const { return m_total; } ///< of the whole file, -1 when the server does not say
    bool started() const { return m_started; } ///< bytes of the file have come
    bool wrongSize() const { return m_wrongSize; }
    bool wrongRange() const { return m_wrongRange; }
    std::string reason(CURLcode code) const { return m_reason[0] ? m_reason.data() : curl_easy_strerror(code); }

private:
    static size_t onHeader(char* data, size_t, size_t count, void* self);
    static size_t onBody(char* data, size_t, size_t count, void* self);
    void header(const std::string& line);
    bool body(const char* data, size_t count);
    bool start();

    const DownloadRequest& m_request;
    PartFile& m_file;
    int64_t m_from;
    std::array<char, CURL_ERROR_SIZE> m_reason{};
    CurlList m_headers;
    CurlEasy m_easy;
    CurlMulti m_multi;
    long m_status = 0;
    std::string m_etag;
    int64_t m_length = -1, m_rangeFrom = -1, m_rangeTotal = -1, m_total = -1;
    bool m_started = false, m_wrongSize = false, m_wrongRange = false;
};

} // namespace clipscope
