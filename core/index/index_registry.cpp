// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "index/exact_index.h"
#include "index/faiss_index.h"
#include "index/int8_index.h"

namespace clipscope {

std::unique_ptr<VectorIndex> makeIndex(const std::string& factory, int dim)
{
    if (dim < 1)
        throw Error(ErrorKind::Index, "vectors need at least one number, not " + std::to_string(dim), factory);
    if (factory == "exact")
        return std::make_unique<ExactIndex>(dim);
    if (factory == "int8")
        return std::make_unique<Int8Index>(dim);
    if (factory.starts_with("faiss:"))
        return makeFaissIndex(factory.substr(6), dim);
    throw Error(ErrorKind::Index, "no such index", factory,
        "Known are \"exact\", \"int8\", \"faiss:Flat\" and FAISS's other factory strings behind \"faiss:\" "
        "(\"faiss:HNSW32\").");
}

std::vector<std::string> registeredIndexes()
{
    return {"exact", "int8", "faiss:Flat"};
}

} // namespace clipscope
