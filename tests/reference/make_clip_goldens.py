# SPDX-License-Identifier: GPL-3.0-or-later
"""Golden outputs of the reference libraries (transformers, open_clip_torch) on tiny random models.

Makes, beside itself, clip/NAME/ folders in the layout of each library (fp16 weights, so that the files are small; the outputs
belong to exactly these weights in fp32) with inputs and outputs in golden.safetensors. Run once; the results are committed:
    python tests/reference/make_clip_goldens.py
"""
import json
import pathlib
import shutil

import torch
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent / "clip"
IMAGE, PATCH, CONTEXT, VOCABULARY = 32, 8, 16, 96
START, END = VOCABULARY - 2, VOCABULARY - 1
LENGTHS = [3, 5, 9, CONTEXT]


def perturb(model, seed):
    """Fresh random weights everywhere (biases and norms too: a forgotten one must show), rounded to fp16."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=generator)
            if p.dim() >= 2:
                p.copy_(noise * (p.shape[-1] ** -0.5 if "embed" not in name and "position" not in name else 0.3))
            elif "norm" in name.lower() or "ln_" in name:
                p.copy_((1.0 if name.endswith("weight") else 0.0) + 0.2 * noise)
            elif p.dim() == 1:
                p.copy_(0.2 * noise)
            p.copy_(p.half().float())
    return model.float().eval()


def half_state(model):
    return {k: v.half().contiguous() if v.is_floating_point() else v.contiguous() for k, v in model.state_dict().items()}


def texts(seed):
    """Start, random words, end; padded to the context with the end token, as both libraries' tokenizers do or allow."""
    g = torch.Generator().manual_seed(seed)
    ids = torch.full((len(LENGTHS), CONTEXT), 0)
    for row, n in enumerate(LENGTHS):
        ids[row, 0] = START
        ids[row, 1 : n - 1] = torch.randint(1, START, (n - 2,), generator=g)
        ids[row, n - 1] = END
    return ids


def pictures(seed):
    return torch.randn(3, 3, IMAGE, IMAGE, generator=torch.Generator().manual_seed(seed))


def kept(seed, rows, patches, n):
    g = torch.Generator().manual_seed(seed)
    return torch.stack([torch.randperm(patches, generator=g)[:n] for _ in range(rows)])


def write(name, config_name, config, weights_name, state, golden):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / config_name).write_text(json.dumps(config, indent=1) + "\n")
    save_file(state, folder / weights_name)
    save_file({k: v.contiguous() for k, v in golden.items()}, folder / "golden.safetensors")


@torch.no_grad()
def hugging_face(name, act, eos, seed):
    import transformers

    vision = dict(hidden_size=48, intermediate_size=80, num_hidden_layers=2, num_attention_heads=3, image_size=IMAGE,
                  patch_size=PATCH, hidden_act=act, layer_norm_eps=1e-5)
    text = dict(hidden_size=32, intermediate_size=64, num_hidden_layers=3, num_attention_heads=2, vocab_size=VOCABULARY,
                max_position_embeddings=CONTEXT, hidden_act=act, layer_norm_eps=1e-5, eos_token_id=eos, bos_token_id=START,
                pad_token_id=0)
    config = transformers.CLIPConfig(text_config=text, vision_config=vision, projection_dim=24)
    model = perturb(transformers.CLIPModel(config), seed)
    pixels, ids = pictures(seed + 1), texts(seed + 2)
    mask = (torch.arange(CONTEXT)[None] < torch.tensor(LENGTHS)[:, None]).long()
    seen = model.vision_model(pixel_values=pixels)
    # Patch dropout: transformers has none, so its own parts are put together with the kept patches only.
    keep = kept(seed + 3, len(pixels), (IMAGE // PATCH) ** 2, 7)
    v = model.vision_model
    x = v.embeddings(pixels)
    x = torch.cat([x[:, :1], x[:, 1:].gather(1, keep[:, :, None].expand(-1, -1, x.shape[2]))], 1)
    x = v.encoder(inputs_embeds=v.pre_layrnorm(x)).last_hidden_state
    dropped = model.visual_projection(v.post_layernorm(x[:, 0]))
    golden = dict(pixels=pixels, image_projected=model.visual_projection(seen.pooler_output), image_pooled=seen.pooler_output,
                  image_tokens=seen.last_hidden_state, kept=keep, image_dropped=dropped, ids=ids,
                  lengths=torch.tensor(LENGTHS),
                  text_projected=model.text_projection(model.text_model(input_ids=ids, attention_mask=mask).pooler_output),
                  logit_scale=model.logit_scale.detach())
    both = model(input_ids=ids, pixel_values=pixels, attention_mask=mask)
    golden["logits_per_image"] = both.logits_per_image
    write(name, "config.json", dict(model_type="clip", projection_dim=24, vision_config=vision, text_config=text),
          "model.safetensors", half_state(model), golden)


@torch.no_grad()
def open_clip(name, quick, seed):
    from open_clip.model import CLIP

    vision = dict(image_size=IMAGE, layers=2, width=48, head_width=16, patch_size=PATCH, mlp_ratio=2.0)
    text = dict(context_length=CONTEXT, vocab_size=VOCABULARY, width=32, heads=2, layers=3)
    cfg = dict(embed_dim=24, vision_cfg=vision, text_cfg=text, **({"quick_gelu": True} if quick else {}))
    model = perturb(CLIP(24, dict(vision), dict(text), quick_gelu=quick), seed)
    pixels, ids = pictures(seed + 1), texts(seed + 2)
    keep = kept(seed + 3, len(pixels), (IMAGE // PATCH) ** 2, 7)

    class Fixed(torch.nn.Module):
        def forward(self, x):
            return torch.cat([x[:, :1], x[:, 1:].gather(1, keep[:, :, None].expand(-1, -1, x.shape[2]))], 1)

    projected = model.encode_image(pixels)
    model.visual.patch_dropout = Fixed()
    dropped = model.encode_image(pixels)
    golden = dict(pixels=pixels, image_projected=projected, kept=keep, image_dropped=dropped, ids=ids,
                  lengths=torch.tensor(LENGTHS), text_projected=model.encode_text(ids),
                  logit_scale=model.logit_scale.detach())
    state = {k: v for k, v in half_state(model).items() if not k.startswith("visual.patch_dropout") and k != "attn_mask"}
    write(name, "open_clip_config.json",
          dict(model_cfg=cfg, preprocess_cfg=dict(mean=[0.5, 0.4, 0.3], std=[0.2, 0.25, 0.3])),
          "open_clip_model.safetensors", state, golden)


@torch.no_grad()
def bert(name, seed):
    import transformers

    config = dict(model_type="bert", vocab_size=VOCABULARY, hidden_size=48, num_hidden_layers=3, num_attention_heads=4,
                  intermediate_size=96, hidden_act="gelu", max_position_embeddings=24, type_vocab_size=2,
                  layer_norm_eps=1e-12)
    model = perturb(transformers.BertModel(transformers.BertConfig(**config), add_pooling_layer=False), seed)
    ids = texts(seed + 2)
    mask = (torch.arange(CONTEXT)[None] < torch.tensor(LENGTHS)[:, None]).long()
    types = (torch.arange(CONTEXT)[None] >= torch.tensor(LENGTHS)[:, None] // 2).long() * mask
    plain = model(input_ids=ids, attention_mask=mask).last_hidden_state
    typed = model(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state
    shifted = torch.arange(CONTEXT)[None].expand(len(LENGTHS), -1) + 5
    moved = model(input_ids=ids, attention_mask=mask, position_ids=shifted).last_hidden_state
    mean = (plain * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
    golden = dict(ids=ids, lengths=torch.tensor(LENGTHS), types=types, positions=shifted.contiguous(), hidden=plain,
                  hidden_typed=typed, hidden_moved=moved, sentence=torch.nn.functional.normalize(mean, dim=1))
    write(name, "config.json", config, "model.safetensors", half_state(model), golden)


if __name__ == "__main__":
    hugging_face("hf_quick_gelu", "quick_gelu", END, 100)
    hugging_face("hf_gelu_eos2", "gelu", 2, 200)  # the id early configurations carry: pooled at the largest id
    open_clip("open_clip_gelu", False, 300)
    open_clip("open_clip_quick_gelu", True, 400)
    bert("bert", 500)
