#!/usr/bin/env python3
"""Compiles every public header alone, with the flags that its folder's sources are built with, less the precompiled header.

usage: headers_alone.py BUILD [HEADER...]
  BUILD    a configured build folder, which has compile_commands.json
  HEADER   those to look at, from the repository's root; all by default

Prints what the compiler says. Exits 1 when a header does not compile, 2 for unusable input.
"""
import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys

FOLDERS = ["suite", "suite/ops", "suite/base"]
ROOT = pathlib.Path(__file__).resolve().parent.parent


def unusable(message):
    print(f"error: {message}", file=sys.stderr)
    sys.exit(2)


def compilers(build):
    """Folder -> the command that compiles standard input as a source of that folder would be."""
    try:
        entries = json.loads((build / "compile_commands.json").read_text())
    except (OSError, ValueError):
        unusable(f"{build} has no compile_commands.json. Run ci/build first.")
    found = {}
    for entry in entries:
        folder = os.path.relpath(pathlib.Path(entry["file"]).parent, ROOT)
        words = shlex.split(entry["command"])
        for option in ("-o", "-c", "-include"):
            while option in words:
                del words[words.index(option):words.index(option) + 2]
        found.setdefault(folder, [*words, "-fsyntax-only", "-x", "c++", "-"])
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
        command = compiler.get(os.path.dirname(header)) or unusable(f"{header}: no source beside it is built.")
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
