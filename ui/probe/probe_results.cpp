// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe/probe_results.h"

#include "experiment/record_reader.h"

#include <numeric>

namespace clipscope {

namespace {

QStringList readTexts(const Json& object, const char* key)
{
    QStringList out;
    for (const std::string& text : readKey<std::vector<std::string>>(object, key).value_or(std::vector<std::string>()))
        out << QString::fromStdString(text);
    return out;
}

ShotCurvePoint pointOf(const Json& json)
{
    ShotCurvePoint point;
    point.shots = readKey<int>(json, "k").value_or(0); // "all" is no number
    point.c = readKey<double>(json, "c").value_or(0);
    point.top1Mean = readKey<double>(json, "top1Mean").value_or(0);
    point.top1Sd = readKey<double>(json, "top1Sd").value_or(0);
    point.top5Mean = readKey<double>(json, "top5Mean").value_or(0);
    point.top5Sd = readKey<double>(json, "top5Sd").value_or(0);
    for (const double top1 : readKey<std::vector<double>>(json, "top1Draws").value_or(std::vector<double>()))
        point.draws.push_back({top1, 0});
    return point;
}

ProbeResults::Tested testedOf(const Json& json, int classes)
{
    ProbeResults::Tested out;
    out.video = readKey<VideoId>(json, "id").value_or(0);
    out.label = readKey<int>(json, "label").value_or(-1);
    out.byWords = readKey<int>(json, "byWords").value_or(-1);
    out.taken.assign(size_t(classes), 0);
    if (const auto taken = json.find("taken"); taken != json.end() && taken->is_array()) {
        for (const Json& pair : *taken) {
            const auto both =
                pair.is_array() && pair.size() == 2 && pair[0].is_number_integer() && pair[1].is_number_integer();
            if (both && pair[0].get<int>() >= 0 && pair[0].get<int>() < classes)
                out.taken[pair[0].get<size_t>()] = pair[1].get<int>();
        }
    }
    return out;
}

} // namespace

ProbeResults probeResultsOf(const RunRecord& record)
{
    const Json& json = record.results;
    ProbeResults out;
    out.classes = readTexts(json, "classes");
    out.leftOut = readTexts(json, "leftOut");
    out.testVideos = readKey<int>(json, "testVideos").value_or(0);
    out.mostShots = readKey<int>(json, "mostShots").value_or(0);
    if (const auto zeroShot = readKey<Json>(json, "zeroShot"))
        out.zeroShot =
            Accuracy{readKey<double>(*zeroShot, "top1").value_or(0), readKey<double>(*zeroShot, "top5").value_or(0)};
    for (const Json& point : readKey<std::vector<Json>>(json, "shots").value_or(std::vector<Json>()))
        out.curve.push_back(pointOf(point));
    out.crossing = readKey<double>(json, "crossing");
    if (const auto interval = readKey<std::vector<double>>(json, "crossingInterval");
        interval && interval->size() == 2) {
        out.crossingLow = interval->front();
        out.crossingHigh = interval->back();
    }
    if (!out.curve.empty())
        out.votesShots = out.curve.back().shots;
    const int classes = int(out.classes.size());
    for (const Json& tested : readKey<std::vector<Json>>(record.arrays, "predictions").value_or(std::vector<Json>())) {
        ProbeResults::Tested video = testedOf(tested, classes);
        if (video.label >= 0 && video.label < classes)
            out.tested.push_back(std::move(video));
    }
    return out;
}

std::vector<std::vector<double>> ProbeResults::confusions() const
{
    std::vector<std::vector<double>> cells(size_t(classes.size()), std::vector<double>(size_t(classes.size())));
    for (const Tested& video : tested) {
        const int draws = std::accumulate(video.taken.begin(), video.taken.end(), 0);
        for (size_t c = 0; c < video.taken.size() && draws > 0; ++c)
            cells[size_t(video.label)][c] += double(video.taken[c]) / draws;
    }
    return cells;
}

} // namespace clipscope
