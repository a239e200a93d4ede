// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/term_vectors_internal.h"

#include "aggregation/mean_pooling.h"
#include "base/error.h"
#include "base/text.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string_view>

namespace clipscope {

namespace {

constexpr size_t kKept = 64;
constexpr size_t kLongestKeptKey = 4096;

std::string pictureKey(const RgbImage& picture, Space space)
{
    const std::string_view bytes(reinterpret_cast<const char*>(picture.pixels.data()), picture.pixels.size());
    return "picture " + std::to_string(picture.width) + " " + std::to_string(picture.height) + " "
        + std::to_string(std::hash<std::string_view>()(bytes)) + (space == Space::Joint ? " joint" : " features");
}

/// The unit mean of the frames in [startSec, endSec); of the nearest frame when there is none.
std::vector<float> clipVector(const QueryTerm& term, Space space, const EmbeddedVideos& videos)
{
    const EmbeddedVideo* video = videos.find(term.video);
    if (!video)
        throw Error(ErrorKind::Input, "the example's video is not embedded yet", "video " + std::to_string(term.video),
            "Embed it, or choose another example.");
    const std::span<const double> times = videos.timesSec(*video);
    const double middle = (term.startSec + term.endSec) / 2;
    Matrix frames;
    size_t nearest = 0;
    for (size_t i = 0; i < times.size(); ++i) {
        if (times[i] >= term.startSec && times[i] < term.endSec)
            frames.append(videos.frame(*video, space, i));
        if (std::fabs(times[i] - middle) < std::fabs(times[nearest] - middle))
            nearest = i;
    }
    if (frames.rows == 0)
        frames.append(videos.frame(*video, space, nearest));
    return MeanPooling().aggregate(frames);
}

void addTo(std::vector<float>& sum, double weight, std::span<const float> vector)
{
    sum.resize(vector.size());
    for (size_t i = 0; i < sum.size(); ++i)
        sum[i] += float(weight) * vector[i];
}

} // namespace

std::string plainWords(const std::string& words)
{
    return trimmed(composed(validUtf8(words)));
}

std::vector<float> mappedBy(const Aggregator& aggregator, const QueryVectors& vectors)
{
    std::vector<float> out;
    for (const TermVector& term : vectors.terms) {
        if (term.space != Space::Joint)
            continue;
        if (term.isWords) {
            addTo(out, term.weight, aggregator.mapText(term.vector));
        } else {
            Matrix frame;
            frame.append(term.vector);
            addTo(out, term.weight, aggregator.aggregate(frame));
        }
    }
    return out;
}

TermVectors::TermVectors(std::shared_ptr<Encoder> encoder)
    : m_encoder(std::move(encoder))
{
}

QueryVectors TermVectors::vectors(const std::vector<QueryTerm>& positives, const std::vector<QueryTerm>& negatives,
    const EmbeddedVideos& videos, const JobContext& context)
{
    std::map<std::string, Vector> words;
    encodeWords(positives, negatives, words, context);
    const Space pictures = videos.dim(Space::Features) > 0 ? Space::Features : Space::Joint;
    QueryVectors out;
    const auto add = [&](const QueryTerm& term, double sign) {
        if (!std::isfinite(term.weight))
            throw Error(ErrorKind::Input, "the weight of a part of the query is not a number", "weight");
        TermVector t;
        t.weight = sign * term.weight;
        t.isWords = term.kind == QueryTerm::Kind::Words;
        switch (term.kind) {
        case QueryTerm::Kind::Words: {
            const auto found = words.find(plainWords(term.words));
            if (found == words.end())
                return;
            t.vector = found->second;
            break;
        }
        case QueryTerm::Kind::Picture:
            t.space = pictures;
            t.vector = pictureVector(term.picture, pictures, context);
            break;
        case QueryTerm::Kind::Clip:
            t.space = pictures;
            t.vector = clipVector(term, pictures, videos);
            break;
        }
        if (t.vector.size() != size_t(videos.dim(t.space)))
            throw Error(ErrorKind::Model,
                "makes vectors of " + std::to_string(t.vector.size()) + " numbers where the library has "
                    + std::to_string(videos.dim(t.space)),
                m_encoder->info().name, "Embed the library with this model.");
        addTo(t.space == Space::Joint ? out.joint : out.features, t.weight, t.vector);
        out.terms.push_back(std::move(t));
    };
    for (const QueryTerm& term : positives)
        add(term, 1);
    for (const QueryTerm& term : negatives)
        add(term, -1);
    return out;
}

void TermVectors::encodeWords(const std::vector<QueryTerm>& positives, const std::vector<QueryTerm>& negatives,
    std::map<std::string, Vector>& out, const JobContext& context)
{
    std::vector<std::string> missing;
    for (const auto* terms : {&positives, &negatives})
        for (const QueryTerm& term : *terms) {
            const std::string words = term.kind == QueryTerm::Kind::Words ? plainWords(term.words) : std::string();
            if (words.empty() || out.contains(words))
                continue;
            if (!recall("words " + words, out[words]))
                missing.push_back(words);
        }
    if (missing.empty())
        return;
    const Matrix encoded = m_encoder->encodeTexts(missing, context);
    for (size_t i = 0; i < missing.size(); ++i) {
        const std::span<const float> row = encoded.row(i);
        out[missing[i]].assign(row.begin(), row.end());
        keep("words " + missing[i], out[missing[i]]);
    }
}

TermVectors::Vector TermVectors::pictureVector(const RgbImage& picture, Space space, const JobContext& context)
{
    if (picture.empty())
        throw Error(ErrorKind::Input, "the example picture is empty", "picture", "Choose another one.");
    const std::string key = pictureKey(picture, space);
    Vector out;
    if (recall(key, out))
        return out;
    const FrameEmbeddings encoded = m_encoder->encodeFrames(std::span(&picture, 1), context);
    const std::span<const float> row = (space == Space::Joint ? encoded.joint : encoded.features).row(0);
    out.assign(row.begin(), row.end());
    keep(key, out);
    return out;
}

bool TermVectors::recall(const std::string& key, Vector& out)
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_known.find(key);
    if (found == m_known.end())
        return false;
    out = found->second;
    return true;
}

void TermVectors::keep(const std::string& key, const Vector& vector)
{
    const std::lock_guard lock(m_mutex);
    if (key.size() > kLongestKeptKey || !m_known.emplace(key, vector).second)
        return;
    m_order.push_back(key);
    if (m_order.size() > kKept) {
        m_known.erase(m_order.front());
        m_order.pop_front();
    }
}

} // namespace clipscope
