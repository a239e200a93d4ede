// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/clip_config.h"

#include "base/error.h"
#include "nn/config_reader.h"

#include <cmath>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

// Of pixels from 0 to 1, with room for the strangest training: within them every pixel becomes a finite number.
constexpr float kLeastStd = 1e-6F, kMostPixel = 1e6F;
constexpr double kLeastCrop = .01;
constexpr size_t kMostKeys = 1000; ///< of a tower: a few dozen are known

void checkTransformer(const TransformerConfig& t, const std::string& subject, const char* tower)
{
    if (t.mlpWidth < 1)
        throw Error(ErrorKind::Model, std::string("the ") + tower + " tower has blocks without width", subject);
    if (t.heads == 0 || t.width % t.heads != 0)
        throw Error(ErrorKind::Model,
            std::string("the width of the ") + tower + " tower is no multiple of its number of heads", subject);
}

void checkVision(const ClipConfig::Vision& vision, const std::string& subject)
{
    if (vision.imageSize % vision.patchSize != 0)
        throw Error(ErrorKind::Model, "the picture size is no multiple of the patch size", subject);
    checkTransformer(vision.transformer, subject, "picture");
}

/// The part `key` of a Hugging Face configuration; early files repeat it in `key`_dict, which then wins.
Json tower(const Json& config, const char* key, const std::string& subject)
{
    Json part = config.value(key, Json::object());
    if (part.is_null())
        part = Json::object();
    const auto repeated = config.find(std::string(key) + "_dict");
    if (repeated != config.end() && repeated->is_object() && part.is_object()) {
        // Every key is looked for among all others.
        if (part.size() > kMostKeys || repeated->size() > kMostKeys)
            throw Error(ErrorKind::Model, std::string("\"") + key + "\" has more than 1000 keys", subject);
        part.update(*repeated);
    }
    return part;
}

TransformerConfig huggingFaceTransformer(const ConfigReader& part, int64_t width, int64_t heads)
{
    TransformerConfig t;
    t.width = part.integer("hidden_size", width, 1, 16384);
    t.layers = part.integer("num_hidden_layers", 12, 1, 200);
    t.heads = part.integer("num_attention_heads", heads, 1, 1024);
    t.mlpWidth = part.integer("intermediate_size", 4 * width, 1, 65536);
    t.activation = parseActivation(part.text("hidden_act", "quick_gelu"), part.subject());
    t.epsilon = part.number("layer_norm_eps", 1e-5, 1e-12, 1e-1);
    return t;
}

TransformerConfig openClipTransformer(const ConfigReader& part, int64_t width, int64_t heads, Activation activation)
{
    TransformerConfig t;
    t.width = part.integer("width", width, 1, 16384);
    t.layers = part.integer("layers", 12, 1, 200);
    t.heads = heads > 0 ? heads : std::max<int64_t>(1, t.width / part.integer("head_width", 64, 1, 1024));
    t.mlpWidth = int64_t(double(t.width) * part.number("mlp_ratio", 4, .01, 64));
    t.activation = activation;
    return t;
}

std::array<float, 3> triple(
    const Json& config, const char* key, std::array<float, 3> absent, const std::string& subject)
{
    const auto found = config.find(key);
    if (found == config.end() || found->is_null())
        return absent;
    std::array<float, 3> out{};
    if (!found->is_array() || found->size() != 3)
        throw Error(ErrorKind::Model, std::string("\"") + key + "\" is not a list of three numbers", subject);
    for (size_t i = 0; i < 3; ++i) {
        if (!(*found)[i].is_number())
            throw Error(ErrorKind::Model, std::string("\"") + key + "\" is not a list of three numbers", subject);
        out[i] = (*found)[i].get<float>();
    }
    return out;
}

void checkStd(const ClipPreprocessing& preprocessing, const std::string& subject)
{
    for (size_t i = 0; i < 3; ++i)
        if (!(preprocessing.std[i] >= kLeastStd && std::abs(preprocessing.std[i]) <= kMostPixel
                && std::abs(preprocessing.mean[i]) <= kMostPixel))
            throw Error(ErrorKind::Model, "the pictures' mean and standard deviation are not usable", subject);
}

/// What OpenCLIP can do and this program does not: refused by name, never half done.
void refuseUnknownParts(const ConfigReader& vision, const ConfigReader& text)
{
    const auto refuse = [](const ConfigReader& part, const std::string& key) {
        throw Error(ErrorKind::Model, "the OpenCLIP option \"" + key + "\" is not supported", part.subject(),
            "Take a model with a plain Vision Transformer and CLIP's own text tower.");
    };
    for (const char* key : {"timm_model_name", "attentional_pool", "ls_init_value", "global_average_pool",
             "input_patchnorm", "no_ln_pre", "final_ln_after_pool", "qk_norm", "scaled_cosine_attn", "scale_heads"})
        if (vision.set(key))
            refuse(vision, key);
    for (const char* key : {"hf_model_name", "no_causal_mask", "embed_cls", "ls_init_value", "proj_bias"})
        if (text.set(key))
            refuse(text, key);
    if (vision.text("pool_type", "tok") != "tok")
        refuse(vision, "pool_type");
    if (text.text("pool_type", "argmax") != "argmax")
        refuse(text, "pool_type");
    if (vision.text("pos_embed_type", "learnable") != "learnable")
        refuse(vision, "pos_embed_type");
}

} // namespace

ClipLayout clipLayoutOf(const fs::path& folder)
{
    // Hub folders often carry both layouts: the weights that are there decide.
    const bool openClip = fs::is_regular_file(folder / "open_clip_config.json");
    if (fs::is_regular_file(folder / "config.json") && (!openClip || fs::exists(folder / "model.safetensors"))) {
        const Json config = readJsonFile(folder / "config.json", 1 << 20);
        if (config.is_object() && config.contains("vision_config"))
            return ClipLayout::HuggingFace;
    }
    if (openClip)
        return ClipLayout::OpenClip;
    throw Error(ErrorKind::Model, "this folder holds no CLIP model", folder.string(),
        "A CLIP folder has a config.json with a vision_config, or an open_clip_config.json.");
}

ClipConfig parseHuggingFaceClipConfig(const Json& config, const std::string& subject)
{
    const ConfigReader top(config, subject);
    const Json visionPart = tower(config, "vision_config", subject), textPart = tower(config, "text_config", subject);
    const ConfigReader vision(visionPart, subject), text(textPart, subject);
    ClipConfig out;
    out.projectionDim = top.integer("projection_dim", 512, 1, 16384);
    out.vision.imageSize = vision.integer("image_size", 224, 1, 4096);
    out.vision.patchSize = vision.integer("patch_size", 32, 1, 4096);
    if (vision.integer("num_channels", 3, 1, 1024) != 3)
        throw Error(ErrorKind::Model, "the model does not take RGB pictures", subject);
    out.vision.transformer = huggingFaceTransformer(vision, 768, 12);
    out.text.vocabularySize = text.integer("vocab_size", 49408, 1, 10000000);
    out.text.contextLength = text.integer("max_position_embeddings", 77, 1, 65536);
    out.text.endToken = text.integer("eos_token_id", 49407, -1, 10000000);
    out.text.transformer = huggingFaceTransformer(text, 512, 8);
    checkVision(out.vision, subject);
    checkTransformer(out.text.transformer, subject, "text");
    return out;
}

ClipConfig parseOpenClipConfig(const Json& config, const std::string& subject)
{
    // Hub folders wrap the model in model_cfg; the bare model_configs/*.json of the project do not.
    const Json& model = config.is_object() && config.contains("model_cfg") ? config.at("model_cfg") : config;
    const ConfigReader top(model, subject);
    const Json visionPart = model.value("vision_cfg", Json::object()),
               textPart = model.value("text_cfg", Json::object());
    const ConfigReader vision(visionPart, subject), text(textPart, subject);
    refuseUnknownParts(vision, text);
    const Activation activation = top.flag("quick_gelu", false) ? Activation::QuickGelu : Activation::Gelu;
    ClipConfig out;
    out.projectionDim = top.integer("embed_dim", 512, 1, 16384);
    out.vision.imageSize = vision.integer("image_size", 224, 1, 4096);
    out.vision.patchSize = vision.integer("patch_size", 16, 1, 4096);
    out.vision.transformer = openClipTransformer(vision, 768, 0, activation);
    out.text.vocabularySize = text.integer("vocab_size", 49408, 1, 10000000);
    out.text.contextLength = text.integer("context_length", 77, 1, 65536);
    out.text.endToken = -1;
    out.text.transformer = openClipTransformer(text, 512, text.integer("heads", 8, 1, 1024), activation);
    if (const auto pre = config.find("preprocess_cfg"); pre != config.end() && pre->is_object()) {
        out.preprocessing.mean = triple(*pre, "mean", out.preprocessing.mean, subject);
        out.preprocessing.std = triple(*pre, "std", out.preprocessing.std, subject);
        checkStd(out.preprocessing, subject);
    }
    checkVision(out.vision, subject);
    checkTransformer(out.text.transformer, subject, "text");
    return out;
}

ClipPreprocessing parsePreprocessing(const Json& preprocessor, int64_t imageSize, const std::string& subject)
{
    const ConfigReader top(preprocessor, subject);
    ClipPreprocessing out;
    out.mean = triple(preprocessor, "image_mean", out.mean, subject);
    out.std = triple(preprocessor, "image_std", out.std, subject);
    checkStd(out, subject);
    // "size": 224 in early files, {"shortest_edge": 224} in later ones: what the shorter side becomes before the crop.
    double shorter = double(imageSize);
    if (const auto size = preprocessor.find("size"); size != preprocessor.end()) {
        if (size->is_number())
            shorter = size->get<double>();
        else if (size->is_object() && size->contains("shortest_edge") && size->at("shortest_edge").is_number())
            shorter = size->at("shortest_edge").get<double>();
    }
    if (top.flag("do_center_crop", true) && top.flag("do_resize", true) && shorter >= double(imageSize))
        out.crop = double(imageSize) / shorter;
    if (out.crop < kLeastCrop)
        throw Error(ErrorKind::Model, "\"size\" leaves too little of a picture", subject);
    return out;
}

ClipConfig readClipConfig(const fs::path& folder)
{
    if (clipLayoutOf(folder) == ClipLayout::OpenClip) {
        const fs::path file = folder / "open_clip_config.json";
        return parseOpenClipConfig(readJsonFile(file, 1 << 20), file.string());
    }
    const fs::path file = folder / "config.json";
    ClipConfig config = parseHuggingFaceClipConfig(readJsonFile(file, 1 << 20), file.string());
    const fs::path preprocessor = folder / "preprocessor_config.json";
    if (fs::is_regular_file(preprocessor))
        config.preprocessing =
            parsePreprocessing(readJsonFile(preprocessor, 1 << 20), config.vision.imageSize, preprocessor.string());
    return config;
}

Json toHuggingFaceConfig(const ClipConfig& config)
{
    const auto part = [](const TransformerConfig& t) {
        return Json{{"hidden_size", t.width}, {"intermediate_size", t.mlpWidth}, {"num_hidden_layers", t.layers},
            {"num_attention_heads", t.heads}, {"hidden_act", toString(t.activation)}, {"layer_norm_eps", t.epsilon}};
    };
    Json vision = part(config.vision.transformer), text = part(config.text.transformer);
    vision["model_type"] = "clip_vision_model";
    vision["image_size"] = config.vision.imageSize;
    vision["patch_size"] = config.vision.patchSize;
    vision["num_channels"] = 3;
    vision["projection_dim"] = config.projectionDim;
    text["model_type"] = "clip_text_model";
    text["vocab_size"] = config.text.vocabularySize;
    text["max_position_embeddings"] = config.text.contextLength;
    // OpenCLIP's rule (the largest id) is what transformers does for the id 2.
    text["eos_token_id"] = config.text.endToken < 0 ? 2 : config.text.endToken;
    text["projection_dim"] = config.projectionDim;
    return Json{{"architectures", Json::array({"CLIPModel"})}, {"model_type", "clip"},
        {"projection_dim", config.projectionDim}, {"vision_config", vision}, {"text_config", text}};
}

Json toPreprocessorConfig(const ClipConfig& config)
{
    const ClipPreprocessing& p = config.preprocessing;
    const auto size = int64_t(std::lround(double(config.vision.imageSize) / p.crop));
    return Json{{"image_processor_type", "CLIPImageProcessor"}, {"do_resize", true},
        {"size", {{"shortest_edge", size}}}, {"do_center_crop", true},
        {"crop_size", {{"height", config.vision.imageSize}, {"width", config.vision.imageSize}}}, {"do_rescale", true},
        {"rescale_factor", 1. / 255}, {"do_normalize", true}, {"image_mean", p.mean}, {"image_std", p.std},
        {"resample", 3}, {"do_convert_rgb", true}};
}

} // namespace clipscope
