// SPDX-License-Identifier: GPL-3.0-or-later
#include "embedding/precision_choice.h"

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/machine.h"
#include "embedding/encoder.h"
#include "library/video_library.h"
#include "nn/packed_kernels.h"
#include "nn/resolved_device.h"

#include <algorithm>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

constexpr double kLeastCosine = .995;
constexpr double kLeastGain = 1.1;

bool isAvailable(Precision precision)
{
    const std::vector<Precision>& available = availablePrecisions();
    return std::find(available.begin(), available.end(), precision) != available.end();
}

/// Everything a measurement depends on.
std::string recipeOf(const std::string& modelHash)
{
    std::string recipe = "precision 1\n" + modelHash + "\n" + machine().processor + "\n" + kernelNames();
    for (const std::string& flag : machine().cpuFlags)
        recipe += "\n" + flag;
    return recipe;
}

} // namespace

Precision chosenPrecision(const std::vector<PrecisionTrial>& trials)
{
    const PrecisionTrial* best = &trials.at(0);
    for (const PrecisionTrial& trial : trials)
        if (trial.cosine >= kLeastCosine && trial.seconds * kLeastGain <= trials[0].seconds
            && trial.seconds < best->seconds)
            best = &trial;
    return best->precision;
}

Precision measuredPrecision(const std::string& modelHash, const std::function<PrecisionTrial(Precision)>& attempt)
{
    if (availablePrecisions().size() == 1)
        return Precision::Fp32;
    const std::string recipe = recipeOf(modelHash);
    const fs::path folder = cacheHome() / "precision", file = folder / (sha256(recipe).substr(0, 32) + ".json");
    try {
        std::error_code ignored;
        if (fs::is_regular_file(file, ignored)) {
            const Json stored = readJsonFile(file, 1 << 16);
            const Precision known = parsePrecision(stored.at("precision").get<std::string>());
            if (stored.at("recipe") == recipe && isAvailable(known))
                return known;
        }
    } catch (const std::exception&) {
        // Worth no word: it is measured again.
    }
    std::vector<PrecisionTrial> trials;
    Json written = Json::array();
    for (const Precision precision : availablePrecisions()) {
        trials.push_back(attempt(precision));
        written.push_back(
            {{"precision", toString(precision)}, {"seconds", trials.back().seconds}, {"cosine", trials.back().cosine}});
    }
    const Precision chosen = chosenPrecision(trials);
    try {
        std::error_code ignored;
        fs::create_directories(folder, ignored);
        const Json record{{"recipe", recipe}, {"precision", toString(chosen)}, {"trials", std::move(written)}};
        writeFileAtomically(file, record.dump(2) + "\n");
    } catch (const Error&) {
        // The next start measures again.
    }
    return chosen;
}

void requireFp32(const EncoderOptions& options, const std::string& who)
{
    if (options.precision != "auto" && parsePrecision(options.precision) != Precision::Fp32)
        throw Error(ErrorKind::Input, "is not for this model: " + who + " computes in fp32",
            "precision " + options.precision, "Use auto or fp32.");
}

std::string precisionToGoOnIn(const VideoLibrary& library, const std::string& model, const std::string& device)
{
    std::string found = "auto";
    for (const EmbeddingKey& key : library.embeddingKeys()) // oldest first
        if (key.model == model)
            found = precisionToSearchIn(key, device) == key.precision ? key.precision : "auto";
    return found;
}

std::string precisionToSearchIn(const EmbeddingKey& key, const std::string& device)
{
    return resolvedDevice(device) == "cpu" && isAvailable(parsePrecision(key.precision)) ? key.precision : "fp32";
}

} // namespace clipscope
