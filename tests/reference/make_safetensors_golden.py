#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes safetensors_golden.safetensors with the reference library: one tensor of every type tst_safetensors.cpp knows."""
import pathlib

import torch
from safetensors.torch import save_file

here = pathlib.Path(__file__).parent
save_file(
    {
        "f64": torch.tensor([0.1, -2.5], dtype=torch.float64),
        "f32": torch.arange(6, dtype=torch.float32).reshape(2, 3) / 4,
        "f16": torch.tensor([1.0, -0.333251953125, 65504.0, 6e-8], dtype=torch.float16),
        "bf16": torch.tensor([1.0, -3.140625], dtype=torch.bfloat16),
        "i64": torch.tensor([-1, 2**40]),
        "i32": torch.tensor([[7], [-7]], dtype=torch.int32),
        "i16": torch.tensor([-300], dtype=torch.int16),
        "i8": torch.tensor([-3], dtype=torch.int8),
        "u8": torch.tensor([255, 1, 2], dtype=torch.uint8),
        "bool": torch.tensor([True, False, True]),
        "scalar": torch.tensor(1.5),
        "empty": torch.zeros(0, 4),
        "b\u00e4r.\"q\"": torch.tensor([42.0]),
    },
    here / "safetensors_golden.safetensors",
    metadata={"format": "pt", "note": "caf\u00e9 \\ \"q\""},
)
