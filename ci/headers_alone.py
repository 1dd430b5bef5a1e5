#!/usr/bin/env python3
"""Compiles every public header alone, with the flags of the target that it belongs to, less the precompiled header.

usage: headers_alone.py BUILD [HEADER...]
  BUILD    a configured build folder, which has compile_commands.json
  HEADER   those to look at, from the repository's root; all by default

Prints what the compiler says. Exits 1 when a header does not compile, 2 for unusable input.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

# Folder of headers -> the target that builds the sources beside them.
FOLDERS = {"suite": "plasticity_suite", "suite/ops": "plasticity_suite", "suite/base": "plasticity_base"}
ROOT = pathlib.Path(__file__).resolve().parent.parent


def unusable(message):
    print(f"error: {message}", file=sys.stderr)
    sys.exit(2)


def compilers(build):
    """Target -> the command that compiles standard input as a source of that target would be."""
    try:
        entries = json.loads((build / "compile_commands.json").read_text())
    except (OSError, ValueError):
        unusable(f"{build} has no compile_commands.json. Run ci/build first.")
    found = {}
    for entry in entries:
        words = shlex.split(entry["command"])
        target = re.search(r"CMakeFiles/(\w+)\.dir/", words[words.index("-o") + 1])
        for option in ("-o", "-c", "-include"):
            while option in words:
                del words[words.index(option):words.index(option) + 2]
        if target:
            found.setdefault(target[1], [*words, "-fsyntax-only", "-x", "c++", "-"])
    return found


def main():
    if len(sys.argv) < 2:
        unusable("which build? usage: headers_alone.py BUILD [HEADER...]")
    compiler = compilers(pathlib.Path(sys.argv[1]))
    headers = sys.argv[2:] or sorted(path.relative_to(ROOT).as_posix()
                                     for folder in FOLDERS for path in (ROOT / folder).glob("*.h"))
    if not headers:
        unusable(f"{ROOT} holds no headers.")

    def compile_alone(header):
        target = FOLDERS.get(os.path.dirname(header)) or unusable(f"{header} lies in none of {', '.join(FOLDERS)}.")
        command = compiler.get(target) or unusable(f"{sys.argv[1]} builds no {target}.")
        return subprocess.run(command, input=f'#include "{header}"\n', capture_output=True, text=True, cwd=ROOT)

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for header, done in zip(headers, pool.map(compile_alone, headers)):
            if done.returncode != 0:
                print(f"{header} does not compile alone:\n{done.stderr}", end="")
                failed += 1
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
