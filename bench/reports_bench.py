#!/usr/bin/env python3
"""Times the reports over many made-up Results, the reference's cells again under other seeds, and over the reference itself.

usage: bench/reports_bench.py [--count 10000] [--rounds 3] [--program build/release/plasticity]
"""
import argparse
import hashlib
import json
import pathlib
import shutil
import statistics
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


def seconds(command):
    """How long it takes; the exit code 1 of `compare` is an answer, too."""
    start = time.perf_counter()
    code = subprocess.run(command, stdout=subprocess.DEVNULL).returncode
    if code > 1:
        raise SystemExit(f"{' '.join(map(str, command))}: exit code {code}")
    return time.perf_counter() - start


def measure(program, results, scratch, rounds):
    size = sum(path.stat().st_size for path in results.rglob("*.json"))
    count = sum(1 for _ in results.rglob("*.json"))
    print(f"{count} Results, {size / 1e6:.0f} MB; least and median of {rounds} runs, s")
    commands = {
        "leaderboard": ["leaderboard", results], "table": ["table", results, "--layout", "classification"],
        "compare": ["compare", results, results], "page": ["page", results, "-o", scratch / "site"],
    }
    for name, arguments in commands.items():
        taken = sorted(seconds([program, *arguments]) for _ in range(rounds))
        print(f"  {name:<12} {taken[0]:.2f}  {statistics.median(taken):.2f}", flush=True)
    shutil.rmtree(scratch / "site")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--program", default=ROOT / "build/release/plasticity")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        results = scratch / "results"
        results.mkdir()
        write_results(results, options.count)
        measure(options.program, results, scratch, options.rounds)
        measure(options.program, ROOT / "results/reference", scratch, options.rounds)


if __name__ == "__main__":
    main()
