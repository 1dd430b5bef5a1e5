"""What the tests in this folder share: cells of a second on images of their own, run with one file call gone wrong or
none, and what must hold of what they leave. How much they do is PLASTICITY_COUNT, their draws PLASTICITY_SEED."""
import dataclasses
import hashlib
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "program"))
from bad_input_test import idx_files, make  # noqa: E402
from program_test import results  # noqa: E402

PROGRAM = os.environ["PLASTICITY_PROGRAM"]
FAULTS = os.environ["PLASTICITY_FAULTS"]  # the library of faults.cc
IN_MEMORY = "/dev/shm"  # where there is one: thousands of syncs of a disk would take most of the time
SECONDS = 600  # of a cell of a second or two, on a machine with other work: longer is a hang
SEED = int(os.environ.get("PLASTICITY_SEED") or random.SystemRandom().randrange(10**6))
SMALL = ["network.width=0.02", "task.validation_images=50", "rule.batch_size=32"]


def count(usual):
    """How many of a test's cases are tried: "all" of them, a number, or what is usual."""
    asked = os.environ.get("PLASTICITY_COUNT") or str(usual)
    return sys.maxsize if asked == "all" else int(asked)


def cell(rule, *settings, task="classification", more=()):
    """The command of a small cell that writes a checkpoint wherever it can."""
    return ["run", "--rule", rule, "--task", task, "--data", "fashion-mnist", "--checkpoint-every", "0", "--threads", "1",
            *more, "--set", *SMALL, *settings]


# One that keeps its network: checkpoints, an artifact, a Result.
KEEPING = cell("oja", "task.samples=64", "task.labelled_images=64", "readout.epochs=1", more=["--keep-network"])


@dataclasses.dataclass
class Fault:
    at: int  # which call, from 1
    kind: str  # as faults.cc has them


@dataclasses.dataclass
class FileCall:
    """A line of the log of faults.cc."""
    number: int
    name: str
    result: int
    path: str
    other: str  # where in the file, or a rename's second path


def file_calls(log):
    fields = (line.split("\t") for line in log.read_text().splitlines())
    return [FileCall(int(number), name, int(result), path, other) for number, name, result, path, other in fields]


class Life:
    """The folder of one cell's life: its cache and its results."""

    def __init__(self, folder, data):
        self.folder, self.data = folder, data
        self.results = folder / "results"
        folder.mkdir(exist_ok=True)

    def environment(self, fault=None, log=None):
        faults = {"FAULTS_AT": str(fault.at), "FAULTS_KIND": fault.kind} if fault else {}
        faults.update({"FAULTS_LOG": str(log)} if log else {})
        if faults:
            faults.update({"LD_PRELOAD": FAULTS, "FAULTS_FOLDER": str(self.folder)})
        return {**os.environ, "PLASTICITY_DATA": str(self.data), "XDG_CACHE_HOME": str(self.folder / "cache"),
                "OMP_NUM_THREADS": "1", **faults}

    def call(self, *command, fault=None, log=None):
        return subprocess.run([PROGRAM, *map(str, command)], cwd=self.folder, env=self.environment(fault, log),
                              capture_output=True, text=True, timeout=SECONDS)

    def half_written(self):
        return [path for path in self.folder.rglob("*") if ".tmp" in path.name]

    def torn(self, whole):
        """What is neither as it was nor as it is to be: Results that are not `whole`, artifacts that are not theirs."""
        for path in self.results.glob("*.json"):
            try:
                result = json.loads(path.read_text())
                if result["state"] == "ok" and results(self.results)[path.name] != whole[path.name]:
                    yield f"{path.name} is another Result"
            except (ValueError, KeyError) as problem:
                yield f"{path.name} is torn: {problem!r}"
        for path in (self.results / "artifacts").glob("*"):
            if ".tmp" not in path.name and not hashlib.sha256(path.read_bytes()).hexdigest().startswith(path.stem):
                yield f"{path.name} is torn"


class WithData(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(dir=IN_MEMORY if os.access(IN_MEMORY, os.W_OK) else None)
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name).resolve()
        for name, content in idx_files().items():
            make(cls.folder / "data/fashion-mnist" / name, content)
        cls.random = random.Random(SEED)
        print(f"{cls.__name__}: PLASTICITY_SEED={SEED}", flush=True)

    def life(self, name):
        return Life(self.folder / name, self.folder / "data")
