#!/usr/bin/env python3
"""Times `plasticity page` on many made-up Results: the reference's cells again, under other seeds.

usage: bench/page_bench.py [--count 1000] [--program build/release/plasticity]
"""
import argparse
import hashlib
import json
import pathlib
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


def run_id(request):
    return hashlib.sha256(json.dumps(request, sort_keys=True, separators=(",", ":")).encode()).hexdigest()[:16]


def write_results(folder, count):
    """Writes COUNT Results into FOLDER, which a reader takes for true ones."""
    cells = [json.loads(path.read_text()) for path in sorted((ROOT / "results/reference").rglob("*.json"))]
    cells = [cell for cell in cells if run_id(cell["request"]) == cell["run_id"]]
    for number in range(count):
        cell = cells[number % len(cells)]
        cell["request"]["seed"] += 1000
        cell["run_id"] = run_id(cell["request"])
        (folder / (cell["run_id"] + ".json")).write_text(json.dumps(cell))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--program", default=ROOT / "build/release/plasticity")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        results = pathlib.Path(scratch) / "results"
        results.mkdir()
        write_results(results, options.count)
        size = sum(path.stat().st_size for path in results.iterdir())
        for attempt in ("new", "again"):
            start = time.perf_counter()
            subprocess.run([options.program, "page", results, "-o", pathlib.Path(scratch) / "site"], check=True,
                           stdout=subprocess.DEVNULL)
            print(f"{options.count} Results, {size / 1e6:.0f} MB, {attempt}: {time.perf_counter() - start:.2f} s")
        index = pathlib.Path(scratch) / "site/index.html"
        print(f"index {index.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
