// SPDX-License-Identifier: GPL-3.0-or-later
// Input: config.json, preprocessor_config.json, clipscope.json and models.json, a record separator between them.
#include "base/job_context.h"
#include "base/json.h"
#include "fuzz/fuzz_input.h"
#include "models/model_catalogue.h"
#include "nn/bert_model.h"
#include "nn/clip_config.h"
#include "nn/efficientnet_lite.h"

#include <cmath>
#include <cstdlib>

using namespace clipscope;
using namespace clipscope::fuzz;
namespace fs = std::filesystem;

namespace {

void checkTower(const TransformerConfig& t)
{
    require(t.width > 0 && t.layers > 0 && t.heads > 0 && t.mlpWidth > 0 && t.width % t.heads == 0,
        "a tower has sizes that fit");
}

void checkClip(const ClipConfig& config)
{
    checkTower(config.vision.transformer);
    checkTower(config.text.transformer);
    require(config.vision.patches() > 0 && config.projectionDim > 0 && config.text.vocabularySize > 0
            && config.text.contextLength > 0,
        "a model has positive sizes");
    const ClipPreprocessing& p = config.preprocessing;
    for (size_t i = 0; i < 3; ++i)
        require(std::isfinite(p.mean[i]) && std::isfinite(1 / p.std[i]) && std::isfinite(p.std[i]),
            "pixels become numbers");
    require(p.crop >= .01 && p.crop <= 1, "a crop is a share of the picture");
    const ClipConfig again = parseHuggingFaceClipConfig(toHuggingFaceConfig(config), "again");
    require(again.vision.transformer.width == config.vision.transformer.width
            && again.text.transformer.mlpWidth == config.text.transformer.mlpWidth
            && again.projectionDim == config.projectionDim,
        "a configuration that was written reads the same");
    parsePreprocessing(toPreprocessorConfig(config), config.vision.imageSize, "again");
}

void parseConfigs(std::string_view config, std::string_view preprocessor)
{
    accepted([&] {
        const Json json = parseJson(config, "config.json");
        accepted([&] {
            ClipConfig clip = parseHuggingFaceClipConfig(json, "config.json");
            accepted([&] {
                clip.preprocessing = parsePreprocessing(parseJson(preprocessor, "p"), clip.vision.imageSize, "p");
            });
            checkClip(clip);
        });
        accepted([&] { checkClip(parseOpenClipConfig(json, "open_clip_config.json")); });
        accepted([&] { checkTower(parseBertConfig(json, "config.json").transformer); });
        accepted([&] { parseEfficientNetLiteConfig(json, "config.json"); });
    });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    static const ScratchFolder folder;
    static const bool prepared = [] {
        fs::create_directories(folder / "model");
        for (const char* variable : {"XDG_CACHE_HOME", "XDG_DATA_HOME", "CLIPSCOPE_RESOURCES"})
            ::setenv(variable, folder.path().c_str(), 1);
        return true;
    }();
    (void)prepared;
    const auto [config, preprocessor, clipscope, catalogue] = parts<4>(textOf(data, size));
    parseConfigs(config, preprocessor);

    writeQuickly(folder / "model/config.json", config);
    writeQuickly(folder / "model/preprocessor_config.json", preprocessor);
    writeQuickly(folder / "model/clipscope.json", clipscope);
    writeQuickly(folder / "models.json", catalogue);
    accepted([] {
        JobContext context;
        checkModelFiles(findModel((folder / "model").string()), context);
    });
    accepted([] { readClipConfig(folder / "model"); });
    accepted([] { readCatalogue(); });
    return 0;
}
