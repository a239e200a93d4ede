#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the starter engine must give, worked out with NumPy alone from the installed folder: starter/golden.safetensors.

  pictures   five made pictures of 260 x 260 (made_picture below; the test makes the same)
  features   [5, 1280] unit rows: EfficientNet-Lite2, batch norm not folded, TensorFlow's SAME padding
  joint      [5, 384] unit rows: class probabilities at temperature tau into the centred class vectors (ConSE)
  texts      [n, 384] unit rows of the texts in the metadata: mean of MiniLM's last states, unit, minus the mean class, unit
  classes    [8, 384] unit sentence vectors of the first eight classes' prompts, not centred

Needs numpy, safetensors and transformers (for its BertTokenizer). Run once; the result is committed:
    python tests/reference/make_starter_goldens.py ~/.local/share/clipscope/models/starter
"""
import json
import math
import pathlib
import sys

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from safetensors.numpy import load_file, save_file
from transformers import BertTokenizer

SIZE = 260
TEXTS = ["a brown bear on the ground", "a red ball", "two dogs run on the beach", "a video of playing guitar", "", "CAF\u00c9 na\u00efve!", "\u732b",
         "a man in a white shirt pours hot water from a kettle into a paper filter while another one watches him from behind the counter of a small shop"]


def made_picture(number):
    """Integers only, so that every language makes the same: stripes, discs and noise."""
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.int64)
    hashed = (x * 73856093 ^ y * 19349663 ^ number * 83492791) & 0xFFFF
    out = np.zeros((SIZE, SIZE, 3), np.int64)
    for c in range(3):
        out[..., c] = (x * (number + 1 + c) + y * (2 * number + 3 - c)) // (2 + c) % 256
    disc = (x - 60 - 30 * number) ** 2 + (y - 130) ** 2 < (30 + 12 * number) ** 2
    out[disc] = [(40 + 50 * number) % 256, (200 - 45 * number) % 256, (90 * number) % 256]
    out += (hashed % (1 + 16 * number))[..., None] - 8 * number
    return np.clip(out, 0, 255).astype(np.uint8)


class Network:
    def __init__(self, folder, config):
        self.t, self.config = load_file(folder / config["weights"]), config

    def conv(self, x, name, norm, stride=1, act=True):
        """x [C, H, W]"""
        w = self.t[name + ".weight"].astype(np.float64)
        k = w.shape[2]
        total = [max((-(-n // stride) - 1) * stride + k - n, 0) for n in x.shape[1:]]
        x = np.pad(x, [(0, 0)] + [(p // 2, p - p // 2) for p in total])
        windows = sliding_window_view(x, (k, k), axis=(1, 2))[:, ::stride, ::stride]
        if w.shape[1] == 1 and w.shape[0] == x.shape[0]:
            y = np.einsum("chwij,cij->chw", windows, w[:, 0])
        elif k == 1:
            y = np.tensordot(w[:, :, 0, 0], x[:, ::stride, ::stride], (1, 0))
        else:
            y = np.einsum("chwij,ocij->ohw", windows, w, optimize=True)
        scale, shift, mean, variance = (self.t[f"{norm}.{n}"].astype(np.float64)[:, None, None] for n in ("weight", "bias", "running_mean", "running_var"))
        y = (y - mean) / np.sqrt(variance + self.config["batch_norm_epsilon"]) * scale + shift
        return np.clip(y, 0, 6) if act else y

    def __call__(self, picture):
        x = (picture.astype(np.float64).transpose(2, 0, 1) - self.config["pixel_mean"]) / self.config["pixel_scale"]
        x, number = self.conv(x, "_conv_stem", "_bn0", 2), 0
        for _, stride, expansion, repeats in self.config["stages"]:
            for j in range(repeats):
                p, y = f"_blocks.{number}", x
                if expansion > 1:
                    y = self.conv(y, p + "._expand_conv", p + "._bn0")
                y = self.conv(y, p + "._depthwise_conv", p + "._bn1", stride if j == 0 else 1)
                y = self.conv(y, p + "._project_conv", p + "._bn2", act=False)
                x, number = (x + y if j else y), number + 1
        features = self.conv(x, "_conv_head", "_bn1").mean((1, 2))
        return features, self.t["_fc.weight"].astype(np.float64) @ features + self.t["_fc.bias"]


class Sentences:
    def __init__(self, folder, tokens):
        self.t = {n.removeprefix("bert."): v.astype(np.float64) for n, v in load_file(folder / "model.safetensors").items() if v.dtype.kind == "f"}
        self.config, self.tokens = json.loads((folder / "config.json").read_text()), tokens
        self.tokenizer = BertTokenizer(vocab=str(folder / "vocab.txt"), do_lower_case=True)
        assert self.tokenizer("a red ball")["input_ids"] == [101, 1037, 2417, 3608, 102]

    def linear(self, x, name):
        return x @ self.t[name + ".weight"].T + self.t[name + ".bias"]

    def norm(self, x, name):
        x = x - x.mean(-1, keepdims=True)
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + self.config["layer_norm_eps"]) * self.t[name + ".weight"] + self.t[name + ".bias"]

    def __call__(self, text):
        ids = self.tokenizer(text, truncation=True, max_length=self.tokens)["input_ids"]
        heads = self.config["num_attention_heads"]
        e = "embeddings."
        x = self.norm(self.t[e + "word_embeddings.weight"][ids] + self.t[e + "position_embeddings.weight"][:len(ids)] + self.t[e + "token_type_embeddings.weight"][0], e + "LayerNorm")
        for i in range(self.config["num_hidden_layers"]):
            p = f"encoder.layer.{i}."
            q, k, v = (self.linear(x, p + "attention.self." + n).reshape(len(ids), heads, -1).transpose(1, 0, 2) for n in ("query", "key", "value"))
            scores = q @ k.transpose(0, 2, 1) / math.sqrt(q.shape[-1])
            scores = np.exp(scores - scores.max(-1, keepdims=True))
            mixed = (scores / scores.sum(-1, keepdims=True) @ v).transpose(1, 0, 2).reshape(len(ids), -1)
            x = self.norm(x + self.linear(mixed, p + "attention.output.dense"), p + "attention.output.LayerNorm")
            up = self.linear(x, p + "intermediate.dense")
            up = up * .5 * (1 + np.vectorize(math.erf)(up / math.sqrt(2)))
            x = self.norm(x + self.linear(up, p + "output.dense"), p + "output.LayerNorm")
        return unit(x.mean(0))


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def main():
    folder = pathlib.Path(sys.argv[1])
    config = json.loads((folder / "config.json").read_text())
    network, sentences = Network(folder, config["picture"]), Sentences(folder / config["text"]["folder"], config["text"]["max_tokens"])
    names = json.loads((folder / config["conse"]["classes"]).read_text())
    classes = np.stack([sentences(config["conse"]["prompt"].replace("{}", n)) for n in names])
    mean, features, joint = classes.mean(0), [], []
    for number in range(5):
        f, logits = network(made_picture(number))
        p = np.exp((logits - logits.max()) / config["conse"]["tau"])
        features.append(unit(f)), joint.append(unit(p / p.sum() @ (classes - mean)))
        print(number, names[int(logits.argmax())])
    texts = np.stack([unit(sentences(t) - mean) for t in TEXTS])
    out = pathlib.Path(__file__).parent / "starter"
    out.mkdir(exist_ok=True)
    arrays = {"features": np.stack(features), "joint": np.stack(joint), "texts": texts, "classes": classes[:8]}
    save_file({n: v.astype(np.float32) for n, v in arrays.items()}, out / "golden.safetensors", {"texts": json.dumps(TEXTS)})


if __name__ == "__main__":
    main()
