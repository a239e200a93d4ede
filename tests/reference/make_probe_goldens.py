#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes probe/logistic.json with scikit-learn: random problems and the objective its logistic regression reaches.

Run once; the result is committed:
    python tests/reference/make_probe_goldens.py
"""
import json
import pathlib

import numpy as np
from sklearn.linear_model import LogisticRegression

# classes, rows a class, numbers a row, noise, length of the rows, C
PROBLEMS = [(3, 4, 5, 0.5, 1, 1.0), (5, 8, 16, 2.0, 1, 10.0), (4, 10, 12, 1.0, 7, 0.316), (10, 2, 24, 3.0, 1, 100.0), (6, 6, 3, 4.0, 1, 1000.0)]


def objective(weights, bias, x, y, c):
    """scikit-learn's own: c * sum of cross entropies + |weights|^2 / 2."""
    logits = x @ weights.T + bias
    most = logits.max(1)
    entropies = np.log(np.exp(logits - most[:, None]).sum(1)) + most - logits[np.arange(len(y)), y]
    return float(c * entropies.sum() + 0.5 * (weights**2).sum())


random = np.random.default_rng(0)
problems = []
for classes, rows, numbers, noise, length, c in PROBLEMS:
    centres = random.standard_normal((classes, numbers))
    y = np.repeat(np.arange(classes), rows)
    x = centres[y] + noise * random.standard_normal((len(y), numbers))
    x = np.round(length * x / np.linalg.norm(x, axis=1, keepdims=True), 4)
    model = LogisticRegression(C=c, tol=1e-8, max_iter=100000).fit(x, y)
    problems.append({"classes": classes, "c": c, "x": x.tolist(), "y": y.tolist(),
                     "objective": objective(model.coef_, model.intercept_, x, y, c)})
path = pathlib.Path(__file__).parent / "probe" / "logistic.json"
path.write_text(json.dumps(problems, separators=(",", ":")) + "\n")
