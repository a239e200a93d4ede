#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a minute of video costs the usual Python chains: exact frames by torchcodec or PyAV, embedded by open_clip in fp32.

The counterpart of `clipscope-cli bench pipeline`: same clip, K frames in the middles of K equal parts, ViT-B/32 with random
weights, batches of K. The chains take turns; one JSON line each with the median CPU seconds of a clip, its decoding and
embedding apart. Needs torchcodec, av, open_clip_torch:
    OMP_WAIT_POLICY=PASSIVE python tests/reference/python_chain.py --threads 1 CLIP
"""
import argparse
import bisect
import json
import os
import statistics
import time

arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
arguments.add_argument("clip")
arguments.add_argument("--frames", type=int, default=12)
arguments.add_argument("--runs", type=int, default=5)
arguments.add_argument("--threads", type=int, default=1)
A = arguments.parse_args()
for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = str(A.threads)

import av
import numpy as np
import open_clip
import torch
from torchcodec.decoders import VideoDecoder
from torchcodec.transforms import Resize

torch.set_num_threads(A.threads)
torch.manual_seed(0)
SIDE = 224
MEAN = torch.tensor(open_clip.OPENAI_DATASET_MEAN).view(3, 1, 1)
STD = torch.tensor(open_clip.OPENAI_DATASET_STD).view(3, 1, 1)
model = open_clip.create_model("ViT-B-32", pretrained=None).eval()


def with_torchcodec(seek_mode):
    decoder = VideoDecoder(A.clip, num_ffmpeg_threads=A.threads, seek_mode=seek_mode, transforms=[Resize((SIDE, SIDE))])
    count = decoder.metadata.num_frames
    return decoder.get_frames_at(indices=[int((i + 0.5) * count / A.frames) for i in range(A.frames)]).data


def with_pyav():
    """One forward pass that seeks only where the next frame lies behind a later keyframe: the fastest way we know there."""
    pictures = []
    with av.open(A.clip) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = A.threads
        stream.thread_type = "SLICE"
        start, seconds = stream.start_time or 0, float(container.duration) / av.time_base
        keys = [entry.timestamp for entry in stream.index_entries if entry.is_keyframe]
        frames, key_behind, position = None, None, None
        for i in range(A.frames):
            want = int((i + 0.5) * seconds / A.frames / float(stream.time_base)) + start
            key = keys[max(0, bisect.bisect_right(keys, want) - 1)]
            if frames is None or (key != key_behind and key > position):
                container.seek(want, stream=stream, backward=True)
                frames, key_behind = container.decode(stream), key
            frame = next(f for f in frames if f.pts is not None and f.pts >= want)
            position = frame.pts
            pictures.append(frame.to_ndarray(width=SIDE, height=SIDE, format="rgb24", interpolation="BILINEAR"))
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)


def embed(pictures):
    with torch.inference_mode():
        return model.encode_image((pictures.float() / 255 - MEAN) / STD, normalize=True)


def cpu_seconds():
    times = os.times()
    return times.user + times.system


decoders = {
    "torchcodec exact": lambda: with_torchcodec("exact"),
    "torchcodec approximate": lambda: with_torchcodec("approximate"),
    "PyAV": with_pyav,
}
laps = {name: [] for name in decoders}
for lap in range(A.runs + 1):
    for name, decode in decoders.items():
        begin, wall = cpu_seconds(), time.perf_counter()
        pictures = decode()
        decoded = cpu_seconds()
        assert embed(pictures).shape == (A.frames, 512)
        if lap:
            laps[name].append((cpu_seconds() - begin, decoded - begin, time.perf_counter() - wall))
for name, times in laps.items():
    total, decoding, wall = (statistics.median(column) for column in zip(*times))
    print(json.dumps({"name": name + " + open_clip fp32", "cpuSeconds": round(total, 3), "decoding": round(decoding, 3),
                      "embedding": round(total - decoding, 3), "wallSeconds": round(wall, 3), "runs": A.runs}))
