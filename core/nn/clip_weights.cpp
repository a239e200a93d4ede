// SPDX-License-Identifier: GPL-3.0-or-later
// Names and layouts of CLIP's weights: Hugging Face's, OpenCLIP's, and this program's between them.
#include "nn/clip_model.h"

#include "base/files.h"
#include "nn/device.h"
#include "nn/layer_weights.h"
#include "nn/weights.h"

#include <array>

namespace fs = std::filesystem;

namespace clipscope {

namespace {

struct Renaming {
    const char* huggingFace;
    const char* openClip;
    bool transposed = false; ///< [in, out] there
};

/// Outside the layers: whole names, or beginnings when they end with a dot.
constexpr std::array kNames{
    Renaming{"vision_model.embeddings.class_embedding", "visual.class_embedding"},
    Renaming{"vision_model.embeddings.patch_embedding.weight", "visual.conv1.weight"},
    Renaming{"vision_model.embeddings.position_embedding.weight", "visual.positional_embedding"},
    Renaming{"vision_model.pre_layrnorm.", "visual.ln_pre."}, // the missing letters are Hugging Face's own
    Renaming{"vision_model.post_layernorm.", "visual.ln_post."},
    Renaming{"visual_projection.weight", "visual.proj", true},
    Renaming{"text_model.embeddings.token_embedding.weight", "token_embedding.weight"},
    Renaming{"text_model.embeddings.position_embedding.weight", "positional_embedding"},
    Renaming{"text_model.final_layer_norm.", "ln_final."},
    Renaming{"text_projection.weight", "text_projection", true},
    Renaming{"logit_scale", "logit_scale"},
};

constexpr std::array kLayerNames{
    Renaming{"self_attn.qkv_proj.weight", "attn.in_proj_weight"},
    Renaming{"self_attn.qkv_proj.bias", "attn.in_proj_bias"},
    Renaming{"self_attn.out_proj.", "attn.out_proj."},
    Renaming{"layer_norm1.", "ln_1."},
    Renaming{"layer_norm2.", "ln_2."},
    Renaming{"mlp.fc1.", "mlp.c_fc."},
    Renaming{"mlp.fc2.", "mlp.c_proj."},
};

struct OpenClipName {
    std::string name;
    bool transposed = false;
};

/// `name` with the row of the table whose beginning it has replaced.
template <size_t N> OpenClipName renamed(const std::array<Renaming, N>& table, const std::string& name)
{
    for (const Renaming& row : table)
        if (name.starts_with(row.huggingFace))
            return {row.openClip + name.substr(std::string(row.huggingFace).size()), row.transposed};
    throw Error(ErrorKind::Internal, "no OpenCLIP name for " + name);
}

OpenClipName openClipName(const std::string& name, bool customText)
{
    const std::string layers = ".encoder.layers.";
    OpenClipName out;
    const size_t at = name.find(layers);
    if (at == std::string::npos) {
        out = renamed(kNames, name);
    } else {
        const size_t number = at + layers.size(), end = name.find('.', number) + 1;
        out.name = (name.starts_with("vision_model") ? "visual.transformer.resblocks." : "transformer.resblocks.")
            + name.substr(number, end - number) + renamed(kLayerNames, name.substr(end)).name;
    }
    // OpenCLIP's "custom text" models keep the text tower under a name of its own.
    if (customText && !out.name.starts_with("visual.") && out.name != "logit_scale")
        out.name = "text." + out.name;
    return out;
}

constexpr LayerNames kClipLayer{
    "self_attn.qkv_proj", "self_attn.out_proj", "mlp.fc1", "mlp.fc2", "layer_norm1", "layer_norm2"};
constexpr SplitNames kSplit{"qkv_proj", {"q_proj", "k_proj", "v_proj"}};

} // namespace

void ClipModel::visit(const WeightVisitor& visitor)
{
    const ClipConfig::Vision& v = m_config.vision;
    const ClipConfig::Text& t = m_config.text;
    const int64_t vw = v.transformer.width, tw = t.transformer.width;
    visitor("vision_model.embeddings.class_embedding", m_classEmbedding, {vw});
    visitor("vision_model.embeddings.patch_embedding.weight", m_patchWeight, {vw, 3, v.patchSize, v.patchSize});
    visitor("vision_model.embeddings.position_embedding.weight", m_imagePositions, {1 + v.patches(), vw});
    visitor("vision_model.pre_layrnorm.weight", m_preNormWeight, {vw});
    visitor("vision_model.pre_layrnorm.bias", m_preNormBias, {vw});
    visitLayers(m_vision, "vision_model.encoder.layers.", kClipLayer, visitor);
    visitor("vision_model.post_layernorm.weight", m_postNormWeight, {vw});
    visitor("vision_model.post_layernorm.bias", m_postNormBias, {vw});
    visitor("visual_projection.weight", m_imageProjection, {m_config.projectionDim, vw});
    visitor("text_model.embeddings.token_embedding.weight", m_tokenEmbedding, {t.vocabularySize, tw});
    visitor("text_model.embeddings.position_embedding.weight", m_textPositions, {t.contextLength, tw});
    visitLayers(m_text, "text_model.encoder.layers.", kClipLayer, visitor);
    visitor("text_model.final_layer_norm.weight", m_finalNormWeight, {tw});
    visitor("text_model.final_layer_norm.bias", m_finalNormBias, {tw});
    visitor("text_projection.weight", m_textProjection, {m_config.projectionDim, tw});
    visitor("logit_scale", m_logitScale, {});
}

ClipModel ClipModel::load(const fs::path& folder, Use use)
{
    const ClipLayout layout = clipLayoutOf(folder);
    ClipModel model;
    model.m_config = readClipConfig(folder);
    model.m_vision = emptyTransformer(model.m_config.vision.transformer);
    model.m_text = emptyTransformer(model.m_config.text.transformer);
    fs::path file = folder / "model.safetensors";
    if (layout == ClipLayout::OpenClip && fs::exists(folder / "open_clip_model.safetensors"))
        file = folder / "open_clip_model.safetensors";
    const auto mapped = std::make_shared<const Weights>(file);
    const Weights& weights = *mapped;
    const bool customText = weights.has("text.token_embedding.weight");
    const bool own = use == Use::Training;
    return withTorchErrors(file.string(), [&] {
        model.visit([&](const std::string& name, at::Tensor& tensor, const std::vector<int64_t>& shape) {
            if (layout == ClipLayout::HuggingFace) {
                tensor = readSplit(weights, name, kSplit, shape, own);
            } else {
                const OpenClipName stored = openClipName(name, customText);
                if (stored.transposed)
                    tensor = weights.view(stored.name, {shape[1], shape[0]}).t().contiguous();
                else
                    tensor = own ? weights.copy(stored.name, shape) : weights.view(stored.name, shape);
            }
        });
        if (model.m_logitScale.numel() != 1)
            throw Error(ErrorKind::Model, "the tensor logit_scale is not a single number", file.string());
        model.m_logitScale = model.m_logitScale.reshape({}).clone();
        if (!own)
            model.m_file = mapped;
        return std::move(model);
    });
}

void ClipModel::save(const fs::path& folder, bool halfPrecision) const
{
    std::vector<TensorToWrite> tensors;
    for (const auto& [name, tensor] : parameters())
        writeSplit(tensors, name, kSplit, tensor, halfPrecision);
    // The temperature is a single number that training moves little: it keeps its precision.
    tensors.back() = toWrite("logit_scale", m_logitScale, false);
    std::error_code fault;
    fs::create_directories(folder, fault);
    writeSafetensors(folder / "model.safetensors", tensors, {{"format", "pt"}});
    writeFileAtomically(folder / "config.json", toHuggingFaceConfig(m_config).dump(2) + "\n");
    writeFileAtomically(folder / "preprocessor_config.json", toPreprocessorConfig(m_config).dump(2) + "\n");
}

} // namespace clipscope
