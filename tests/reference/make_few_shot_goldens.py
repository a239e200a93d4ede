#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes probe/few_shot.json with NumPy in float64: Tip-Adapter and LP++ on random problems.

Both are written here once more from the authors' programs (gaopengcuhk/Tip-Adapter utils.py; FereshteShakeri/FewShot-CLIP-Strong-Baseline
methods/linear_probe_p2.py), LP++ by the gradient of every logit instead of automatic differentiation, with a bias that starts at 0.
Run once; the result is committed:
    python tests/reference/make_few_shot_goldens.py
"""
import json
import pathlib

import numpy as np

# classes, shots, numbers a row, noise of the vectors, noise of the words
PROBLEMS = [(3, 2, 6, 0.6, 0.8), (5, 4, 12, 1.0, 1.0), (8, 1, 20, 0.8, 1.5)]
EPOCHS = [9, 10, 31, 300]


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def tip_adapter(f, words, keys, y, alpha, beta):
    affinity = f @ keys.T
    return 100 * f @ words.T + alpha * np.exp(-(beta - beta * affinity)) @ np.eye(len(words))[y]


def lp_plus_plus(x, y, words, epochs):
    """The logits' weights and bias (words included) and the blend after each of `epochs`."""
    n, classes = len(y), len(words)
    hot = np.eye(classes)[y]
    texts = x @ words.T
    w = hot.T @ x
    b = np.zeros(classes)
    blend = np.full(classes, 250 * np.mean((hot * texts).sum(0) / hot.sum(0)))
    step = 4 * n / np.linalg.eigvalsh(x.T @ x).max()
    blend_step = n / (4 * (texts**2).sum(0).max())
    velocity_w, velocity_b, blend_gradient = np.zeros_like(w), np.zeros_like(b), np.zeros(classes)
    out = {}
    for epoch in range(1, max(epochs) + 1):
        logits = x @ w.T + b + texts * blend
        e = np.exp(logits - logits.max(1, keepdims=True))
        gradient = (e / e.sum(1, keepdims=True) - hot) / n
        blend_gradient += (gradient * texts).sum(0)  # torch's .grad of the blend, which nobody sets back to zero
        velocity_w = 0.9 * velocity_w + gradient.T @ x
        velocity_b = 0.9 * velocity_b + gradient.sum(0)
        w = w - step * velocity_w
        b = b - step * velocity_b
        if epoch % 10 == 0:
            blend = blend - blend_step * blend_gradient
        if epoch in epochs:
            out[epoch] = (w + blend[:, None] * words, b, blend)
    return out


random = np.random.default_rng(7)
problems = []
for classes, shots, numbers, noise, vagueness in PROBLEMS:
    centres = random.standard_normal((classes, numbers)) + 0.7  # as CLIP's, all vectors lie somewhat to one side
    y = np.repeat(np.arange(classes), shots)
    rounded = lambda v: np.round(unit(v), 5).astype(np.float32).astype(np.float64)
    x = rounded(centres[y] + noise * random.standard_normal((len(y), numbers)))
    words = rounded(centres + vagueness * random.standard_normal((classes, numbers)))
    f = rounded(centres[np.arange(12) % classes] + noise * random.standard_normal((12, numbers)))
    fits = lp_plus_plus(x, y, words, EPOCHS)
    problems.append({
        "classes": classes, "x": x.tolist(), "y": y.tolist(), "words": words.tolist(), "tested": f.tolist(),
        "largestEigenvalue": float(np.linalg.eigvalsh(x.T @ x).max()),
        "tipAdapter": [{"alpha": a, "beta": b, "scores": np.round(tip_adapter(f, words, x, y, a, b), 6).tolist()} for a, b in [(1, 5.5), (2.5, 1.1), (0.1, 6.9)]],
        "lpPlusPlus": [{"epochs": e, "blend": np.round(blend, 6).tolist(), "scores": np.round(f @ w.T + b, 6).tolist()} for e, (w, b, blend) in fits.items()],
    })
path = pathlib.Path(__file__).parent / "probe" / "few_shot.json"
path.write_text(json.dumps(problems, separators=(",", ":")) + "\n")
