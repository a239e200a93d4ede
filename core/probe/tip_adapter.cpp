// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe/tip_adapter.h"

#include "base/error.h"
#include "probe/matrix_products.h"
#include "probe/vector_kernels.h"

#include <utility>

namespace clipscope {

namespace {

constexpr float kLogitScale = 100; ///< of CLIP's cosines

/// `first`, then `count` values from .1 in equal steps below `end`: the author's search, coarser in beta.
std::vector<double> swept(double first, double end)
{
    constexpr int kCount = 20;
    std::vector<double> out = {first};
    for (int i = 0; i < kCount; ++i)
        out.push_back(.1 + i * (end - .1) / kCount);
    return out;
}

} // namespace

TipAdapter::TipAdapter(LinearClassifier words, Matrix keys, std::vector<int> labels)
    : m_words(std::move(words))
    , m_keys(std::move(keys))
    , m_labels(std::move(labels))
{
    if (m_keys.rows != m_labels.size() || (m_keys.rows > 0 && m_keys.columns != m_words.weights.columns))
        throw Error(ErrorKind::Internal, "labelled vectors do not fit the words of the classes");
    for (const int label : m_labels)
        if (label < 0 || label >= m_words.classes())
            throw Error(ErrorKind::Internal, "a label is none of the classes");
}

TipAdapter::Likeness TipAdapter::likenessOf(const Matrix& vectors) const
{
    Likeness out;
    out.words = m_words.scores(vectors);
    for (float& v : out.words.values)
        v *= kLogitScale;
    scoresOf(vectors, m_keys.values, {}, out.keys);
    return out;
}

Matrix TipAdapter::votes(const Likeness& likeness, double beta) const
{
    Matrix out(likeness.words.rows, likeness.words.columns);
    const auto b = float(beta);
    std::vector<float> row(likeness.keys.columns);
    for (size_t i = 0; i < out.rows; ++i) {
        for (size_t j = 0; j < row.size(); ++j)
            row[j] = b * likeness.keys.at(i, j) - b;
        exponentiate(row);
        for (size_t j = 0; j < row.size(); ++j)
            out.at(i, size_t(m_labels[j])) += row[j];
    }
    return out;
}

Matrix TipAdapter::scores(const Likeness& likeness, const Matrix& votes, double alpha)
{
    Matrix out = likeness.words;
    addScaled(float(alpha), votes.values, out.values);
    return out;
}

Matrix TipAdapter::scores(const Matrix& vectors, const TipAdapterSetting& setting) const
{
    const Likeness likeness = likenessOf(vectors);
    return scores(likeness, votes(likeness, setting.beta), setting.alpha);
}

std::vector<double> TipAdapter::sweptAlphas()
{
    return swept(TipAdapterSetting().alpha, 3);
}

std::vector<double> TipAdapter::sweptBetas()
{
    return swept(TipAdapterSetting().beta, 7);
}

} // namespace clipscope
