#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proves the structure that CONTRIBUTING.md promises; prints one line a violation and exits with 1 where there is any.

usage: check_architecture.py [ROOT]

The table of rooms in CONTRIBUTING.md is the rule, read from there: what a room of core includes, its row names. Besides: core knows no Qt
and nobody above; no header of LibTorch, OpenCV, FAISS, FFmpeg or SQLite reaches ui or app, followed through every header of core they
include; the command line twin reaches no Qt; pages of ui do not know each other; file names, file lengths, licence lines and a few calls.
"""
import functools
import pathlib
import re
import sys

ENGINES = re.compile(r"(torch/|ATen/|c10/|caffe2/|opencv2?/|faiss/|libav[a-z]+/|libsw[a-z]+/|sqlite3)")
QT = re.compile(r"(Q[A-Z]|Qt|qcustomplot)")
ENGINE_TARGETS = re.compile(r"\b(clipscope_torch|clipscope_opencv|clipscope_faiss|PkgConfig::AV|SQLite::SQLite3)\b")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^">]+)[">]', re.M)
COMMENTS_AND_TEXTS = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.S)
CALLS = [  # where, what, why
    ("core ui app", re.compile(r"\bprocessEvents\b"), "processEvents: work belongs into a job (ui/jobs)"),
    ("ui app", re.compile(r"(?:->|\.|QThread::)terminate\s*\("), "terminate(): a job is stopped by its stop token"),
    ("core ui app", re.compile(r"(?<![\w.>])(?:std::|::)?system\s*\("), "system(): no shell is started"),
    ("core ui app", re.compile(r"\bpopen\s*\("), "popen(): no shell is started"),
    ("core ui app", re.compile(r"\bstatic\b[^;{}()]*\binstance\s*\("), "a singleton: what is needed is handed down from app"),
    ("ui", re.compile(r"\b(?:m|u)?sleep(?:_for|_until)?\s*\("), "a sleep in the window's code: wait by a timer or in a job"),
]
VAGUE = {"util", "utils", "helper", "helpers", "common", "misc", "stuff"}
# for every folder of ui; `shell` wires all
UI_SHARED = ("jobs/", "models/", "plots/", "experiment/", "shell/theme.h", "shell/action_registry.h", "shell/column_scroll.h", "shell/elided_label.h", "shell/page.h",
    "shell/settings.h")
MOST_LINES = 600
LICENCE = "SPDX-License-Identifier: GPL-3.0-or-later"
SKIPPED = {"build", ".git", "__pycache__"}


def line_at(text, position):
    return text.count("\n", 0, position) + 1


class Source:
    """A C++ file: its path inside the tree, its text, and its includes as (line, bracket, name)."""

    def __init__(self, root, path):
        self.path = path.relative_to(root).as_posix()
        self.text = path.read_text(encoding="utf-8", errors="replace")
        self.includes = [(line_at(self.text, m.start(2)), m[1], m[2]) for m in INCLUDE.finditer(self.text)]

    @functools.cached_property
    def code(self):
        """Without comments and texts, the lines where they were."""
        return COMMENTS_AND_TEXTS.sub(lambda m: '""' + "\n" * m[0].count("\n"), self.text)


class Tree:
    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()
        self.violations = []
        self.sources = {}
        for top in ("core", "ui", "app", "tests"):
            for path in sorted((self.root / top).rglob("*")):
                if path.suffix in (".h", ".cpp", ".hpp", ".cc", ".cxx", ".c") and not SKIPPED & set(path.parts):
                    source = Source(self.root, path)
                    self.sources[source.path] = source

    def report(self, place, text):
        self.violations.append(f"{place}: {text}")

    def under(self, *tops):
        return [s for s in self.sources.values() if s.path.startswith(tuple(t + "/" for t in tops))]

    def resolve(self, source, name):
        """The file of this tree that `#include "name"` means in `source`, in the compiler's order; None for none."""
        folders = [source.path.rpartition("/")[0]]
        folders += {"core": ["core"], "ui": ["ui", "core"]}.get(source.path.split("/")[0], ["app", "app/cli", "ui", "core", "tests"])
        for folder in folders:
            path = (self.root / folder / name).resolve()
            if path.is_relative_to(self.root) and path.relative_to(self.root).as_posix() in self.sources:
                return path.relative_to(self.root).as_posix()
        return None


def read_rooms(tree):
    """CONTRIBUTING.md's table: {room: rooms it may include}"""
    contributing, rooms = tree.root / "CONTRIBUTING.md", {}
    rows = contributing.read_text(encoding="utf-8").splitlines() if contributing.is_file() else []
    inside = False
    for row in rows:
        cells = [cell.strip().strip("`") for cell in row.strip().strip("|").split("|")]
        if cells == ["room", "holds", "may include"]:
            inside = True
        elif inside and not row.lstrip().startswith("|"):
            break
        elif inside and not set(cells[0]) <= {"-", ":", " "}:
            rooms[cells[0]] = set() if cells[-1] == "-" else {name.strip() for name in cells[-1].split(",")}
    if not rooms:
        tree.report("CONTRIBUTING.md", "has no table with the columns room, holds, may include")
    for room, allowed in rooms.items():
        for name in sorted(allowed - rooms.keys()):
            tree.report("CONTRIBUTING.md", f"room {room} may include {name}, which has no row")
    left = dict(rooms)  # rooms whose row names only rooms already taken away, again and again: what stays stands in a circle
    while free := [room for room, allowed in left.items() if not allowed & left.keys()]:
        for room in free:
            del left[room]
    if left:
        tree.report("CONTRIBUTING.md", f"rooms that include each other in a circle: {', '.join(sorted(left))}")
    return rooms


def check_core(tree, rooms):
    for source in tree.under("core"):
        parts = source.path.split("/")
        if len(parts) != 3:
            tree.report(source.path, "stands outside a room: core/ROOM/FILE")
            continue
        room = parts[1]
        if room not in rooms:
            tree.report(source.path, f"room {room} has no row in the table of CONTRIBUTING.md")
        for line, bracket, name in source.includes:
            place = f"{source.path}:{line}"
            if QT.match(name):
                tree.report(place, f"core includes Qt: {name}")
                continue
            target = tree.resolve(source, name)
            above = target or next((p for p in (name, *(f"{top}/{name}" for top in ("ui", "app", "tests"))) if p in tree.sources), "")
            if above and not above.startswith("core/"):
                tree.report(place, f"core includes {above}: it knows nobody above")
            elif target is None:
                if bracket == '"':
                    tree.report(place, f"{name} is not in core; headers of others stand in <>")
            elif (other := target.split("/")[1]) != room:
                if other not in rooms.get(room, ()):
                    tree.report(place, f"room {room} includes {name}; it may include {', '.join(sorted(rooms.get(room, ()))) or 'nothing'}")
                if target.endswith("_internal.h"):
                    tree.report(place, f"{name} is internal to room {other}")


def check_room_builds(tree, rooms):
    """The ROOMS of each clipscope_room() stand in its row, and engines are linked where nobody above sees them."""
    for path in sorted(tree.root.glob("core/*/CMakeLists.txt")):
        place, room, text = path.relative_to(tree.root).as_posix(), path.parent.name, re.sub(r"#[^\n]*", "", path.read_text())
        for call in re.findall(r"\bclipscope_room\s*\(([^)]*)\)", text):
            named = re.search(r"\bROOMS\b(.*?)(?:\b(?:LATE_)?(?:SOURCES|LIBRARIES)\b|$)", call, re.S)
            for other in sorted(set(named[1].split() if named else ()) - rooms.get(room, set())):
                tree.report(place, f"room {room} links room {other}, which its row does not name")
        for call in re.findall(r"\btarget_link_libraries\s*\(([^)]*)\)", text):
            shown = re.search(r"\b(?:PUBLIC|INTERFACE)\b(.*?)(?:\bPRIVATE\b|$)", call, re.S)
            if shown and (engine := ENGINE_TARGETS.search(shown[1])):
                tree.report(place, f"{engine[1]} is linked PUBLIC: only PRIVATE keeps it out of sight")
    for path in sorted([*tree.root.glob("ui/**/CMakeLists.txt"), *tree.root.glob("app/**/CMakeLists.txt")]):
        if engine := ENGINE_TARGETS.search(re.sub(r"#[^\n]*", "", path.read_text())):
            tree.report(path.relative_to(tree.root).as_posix(), f"links {engine[1]}, which only rooms of core do")


def chains(tree, start):
    """Every file that `start` reaches by includes, each with the way there: (file, [files from start on])."""
    seen, queue = {start}, [(start, [start])]
    for path, way in queue:
        source = tree.sources[path]
        yield source, way
        for _, _, name in source.includes:
            target = tree.resolve(source, name)
            if target and target not in seen:
                seen.add(target)
                queue.append((target, way + [target]))


def check_reach(tree):
    for source in tree.under("ui", "app"):
        cli = source.path.startswith("app/cli/")
        for reached, way in chains(tree, source.path):
            for line, _, name in reached.includes:
                if ENGINES.match(name):
                    tree.report(f"{reached.path}:{line}", f"{name} reaches {source.path.split('/')[0]}: {' -> '.join(way)}")
                elif cli and QT.match(name):
                    tree.report(f"{reached.path}:{line}", f"{name} reaches the command line twin, which runs without Qt: {' -> '.join(way)}")


def check_ui(tree):
    for source in tree.under("ui"):
        parts = source.path.split("/")
        if len(parts) != 3:
            tree.report(source.path, "stands outside a folder of ui: ui/FOLDER/FILE")
            continue
        for line, bracket, name in source.includes:
            target = tree.resolve(source, name)
            if target is None:
                if bracket == '"' and not name.endswith(".moc"):
                    tree.report(f"{source.path}:{line}", f"{name} is neither in ui nor in core")
            elif target.startswith("app/"):
                tree.report(f"{source.path}:{line}", f"ui includes {target}: it knows nobody above")
            elif target.startswith("ui/") and parts[1] not in (target.split("/")[1], "shell") and not target[3:].startswith(UI_SHARED):
                tree.report(f"{source.path}:{line}", f"folder {parts[1]} includes {name}; pages know each other only through shell's signals")
        if f"core/{'/'.join(parts[1:])}" in tree.sources:
            tree.report(source.path, "core has a file of the same path: an include of it would be ambiguous")


def check_files(tree):
    for source in tree.sources.values():
        name = source.path.rpartition("/")[2]
        stem = name.rpartition(".")[0]
        if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\.(h|cpp)", name):
            tree.report(source.path, "file names are snake_case, .h and .cpp")
        for word in sorted(set(stem.split("_")) & VAGUE):
            tree.report(source.path, f"'{word}' says nothing: name the file after what it holds")
        if "manager" in stem.split("_") and stem not in ("job_manager", "tst_job_manager"):
            tree.report(source.path, "the only manager is JobManager")
        lines = source.text.count("\n")
        if lines > MOST_LINES:
            tree.report(source.path, f"{lines} lines; {MOST_LINES} at most")
        if not source.text.startswith(f"// {LICENCE}\n"):
            tree.report(f"{source.path}:1", f"the first line is not '// {LICENCE}'")
        if name.endswith(".h"):
            if not re.search(r"^#pragma once$", source.text, re.M):
                tree.report(source.path, "the header has no #pragma once")
            if found := re.search(r"^\s*using namespace\b", source.code, re.M):
                tree.report(f"{source.path}:{line_at(source.code, found.end())}", "using namespace in a header")
        if not source.text.isascii():
            at = next(i for i, c in enumerate(source.text) if ord(c) > 127)
            tree.report(f"{source.path}:{line_at(source.text, at)}", "a character outside ASCII: write it as an escape")
    for tops, pattern, text in CALLS:
        for source in tree.under(*tops.split()):
            for found in pattern.finditer(source.code):
                tree.report(f"{source.path}:{line_at(source.code, found.start())}", text)
    scripts = [p for p in tree.root.rglob("*") if p.name == "CMakeLists.txt" or p.suffix in (".cmake", ".py")]
    scripts += [p for p in [*tree.root.glob("packaging/*"), *tree.root.glob(".ci/*")] if p.is_file() and not p.suffix]
    for path in sorted(scripts):
        relative = path.relative_to(tree.root)
        if not SKIPPED & set(relative.parts) and path.is_file() and f"# {LICENCE}" not in path.read_text(errors="replace").splitlines()[:2]:
            tree.report(f"{relative.as_posix()}:1", f"the first line (the second under #!) is not '# {LICENCE}'")


def check_built(tree):
    """Every .cpp and every test script is named by a CMakeLists.txt of its folder or of one above: nothing lies about unused."""
    scripts = [p.relative_to(tree.root).as_posix() for p in sorted((tree.root / "tests").rglob("test_*.py"))]
    for path in [p for p in tree.sources if p.endswith(".cpp")] + scripts:
        name = path.rpartition("/")[2]
        words = {name, name.removeprefix("tst_").removesuffix(".cpp")} if name.startswith("tst_") else {name}
        folder = (tree.root / path).parent
        lists = []
        while folder != tree.root:
            lists.append(folder / "CMakeLists.txt")
            folder = folder.parent
        named = {word.rpartition("/")[2] for file in lists if file.is_file() for word in re.findall(r"[\w./{}$-]+", file.read_text())}
        if not words & named:
            tree.report(path, f"no CMakeLists.txt names it: it is not {'run' if name.endswith('.py') else 'compiled'}")


def check(root):
    """(violations, number of C++ files read)"""
    tree = Tree(root)
    rooms = read_rooms(tree)
    check_core(tree, rooms)
    check_room_builds(tree, rooms)
    check_reach(tree)
    check_ui(tree)
    check_files(tree)
    check_built(tree)
    return tree.violations, len(tree.sources)


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    violations, files = check(root)
    for violation in violations:
        print(violation)
    print(f"architecture: {files} C++ files, {len(violations)} violations")
    return 1 if violations or not files else 0


if __name__ == "__main__":
    sys.exit(main())
