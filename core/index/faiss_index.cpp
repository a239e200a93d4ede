// SPDX-License-Identifier: GPL-3.0-or-later
#include "index/faiss_index.h"

#include "base/error.h"
#include "base/text.h"
#include "index/best_rows.h"

#include <algorithm>
#include <faiss/IVFlib.h>
#include <faiss/Index.h>
#include <faiss/IndexIVF.h>
#include <faiss/index_factory.h>

namespace clipscope {

namespace {

/// FAISS's own sentence, without "Error in FUNCTION at FILE:LINE: Error: 'CONDITION' failed: " before it.
std::string plainReason(const std::exception& e)
{
    const std::string text = trimmed(e.what());
    const std::string mark = "' failed: ";
    const size_t at = text.find(mark);
    return at == std::string::npos ? text : text.substr(at + mark.size());
}

class FaissIndex final : public VectorIndex {
public:
    FaissIndex(const std::string& factory, int dim)
        : m_name("faiss:" + factory)
        , m_dim(dim)
    {
        translated("cannot be made by FAISS", [&] {
            m_index.reset(faiss::index_factory(dim, factory.c_str(), faiss::METRIC_INNER_PRODUCT));
            // Inverted lists find a row by its number only with this map; scores() needs it.
            m_lists = faiss::ivflib::try_extract_index_ivf(m_index.get());
        });
    }

    std::string name() const override { return m_name; }
    int64_t size() const override { return m_index->ntotal; }
    int dim() const override { return m_dim; }

    void add(const Matrix& rows) override
    {
        if (rows.rows == 0)
            return;
        checkVectors(rows.values, rows.columns, m_dim, m_name);
        translated("rows cannot be added", [&] {
            if (!m_index->is_trained)
                m_index->train(int64_t(rows.rows), rows.values.data());
            if (m_lists && m_index->ntotal == 0)
                m_lists->make_direct_map(true);
            m_index->add(int64_t(rows.rows), rows.values.data());
        });
    }

    std::vector<Neighbour> search(std::span<const float> query, int64_t k) const override
    {
        checkVectors(query, query.size(), m_dim, m_name);
        k = std::clamp<int64_t>(k, 0, size());
        if (k == 0)
            return {};
        // FAISS keeps any of the rows that share the k-th score. Asking for more until the score changes makes ties
        // ours.
        for (int64_t asked = std::min(k + 8, size());; asked = std::min(2 * asked, size())) {
            std::vector<Neighbour> found = nearest(query, asked);
            if (int64_t(found.size()) < asked)
                return bestRows(scores(query), k);
            std::sort(found.begin(), found.end(), better);
            if (asked == size() || found[size_t(k - 1)].score != found.back().score) {
                found.resize(size_t(k));
                return found;
            }
        }
    }

    std::vector<float> scores(std::span<const float> query) const override
    {
        checkVectors(query, query.size(), m_dim, m_name);
        std::vector<float> out(static_cast<size_t>(size()));
        std::vector<float> row(static_cast<size_t>(m_dim));
        translated("rows cannot be read back", [&] {
            for (size_t i = 0; i < out.size(); ++i) {
                m_index->reconstruct(int64_t(i), row.data());
                out[i] = dot(query, row);
            }
        });
        return out;
    }

private:
    template <class Function> void translated(const char* what, Function&& function) const
    {
        try {
            function();
        } catch (const std::exception& e) {
            throw Error(ErrorKind::Index, std::string(what) + ": " + plainReason(e), m_name);
        }
    }

    std::vector<Neighbour> nearest(std::span<const float> query, int64_t k) const
    {
        std::vector<float> distances(static_cast<size_t>(k));
        std::vector<faiss::Index::idx_t> labels(static_cast<size_t>(k));
        translated("cannot be searched", [&] { m_index->search(1, query.data(), k, distances.data(), labels.data()); });
        std::vector<Neighbour> found;
        for (size_t i = 0; i < labels.size(); ++i)
            if (labels[i] >= 0)
                found.push_back({labels[i], distances[i]});
        return found;
    }

    std::string m_name;
    int m_dim;
    std::unique_ptr<faiss::Index> m_index;
    faiss::IndexIVF* m_lists = nullptr; ///< inside m_index, or none
};

std::unique_ptr<VectorIndex> make(const std::string& factory, int dim)
{
    return std::make_unique<FaissIndex>(factory, dim);
}

const LateCode kMakeFaissIndex(makeFaissIndex, make);

} // namespace

} // namespace clipscope
