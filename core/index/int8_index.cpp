// SPDX-License-Identifier: GPL-3.0-or-later
#include "index/int8_index.h"

#include "base/error.h"
#include "index/best_rows.h"
#include "index/scan_kernels.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace clipscope {

namespace {

constexpr int kZero = 128; ///< the code of 0
constexpr float kMostCode = 127;
constexpr float kRound = 12582912; ///< 1.5 * 2^23: added and taken away, it rounds a small number to a whole one
/// Rows scanned between two looks at the threshold: their sums stay in the first cache.
constexpr size_t kChunk = 2048;
/// Outside, squares and sums leave the range of float32 or lose their digits.
constexpr double kShortest = 1e-12;
constexpr double kLongest = 1e12;

double lengthOf(std::span<const float> v)
{
    double sum = 0;
    for (const float x : v)
        sum += double(x) * double(x);
    return std::sqrt(sum);
}

/// Writes the codes of `v`, a byte each, as `kZero` + its multiple of the scale.
CodeScale quantise(std::span<const float> v, uint8_t* codes)
{
    const double length = lengthOf(v);
    if (length == 0)
        return {};
    CodeScale out;
    if (length < kShortest || length > kLongest) {
        out.error = std::numeric_limits<float>::infinity();
        return out;
    }
    float most = 0;
    for (const float x : v)
        most = std::max(most, std::fabs(x));
    out.scale = most / kMostCode;
    const float inverse = kMostCode / most;
    double lost = 0;
    double kept = 0;
    for (size_t i = 0; i < v.size(); ++i) {
        const float code = (v[i] * inverse + kRound) - kRound;
        codes[i] = uint8_t(int(code) + kZero);
        const double value = double(out.scale) * double(code);
        kept += value * value;
        lost += (double(v[i]) - value) * (double(v[i]) - value);
    }
    // The float32 sums of the codes' score and of the score itself round too.
    const double rounding = (double(v.size()) / 8 + 16) * 6e-8 * length;
    out.error = float((std::sqrt(lost) + rounding) * (1 + 1e-6));
    out.length = float(std::sqrt(kept) * (1 + 1e-6));
    return out;
}

/// A query as codes.
struct CodeQuery {
    explicit CodeQuery(std::span<const float> query)
        : codes(codeBytes(query.size()))
        , length(float(lengthOf(query) * (1 + 1e-6)))
    {
        std::vector<uint8_t> shifted(codes.size(), kZero);
        const CodeScale made = quantise(query, shifted.data());
        scale = made.scale;
        error = made.error;
        for (size_t i = 0; i < codes.size(); ++i) {
            codes[i] = int8_t(int(shifted[i]) - kZero);
            zero += kZero * codes[i];
        }
    }

    bool isUsable() const { return scale > 0 && std::isfinite(error); }

    std::vector<int8_t> codes;
    float scale = 0;
    float error = 0;
    float length;
    int32_t zero = 0; ///< the sum of a row whose every code is 0
};

struct Candidate {
    float most = 0; ///< its score is at most this
    int64_t row = 0;
};

} // namespace

Int8Index::Int8Index(int dim)
    : m_dim(dim)
{
}

Int8Index::Int8Index(int dim, const CodedRows& rows, std::shared_ptr<const void> keeper)
    : m_dim(dim)
    , m_keeper(std::move(keeper))
    , m_view(rows)
{
    const size_t count = rows.scales.size();
    if (rows.rows.size() != count * size_t(dim) || rows.codes.size() != count * codeBytes(size_t(dim)))
        throw Error(ErrorKind::Internal, "rows and codes of an index do not fit each other", name());
}

void Int8Index::add(const Matrix& rows)
{
    if (rows.rows == 0)
        return;
    checkVectors(rows.values, rows.columns, m_dim, name());
    if (m_keeper)
        throw Error(ErrorKind::Internal, "rows cannot be added to those of a file", name());
    const size_t bytes = codeBytes(size_t(m_dim));
    const size_t before = m_scales.size();
    m_rows.insert(m_rows.end(), rows.values.begin(), rows.values.end());
    CodeLine blank;
    std::fill(std::begin(blank.bytes), std::end(blank.bytes), uint8_t(kZero));
    m_codes.resize((before + rows.rows) * (bytes / sizeof(CodeLine)), blank);
    auto* const codes = reinterpret_cast<uint8_t*>(m_codes.data());
    for (size_t i = 0; i < rows.rows; ++i)
        m_scales.push_back(quantise(rows.row(i), codes + (before + i) * bytes));
    m_view = {m_rows, {codes, m_codes.size() * sizeof(CodeLine)}, m_scales};
}

void Int8Index::reserve(int64_t rows)
{
    m_rows.reserve(size_t(rows) * size_t(m_dim));
    m_codes.reserve(size_t(rows) * (codeBytes(size_t(m_dim)) / sizeof(CodeLine)));
    m_scales.reserve(size_t(rows));
}

std::vector<Neighbour> Int8Index::search(std::span<const float> query, int64_t k) const
{
    checkVectors(query, query.size(), m_dim, name());
    const size_t wanted = size_t(std::clamp<int64_t>(k, 0, size()));
    if (wanted == 0)
        return {};
    const CodeQuery coded(query);
    if (wanted * 4 >= size_t(size()) || !coded.isUsable())
        return bestRows(scores(query), k);

    // Rows that may be among the best so far, and the worst of the best scores that are certain: a heap, least on top.
    std::vector<Candidate> candidates;
    std::vector<float> certain;
    certain.reserve(wanted);
    float least = -std::numeric_limits<float>::infinity();
    const size_t bytes = codeBytes(size_t(m_dim));
    int32_t sums[kChunk];
    float most[kChunk];
    for (size_t first = 0; first < m_view.scales.size(); first += kChunk) {
        const size_t count = std::min(kChunk, m_view.scales.size() - first);
        const CodeScale* const scales = m_view.scales.data() + first;
        codeDots(m_view.codes.data() + first * bytes, count, bytes, coded.codes.data(), sums);
        for (size_t i = 0; i < count; ++i)
            most[i] = coded.scale * scales[i].scale * float(sums[i] - coded.zero) + coded.length * scales[i].error
                + coded.error * scales[i].length;
        for (size_t i = 0; i < count; ++i) {
            if (most[i] < least)
                continue;
            candidates.push_back({most[i], int64_t(first + i)});
            const float sure = most[i] - 2 * (coded.length * scales[i].error + coded.error * scales[i].length);
            if (certain.size() == wanted && !(sure > least))
                continue;
            if (certain.size() == wanted) {
                std::pop_heap(certain.begin(), certain.end(), std::greater<>());
                certain.pop_back();
            }
            certain.push_back(std::isfinite(sure) ? sure : -std::numeric_limits<float>::infinity());
            std::push_heap(certain.begin(), certain.end(), std::greater<>());
            if (certain.size() == wanted)
                least = certain.front();
        }
    }

    // The most promising first: soon no other can be among the best.
    std::erase_if(candidates, [&](const Candidate& c) { return c.most < least; });
    std::sort(candidates.begin(), candidates.end(),
        [](const Candidate& a, const Candidate& b) { return a.most != b.most ? a.most > b.most : a.row < b.row; });
    std::vector<Neighbour> best;
    best.reserve(wanted + 1);
    for (const Candidate& candidate : candidates) {
        if (best.size() == wanted && candidate.most < best.front().score)
            break;
        Neighbour found{candidate.row, 0};
        floatDots(row(candidate.row).data(), 1, size_t(m_dim), query.data(), &found.score);
        if (best.size() == wanted && !better(found, best.front()))
            continue;
        best.push_back(found);
        std::push_heap(best.begin(), best.end(), better);
        if (best.size() > wanted) {
            std::pop_heap(best.begin(), best.end(), better);
            best.pop_back();
        }
    }
    std::sort_heap(best.begin(), best.end(), better);
    return best;
}

std::vector<float> Int8Index::scores(std::span<const float> query) const
{
    return scoresOf(query, 0, m_view.scales.size());
}

std::vector<float> Int8Index::scoresOf(std::span<const float> query, size_t first, size_t count) const
{
    checkVectors(query, query.size(), m_dim, name());
    std::vector<float> out(count);
    floatDots(m_view.rows.data() + first * size_t(m_dim), count, size_t(m_dim), query.data(), out.data());
    return out;
}

std::vector<float> Int8Index::codeScores(std::span<const float> query) const
{
    checkVectors(query, query.size(), m_dim, name());
    const CodeQuery coded(query);
    const size_t bytes = codeBytes(size_t(m_dim));
    std::vector<float> out(m_view.scales.size());
    int32_t sums[kChunk];
    for (size_t first = 0; first < out.size(); first += kChunk) {
        const size_t count = std::min(kChunk, out.size() - first);
        codeDots(m_view.codes.data() + first * bytes, count, bytes, coded.codes.data(), sums);
        for (size_t i = 0; i < count; ++i)
            out[first + i] = coded.scale * m_view.scales[first + i].scale * float(sums[i] - coded.zero);
    }
    return out;
}

float Int8Index::codeLength(size_t first, std::span<const float> weights) const
{
    const size_t bytes = codeBytes(size_t(m_dim));
    std::vector<float> scaled(weights.size());
    for (size_t i = 0; i < scaled.size(); ++i)
        scaled[i] = weights[i] * m_view.scales[first + i].scale;
    std::vector<float> sum(bytes);
    codeSum(m_view.codes.data() + first * bytes, scaled.size(), bytes, scaled.data(), sum.data());
    return norm(sum);
}

} // namespace clipscope
