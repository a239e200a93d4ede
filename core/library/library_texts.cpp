// SPDX-License-Identifier: GPL-3.0-or-later
// The words of a library: names, captions and subtitles, and how they are found.
#include "base/text.h"
#include "library/search_words.h"
#include "library/video_library_internal.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <unordered_map>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

using NameMatch = VideoLibrary::NameMatch;

/// Texts that hold less of the query than this are no match: one of five words of a sentence says nothing.
constexpr double kLeastCoverage = .25;
constexpr const char* kCaptionColumns = "SELECT video, text, start_sec, end_sec, field FROM texts";
/// Timed ones in time order, then untimed ones in the order they came.
constexpr const char* kCaptionOrder = " ORDER BY video, start_sec IS NULL, start_sec, end_sec, id";

int64_t fieldOf(NameMatch::Field field)
{
    return int64_t(field);
}

NameMatch::Field fieldOf(CaptionSource source)
{
    return source == CaptionSource::Caption ? NameMatch::Field::Caption : NameMatch::Field::Subtitle;
}

/// The names a user knows the file by: from the imported folder's own name on.
fs::path knownName(const VideoRecord& record)
{
    const fs::path& root = record.importRoot;
    const auto [inRoot, inPath] = std::mismatch(root.begin(), root.end(), record.path.begin(), record.path.end());
    if (root.empty() || inRoot != root.end())
        return record.path.relative_path();
    fs::path name = root.filename();
    if (inPath == record.path.end()) // the file itself was named: its folder stands for the import
        name = record.path.parent_path().filename() / name;
    for (auto it = inPath; it != record.path.end(); ++it)
        name /= *it;
    return name;
}

void insertText(Database& database, VideoId video, NameMatch::Field field, const std::string& text,
    const std::string& indexed, std::optional<double> startSec, std::optional<double> endSec)
{
    Statement insert(
        database, "INSERT INTO texts (video, field, text, indexed, start_sec, end_sec) VALUES (?, ?, ?, ?, ?, ?)");
    insert.bind(video).bind(fieldOf(field)).bind(text).bind(indexed).bind(startSec).bind(endSec).run();
}

void deleteTexts(Database& database, VideoId video, NameMatch::Field field)
{
    Statement erase(database, "DELETE FROM texts WHERE video = ? AND field = ?");
    erase.bind(video).bind(fieldOf(field)).run();
}

std::vector<Caption> readCaptions(Statement& select)
{
    std::vector<Caption> out;
    while (select.step()) {
        Caption caption;
        caption.video = select.integer();
        caption.text = select.text();
        caption.startSec = select.optionalReal();
        caption.endSec = select.optionalReal();
        caption.source =
            select.integer() == fieldOf(NameMatch::Field::Subtitle) ? CaptionSource::Subtitle : CaptionSource::Caption;
        out.push_back(std::move(caption));
    }
    return out;
}

/// The share of the query that each text holds: words weighted by how rare they are among all texts.
std::unordered_map<int64_t, double> coverages(Database& database, const std::vector<std::string>& expressions)
{
    Statement count(database, "SELECT count(*) FROM texts");
    count.step();
    const double texts = double(count.integer());
    std::unordered_map<int64_t, double> out;
    double sum = 0;
    for (const std::string& expression : expressions) {
        std::vector<int64_t> rows;
        Statement select(database, "SELECT rowid FROM text_words WHERE text_words MATCH ?");
        select.bind(expression);
        while (select.step())
            rows.push_back(select.integer());
        const double weight = std::log1p(texts / std::max(1., double(rows.size())));
        sum += weight;
        for (const int64_t row : rows)
            out[row] += weight;
    }
    for (auto& [row, coverage] : out)
        coverage /= sum;
    return out;
}

struct Candidate {
    int64_t row = 0;
    double coverage = 0;
    double bm25 = 0;
    double score = 0;
};

std::vector<Candidate> scoredTexts(Database& database, const std::vector<std::string>& expressions)
{
    const auto coverage = coverages(database, expressions);
    std::string any;
    for (const std::string& expression : expressions)
        any += (any.empty() ? "" : " OR ") + expression;
    Statement select(database, "SELECT rowid, bm25(text_words) FROM text_words WHERE text_words MATCH ?");
    select.bind(any);
    std::vector<Candidate> out;
    double best = 0;
    while (select.step()) {
        Candidate candidate;
        candidate.row = select.integer();
        candidate.bm25 = -select.real(); // SQLite's is the better the smaller it is
        const auto found = coverage.find(candidate.row);
        candidate.coverage = found == coverage.end() ? 0 : std::min(1., found->second);
        best = std::max(best, candidate.bm25);
        if (candidate.coverage >= kLeastCoverage)
            out.push_back(candidate);
    }
    for (Candidate& candidate : out)
        candidate.score = candidate.coverage * (.75 + .25 * (best > 0 ? std::max(0., candidate.bm25) / best : 1));
    return out;
}

} // namespace

void VideoLibrary::Impl::storeName(const VideoRecord& record)
{
    const fs::path name = knownName(record);
    deleteTexts(database, record.id, NameMatch::Field::Name);
    insertText(database, record.id, NameMatch::Field::Name, validUtf8(name.string()), indexedPath(name), std::nullopt,
        std::nullopt);
}

std::vector<Caption> VideoLibrary::captions(VideoId id) const
{
    const std::lock_guard lock(m_impl->mutex);
    Statement select(
        m_impl->database, std::string(kCaptionColumns) + " WHERE field <> 0 AND video = ?" + kCaptionOrder);
    select.bind(id);
    return readCaptions(select);
}

std::vector<Caption> VideoLibrary::allCaptions() const
{
    const std::lock_guard lock(m_impl->mutex);
    Statement select(m_impl->database, std::string(kCaptionColumns) + " WHERE field <> 0" + kCaptionOrder);
    return readCaptions(select);
}

void VideoLibrary::setCaptions(VideoId id, CaptionSource source, const std::vector<Caption>& captions)
{
    const std::lock_guard lock(m_impl->mutex);
    Transaction transaction(m_impl->database);
    m_impl->need(id);
    m_impl->replaceCaptions(id, source, captions);
    transaction.commit();
}

void VideoLibrary::Impl::replaceCaptions(VideoId id, CaptionSource source, const std::vector<Caption>& captions)
{
    deleteTexts(database, id, fieldOf(source));
    for (const Caption& caption : captions) {
        const std::string text = validUtf8(caption.text);
        if (trimmed(text).empty())
            continue;
        const bool timed =
            caption.startSec && caption.endSec && std::isfinite(*caption.startSec) && std::isfinite(*caption.endSec);
        insertText(database, id, fieldOf(source), text, indexedText(text), timed ? caption.startSec : std::nullopt,
            timed ? caption.endSec : std::nullopt);
    }
}

std::vector<NameMatch> VideoLibrary::matchWords(const std::string& words, int limit) const
{
    const std::vector<std::string> expressions = wordExpressions(words);
    if (expressions.empty() || limit <= 0)
        return {};
    const std::lock_guard lock(m_impl->mutex);
    Database& database = m_impl->database;
    std::vector<Candidate> candidates = scoredTexts(database, expressions);
    const auto middle = candidates.begin() + std::min<std::ptrdiff_t>(limit, std::ssize(candidates));
    std::partial_sort(candidates.begin(), middle, candidates.end(),
        [](const Candidate& a, const Candidate& b) { return a.score != b.score ? a.score > b.score : a.row < b.row; });
    std::vector<NameMatch> out;
    for (auto it = candidates.begin(); it != middle; ++it) {
        Statement select(database, "SELECT video, field, text, start_sec, end_sec FROM texts WHERE id = ?");
        if (!select.bind(it->row).step())
            continue; // another instance has just removed it
        NameMatch match;
        match.video = select.integer();
        match.field = NameMatch::Field(select.integer());
        match.text = select.text();
        match.startSec = select.optionalReal();
        match.endSec = select.optionalReal();
        match.score = it->score;
        out.push_back(std::move(match));
    }
    return out;
}

} // namespace clipscope
