// SPDX-License-Identifier: GPL-3.0-or-later
#include "index/exact_index.h"

#include "index/best_rows.h"
#include "index/scan_kernels.h"

namespace clipscope {

ExactIndex::ExactIndex(int dim)
    : m_dim(dim)
{
}

void ExactIndex::add(const Matrix& rows)
{
    if (rows.rows == 0)
        return;
    checkVectors(rows.values, rows.columns, m_dim, name());
    m_rows.insert(m_rows.end(), rows.values.begin(), rows.values.end());
}

std::vector<Neighbour> ExactIndex::search(std::span<const float> query, int64_t k) const
{
    return bestRows(scores(query), k);
}

std::vector<float> ExactIndex::scores(std::span<const float> query) const
{
    checkVectors(query, query.size(), m_dim, name());
    std::vector<float> out(static_cast<size_t>(size()));
    floatDots(m_rows.data(), out.size(), size_t(m_dim), query.data(), out.data());
    return out;
}

} // namespace clipscope
