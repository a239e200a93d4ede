// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "retrieval/caption_readers.h"

#include "base/json.h"

#include <string>
#include <string_view>
#include <unordered_map>

namespace clipscope {

/// Gathers the rows of an annotation file by video, in order of first mention. Shared by the formats' readers.
class AnnotationCollector {
public:
    explicit AnnotationCollector(std::filesystem::path file);

    /// The entry of this video, made at its first mention.
    AnnotatedVideo& video(const std::string& id);
    /// Trims the text, mends the times (caption_readers.h) and leaves out empty texts.
    void addCaption(
        AnnotatedVideo& video, std::string_view text, std::optional<double> startSec, std::optional<double> endSec);
    Annotations take(std::string format, bool byPath);

private:
    Annotations m_annotations;
    std::unordered_map<std::string, size_t> m_places;
};

/// A finite number, or nothing; a decimal comma is understood.
std::optional<double> parseNumber(std::string_view text);
/// "train", "val", "test" for the data sets' spellings of them, other names as they are, trimmed.
std::string splitName(std::string_view text);
/// The split a file's name tells ("msvd/train_list.txt"), empty when it tells none.
std::string splitOfFileName(const std::filesystem::path& file);

/// The formats: CSV and lists of ids; JSON of the data sets.
Annotations parseCsvAnnotations(std::string_view text, const std::filesystem::path& file);
Annotations parseJsonAnnotations(std::string_view text, const std::filesystem::path& file);

} // namespace clipscope
