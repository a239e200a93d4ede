// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace clipscope {

/// Whether `head`, a file's first bytes (4 KiB are enough), are those of a container of moving pictures.
bool hasContainerSignature(std::string_view head);
/// Printable bytes only.
bool looksLikeText(std::string_view head);
/// Whether an MP4 or MOV file of `bytes` bytes has its index, 'moov' or 'moof', among its top-level boxes.
bool hasIndexBox(int descriptor, int64_t bytes);

} // namespace clipscope
