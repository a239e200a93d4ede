// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "retrieval/query.h"

#include <QString>

namespace clipscope {

/// How the scores of this query come about, in two sentences (SearchEngine's header tells the whole of it).
QString scoreFormula(const Query& query);

} // namespace clipscope
