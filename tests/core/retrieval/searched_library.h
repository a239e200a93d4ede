// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "aggregation/mean_pooling.h"
#include "made_library.h"
#include "retrieval/search_engine.h"

#include <cmath>

namespace clipscope::test {

inline constexpr int kRed = 0, kGreen = 1, kBlue = 2;

using Frames = std::vector<std::vector<float>>;

/// One frame a value: its cosine to an axis.
inline Frames curve(const std::vector<double>& values, int axis = kRed)
{
    Frames out;
    for (const double v : values)
        out.push_back(cosines({{axis, v}}));
    return out;
}

/// With mean pooling, whose scores are easily told beforehand.
inline Query words(const std::string& text, MatchBy by = MatchBy::Picture)
{
    Query query;
    query.positives.push_back(QueryTerm::text(text));
    query.by = by;
    query.aggregation = "mean";
    return query;
}

/// An engine over a made library, loaded.
struct Searched {
    explicit Searched(MadeLibrary& made, bool withFeatures = false)
        : encoder(std::make_shared<AxisEncoder>(withFeatures))
        , engine(made.library, encoder, made.key)
    {
        engine.refresh({});
    }
    std::vector<Hit> hits(const Query& query) { return engine.search(query, {}).hits; }

    std::shared_ptr<AxisEncoder> encoder;
    SearchEngine engine;
};

inline std::vector<std::string> namesOf(const std::vector<Hit>& hits)
{
    std::vector<std::string> out;
    for (const Hit& hit : hits)
        out.push_back(hit.path.filename().string());
    return out;
}

using Names = std::vector<std::string>;
using Reasons = std::vector<Reason>;

inline double meanScore(const Frames& frames, int axis)
{
    Matrix m;
    for (const auto& f : frames)
        m.append(f);
    return double(MeanPooling().aggregate(m)[size_t(axis)]);
}

inline bool near(double a, double b)
{
    return std::fabs(a - b) < 1e-5;
}

/// What every list obeys.
inline bool isSound(const std::vector<Hit>& hits)
{
    for (size_t i = 0; i < hits.size(); ++i) {
        const Hit& h = hits[i];
        if (!(h.startSec >= 0 && h.startSec < h.endSec && h.peakSec >= h.startSec && h.peakSec <= h.endSec)
            || h.why.empty() || (i > 0 && hits[i - 1].score < h.score))
            return false;
        int ofVideo = 0;
        for (const Hit& other : hits) {
            ofVideo += other.video == h.video;
            if (&other != &h && other.video == h.video && other.startSec < h.endSec && h.startSec < other.endSec)
                return false;
        }
        if (ofVideo > 3)
            return false;
    }
    return true;
}

} // namespace clipscope::test
