#!/usr/bin/env python3
"""Writes a compilation database in which every source stands for itself: clang-tidy knows neither g++'s precompiled headers nor
sources that are compiled together.

usage: each_alone.py BUILD FOLDER
  BUILD    a configured build folder, which has compile_commands.json
  FOLDER   where the new compile_commands.json goes

Exits 2 for unusable input.
"""
import json
import pathlib
import re
import shlex
import sys


def alone(entry):
    """The entry's sources, each with the words that compile it by itself."""
    words = shlex.split(entry["command"])
    for option in ("-include", "-o", "-c"):
        while option in words:
            del words[words.index(option):words.index(option) + 2]
    source = pathlib.Path(entry["file"])
    together = re.findall(r'#include "(.*)"', source.read_text()) if source.parent.name == "Unity" else []
    for file in together or [entry["file"]]:
        yield {"directory": entry["directory"], "file": file, "arguments": [*words, "-c", file]}


def main():
    if len(sys.argv) != 3:
        print("error: two folders are wanted. usage: each_alone.py BUILD FOLDER", file=sys.stderr)
        sys.exit(2)
    build, folder = map(pathlib.Path, sys.argv[1:])
    try:
        entries = json.loads((build / "compile_commands.json").read_text())
        each = {source["file"]: source for entry in entries for source in alone(entry)}
    except (OSError, ValueError) as error:
        print(f"error: {build} is not as ci/build leaves it ({error}). Run it first.", file=sys.stderr)
        sys.exit(2)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "compile_commands.json").write_text(json.dumps(list(each.values()), indent=1))


if __name__ == "__main__":
    main()
