// SPDX-License-Identifier: GPL-3.0-or-later
#include "retrieval/retrieval_study_internal.h"

#include "aggregation/aggregator.h"
#include "base/error.h"
#include "nn/clip_freezing.h"

#include <algorithm>
#include <cstdio>
#include <sstream>

namespace clipscope {

namespace {

[[noreturn]] void refuse(const char* happened, const char* option)
{
    throw Error(ErrorKind::Input, happened, option);
}

template <class T> void requireEach(const std::vector<T>& values, auto&& fits, const char* happened, const char* option)
{
    if (values.empty() || !std::ranges::all_of(values, fits))
        refuse(happened, option);
}

void check(const RetrievalStudyOptions& options)
{
    requireEach(
        options.frames, [](int f) { return f >= 1 && f <= 64; }, "a clip has 1 to 64 frames", "--frames");
    requireEach(
        options.clips, [](int k) { return k >= 1 && k <= 256; }, "a video is seen in 1 to 256 clips", "--clips");
    requireEach(
        options.patchDropout, [](double p) { return p >= 0 && p < 1; },
        "the share of dropped patches lies from 0 to below 1", "--patch-dropout");
    requireEach(
        options.aggregations,
        [](const std::string& spec) {
            checkAggregation(spec);
            return !spec.starts_with("transformer:");
        },
        "a study trains its Transformer itself: name it without a file", "--aggregation");
    requireEach(
        options.freeze,
        [](const std::string& words) {
            if (words != kAllFrozen)
                ClipFreezing::parse(freezingWords(words));
            return true;
        },
        "something is frozen, or none", "--freeze");
    if (options.seeds < 1 || options.seeds > 1000)
        refuse("a study takes 1 to 1000 seeds", "--seeds");
    if (options.pictures < 1)
        refuse("a training takes at least one picture", "--pictures");
}

} // namespace

std::string StudyRow::name() const
{
    std::string out("F"); // not "F" + ...: GCC 12 warns of what it makes of that
    out += std::to_string(frames) + " K" + std::to_string(clips) + " " + aggregation;
    if (trainsTowers()) {
        char dropout[48];
        std::snprintf(dropout, sizeof dropout, ", patch dropout %g", patchDropout);
        out += ", freeze " + freeze + dropout;
    }
    return out;
}

Json StudyRow::toJson() const
{
    return {{"frames", frames}, {"clips", clips}, {"totalFrames", frames * clips}, {"aggregation", aggregation},
        {"patchDropout", patchDropout}, {"freeze", freeze}};
}

std::vector<std::string> freezingWords(const std::string& joined)
{
    std::vector<std::string> out;
    std::istringstream stream(joined);
    for (std::string word; std::getline(stream, word, '+');)
        out.push_back(word);
    return out;
}

std::vector<StudyRow> studyRows(const RetrievalStudyOptions& options)
{
    check(options);
    std::vector<StudyRow> out;
    for (const std::string& freeze : options.freeze)
        for (const double patchDropout : freeze == kAllFrozen ? std::vector<double>{0} : options.patchDropout)
            for (const int frames : options.frames)
                for (const std::string& aggregation : options.aggregations)
                    for (const int clips : options.clips)
                        if (const StudyRow row{frames, clips, aggregation, patchDropout, freeze};
                            std::ranges::find(out, row) == out.end())
                            out.push_back(row);
    return out;
}

} // namespace clipscope
