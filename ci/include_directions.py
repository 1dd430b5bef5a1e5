#!/usr/bin/env python3
"""Checks which way our includes point, and prints each line that points another way.

usage: include_directions.py [ROOT]

A file's room is the first of ROOMS whose folder it is below. Exits 1 when an include may not be.
"""
import pathlib
import re
import sys

CONTRACTS = r"suite/(ops/)?\w+\.h"
BASE = r"suite/base/\w+\.h"
ENGINE = r"suite/engine/[\w/]+\.h"

# Folder, what of ours its files may include, whether LibTorch too, and the law in words.
ROOMS = [
    ("suite/base/", [BASE], False, "suite/base knows only itself, and no LibTorch"),
    ("suite/engine/", [CONTRACTS, BASE, ENGINE], True, "the engine knows contracts, ops and base"),
    ("suite/program/", [CONTRACTS, BASE, ENGINE, r"suite/program/\w+\.h"], True,
     "the program knows contracts, ops, base and the engine"),
    ("suite/", [CONTRACTS, BASE], True, "contracts know contracts, ops and base"),
    ("rules/", [CONTRACTS, BASE, r"rules/kernels/\w+\.h"], True,
     "rules know contracts, ops, base and rules/kernels, never each other"),
    ("baselines/", [CONTRACTS, BASE, r"baselines/continual/\w+\.h"], True,
     "baselines know contracts, ops, base and what lies in folders of baselines, never each other"),
    ("tasks/data/", [BASE, r"tasks/data/\w+\.h"], False, "tasks/data knows base and itself, and no LibTorch"),
    ("tasks/continual/", [BASE, r"tasks/continual/\w+\.h"], False,
     "tasks/continual knows base and itself, and no LibTorch"),
    ("tasks/", [CONTRACTS, BASE, r"tasks/(data|continual|metrics|changes|decoders|scenarios)/\w+\.h"], True,
     "tasks know contracts, ops, base and what lies in folders of tasks, never each other"),
    ("reports/", [BASE, r"reports/[\w/]+\.h"], False, "reports know base and themselves, and no LibTorch"),
]
FOLDERS = ["suite", "rules", "baselines", "tasks", "reports"]
OURS = rf"({'|'.join(FOLDERS)}|tests|bench)/"
LIBTORCH = r"(torch|ATen|c10)/"


def broken_law(path, included):
    """What keeps PATH from including INCLUDED, or nothing."""
    _, allowed, libtorch, law = next(room for room in ROOMS if path.startswith(room[0]))
    if re.match(LIBTORCH, included):
        return None if libtorch else law
    if not re.match(OURS, included) or any(re.fullmatch(pattern, included) for pattern in allowed):
        return None
    return law


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
    files = [path for folder in FOLDERS
             for path in sorted((root / folder).rglob("*")) if path.suffix in (".h", ".cc", ".cu", ".cuh")]
    if not files:
        sys.exit(f"error: {root} holds no sources.")
    wrong = 0
    for path in files:
        name = path.relative_to(root).as_posix()
        for number, line in enumerate(path.read_text().splitlines(), 1):
            included = re.match(r'\s*#\s*include\s*["<]([^">]+)[">]', line)
            law = broken_law(name, included.group(1)) if included else None
            if law:
                print(f"{name}:{number}: {line.strip()}  ({law})")
                wrong += 1
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
