// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/model_catalogue.h"

#include "base/text.h"
#include "models/file_hashes_internal.h"
#include "models/model_names_internal.h"
#include "models/safetensors.h"

#include <algorithm>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

int64_t countOf(const Json& config, const char* section, const char* key, int64_t fallback)
{
    const Json* at = &config;
    if (*section) {
        if (!config.contains(section) || !config[section].is_object())
            return fallback;
        at = &config[section];
    }
    const auto value = at->find(key);
    return value != at->end() && value->is_number_integer() ? std::clamp<int64_t>(*value, 0, 1000) : fallback;
}

void addLayers(
    std::vector<std::string>& out, const std::string& before, int64_t layers, const std::vector<std::string>& parts)
{
    for (int64_t i = 0; i < layers; ++i)
        for (const std::string& part : parts)
            out.push_back(before + std::to_string(i) + "." + part);
}

const std::vector<std::string> kHuggingFaceLayer{"self_attn.q_proj.weight", "self_attn.k_proj.weight",
    "self_attn.v_proj.weight", "self_attn.out_proj.weight", "layer_norm1.weight", "layer_norm2.weight",
    "mlp.fc1.weight", "mlp.fc2.weight"};
const std::vector<std::string> kOpenClipLayer{"attn.in_proj_weight", "attn.out_proj.weight", "ln_1.weight",
    "ln_2.weight", "mlp.c_fc.weight", "mlp.c_proj.weight"};
const std::vector<std::string> kBertLayer{"attention.self.query.weight", "attention.self.key.weight",
    "attention.self.value.weight", "attention.output.dense.weight", "attention.output.LayerNorm.weight",
    "intermediate.dense.weight", "output.dense.weight", "output.LayerNorm.weight"};

std::vector<std::string> tensorsOfClip(const Json& config)
{
    std::vector<std::string> out{"vision_model.embeddings.class_embedding",
        "vision_model.embeddings.patch_embedding.weight", "vision_model.embeddings.position_embedding.weight",
        "vision_model.pre_layrnorm.weight", "vision_model.post_layernorm.weight", "visual_projection.weight",
        "text_model.embeddings.token_embedding.weight", "text_model.embeddings.position_embedding.weight",
        "text_model.final_layer_norm.weight", "text_projection.weight"};
    addLayers(out, "vision_model.encoder.layers.", countOf(config, "vision_config", "num_hidden_layers", 12),
        kHuggingFaceLayer);
    addLayers(
        out, "text_model.encoder.layers.", countOf(config, "text_config", "num_hidden_layers", 12), kHuggingFaceLayer);
    return out;
}

std::vector<std::string> tensorsOfOpenClip(const Json& config, const SafetensorsFile& file)
{
    // OpenCLIP's "custom text" models keep the text tower under a name of its own.
    const std::string text = file.has("text.token_embedding.weight") ? "text." : "";
    std::vector<std::string> out{"visual.class_embedding", "visual.conv1.weight", "visual.positional_embedding",
        "visual.ln_pre.weight", "visual.ln_post.weight", "visual.proj", text + "token_embedding.weight",
        text + "positional_embedding", text + "ln_final.weight", text + "text_projection"};
    const Json model = config.contains("model_cfg") && config["model_cfg"].is_object() ? config["model_cfg"] : config;
    addLayers(out, "visual.transformer.resblocks.", countOf(model, "vision_cfg", "layers", 12), kOpenClipLayer);
    addLayers(out, text + "transformer.resblocks.", countOf(model, "text_cfg", "layers", 12), kOpenClipLayer);
    return out;
}

std::vector<std::string> tensorsOfBert(const Json& config, const SafetensorsFile& file)
{
    const std::string prefix = file.has("bert.embeddings.word_embeddings.weight") ? "bert." : "";
    std::vector<std::string> out{prefix + "embeddings.word_embeddings.weight",
        prefix + "embeddings.position_embeddings.weight", prefix + "embeddings.token_type_embeddings.weight",
        prefix + "embeddings.LayerNorm.weight"};
    addLayers(out, prefix + "encoder.layer.", countOf(config, "", "num_hidden_layers", 12), kBertLayer);
    return out;
}

enum class Weights { Clip, OpenClip, Bert, Other };

/// Opens the weights, which checks the format and every number, and looks for the tensors of the configuration.
void checkWeights(const fs::path& folder, const std::string& name, Weights kind, const Json& config,
    std::vector<std::string>& findings)
{
    try {
        const SafetensorsFile file(folder / name);
        const std::vector<std::string> wanted = kind == Weights::Clip ? tensorsOfClip(config)
            : kind == Weights::OpenClip                               ? tensorsOfOpenClip(config, file)
            : kind == Weights::Bert                                   ? tensorsOfBert(config, file)
                                                                      : std::vector<std::string>();
        std::vector<std::string> missing;
        for (const std::string& tensor : wanted)
            if (!file.has(tensor))
                missing.push_back(tensor);
        if (file.tensors().empty())
            findings.push_back(name + ": holds no tensors");
        else if (missing.size() == 1)
            findings.push_back(name + ": the tensor " + missing[0] + " is missing");
        else if (!missing.empty())
            findings.push_back(
                name + ": " + std::to_string(missing.size()) + " tensors are missing, first " + missing[0]);
    } catch (const Error& e) {
        findings.push_back(name + ": " + e.reason());
    }
}

/// What the folder's own clipscope.json says of a file; sha256 is empty where it says nothing.
struct Recorded {
    std::string name;
    int64_t bytes = -1;
    std::string sha256;
};

/// {"files": {NAME: {"bytes": n, "sha256": S}}} of an installer, {"sha256": {NAME: S}} of the training command.
std::vector<Recorded> recordedFiles(const Json& clipscope)
{
    std::vector<Recorded> out;
    const auto object = [](const Json& of, const char* key) {
        const auto at = of.find(key);
        return at != of.end() && at->is_object() ? *at : Json::object();
    };
    const Json files = object(clipscope, "files"), checksums = object(clipscope, "sha256");
    for (const auto& [name, value] : files.items()) {
        Recorded file{name, -1, {}};
        if (value.is_object() && value.contains("bytes") && value["bytes"].is_number_integer())
            file.bytes = value["bytes"].get<int64_t>();
        if (value.is_object() && value.contains("sha256") && value["sha256"].is_string())
            file.sha256 = value["sha256"].get<std::string>();
        out.push_back(file);
    }
    for (const auto& [name, value] : checksums.items())
        if (value.is_string())
            out.push_back({name, -1, value.get<std::string>()});
    return out;
}

} // namespace

std::vector<std::string> structureFindings(const ModelFolder& model, const JobContext& context)
{
    std::vector<std::string> findings;
    const fs::path& folder = model.path;
    const auto there = [&](const std::string& name) {
        std::error_code ignored;
        return fs::is_regular_file(folder / name, ignored);
    };
    const auto need = [&](const std::string& name) {
        if (!there(name))
            findings.push_back(name + " is missing");
        return there(name);
    };
    context.throwIfStopped();
    if (model.backend == "clip") {
        need("vocab.json");
        need("merges.txt");
        const bool openClip =
            there("open_clip_config.json") && (!model.config.contains("vision_config") || !there("model.safetensors"));
        if (!openClip) {
            if (need("model.safetensors"))
                checkWeights(folder, "model.safetensors", Weights::Clip, model.config, findings);
        } else {
            Json config = model.config;
            try {
                config = readJsonFile(folder / "open_clip_config.json", 1 << 20);
            } catch (const Error& e) {
                findings.push_back("open_clip_config.json: " + e.reason());
            }
            const std::string weights =
                there("open_clip_model.safetensors") ? "open_clip_model.safetensors" : "model.safetensors";
            if (need(weights))
                checkWeights(folder, weights, Weights::OpenClip, config, findings);
        }
    } else if (model.backend == "bert") {
        need("vocab.txt");
        if (need("model.safetensors"))
            checkWeights(folder, "model.safetensors", Weights::Bert, model.config, findings);
    } else {
        need("classes.json");
        need("text/vocab.txt");
        if (need("model.safetensors"))
            checkWeights(folder, "model.safetensors", Weights::Other, model.config, findings);
        context.throwIfStopped();
        if (need("text/config.json") && need("text/model.safetensors")) {
            try {
                checkWeights(folder, "text/model.safetensors", Weights::Bert,
                    readJsonFile(folder / "text/config.json", 1 << 20), findings);
            } catch (const Error& e) {
                findings.push_back("text/config.json: " + e.reason());
            }
        }
    }
    return findings;
}

std::vector<std::string> checkModelFiles(const ModelFolder& model, JobContext& context)
{
    std::vector<std::string> findings;
    const std::vector<Recorded> files = recordedFiles(model.clipscope);
    std::vector<Recorded> sound; ///< there, and of the right size: worth hashing
    int64_t total = 0;
    for (const Recorded& file : files) {
        std::error_code fault;
        const fs::path path = model.path / file.name;
        if (!isNameInsideModel(file.name)) {
            findings.push_back("clipscope.json names a file outside the folder: " + file.name);
            continue;
        }
        const bool there = fs::is_regular_file(path, fault);
        const int64_t bytes = there ? int64_t(fs::file_size(path, fault)) : -1;
        if (!there || fault) {
            findings.push_back(file.name + " is missing");
        } else if (file.bytes >= 0 && bytes != file.bytes) {
            findings.push_back(
                file.name + " has " + std::to_string(bytes) + " bytes, it came with " + std::to_string(file.bytes));
        } else if (!file.sha256.empty()) {
            sound.push_back({file.name, bytes, file.sha256});
            total += bytes;
        }
    }
    int64_t done = 0;
    for (const Recorded& file : sound) {
        const std::string text = "checking " + file.name;
        context.progress(done, total, text);
        const std::string found = sha256Stoppable(
            model.path / file.name, context, [&](int64_t bytes) { context.progress(done + bytes, total, text); });
        if (found != file.sha256)
            findings.push_back(file.name + " has changed since it came: its SHA-256 is another one");
        done += file.bytes;
    }
    for (const std::string& finding : structureFindings(model, context))
        if (std::find(findings.begin(), findings.end(), finding) == findings.end())
            findings.push_back(finding);
    return findings;
}

} // namespace clipscope
