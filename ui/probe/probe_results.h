// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/run_record.h"
#include "library/video_record.h"
#include "probe/few_shot.h"

#include <QStringList>

#include <map>
#include <optional>
#include <vector>

namespace clipscope {

/// What a run of kind "probe" found, taken out of its record. What a record lacks is empty here.
struct ProbeResults {
    /// A test video, and for how many draws it was taken for which class.
    struct Tested {
        VideoId video = 0;
        int label = -1;
        std::vector<int> taken; ///< [classes]
        int byWords = -1; ///< what the words alone took it for
    };

    /// The curve of a method beside the linear probe.
    struct Other {
        ProbeMethod method = ProbeMethod::TipAdapter;
        std::vector<ShotCurvePoint> curve;
        std::optional<double> crossing, crossingLow, crossingHigh;
    };

    QStringList classes;
    QStringList leftOut;
    int testVideos = 0;
    int mostShots = 0; ///< training videos of the largest class: what "all" means
    std::optional<Accuracy> zeroShot; ///< none while a run is on its way
    std::vector<ShotCurvePoint> curve; ///< of the linear probe
    std::vector<Other> others;
    std::optional<double> crossing, crossingLow, crossingHigh;
    int votesShots = -1; ///< the shots `tested` was measured with; 0: all
    std::vector<Tested> tested;

    /// Takes in a point that was just measured, into the curve of its method.
    void add(const ShotCurvePoint& point);
    /// cells [classes, classes]: how many test videos of the row's class were taken for the column's, mean of draws.
    std::vector<std::vector<double>> confusions() const;
};

ProbeResults probeResultsOf(const RunRecord& record);
/// Its figures by name, as the user reads them (Page::facts): "probe.zeroShot" -> "24.0 %".
std::map<QString, QString> probeFacts(const ProbeResults& results);

} // namespace clipscope
