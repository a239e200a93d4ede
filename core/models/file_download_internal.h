// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job_context.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace clipscope {

/// One file to be brought from a server.
struct DownloadRequest {
    std::string url; ///< https:// or http://
    std::filesystem::path part; ///< grows there; PATH.etag beside it keeps the server's mark of the version
    std::string subject; ///< for errors: "clip-vit-b32/model.safetensors"
    int64_t bytes = 0; ///< 0: not known
    bool verifiedLater = false; ///< a checksum is known: go on behind `part` even without a mark of the version
    int attempts = 5; ///< in a row without progress
    std::chrono::milliseconds firstWait{500}; ///< doubled at each further attempt
};

/// Brings the file by HTTP(S), behind what `part` already holds (Range, If-Range) where the server can, else from the
/// beginning. Cut connections, time-outs and busy servers are tried again. From https only https is followed.
/// `onBytes`(held, total or 0) is called from this thread, at least ten times a second while bytes come.
/// Blocking; stops within 200 ms. What has come stays in `part`, on every error too. Throws Error(Resource) for the
/// network, Error(Model) when the server has not this file, Error(Storage) for the disk; Cancelled.
void download(
    const DownloadRequest& request, const std::function<void(int64_t, int64_t)>& onBytes, const JobContext& context);

/// "huggingface.co" of an address; empty when it is none.
std::string hostOf(const std::string& url);
/// The address without user name and password.
std::string withoutLogin(const std::string& url);

} // namespace clipscope
