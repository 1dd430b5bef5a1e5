"""Compares two folders of Results cell by cell: states, metrics and per-epoch curves.

usage: compare_results.py [--tolerance X] BEFORE AFTER

Cells are paired by run id, the name of a Result's file. Metrics and curves that only AFTER has are counted as new;
those that it lost differ. Exits 1 when a cell differs or is missing on one side, 2 for unusable input.
"""
import argparse
import json
import pathlib
import sys


def unusable(message):
    print(f"error: {message}", file=sys.stderr)
    sys.exit(2)


def curves(result):
    """Name -> numbers by epoch. Version 1 calls them curves, version 2 keeps them among its records."""
    if "records" not in result:
        return result["curves"]
    return {name: record["values"] for name, record in result["records"].items() if record["axes"] == ["epoch"]}


class Cell:
    def __init__(self, path):
        try:
            result = json.loads(path.read_text())
            self.name = f"{result['request']['rule']['name']} {path.stem}"
            self.state = result["state"]
            # Everything as name -> list, so that one comparison serves both.
            self.values = {name: [metric["value"]] for name, metric in result["metrics"].items()}
            self.values.update({f"{name} by epoch": values for name, values in curves(result).items()})
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
            unusable(f"{path} is no Result: {problem!r}")


def cells(folder):
    found = {path.stem: Cell(path) for path in sorted(pathlib.Path(folder).glob("*.json"))}
    if not found:
        unusable(f"{folder} holds no Results.")
    return found


def same(before, after, tolerance):
    if before is None or after is None:
        return before is after
    return abs(before - after) <= tolerance * max(abs(before), abs(after))


def differences(before, after, tolerance):
    """Lines that say what of BEFORE is not so in AFTER."""
    if before.state != after.state:
        yield f"state: {before.state} -> {after.state}"
    for name, old in before.values.items():
        new = after.values.get(name)
        if new is None:
            yield f"{name}: lost"
        elif len(old) != len(new):
            yield f"{name}: {len(old)} -> {len(new)} values"
        else:
            off = [i for i in range(len(old)) if not same(old[i], new[i], tolerance)]
            if off and len(old) == 1:
                yield f"{name}: {old[0]} -> {new[0]}"
            elif off:
                yield f"{name}: {len(off)} of {len(old)}, first at [{off[0]}]: {old[off[0]]} -> {new[off[0]]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tolerance", type=float, default=0)
    parser.add_argument("before")
    parser.add_argument("after")
    arguments = parser.parse_args()
    before, after = cells(arguments.before), cells(arguments.after)

    everyone = {**before, **after}
    differ = fresh = 0
    for run, cell in sorted(everyone.items(), key=lambda item: item[1].name):
        if run not in before or run not in after:
            lines = [f"only {'before' if run in before else 'after'}"]
        else:
            lines = list(differences(before[run], after[run], arguments.tolerance))
            fresh += len(after[run].values.keys() - before[run].values.keys())
        for line in lines:
            print(f"{cell.name}  {line}")
        differ += bool(lines)
    print(f"{len(everyone)} cells, {differ} differ" + (f" ({fresh} new)" if fresh else ""))
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
