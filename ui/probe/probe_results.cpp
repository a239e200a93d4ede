// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe/probe_results.h"

#include "base/error.h"
#include "experiment/record_reader.h"

#include <algorithm>
#include <numeric>

namespace clipscope {

namespace {

ShotCurvePoint pointOf(const Json& json)
{
    ShotCurvePoint point;
    point.shots = readKey<int>(json, "k").value_or(0); // "all" is no number
    point.c = readKey<double>(json, "c").value_or(0);
    point.alpha = readKey<double>(json, "alpha").value_or(0);
    point.beta = readKey<double>(json, "beta").value_or(0);
    point.top1Mean = readKey<double>(json, "top1Mean").value_or(0);
    point.top1Sd = readKey<double>(json, "top1Sd").value_or(0);
    point.top5Mean = readKey<double>(json, "top5Mean").value_or(0);
    point.top5Sd = readKey<double>(json, "top5Sd").value_or(0);
    for (const double top1 : readKey<std::vector<double>>(json, "top1Draws").value_or(std::vector<double>()))
        point.draws.push_back({top1, 0});
    return point;
}

/// Into a curve's crossing and its interval.
template <class Curve> void readCrossing(const Json& json, Curve& out)
{
    out.crossing = readKey<double>(json, "crossing");
    if (const auto interval = readKey<std::vector<double>>(json, "crossingInterval");
        interval && interval->size() == 2) {
        out.crossingLow = interval->front();
        out.crossingHigh = interval->back();
    }
}

/// None for a name that a later version may have written.
std::optional<ProbeMethod> methodOf(const std::string& name)
{
    try {
        return probeMethod(name);
    } catch (const Error&) {
        return {};
    }
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
    readCrossing(json, out);
    for (const Json& other : readKey<std::vector<Json>>(json, "methods").value_or(std::vector<Json>())) {
        const std::optional<ProbeMethod> method = methodOf(readKey<std::string>(other, "name").value_or(""));
        if (!method)
            continue;
        ProbeResults::Other& read = out.others.emplace_back();
        read.method = *method;
        for (const Json& point : readKey<std::vector<Json>>(other, "shots").value_or(std::vector<Json>())) {
            read.curve.push_back(pointOf(point));
            read.curve.back().method = *method;
        }
        readCrossing(other, read);
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

void ProbeResults::add(const ShotCurvePoint& point)
{
    if (point.method == ProbeMethod::Linear) {
        curve.push_back(point);
        return;
    }
    auto found =
        std::find_if(others.begin(), others.end(), [&](const Other& other) { return other.method == point.method; });
    if (found == others.end()) {
        found = others.emplace(others.end());
        found->method = point.method;
    }
    found->curve.push_back(point);
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
