#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the built programs and libraries with readelf: position independent, relocations read-only and bound at start, no executable
stack, stack protector and fortified calls in them, no library looked for in a relative folder, LibTorch and its like left to core_late,
whose products no other BLAS takes over, and one OpenMP, the same for all.
usage: check_hardening.py [--no-fortify] PROGRAM_OR_LIBRARY..."""
import pathlib
import re
import subprocess
import sys


def readelf(*arguments):
    return subprocess.run(["readelf", "--wide", *arguments], check=True, capture_output=True, text=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}).stdout


CORE, LATE = "libclipscope-core.so", "libclipscope-late.so"


def openmp_of(program):
    """The file that the loader takes for OpenMP; None where none is, or for a program without core, which is alone in its process."""
    loaded = subprocess.run(["ldd", program], check=True, capture_output=True, text=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}).stdout
    found = re.search(r"libgomp\.so\.1 => (\S+)", loaded)
    return found[1] if found and CORE in loaded + program else None


def lacks(program, fortify):
    """What is missing, as a list of sentences."""
    header, segments, dynamic, symbols = (readelf(flag, program) for flag in ("-h", "-l", "-d", "--dyn-syms"))
    missing = []
    name = pathlib.Path(program).name
    if not re.search(r"Type:\s+DYN", header) or not (".so" in name or re.search(r"FLAGS_1.*\bPIE\b", dynamic)):
        missing.append("is not position independent (-pie)")
    if "GNU_RELRO" not in segments:
        missing.append("has no read-only relocations (-z relro)")
    if not re.search(r"BIND_NOW|FLAGS_1.*\bNOW\b", dynamic):
        missing.append("binds its symbols late (-z now)")
    if not re.search(r"GNU_STACK.*\sRW\s", segments):
        missing.append("has an executable stack")
    if "__stack_chk_fail" not in symbols:
        missing.append("has no stack protector (-fstack-protector-strong)")
    if fortify and not re.search(r"__\w+_chk\b", symbols.replace("__stack_chk_fail", "")):
        missing.append("has no fortified calls (-D_FORTIFY_SOURCE)")
    for paths in re.findall(r"\((?:RPATH|RUNPATH)\).*\[(.*)\]", dynamic):
        if any(not folder.startswith(("/", "$ORIGIN")) for folder in paths.split(":")):
            missing.append(f"looks for libraries in a relative folder ({paths})")
    libraries = re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)
    if name != LATE and (heavy := [library for library in libraries if re.match(r"lib(torch|c10|opencv|openblas|blas|lapack|faiss)", library)]):
        missing.append(f"opens {heavy[0]} at its start, which takes as long as all else together: what needs it belongs into core_late")
    torch = [i for i, name in enumerate(libraries) if name.startswith("libtorch_cpu")]
    if torch and any("blas" in name for name in libraries[:torch[0]]):
        missing.append("links another BLAS before LibTorch, whose products are then that library's, slower and in more threads")
    return missing


def main():
    fortify = "--no-fortify" not in sys.argv
    programs = [argument for argument in sys.argv[1:] if argument != "--no-fortify"]
    found = [f"{program}: {sentence}" for program in programs for sentence in lacks(program, fortify)]
    runtimes = {program: file for program in programs if (file := openmp_of(program))}
    if len(set(runtimes.values())) > 1:
        found.append("more than one OpenMP: " + ", ".join(f"{pathlib.Path(program).name} takes {file}" for program, file in runtimes.items()))
    print("\n".join(found) or f"hardening: {len(programs)} files hold")
    return 1 if found or not programs else 0


if __name__ == "__main__":
    sys.exit(main())
