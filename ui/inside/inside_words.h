// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/explain_panel.h"
#include "retrieval/hit_inside.h"
#include "shell/page.h"

#include <cstdint>
#include <map>

namespace clipscope {

/// What is shown of a hit, for the words that explain it.
struct InsideFacts {
    const HitInside* inside = nullptr;
    QString sampler; ///< of the video
    QString aggregation; ///< "query", "mean", "transformer"
    int patchesPerSide = 0; ///< 0: there are none
    double dropped = 0;
    uint64_t seed = 0;
};

Explanation explainInside(const InsideFacts& facts, const LibraryInView& view);
/// What the strip under the frames means, a line; or why it is empty.
QString stripText(const HitInside& inside, const QString& aggregation);
/// What the neighbours are compared by, a line.
QString neighboursText(const HitInside& inside, const LibraryInView& view);

/// Its figures by name, as the user reads them (Page::facts).
std::map<QString, QString> insideFacts(const HitInside& inside);

} // namespace clipscope
