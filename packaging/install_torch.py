#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unpacks LibTorch out of PyTorch's own Python package, once.

usage: install_torch.py --to FOLDER [--cuda]

pip fetches the packages that torch-requirements.txt pins by version and SHA-256 (with --cuda also torch-cuda-requirements.txt); of the
2 GB they unpack to, what a C++ program compiles and links with is kept: headers, libraries, licences. The folder appears by a rename: it
is there whole or not at all. An offline machine takes the files from a folder by pip's own PIP_NO_INDEX=1 PIP_FIND_LINKS=FOLDER.
Says nothing when all is there; exit 1 with one line when it cannot be done.
"""
import argparse
import errno
import fcntl
import importlib.util
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
CPU_LIBRARIES = {"libtorch_cpu.so", "libc10.so", "libgomp.so.1"}
CUDA_LIBRARIES = {"libtorch_cuda.so", "libtorch_cuda_linalg.so", "libc10_cuda.so", "libcaffe2_nvrtc.so", "libtorch_nvshmem.so"}
CPU_NVIDIA = {"libcudart.so.13", "libcupti.so.13"}  # libtorch_cpu.so names them; it calls them only where there is a GPU
RECORD = "clipscope.json"
RECIPE = 1  # counted up when the packages, or what is kept of them, change


class Refused(Exception):
    """What is wrong and what to do, in a sentence for the user."""


def is_kept(name, cuda):
    """name: a path inside a package"""
    if re.fullmatch(r"torch/include/.*\.(h|hpp|cuh|inc|inl)", name):
        return True
    if re.fullmatch(r"[^/]+\.dist-info/(licenses/)?(LICENSE|License|NOTICE)[^/]*", name):
        return True
    folder, _, file = name.rpartition("/")
    if folder == "torch/lib":
        return file in CPU_LIBRARIES or (cuda and file in CUDA_LIBRARIES)
    if folder.startswith("nvidia/") and folder.endswith("/lib"):
        return file in CPU_NVIDIA or (cuda and re.search(r"\.so(\.\d+)*$", file) is not None)
    return False


def fetch(folder, cuda):
    if importlib.util.find_spec("pip") is None:
        raise Refused("pip is missing: install python3-pip")
    lists = [HERE / "torch-requirements.txt"] + ([HERE / "torch-cuda-requirements.txt"] if cuda else [])
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes", "--only-binary", ":all:", "--python-version", "3.11",
               "--no-cache-dir", "--no-input", "--quiet", "--retries", "2", "--timeout", "30", "--disable-pip-version-check",
               "--progress-bar", "off", "--dest", str(folder)]
    for requirements in lists:
        command += ["--requirement", str(requirements)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                          env={**os.environ, "PIP_REQUIRE_VIRTUALENV": "0", "TMPDIR": str(folder)})
    if done.returncode != 0:
        print(done.stdout)  # into the log; the sentence below is for the user
        if "No space left" in done.stdout:
            raise OSError(errno.ENOSPC, "No space left on device")
        if "DO NOT MATCH THE HASHES" in done.stdout:
            raise Refused("a package of LibTorch is not the file that was expected (its SHA-256 differs); nothing was installed. "
                          "Try again, or give another LibTorch with Torch_DIR=...")
        raise Refused("LibTorch's packages cannot be fetched (offline?). Connect the machine and try again, or put their wheel files into a "
                      "folder and set PIP_NO_INDEX=1 PIP_FIND_LINKS=FOLDER, or give a LibTorch of your own with Torch_DIR=...")
    return sorted(folder.glob("*.whl"))


def unpack(wheel, target, cuda):
    """Keeps the times of the archive, so that unpacking again makes no compiler work."""
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            if is_kept(member.filename, cuda):
                path = pathlib.Path(archive.extract(member, target))
                at = time.mktime(member.date_time + (0, 0, -1))
                os.utime(path, (at, at))


def files_in(folder):
    return {str(p.relative_to(folder)): p.stat().st_size for p in sorted(folder.rglob("*")) if p.is_file() and p.name != RECORD}


def is_installed(target, cuda):
    try:
        record = json.loads((target / RECORD).read_text())
        return (record["recipe"] == RECIPE and (record["cuda"] or not cuda)
                and all(os.stat(f"{target}/{name}").st_size == size for name, size in record["files"].items()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def install(target, cuda):
    target.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(target.parent, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    if is_installed(target, cuda):  # another process was faster
        return
    for left in target.parent.glob(f".{target.name}-*"):  # of a run that was killed: the lock says nobody works in it now
        shutil.rmtree(left, ignore_errors=True)
    staging = pathlib.Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        for wheel in fetch(staging, cuda):
            unpack(wheel, staging / "root", cuda)
            wheel.unlink()
        files = files_in(staging / "root")
        wanted = {f"torch/lib/{n}" for n in CPU_LIBRARIES | (CUDA_LIBRARIES if cuda else set())} | {f"nvidia/cu13/lib/{n}" for n in CPU_NVIDIA}
        if wanted - files.keys():
            raise Refused(f"the packages of LibTorch hold no {min(wanted - files.keys())}; give a LibTorch of your own with Torch_DIR=...")
        (staging / "root" / RECORD).write_text(json.dumps({"recipe": RECIPE, "cuda": cuda, "files": files}))
        os.sync()
        if target.is_symlink() or target.exists():
            os.rename(target, staging / "before")
        os.rename(staging / "root", target)
        os.fsync(lock)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        os.close(lock)


def main():
    parser = argparse.ArgumentParser(description="Unpacks LibTorch out of PyTorch's Python package.")
    parser.add_argument("--to", type=pathlib.Path, required=True, metavar="FOLDER")
    parser.add_argument("--cuda", action="store_true", help="with the CUDA half and NVIDIA's libraries (2.4 GB to fetch)")
    parser.add_argument("--check", action="store_true", help="only say by the exit status whether it is there")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # unwinds, so that the staging folder goes
    target = arguments.to.absolute()
    if is_installed(target, arguments.cuda):
        return 0
    if arguments.check:
        return 1
    try:
        install(target, arguments.cuda)
        return 0
    except Refused as e:
        reason = str(e)
    except OSError as e:
        reason = "no space left on the disk; 3 GB are needed" if e.errno == errno.ENOSPC else f"{e.filename or target}: {e.strerror or e}"
    except zipfile.BadZipFile as e:
        reason = f"a package of LibTorch is damaged ({e}); try again"
    except KeyboardInterrupt:
        reason = "stopped"
    print(f"LibTorch: {reason}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
