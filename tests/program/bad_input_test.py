"""Bad input of every kind, as a table: each case is a command, the files it finds, and what must stand in the one line
that answers it. Common to all: the exit code, one line on stderr that starts with "error: " and has no library's text
in it, no file left behind, an end within seconds, and bounded memory. Needs no data: its images are its own."""
import concurrent.futures
import copy
import dataclasses
import gzip
import io
import json
import os
import pathlib
import random
import resource
import signal
import struct
import subprocess
import tarfile
import tempfile
import time
import unittest
import zipfile
import zlib

import skips

PROGRAM = os.environ["PLASTICITY_PROGRAM"]
SECONDS = 60  # of wall time, on a machine that does other things too
MEGABYTES = 1200  # of one process
LIBRARY_TEXT = ["Exception raised from", "terminate called", "std::", "c10", "json.exception", "filesystem error", "map::at",
                "basic_string", "vector::", "bad_alloc", "what()", "boost", "INTERNAL ASSERT", "errno"]



class Special:
    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return self.name


FIFO, FOLDER = Special("a pipe"), Special("a folder")


@dataclasses.dataclass
class Link:
    to: str


@dataclasses.dataclass
class Case:
    words: list  # what the message must hold
    arguments: list
    files: dict = dataclasses.field(default_factory=dict)
    code: int = 2
    leaves: tuple = ()  # new files that are promised
    stdout: str = ""  # a file to write to instead
    limit: int = 0  # bytes that a file may have (RLIMIT_FSIZE)
    environment: dict = dataclasses.field(default_factory=dict)
    known_failure: str = ""  # why it still fails

    def __str__(self):
        return " ".join(shown(argument) for argument in self.arguments) + "  with " + \
            ", ".join(f"{name}: {shown(content)}" for name, content in self.files.items())


def shown(value):
    text = value if isinstance(value, str) else json.dumps(value) if isinstance(value, (dict, list)) else repr(value)
    return text if len(text) < 200 else text[:100] + f"...({len(text)})..." + text[-60:]


def as_bytes(content):
    if isinstance(content, bytes):
        return content
    return (content if isinstance(content, str) else json.dumps(content)).encode()


def make(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    if content is FIFO:
        os.mkfifo(path)
    elif content is FOLDER:
        path.mkdir()
    elif isinstance(content, Link):
        path.symlink_to(content.to)
    else:
        path.write_bytes(as_bytes(content))


def idx(sizes, data):
    return struct.pack(f">HBB{len(sizes)}I", 0, 8, len(sizes), *sizes) + data


def idx_files(train=300, test=60, side=28):
    draw = random.Random(1)
    files = {}
    for name, count in (("train", train), ("t10k", test)):
        files[f"{name}-images-idx3-ubyte"] = idx([count, side, side], draw.randbytes(count * side * side))
        files[f"{name}-labels-idx1-ubyte"] = idx([count], bytes(i % 10 for i in range(count)))
    return files


# --- what a command line says ---------------------------------------------------------------------------------------

RUN = ["run", "--rule", "oja", "--data", "fashion-mnist", "--set", "task.validation_images=50"]
IMPORT = ["import", "m.csv", "--from", "csv", "--rule", "oja", "--seed", "1"]
STREAM = ["--data", "cifar10", "--scenario", "split", "--setting", "class-incremental"]
MATRIX = {"m.csv": "0.9,\n0.5,0.8\n"}
VERBS = ["run", "plan", "tune", "list", "describe", "check", "doctor", "features", "new-rule", "new-strategy", "table",
         "leaderboard", "compare", "plot", "page", "export", "inspect", "metrics", "import", "data list", "data info",
         "data fetch", "data import", "data verify", "status", "stop"]
# What each verb cannot do without.
NEEDED = {"plan": ["plan.json"], "tune": ["oja"], "describe": ["oja"], "check": ["oja"], "features": ["r.json"],
          "new-rule": ["mine"], "new-strategy": ["mine"], "table": ["r"], "leaderboard": ["r"], "compare": ["a", "b"],
          "plot": ["r", "--figure", "pareto", "--output", "x.svg"], "page": ["r", "--output", "site"], "export": ["r"],
          "inspect": ["r"], "metrics": ["r"], "import": IMPORT[1:], "data info": ["cifar10"], "data fetch": ["cifar10"],
          "data import": ["mine", "folder"], "data verify": ["cifar10"]}


def command_line_cases():
    yield Case(["verb"], [])
    yield Case(["frobnicate", "verb"], ["frobnicate"])
    yield Case(["rnu", "Nearest: run"], ["rnu", "--rule", "oja"])
    yield Case(["''"], [""])
    yield Case(["frobnicate", "data"], ["data", "frobnicate"])
    yield Case(["inof", "Nearest: info"], ["data", "inof", "cifar10"])
    yield Case(["--rul", "Nearest: --rule"], ["run", "--rul", "oja"])
    yield Case(["--job", "Nearest: --jobs"], ["plan", "--job", "3", "x.json"])
    yield Case(["data"], ["data"])
    yield Case(["--frobnicate"], ["--frobnicate"])
    for verb in VERBS:
        needed = NEEDED.get(verb, [])
        yield Case(["--frobnicate"], [*verb.split(), *needed, "--frobnicate"])
        if verb not in ("inspect", "metrics", "table", "leaderboard", "compare", "plot", "page", "export"):
            yield Case(["superfluous"], [*verb.split(), *needed, *(["rules"] if verb == "list" else []), "superfluous"])
        if needed:
            yield Case([], verb.split())  # and not `needed`
    options = {
        "run": ["rule", "strategy", "seeds", "task", "data", "source", "network", "readout", "precision", "track", "set",
                "init", "config", "results", "device", "threads", "data-memory", "checkpoint-every", "plugin"],
        "plan": ["data", "results", "device", "engine", "memory", "only", "slurm"], "tune": ["trials", "samples", "reporting", "space", "metric", "output"],
        "table": ["task", "layout", "metric", "reference", "format", "output"], "plot": ["figure", "against", "output"],
        "import": ["from", "rule", "strategy", "seed", "data", "like", "run"], "compare": ["gate", "summary", "junit"],
        "features": ["output", "compare"], "new-rule": ["base", "output"], "data import": ["size"], "data info": ["source"]}
    for verb, names in options.items():
        for name in names:
            given = [*verb.split(), *NEEDED.get(verb, [])]
            if f"--{name}" in given:
                at = given.index(f"--{name}")
                del given[at:at + 2]
            yield Case([f"--{name}"], [*given, f"--{name}"])
            if name not in ("seed", "run", "size", "threads", "data-memory", "checkpoint-every", "trials"):
                yield Case([f"--{name}", "empty"], [*given, f"--{name}", ""])
    for name, values in {"threads": ["-1", "1025", "1.5", "many", "", "1e3", "99999999999999999999", "nan"],
                         "data-memory": ["-1", "1048577", "x", "inf"],
                         "checkpoint-every": ["-1", "nan", "inf", "soon", "-inf", "1e400"]}.items():
        for value in values:
            yield Case([f"--{name}"], [*RUN, f"--{name}", value])
            if name == "threads":
                yield Case([f"--{name}"], ["plan", "plan.json", f"--{name}", value])
    for value in ("-1", "x", "1.5", "0", "1000000000000", "nan"):
        yield Case(["trials"], ["tune", "oja", "--data", "fashion-mnist", "--trials", value])
    for name, value in (("size", "-1"), ("size", "4097"), ("size", "x")):
        yield Case([f"--{name}"], ["data", "import", "mine", "folder", f"--{name}", value])
    for value in ("-1", "1000001", "x"):
        yield Case(["--run"], [*IMPORT, *STREAM, "--run", value], MATRIX)
    for value in ("x", "1.5", "99999999999999999999"):
        yield Case(["--seed"], ["import", "m.csv", "--from", "csv", "--rule", "oja", "--seed", value, *STREAM], MATRIX)
    for name, value in (("rule", "oja"), ("seeds", "1"), ("results", "r"), ("threads", "1"), ("network", "mlp")):
        yield Case([f"--{name}"], ["run", "--rule", "oja", f"--{name}", value, f"--{name}", value])
    long = "x" * 5000
    for name in ("rule", "task", "data", "network", "readout", "strategy", "track", "precision", "device", "config", "init",
                 "source", "plugin", "seeds", "set"):
        yield Case([], ["run", *([] if name == "rule" else ["--rule", "oja"]), f"--{name}", long])
    for name in ("rule", "task", "data", "network", "readout"):
        yield Case([], ["run", *([] if name == "rule" else ["--rule", "oja"]), f"--{name}", "two\nlines"])
        yield Case([], ["run", *([] if name == "rule" else ["--rule", "oja"]), f"--{name}", b"\xff\xfe"])


def setting_cases():
    for value in ("3-1", "", "x", "-1", "1-", "1,,2", "1,1", "1-3,2", "1.5", "0x1", "1-1000000000", "99999999999", " 1", "1;2",
            "1-20000",
                  ",".join(map(str, range(20000)))):
        yield Case(["seeds"], [*RUN, "--seeds", value])
    nearest = {"rule": ("spehre", "sphere"), "task": ("clasification", "classification"), "readout": ("lineer", "linear"),
               "network": ("mpl", "mlp"), "strategy": ("finetun", "finetune"), "data": ("cifra10", "cifar10")}
    for name, (wrong, right) in nearest.items():
        yield Case([wrong, right], ["run", *([] if name == "rule" else ["--rule", "oja"]), f"--{name}", wrong])
        yield Case(["nonsense"], ["run", *([] if name == "rule" else ["--rule", "oja"]), f"--{name}", "nonsense"])
    for name in ("precision", "track", "device"):
        yield Case(["nonsense"], [*RUN, f"--{name}", "nonsense"])
    yield Case(["--cuda-graphs", "CPU"], [*RUN, "--device", "cpu", "--cuda-graphs"])
    yield Case(["--cuda-graphs", "CPU"], ["plan", "plan.json", "--device", "cpu", "--cuda-graphs"])
    yield Case(["no native track"], ["run", "--rule", "random", "--track", "native"])
    yield Case(["no rule"], ["run"])
    yield Case(["''"], ["run", "--rule", "oja,,bcm", "--data", "fashion-mnist"])
    yield Case([], ["run", "--rule", ",", "--data", "fashion-mnist"])
    yield Case(["oja", "twice"], ["run", "--rule", "oja,oja", "--data", "fashion-mnist", "--set", "task.validation_images=50"])
    for assignment, *words in (
            ("rule", "rule"), ("=3", "=3"), ("lambda=3", "lambda"), ("ruel.k=1", "ruel"), ("rule.=1", "parameter"),
            ("rule.learning_rat=1", "learning_rate"), ("rule.learning_rate=fast", "learning_rate"),
            ("rule.learning_rate=-1", "learning_rate"), ("rule.learning_rate=nan", "learning_rate"),
            ("rule.learning_rate=1e999", "learning_rate"), ("rule.learning_rate=true", "learning_rate"),
            ("rule.learning_rate=null", "learning_rate"), ("rule.learning_rate=[]", "learning_rate"),
            ("rule.learning_rate={}", "learning_rate"), ("rule.learning_rate=", "learning_rate"),
            ("rule.learning_rate=0.1 x", "learning_rate"), ("rule.learning_rate=[0.1,-1]", "learning_rate"),
            ("rule.learning_rate=0.1,0.2", "learning_rate", "3"), ("rule.learning_rate=1,2,3,4,5", "learning_rate"),
            ("rule.learning_rate=[[0.1]]", "learning_rate"), ("rule.batch_size=0", "batch_size"),
            ("rule.batch_size=1.5", "batch_size"), ("rule.batch_size=-5", "batch_size"), ("rule.batch_size=1e30", "batch_size"),
            ("rule.batch_size=[1,2]", "batch_size"), ("rule.batch_size=ten", "batch_size"),
            ("rule.k=2.5", "k", "whole"), ("rule.k=0", "k"), ("rule.k=[1,2.5,3]", "k"),
            ("rule.competition=nonsense", "competition"),
            ("rule.competition=3", "competition"), ("rule.temperature=0", "temperature"),
            ("task.samples=0.5", "samples"), ("task.samples=-1", "samples"), ("task.samples=x", "samples"),
            ("task.samples=1e18", "samples"), ("task.validation_images=1000000", "validation"),
            ("task.validation_images=-1", "validation_images"), ("task.labelled_images=-3", "labelled_images"),
            ("task.nonsense=1", "nonsense"), ("readout.epochs=-1", "epochs"), ("readout.nonsense=1", "nonsense"),
            ("readout.learning_rate=x", "learning_rate"), ("network.width=0", "width"), ("network.width=-1", "width"),
            ("network.width=x", "width"), ("network.width=1e9", "width", "memory"), ("network.width=nan", "width"),
            ("network.width=null", "width"), ("network.width=1e300", "width"), ("network.depth=0", "depth"),
            ("network.depth=99", "depth"), ("network.depth=1.5", "depth"), ("network.input=raw", "input"),
            ("network.activation=sine", "activation"), ("network.activation=3", "activation"), ("network.blocks=[]", "blocks"),
            ("network.name=x", "name"), ("strategy.buffer=3", "buffer"), ("data.name=x", "data.name"),
            ("rule.learning_rate=" + "[" * 10_000 + "]" * 10_000, "nested"),
            ("rule.learning_rate=" + '{"a":' * 10_000 + "1" + "}" * 10_000, "nested"),
            ("rule.learning_rate=" + "[" * 100_000, "learning_rate"),
            ('rule.learning_rate={"a": 1, "a": 2}', "twice"), ("rule.learning_rate=" + "9" * 100_000, "learning_rate")):
        yield Case(words, [*RUN, "--set", assignment])
    yield Case(["rule.learning_rate", "twice"], [*RUN, "--set", "rule.learning_rate=0.1", "--set", "rule.learning_rate=0.2"])
    for readout, assignment, *words in (("ranpac", "projection=1e12", "projection"),
                                        ("knn", "k=0", "k"), ("knn", "k=2.5", "k"), ("knn", "k=-1", "k"),
                                        ("ridge", "lambda=-1", "lambda"), ("fly", "units=1e12", "units")):
        yield Case(words, [*RUN, "--readout", readout, "--set", f"readout.{assignment}"])
    for task, assignment, *words in (
            ("continual", "scenario=splt", "split"), ("continual", "scenario=3", "scenario"),
            ("continual", "scenario.experiences=0", "experiences"), ("continual", "scenario.experiences=11", "experiences"),
            ("continual", "scenario.setting=none", "setting"), ("continual", "scenario.nonsense=1", "nonsense"),
            ("transfer", "target=cifar99", "cifar99"), ("transfer", "target=3", "target"), ("transfer", "target=", "target"),
            ("few-shot", "episodes=-1", "episodes"), ("few-shot", "held_out=99", "held_out"),
            ("sample-efficiency", "shares=10,5", "ascend"),
            ("sample-efficiency", "shares=", "shares"), ("robustness", "changed_images=-1", "changed_images")):
        yield Case(words, [*RUN, "--task", task, "--set", f"task.{assignment}"])
    for rule, assignment, *words in (("sphere", "lambda=11", "0 to 10"), ("softhebb", "temperature=-1", "temperature"),
                                     ("backprop", "optimizer=sdg", "sgd"), ("krotov", "p=0", "p"), ("krotov", "k=2.5", "k")):
        yield Case(words, ["run", "--rule", rule, "--data", "fashion-mnist", "--set", f"rule.{assignment}"])
    for name in ("spehre", "", "two words", "x" * 3000):
        yield Case([], ["describe", name])
        yield Case([], ["check", name])
    for kind in ("rulez", "", "RULES", "rule"):
        yield Case(["kind" if kind == "" else "list"], ["list", kind])


def config_cases():
    run = ["run", "--config", "c.json"]
    whole = {"rule": "oja", "data": "fashion-mnist", "set": {"task.validation_images": 50}}
    for name, value, *words in (
            ("rule", None), ("rule", []), ("rule", 3), ("rule", {}), ("rule", "spehre", "sphere"), ("task", 3), ("task", None),
            ("data", None), ("data", []), ("data", {}), ("data", 3), ("data", True), ("network", 3), ("network", None),
            ("network", []),
            ("network", {}), ("network", "nowhere.json", "nowhere.json"), ("readout", 3), ("readout", None), ("strategy", 3),
            ("strategy", None),
            ("precision", 3), ("precision", "int4"), ("track", 3), ("track", "fast"), ("source", 3), ("source", "nowhere"),
            ("tuning", 3),
            ("tuning", "yes"), ("tuning", None), ("init", 3), ("init", "nowhere.json", "nowhere.json"), ("init", []), ("tuned", 3),
            ("tuned", None),
            ("tuned", {}), ("tuned", []), ("set", None), ("set", []), ("set", 3), ("set", "rule.k=1"), ("set", {"k": 1}),
            ("set", {"rule.k": None}, "k = null"), ("set", {"rule.nonsense": 1}, "nonsense"), ("set", {"": 1}), ("set", {".": 1}), ("seeds", "1"),
            ("nonsense", 1), ("", 1)):
        yield Case(words or [name], run, {"c.json": {**whole, name: value}})
    yield Case(["c.json", "nested"], run, {"c.json": '{"set": {"rule.k": ' + "[" * 100_000 + "]" * 100_000 + "}}"})
    yield Case(["c.json", "twice", "rule"], run, {"c.json": '{"rule": "oja", "rule": "bcm"}'})
    yield Case(["c.json", "twice", "rule.k"], run, {"c.json": '{"rule": "oja", "set": {"rule.k": 1, "rule.k": 2}}'})


def json_texts():
    """What is no JSON, and what every reader of JSON files must say of it."""
    yield "an empty file", b"", ["JSON"]
    yield "an open object", b"{", ["JSON"]
    yield "text after the end", b"{} and more", ["JSON"]
    yield "text after a zero", b"{}\0 and more", ["JSON"]
    yield "a list", b"[]", []
    yield "a number", b"3", []
    yield "null", b"null", []
    yield "a text", b'"oja"', []
    yield "a single quote", b"{'rule': 'oja'}", ["JSON"]
    yield "a comma too many", b'{"rule": "oja",}', ["JSON"]
    yield "no UTF-8", b'{"rule": "\xff"}', ["JSON"]
    yield "a byte order mark of UTF-16", '{"rule": "oja"}'.encode("utf-16"), ["JSON"]
    yield "random bytes", random.Random(1).randbytes(5000), ["JSON"]
    yield "zeros", bytes(5000), ["JSON"]
    yield "a number beyond doubles", b'{"rule": 1e999}', ["JSON"]
    yield "deep lists", b"[" * 100_000 + b"]" * 100_000, ["nested"]
    yield "deep objects", b'{"a":' * 20_000 + b"1" + b"}" * 20_000, ["nested"]
    yield "a pipe", FIFO, ["pipe"]
    yield "a folder", FOLDER, ["folder"]
    yield "a link to nothing", Link("nowhere"), ["no such file"]
    yield "a link to itself", Link("c.json"), []
    yield "a device", Link("/dev/zero"), ["device"]


def json_file_cases():
    readers = {"plan": ["plan", "c.json"], "run --config": ["run", "--rule", "oja", "--config", "c.json"],
               "run --network": [*RUN, "--network", "c.json"], "run --init": [*RUN, "--init", "c.json"],
               "tune --space": ["tune", "oja", "--data", "fashion-mnist", "--space", "c.json"],
               "features": ["features", "c.json", "--output", "f.safetensors"], "inspect": ["inspect", "c.json"],
               "metrics": ["metrics", "c.json"], "compare --gate": ["compare", "r", "r", "--gate", "c.json"],
               "import --like": [*IMPORT, "--like", "c.json"]}
    for number, (reader, arguments) in enumerate(readers.items()):
        files = {**(MATRIX if "--like" in arguments else {}),
                 **({"r/" + RESULT_NAME: RESULT} if "compare" in arguments else {})}
        slow = reader.split()[0] in ("run", "tune", "features")  # they load LibTorch: each has a third of the texts
        for text, (_, content, words) in enumerate(json_texts()):
            if reader in ("inspect", "metrics", "import --like") and (content is FOLDER or content == Link("nowhere")):
                words = []  # "no results in c.json", "no folder c.json"
            if not slow or (text + number) % 3 == 0:
                yield Case(["c.json", *words], arguments, {**files, "c.json": content})
        yield Case(["c.json"], arguments, files)  # and no such file


def plan_cases():
    plan = ["plan", "p.json", "--dry-run"]
    whole = {"rules": ["oja"], "defaults": {"data": "fashion-mnist", "set": {"task.validation_images": 50}}}
    wrong = {"name": [None, [], {}, 3, True], "defaults": [None, [], 3, "oja", {"nonsense": 1}, {"set": []}, {"seeds": "1"}],
             "rules": [None, [], {}, 3, "oja", "al", [None], [3], [[]], [{}], [""], [{"rule": None}], [{"nonsense": 1}],
             ["spehre"],
                       ["nowhere.json"], ["oja", "oja"], ["oja", {"rule": "oja", "set": {"rule.k": 0}}], [True]],
             "data": [None, [], {}, 3, "", [""], [None], [3], ["cifar11"], [[]], ["fashion-mnist", "fashion-mnist"]],
             "tasks": [None, [], {}, 3, "continual", [None], [3], [{}], ["contnual"], [{"task": 3}], [{"set": {}}]],
             "strategies": [None, [], {}, 3, [None], ["nonsense"], [{}]],
             "readouts": [None, [], {}, 3, [None], ["nonsense"], [{"readout": None}]],
             "seeds": [None, [], {}, "", "x", -1, 1.5, "3-1", [1, 2], True, [None], "1," * 40_000 + "1", "1-20000"],
             "summary": [3, None, []], "nonsense": [1], "rule": ["oja"], "": [1]}
    for name, values in wrong.items():
        for value in values:
            yield Case(["p.json", name], plan, {"p.json": {**whole, name: value}})
    yield Case(["p.json", "rules"], plan, {"p.json": {}})
    yield Case(["p.json", "rules[1]", "spehre"], plan, {"p.json": {**whole, "rules": ["oja", "spehre"]}})
    yield Case(["p.json", "rules[2]", "learning_rate"], plan,
               {"p.json": {**whole, "rules": ["oja", "bcm", {"rule": "hebb", "set": {"rule.learning_rate": "x"}}]}})
    yield Case(["p.json", "rules[0]", "learning_rate"], plan, {"p.json": {**whole, "rules": ["o.json"]},
               "o.json": {"rule": "oja", "set": {"rule.learning_rate": []}}})
    yield Case(["o.json"], plan, {"p.json": {**whole, "rules": ["o.json"]}, "o.json": []})
    yield Case(["o.json", "twice"], plan, {"p.json": {**whole, "rules": ["o.json"]},
               "o.json": '{"rule": "oja", "rule": "oja"}'})
    for key in whole:
        yield Case(["p.json", "twice", key], plan, {"p.json": '{"rules": ["oja"], "defaults": {}, "' + key + '": ["oja"]}'})
    yield Case(["p.json", "twice", "data"], plan,
               {"p.json": '{"rules": ["oja"], "defaults": {"data": "mnist", "data": "cifar10"}}'})
    yield Case(["nonsense"], ["plan", "p.json", "--dry-run", "--data", "nonsense"], {"p.json": whole})


# --- networks -------------------------------------------------------------------------------------------------------

CONV = {"op": "conv", "out": 4, "kernel": 3}
FLAT = {"op": "flatten"}
DENSE = {"op": "dense", "out": 8}


def network_cases():
    run = [*RUN, "--network", "n.json"]

    def blocks(*ops):
        return {"blocks": [{"ops": list(ops)}]}

    for spec, *words in (
            ({"blocks": {}}, "blocks"), ({"blocks": 3}, "blocks"), ({"blocks": None}, "blocks"), ({"blocks": "x"}, "blocks"),
            ({"blocks": [3]}, "block 1"), ({"blocks": [None]}, "block 1"), ({"blocks": [{}]}, "block 1"),
            ({"blocks": [{"ops": 3}]}, "block 1"),
            ({"blocks": []}, "block"), ({}, "block"),
            ({"blocks": [{"ops": []}]}, "block 1"), ({"blocks": [{"ops": [CONV], "nonsense": 1}]}, "nonsense"),
            ({"blocks": [{"ops": [CONV], "residual": 3}]}, "residual"),
            ({"blocks": [{"ops": [CONV], "residual": True}]}, "skip"),
            (blocks(3), "block 1"), (blocks(None), "block 1"), (blocks({}), "block 1"), (blocks({"op": 3}), "block 1"),
            (blocks({"op": "cnov"}), "cnov"), (blocks(DENSE), "flatten"), (blocks(FLAT, CONV), "flattened"),
            (blocks(CONV, CONV), "two plastic"),
            (blocks(FLAT), "no plastic"), (blocks({**CONV, "out": 0}), "out"), (blocks({**CONV, "out": -1}), "out"),
            (blocks({**CONV, "out": 1.5}), "out"), (blocks({**CONV, "out": "4"}), "out"),
            (blocks({**CONV, "out": None}), "out"),
            (blocks({**CONV, "out": 1e12}), "memory"), (blocks({**CONV, "out": 1e18}), "out"),
            (blocks({**CONV, "kernel": 0}), "kernel"),
            (blocks({**CONV, "kernel": 99}), "kernel"), (blocks({**CONV, "kernel": 1e12}), "kernel"),
            (blocks({**CONV, "kernel": [3, 3]}), "kernel"),
            (blocks({**CONV, "kernel": 1_000_000, "padding": 1_000_000}), "memory"),
            (blocks({**CONV, "stride": 0}), "stride"), (blocks({**CONV, "padding": -1}), "padding"),
            (blocks({**CONV, "padding": 1e9}), "memory"),
            (blocks({**CONV, "padding": 4e18}), "padding"), (blocks({**CONV, "padding": 50, "reflect": True}), "mirrored"),
            (blocks({**CONV, "reflect": 3}), "reflect"), (blocks({**CONV, "bias": "no"}), "bias"),
            (blocks({**CONV, "nonsense": 3}), "nonsense"),
            (blocks(FLAT, {**DENSE, "out": 1e12}), "memory"), (blocks(FLAT, {**DENSE, "out": 9e15}), "memory"),
            (blocks(FLAT, {**DENSE, "kernel": 3}), "kernel"),
            (blocks(CONV, {"op": "max_pool", "kernel": 99}), "smaller"),
            (blocks(CONV, {"op": "max_pool", "kernel": 0}), "kernel"),
            (blocks(CONV, {"op": "max_pool", "padding": 9}), "padding"),
            (blocks(CONV, {"op": "adaptive_avg_pool", "size": 0}), "size"),
            (blocks(CONV, {"op": "adaptive_avg_pool", "size": 1e9}), "memory"),
            (blocks(CONV, {"op": "max_pool", "stride": 0}), "stride"),
            (blocks(CONV, {"op": "batch_norm", "momentum": 3}), "momentum"),
            (blocks(CONV, {"op": "leaky_relu", "slope": "x"}), "slope"),
            (blocks(CONV, {"op": "repu", "power": 0}), "power"), ({**blocks(CONV), "width": 0}, "width"),
            ({**blocks(CONV), "width": "x"}, "width"),
            ({**blocks(CONV), "width": None}, "width"), ({**blocks(CONV), "width": 1e12}, "memory"),
            ({**blocks(CONV), "width": 1e300}, "width"),
            ({**blocks(CONV), "input": "raw"}, "input"), ({**blocks(CONV), "input": 3}, "input"),
            ({**blocks(CONV), "name": 3}, "name"),
            ({**blocks(CONV), "features": 3}, "features"), ({**blocks(CONV), "features": [3]}, "features"),
            ({**blocks(CONV), "features": [CONV]}, "conv"),
            ({**blocks(CONV), "features": [{"op": "adaptive_avg_pool", "size": 1e6}]}, "memory"),
            ({**blocks(CONV), "blokcs": []}, "blokcs", "Nearest: blocks"),
            ({"blocks": [{"ops": [CONV]}] * 40}, "smaller")):
        yield Case(words, run, {"n.json": spec})
    yield Case(["twice", "width"], run, {"n.json": '{"width": 1, "width": 2, "blocks": []}'})
    yield Case(["twice", "out"], run, {"n.json": '{"blocks": [{"ops": [{"op": "conv", "out": 2, "out": 3}]}]}'})
    yield Case(["nested"], run, {"n.json": '{"blocks": [{"ops": ' + "[" * 20_000 + "]" * 20_000 + "}]}"})
    for name in ("nowhere.json", "nowhere/n.json", "x" * 300 + ".json", ".json", "/dev/zero.json"):
        yield Case([name[:50]], [*RUN, "--network", name])


# --- Results ----------------------------------------------------------------------------------------------------------

def valid_result():
    """One that was written by the program, and what it may hold besides."""
    with tempfile.TemporaryDirectory() as folder:
        make(pathlib.Path(folder) / "m.csv", MATRIX["m.csv"])
        subprocess.run([PROGRAM, *IMPORT, *STREAM], cwd=folder, check=True, capture_output=True)
        (file,) = (pathlib.Path(folder) / "results").glob("*.json")
        result = json.loads(file.read_text())
    result["predictions"]["test"] = {"count": 4, "classes": 2, "bits": 4, "predicted": "BQ==", "right": "Bw=="}
    result["artifacts"]["grid"] = {"file": "artifacts/0123456789abcdef.png", "sha256": "0" * 64, "bytes": 3,
    "media_type": "image/png"}
    result["cost"].update(images_per_s=1.5, energy_j=2.0, wall_s={"total": 1.5}, state_bytes={"rule": 3})
    result["dataset"].update(classes=10, chance=0.1, origin="idx", split_sizes={"train": 3})
    result["suite"] = {"version": "1", "git": {"commit": "c", "dirty": False}}
    result["env"] = {"threads": 2, "os": "Linux"}
    result["strategy"] = {"summary": "Nothing", "source": "", "citation": "", "role": "floor"}
    for name in [name for name in result["metrics"] if name not in ("acc.final", "fwt.gem")]:
        del result["metrics"][name]
    return file.name, result


RESULT_NAME, RESULT = valid_result()
# What a Result may lack, and what holds names of the user's own.
OPTIONAL = {"dataset.name", "dataset.classes", "dataset.chance", "dataset.origin", "dataset.split_sizes",
"dataset.split_sizes.train",
            "suite.version", "suite.git", "suite.git.commit", "suite.git.dirty", "env.threads", "env.os", "cost.wall_s.total",
            "cost.state_bytes.rule", "metrics.acc.final", "metrics.fwt.gem", "records.accuracy", "records.accuracy.so_far",
            "predictions.test", "artifacts.grid", "request.rule.imported", "request.network.name",
            "strategy"}
FREE = ("request.task.params.", "request.network.")


def paths(value, path=()):
    for key, inner in value.items():
        yield (*path, key)
        if isinstance(inner, dict):
            yield from paths(inner, (*path, key))


def changed(path, change):
    result = copy.deepcopy(RESULT)
    inner = result
    for key in path[:-1]:
        inner = inner[key]
    change(inner, path[-1])
    return result


def wrong_kind(value):
    return 3 if isinstance(value, (str, list, dict)) else "x"


def result_cases():
    def case(result, *words):
        return Case(list(words), ["inspect", RESULT_NAME], {RESULT_NAME: result})

    for path in paths(RESULT):
        dotted = ".".join(path)
        if dotted.startswith(FREE):
            continue
        inner = RESULT
        for key in path:
            inner = inner[key]
        yield case(changed(path, lambda at, key: at.update({key: wrong_kind(at[key])})), path[-1])
        if dotted not in OPTIONAL and path[-1] != "schema_version":
            yield case(changed(path, lambda at, key: at.pop(key)), path[-1])
    for path in (["run_id"], ["state"], ["date"], ["headline"], ["metrics", "acc.final", "unit"],
            ["records", "accuracy", "axes"],
                 ["request", "seed"], ["cost", "resumed"], ["rule", "baseline"], ["artifacts", "grid", "sha256"]):
        yield case(changed(path, lambda at, key: at.update({key: None})), path[-1])
    for path, value, *words in (
            (["run_id"], "0" * 16, "run_id"), (["run_id"], "", "run_id"), (["state"], "great", "state", "ok"),
            (["state"], "failed", "reason"),
            (["reason"], "because", "reason"), (["date"], "yesterday", "date"), (["date"], "2026-01-31", "date"),
            (["schema_version"], 99, "newer"),
            (["schema_version"], 0, "schema_version"), (["schema_version"], "2", "schema_version"),
            (["request", "seed"], 2, "run_id"),
            (["request", "seed"], 1.5, "seed"), (["request", "rule", "name"], "", "name"),
            (["request", "rule", "name"], "bcm", "run_id"),
            (["rule", "role"], "king", "role"), (["rule", "origin"], "builtin", "needs_labels"),
            (["metrics", "acc.final", "value"], 17, "acc.final", "fraction"),
            (["metrics", "acc.final", "value"], -3, "acc.final"),
            (["metrics", "acc.final", "value"], "0.5", "value"), (["metrics", "fwt.gem", "reason"], "", "reason"),
            (["records", "accuracy", "values"], [0.1], "values"), (["records", "accuracy", "values"], [["x"]], "values"),
            (["records", "accuracy", "axes"], [], "axes"), (["records", "accuracy", "axes"], [""], "axes"),
            (["predictions", "test", "count"], 9, "right"), (["predictions", "test", "count"], 10**15, "right"),
            (["predictions", "test", "classes"], 0, "classes"),
            (["predictions", "test", "classes"], 70000, "classes"), (["predictions", "test", "bits"], 5, "bits"),
            (["predictions", "test", "predicted"], "????", "predicted"),
            (["predictions", "test", "predicted"], "", "predicted"),
            (["artifacts", "grid", "bytes"], -1, "bytes"), (["artifacts", "grid", "sha256"], "0", "sha256"),
            (["artifacts", "grid", "file"], "", "file"),
            (["artifacts", "grid", "file"], "../../etc/passwd", "file"), (["artifacts", "grid", "file"], "/etc/passwd", "file"),
            (["cost", "resumed"], -1, "resumed"), (["cost", "resumed"], 10**12, "resumed"),
            (["cost", "samples_seen"], 2**63, "samples_seen"),
            (["cost", "images_per_s"], -1, "images_per_s"), (["cost", "wall_s", "total"], -1, "total"),
            (["dataset", "chance"], -1, "chance"), (["strategy", "role"], "best", "role"),
            (["nonsense"], 1, "nonsense"), (["cost", "nonsense"], 1, "nonsense"),
            (["metrics", "acc.final", "nonsense"], 1, "nonsense")):
        yield case(changed(path, lambda at, key: at.update({key: value})), *words)
    text = json.dumps(RESULT)
    yield case(text[:-1] + ', "state": "ok"}', "twice", "state")
    yield case(text.replace('"seed": 1', '"seed": 1, "seed": 1'), "twice", "seed")
    yield case(text[:len(text) // 2], "JSON")
    yield case(text + text, "JSON")
    yield case(text.replace('"reason": ""', '"reason": "\\ud800"', 1), "JSON")
    yield case(text.replace("0.65", "NaN"), "JSON")
    yield case(changed(["records", "accuracy", "values"], lambda at, key: at.update({key: None})), "values")
    yield Case(["nested"], ["inspect", RESULT_NAME],
               {RESULT_NAME: text.replace('"reason": ""', '"reason": ' + "[" * 100_000 + "]" * 100_000, 1)})
    yield Case(["no folder"], ["table", "nowhere"])
    yield Case(["no results"], ["table", "r"], {"r": FOLDER})
    yield Case(["no results"], ["table", "r"], {"r/x.json": {"rules": []}})
    yield Case(["x.json", "no such file"], ["table", "r"], {"r/" + RESULT_NAME: RESULT, "r/x.json": Link("nowhere")})
    yield Case(["x.json", "pipe"], ["table", "r"], {"r/" + RESULT_NAME: RESULT, "r/x.json": FIFO})
    yield Case(["x.json"], ["table", "r"], {"r/" + RESULT_NAME: RESULT, "r/x.json": "{"})
    damaged = {"r/" + RESULT_NAME: changed(["headline"], lambda at, key: at.pop(key))}
    for verb in (["table", "r"], ["leaderboard", "r"], ["plot", "r", "--figure", "pareto", "--output", "x.svg"],
            ["page", "r", "-o", "site"],
                 ["export", "r"], ["metrics", "r"], ["compare", "r", "r"],
                 ["features", "r/" + RESULT_NAME, "--output", "f.safetensors"],
                 [*IMPORT, "--like", "r/" + RESULT_NAME], [*RUN, "--init", "r/" + RESULT_NAME]):
        yield Case(["headline"], verb, {**damaged, **MATRIX})
    kept = {"r/" + RESULT_NAME: RESULT}
    yield Case(["keeps no network"], ["features", "r/" + RESULT_NAME, "--output", "f.safetensors"], kept)
    yield Case(["keeps no network"], [*RUN, "--init", "r/" + RESULT_NAME], kept)
    yield Case(["nothing to do"], ["features", "r/" + RESULT_NAME], kept)
    yield Case(["artifacts/0123456789abcdef.png"], ["inspect", "r"], kept)


def view_cases():
    files = {"r/" + RESULT_NAME: {**RESULT, "artifacts": {}}}
    for arguments, *words in (
            (["--layout", "leaderbord"], "Nearest: leaderboard"), (["--format", "markdwon"], "Nearest: markdown"),
            (["--metric", "acc.finla"], "acc.final"),
            (["--rule", "nonsense"], "nonsense"), (["--task", "nonsense"], "nonsense"), (["--data", "nonsense"], "nonsense"),
            (["--output", "x.pdf"], "x.pdf"), (["--output", "x"], "'x'"), (["--output", ".md"], ".md"),
            (["--output", "folder.md"], "folder.md"),
            (["--output", "file/x.md"], "file"), (["--output", "/proc/nowhere/x.md"], "/proc/nowhere"),
            (["--output", "x" * 300 + ".md"], "too long"),
            (["--layout", "continual", "--metric", "nonsense"], "nonsense")):
        yield Case(list(words), ["table", "r", *arguments], {**files, "folder.md": FOLDER, "file": "x"})
    for arguments, *words in (
            (["--figure", "parto", "--output", "x.svg"], "pareto"), (["--figure", "pareto", "--output", "x.jpg"], "x.jpg"),
            (["--figure", "pareto", "--output", "x.svg", "--against", "money"], "money"),
            (["--figure", "pareto", "--output", "x.svg", "--metric", "nonsense"], "nonsense"),
            (["--figure", "accuracy-matrix", "--output", "file/x.svg"], "file"),
            (["--figure", "accuracy-matrix", "--output", "/proc/nowhere/x.svg"], "/proc/nowhere"),
            (["--figure", "accuracy-matrix", "--output", "folder.svg"], "folder.svg")):
        yield Case(list(words), ["plot", "r", *arguments], {**files, "folder.svg": FOLDER, "file": "x"})
    for arguments, *words in ((["export", "r", "--format", "xml"], "xml"), (["export", "r", "-o", "file"], "file"),
            (["export", "r", "-o", "/proc/nowhere"], "/proc/nowhere"),
                              (["export", "r", "-o", "x" * 300], "too long"), (["page", "r", "-o", "file"], "file"),
                              (["page", "r", "-o", "full"], "full"),
                              (["page", "r", "-o", "file/site"], "file"),
                              (["page", "r", "-o", "/proc/nowhere"], "/proc/nowhere"),
                              (["page", "r", "-o", "x" * 300], "too long"),
                              (["metrics", "r", "--format", "xml"], "xml"), (["metrics", "r", "--joint", "nowhere"], "nowhere"),
                              (["compare", "r"], "two"),
                              (["compare", "r", "nowhere"], "nowhere"), (["compare", "r", "r", "--junit", "file/x"], "file"),
                              (["compare", "r", "r", "--summary", "folder.md"], "folder.md"),
                              (["inspect", "r", "--output", "file"], "file"), (["inspect", "x" * 300], "too long"),
                              (["table", "x" * 5000], "too long")):
        given = files if "inspect" not in arguments else {"r/" + RESULT_NAME: RESULT,
        "r/artifacts/0123456789abcdef.png": b"png"}
        yield Case(list(words), arguments, {**given, "folder.md": FOLDER, "file": "x", "full/other.txt": "x"})
    gates = {"level": [0, 1, -1, "x", None, [], True], "effect": [-1, "x", None],
    "effects": [3, [], {"acc.final": "x"}, None, {"acc.final": -1}],
             "speed_effect": [0, 1, "x"], "speed_reference": [3, None], "nonsense": [1]}
    for name, values in gates.items():
        for value in values:
            yield Case(["g.json", name], ["compare", "r", "r", "--gate", "g.json"], {**files, "g.json": {name: value}})
    yield Case(["g.json", "twice", "level"], ["compare", "r", "r", "--gate", "g.json"],
               {**files, "g.json": '{"level": 0.1, "level": 0.2}'})


# --- other tools' files, spaces, outputs --------------------------------------------------------------------------------

def import_cases():
    given = [*IMPORT, *STREAM]
    for text, *words in (("", "m.csv"), ("\n\n", "m.csv"), ("a,b\nc,d\n", "m.csv"), ("0.9,nan\n0.5,0.8\n", "nan"),
            ("0.9\n0.5,0.8\n", "line 2"),
                         ("90,80\n1,2\n", "--percent"), ("0.9,-1\n0.5,0.8\n", "-1"),
                         ("1e999,0\n0,0\n", "1e999"),
                         ("0.9,\n", "m.csv"), (",\n,\n", "m.csv"), ("0.9,0.1\n0.5,0.8\n0.1,0.1\n0.2,0.2\n", "m.csv"),
                         (bytes(1000), "m.csv"),
                         (random.Random(2).randbytes(1000), "m.csv"), ("0.5," * 3000 + "\n", "m.csv")):
        yield Case(list(words), given, {"m.csv": text})
    for content, *words in ((FIFO, "pipe"), (FOLDER, "folder"), (Link("nowhere"), "no such file"),
            (Link("/dev/zero"), "device")):
        yield Case(["m.csv", *words], given, {"m.csv": content})
    yield Case(["m.csv"], given)

    def other(tool):
        return ["import", "m.csv", "--from", tool, "--rule", "oja", "--seed", "1", *STREAM]
    for tool, text, *words in (
            ("avalance", "x", "avalanche"), ("avalanche", "", "m.csv"), ("avalanche", "a,b\n1,2\n", "m.csv"),
            ("mammoth", "", "empty"),
            ("mammoth", "{'lr': 0.1}\n", "accuracy"), ("mammoth", "not a dict\n", "dict"), ("mammoth", "{" * 100_000, "dict"),
            ("mammoth", "{'accuracy_2_task1': 90.0}\n", "accuracy_2_task1"), ("facil", "", "m.csv"), ("facil", "{\n", "line 1"),
            ("facil", "[]\n", "line 1"), ("facil", "[" * 100_000 + "\n", "line 1"),
            ("facil", '{"name": 3, "group": 4}\n', "acc_tag"),
            ("facil", '{"name": "acc_tag", "group": "test", "task": "x", "iter": 0}\n', "line 1"),
            ("facil", '{"name": "acc_tag", "group": "test", "task": 0, "iter": 0, "value": ' + "[" * 50_000 + "]" * 50_000 + "}\n", "line 1"),
            ("facil", '{"name": "acc_tag", "group": "test", "task": 0, "iter": 0, "value": null}\n', "line 1")):
        yield Case(list(words), other(tool), {"m.csv": text})
    for arguments, *words in (
            ([*IMPORT], "--data"), ([*IMPORT, *STREAM, "--like", "x"], "--like"),
            ([*IMPORT, *STREAM[:-1], "class"], "class-incremental"),
            ([*given, "--run", "2"], "--run"), ([*other("facil"), "--percent"], "--percent"),
            ([*given, "--strategy", "Two Words"], "Two Words"),
            ([*given, "--results", "file"], "file"), ([*given, "--results", "file/below"], "file"),
            ([*given, "--results", "/proc/nowhere"], "/proc/nowhere"),
            ([*given, "--results", "x" * 300], "too long"),
            (["import", "m.csv", "--from", "csv", "--rule", "Not A Name", "--seed", "1", *STREAM], "Not A Name"),
            ([*IMPORT, "--data", "cifar10", "--scenario", "Two Words", "--setting", "class-incremental"], "Two Words")):
        yield Case(list(words), arguments, {**MATRIX, "file": "x"})


def tune_cases():
    tune = ["tune", "oja", "--data", "fashion-mnist", "--set", "task.validation_images=50"]
    for space, *words in (("rule.nonsense", "nonsense"), ("rule.learning_rate=1..0.1", "upwards"),
            ("rule.learning_rate=0.1..x", "learning_rate"), ("rule.learning_rate=", "learning_rate"),
                          ("rule.learning_rate=-1..1", "learning_rate"), ("rule.learning_rate=0.1", "nothing to search"),
                          ("rule.competition=none,nonsense", "competition"),
                          ("nonsense", "nonsense"), ("nowhere.json", "nowhere.json"), ("=", "space"),
                          ("network.width=0.1..1", "network.width"), ("rule.k=..", "k")):
        yield Case(list(words), [*tune, "--space", space])
    for content in ({"rule.learning_rate": 3}, {"rule.learning_rate": {}}, {"rule.learning_rate": []},
            {"rule.learning_rate": [0.1, 0.1]}, {"rule.nonsense": None}, {"rule.learning_rate": True}):
        yield Case(["rule."], [*tune, "--space", "s.json"], {"s.json": content})
    yield Case(["twice"], [*tune, "--space", "s.json"], {"s.json": '{"rule.k": null, "rule.k": null}'})
    for name, value, *words in (("samples", "x", "--samples"), ("samples", "0", "samples"), ("samples", "-5", "--samples"),
            ("samples", "20,10", "samples"), ("samples", "1.5", "--samples"),
                                ("seeds", "1", "reporting"), ("reporting", "x", "seeds"), ("metric", "nonsense", "nonsense"),
                                ("tuning-seed", "-1", "--tuning-seed"), ("output", "file/x.json", "file"), ("output", "folder.json", "folder.json"),
                                ("results", "file", "file"), ("results", "", "--results")):
        yield Case(list(words), [*tune, "--trials", "2", f"--{name}", value], {"file": "x", "folder.json": FOLDER},
                   known_failure="a task's metrics are known once a trial has run, which is kept" if name == "metric" else "")
    yield Case(["spehre"], ["tune", "spehre", "--data", "fashion-mnist"])


def output_cases():
    run = [*RUN, "--set", "task.samples=100", "--set", "network.width=0.02"]
    plan = {"p.json": {"rules": ["oja"], "defaults": {"data": "fashion-mnist",
    "set": {"task.validation_images": 50, "task.samples": 100, "network.width": 0.02}}}}
    for folder, word in (("file", "file"), ("file/below", "file"), ("/proc/nowhere", "/proc/nowhere"), ("x" * 300, "too long"),
            ("/dev/null", "/dev/null"), ("loop/x", "loop"),
                         ("dangling/x", "dangling")):
        made = {"file": "x", "loop": Link("loop"), "dangling": Link("nowhere/at/all")}
        yield Case([word], [*run, "--results", folder], made)
        yield Case([word], ["plan", "p.json", "--results", folder], {**plan, **made})
        yield Case([word], [*run, "--profile", folder], made)
    for name, *words in (("Mine", "lower-case"), ("all", "all"), ("two words", "two words"), ("", "name"), ("../mine", "../mine"),
            ("oja", "already"), ("x" * 300, "too long"), ("-", "-")):
        yield Case(list(words), ["new-rule", "--output", ".", "--", name])
    yield Case(["exists"], ["new-rule", "mine"], {"mine/x": "x"})
    yield Case(["exists"], ["new-strategy", "mine"], {"mine": "x"})
    yield Case(["--base", "hebbian, local-loss, whole-network"], ["new-rule", "mine", "--base", "replay"])
    yield Case(["--base", "penalty, replay"], ["new-strategy", "mine", "--base", "hebbian"])
    for verb in ("new-rule", "new-strategy"):
        for folder, word in (("file", "file"), ("file/below", "file"), ("/proc/nowhere", "/proc/nowhere"),
                ("x" * 300, "too long")):
            yield Case([word], [verb, "mine", "--output", folder], {"file": "x"})
    for library, content, *words in (("nowhere.so", None, "nowhere.so"), ("x.so", "no library", "x.so"), ("x.so", b"", "x.so"),
            ("x.so", b"\x7fELF" + bytes(100), "x.so"), ("x.so", FOLDER, "folder"),
                                     ("x.so", FIFO, "pipe"), ("/dev/zero", None, "device")):
        yield Case(list(words), ["run", "--rule", "mine", "--plugin", library], {} if content is None else {library: content})
        yield Case(list(words), ["list", "rules", "--plugin", library], {} if content is None else {library: content})
    full = {"r/" + RESULT_NAME: {**RESULT, "artifacts": {}}}
    for arguments in (["list", "rules"], ["list", "data"], ["describe", "oja"], ["doctor"], ["table", "r"],
            ["leaderboard", "r"], ["inspect", "r"], ["metrics", "r"], ["compare", "r", "r"],
                      ["--help"], ["--version"], ["run", "--help"], ["data", "list"], ["data", "info", "fashion-mnist"],
                      ["table", "r", "--format", "json"]):
        yield Case(["standard output"], arguments, full, code=3, stdout="/dev/full")
    yield Case(["standard output"], ["export", "r"], full, code=3, stdout="/dev/full",
               leaves=("export", "export/metrics.csv", "export/records.csv"))
    yield Case(["standard output"], [*IMPORT, *STREAM], MATRIX, code=3, stdout="/dev/full",
               leaves=("results", "results/" + RESULT_NAME))
    yield Case(["standard output"], ["new-rule", "mine"], code=3, stdout="/dev/full",
               leaves=("mine", "mine/mine.cc", "mine/CMakeLists.txt", "mine/first_look.json", "mine/README.md"))
    # A file-size limit.
    yield Case(["too large"], [*IMPORT, *STREAM], MATRIX, code=3, limit=1000)
    yield Case(["too large"], ["table", "r", "--output", "t.md"], full, code=3, limit=500)
    yield Case(["too large"], ["page", "r", "-o", "site"], full, code=3, limit=1000)
    yield Case(["too large"], ["export", "r"], full, code=3, limit=500)
    yield Case(["too large"], ["data", "import", "mine", "folder"],
               {f"folder/{name}": data for name, data in idx_files(30, 6).items()}, code=3, limit=5000,
               environment={"XDG_CACHE_HOME": "cache"},
               )


# --- data -------------------------------------------------------------------------------------------------------------

def png(width, height, colour=2, data=None):
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    rows = data if data is not None else b"".join(b"\0" + bytes(3 * width) for _ in range(height))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)) + chunk(b"IDAT",
        zlib.compress(rows)) + chunk(b"IEND", b"")


def jpeg_header(width, height):
    return (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + b"\xff\xdb\x00\x43\x00" + bytes([1] * 64) +
            b"\xff\xc0\x00\x0b\x08" + struct.pack(">HH", height,
            width) + b"\x01\x01\x11\x00" + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\xff\xd9")


def tree(image, name="a.png"):
    return {f"folder/{split}/{label}/{name}": image for split in ("train", "test") for label in ("one", "two")}


def tar(files, mode="w"):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def encrypted_zip():
    """A zip whose one entry says that it is encrypted."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("set/train/one/a.png", b"x" * 60)
    data = bytearray(stream.getvalue())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def cifar(records):
    record = bytes([3]) + bytes(3072)
    return {f"folder/cifar-10-batches-bin/{name}.bin": record * records for name in
            (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch")}


def data_cases():
    take = ["data", "import", "mine", "folder"]
    cache = {"environment": {"XDG_CACHE_HOME": "cache"}}

    def case(words, files, arguments=take, **more):
        return Case(words, arguments, files, **{**cache, **more})

    good = {f"folder/{name}": data for name, data in idx_files(30, 6).items()}
    for name in ("Mine", "", "a/b", "../x", "x y", "x_y", "x" * 300):
        yield case([], good, ["data", "import", name, "folder"])
    for content, *words in ((None, "folder"), ("x", "folder"), (b"", "folder"), (FIFO, "pipe"), (FOLDER, "folder"),
            (random.Random(3).randbytes(3000), "folder"),
                            (Link("nowhere"), "folder"), (Link("/dev/zero"), "device")):
        yield case(list(words), {} if content is None else {"folder": content})
    for part in idx_files(3, 3):
        images = {f"folder/{name}": data for name, data in idx_files(30, 6).items()}
        whole = images.pop(f"folder/{part}")
        yield case([part[:-6]], images)
        for content in (whole[:-1], whole[:10], b"", whole + b"x", b"\x00\x00\x0d" + whole[3:], FIFO, FOLDER, Link("nowhere"),
                gzip.compress(whole)[:-9]):
            yield case([part[:12]], {**images,
                       f"folder/{part}" + (".gz" if isinstance(content,
                       bytes) and content[:2] == b"\x1f\x8b" else ""): content})
    yield case(["labels"], {**good, "folder/train-labels-idx1-ubyte": idx([29], bytes(29))})
    yield case(["pixels"], {**good, "folder/t10k-images-idx3-ubyte": idx([6, 27, 28], bytes(6 * 27 * 28))})
    yield case(["train-images"], {**good, "folder/train-images-idx3-ubyte": idx([2**32 - 1, 2**32 - 1, 2**32 - 1], bytes(10))})
    yield case(["train-images"], {**good, "folder/train-images-idx3-ubyte": idx([0, 28, 28], b"")})
    yield case(["train-images"], {**good, "folder/train-images-idx3-ubyte": idx([30, 0, 0], b"")})
    yield case(["label 11"], {**good, "folder/train-labels-idx1-ubyte": idx([30], bytes([11] * 30))},
               ["data", "import", "mnist", "folder"])
    others = {name: data for name, data in good.items() if "train-images" not in name}
    yield case(["train-images"], {**others, "folder/train-images-idx3-ubyte.gz": bomb(3)})
    for image, *words in ((b"", "empty"), (b"text", "JPEG"), (png(8, 8)[:40], "damaged"), (png(8, 8)[:-20], "damaged"),
            (png(8, 8, data=b""), "damaged"), (jpeg_header(8, 8)[:30], "damaged"),
                          (jpeg_header(65500, 65500), "65500"), (png(60000, 60000, data=b""), "60000"), (png(0, 8), "damaged"),
                          (FIFO, "pipe"), (Link("nowhere"), "a.png")):
        yield case(["a.png", *words], tree(image))
    yield case(["folder"], tree(png(8, 8), "a.gif"))
    yield case(["pixels"], {**tree(png(8, 8)), "folder/train/two/b.png": png(9, 9)})
    yield case([], {"folder/train/one/a.png": png(8, 8), "folder/test/other/a.png": png(8, 8)})
    yield case([], {"folder/train/one/a.png": png(8, 8)})
    yield case([], {"folder/a.png": png(8, 8)})
    for name, content, *words in (("x.zip", encrypted_zip(), "encrypted"),
            ("x.tar", tar({"set/train/one/a.png": png(8, 8)})[:700], "x.tar"),
            ("x.tar.gz", tar({"set/train/one/a.png": png(8, 8)}, "w:gz")[:-20], "x.tar.gz"),
                                  ("x.tar.xz", tar({"set/train/one/a.png": png(8, 8)}, "w:xz")[:-20], "x.tar.xz"),
                                  ("x.zip", b"PK\x03\x04" + bytes(50), "x.zip"),
                                  ("x.7z", b"7z\xbc\xaf\x27\x1c" + bytes(50), "x.7z"),
                                  ("x.tar", FIFO, "pipe"), ("x.tar", Link("/dev/zero"), "device"), ("x.txt", "text", "x.txt"),
                                  ("x.tar", tar({"readme": b"x"}), "x.tar"), ("x.gz", gzip.compress(b"x"), "x.gz")):
        yield case(list(words), {name: content}, ["data", "import", "mine", name])
    yield case(["label"], {"folder/cifar-10-batches-bin/data_batch_1.bin": bytes([12]) + bytes(3072)},
               ["data", "info", "cifar10", "--source", "folder"])
    yield case(["record"], {**cifar(2), "folder/cifar-10-batches-bin/data_batch_3.bin": bytes(3072)},
               ["data", "info", "cifar10", "--source", "folder"])
    yield case(["missing"], {name: data for name, data in cifar(2).items() if "batch_4" not in name},
               ["data", "info", "cifar10", "--source", "folder"])
    yield case(["data_batch_3"], {**cifar(2), "folder/cifar-10-batches-bin/data_batch_3.bin": FIFO},
               ["data", "info", "cifar10", "--source", "folder"])
    yield case(["no train images"], {**cifar(0)}, ["data", "info", "cifar10", "--source", "folder"])
    for verb, *words in ((["data", "info", "cifar11"], "cifar10"), (["data", "verify", "nonsense"], "nonsense"),
            (["data", "fetch", "nonsense"], "nonsense"), (["data", "fetch", "mnist"], "mnist"),
                         (["data", "info", ""], "name"),
                         (["data", "info", "../x"], "../x"), (["data", "info", "mnist", "--source", "nowhere"], "nowhere"),
                         (["data", "info", "mnist", "--source", "file"], "file"),
                         (["data", "fetch", "cifar10", "--mirror", "nonsense"], "nonsense"),
                         (["data", "fetch", "cifar10", "--mirror", "file:///nowhere"], "nowhere"),
                         (["data", "fetch", "cifar10", "--mirror", "http://127.0.0.1:9"], "127.0.0.1")):
        yield case(list(words), {"file": "x"}, verb)
    yield Case(["cache"], ["data", "import", "mine", "folder"], {**good, "cache": "x"}, **cache)
    yield Case(["HOME"], ["data", "import", "mine", "folder"], good, environment={"XDG_CACHE_HOME": "", "HOME": ""})


def bomb(gigabytes):
    """A gzip file that unpacks to an IDX file of one image and so many zeros behind it; blocks of deflate may be repeated."""
    pack = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = pack.compress(idx([1, 28, 28], bytes(28 * 28))) + pack.flush(zlib.Z_FULL_FLUSH)
    zeros = pack.compress(bytes(1 << 24)) + pack.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08" + bytes(7) + start + zeros * (gigabytes * 64) + b"\x03\x00" + bytes(8)


# --- checkpoints and kept networks ----------------------------------------------------------------------------------------

CELL = [*RUN, "--set", "task.samples=64", "--set", "network.width=0.02", "--set", "rule.batch_size=32", "--readout", "ridge",
"--checkpoint-every", "0"]


def kept_cells(environment):
    """The files of a finished cell that keeps its network, and of one that was killed."""
    kept = {}
    for name, more, code in (("kept", {}, 0), ("killed", {"PLASTICITY_KILL_AFTER": "1"}, -signal.SIGKILL)):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([PROGRAM, *CELL, "--keep-network"], cwd=folder, env={**environment, **more},
            capture_output=True, text=True)
            assert done.returncode == code, done.stderr
            kept[name] = {str(path.relative_to(folder)): path.read_bytes() for path in pathlib.Path(folder).rglob("*") if path.is_file()}
    return kept["kept"], kept["killed"]


def checkpoint_cases():
    (file,) = (name for name in KILLED if name.endswith(".checkpoint"))
    line, data = KILLED[file].split(b"\n", 1)
    header = json.loads(line)

    def case(content, *words):
        return Case([file, *words], [*CELL, "--keep-network"], {file: content}, code=3)

    def with_tensor(**fields):
        entry = {**header["tensors"][0], **fields}
        return json.dumps({**header, "tensors": [entry, *header["tensors"][1:]]}).encode() + b"\n" + data

    for content in (b"", b"\n", b"text", b"{", b"{}\n", b"[]\n", b"null\n", bytes(1000), line, line[:-3] + b"\n" + data,
            line + b"\n", line + b"\n" + data[:-1],
                    random.Random(4).randbytes(3000), b"[" * 100_000 + b"\n", b'{"a":' * 20_000 + b"\n",
                    json.dumps({**header, "format": "plasticity checkpoint 0"}).encode() + b"\n" + data,
                    json.dumps({**header, "tensors": 3}).encode() + b"\n" + data,
                    json.dumps({**header, "values": None}).encode() + b"\n" + data, FIFO, FOLDER, Link("/dev/zero")):
        yield case(content, "Delete it")
    for fields in ({"shape": [10**12]}, {"shape": [10**6, 10**6]}, {"shape": [-1]}, {"shape": [2**62, 2**62]}, {"shape": "x"},
            {"shape": [1.5]}, {"shape": [None]}, {"type": "float8"},
                   {"type": 3}, {"type": None}, {"name": 3}):
        yield case(with_tensor(**fields), "Delete it")


def kept_network_cases():
    (result,) = (name for name in KEPT if name.endswith(".json"))
    (file,) = (name for name in KEPT if name.endswith(".safetensors"))
    whole = KEPT[file]
    (length,) = struct.unpack("<Q", whole[:8])
    header, data = json.loads(whole[8:8 + length]), whole[8 + length:]
    first = next(name for name in header if name != "__metadata__")

    def with_header(changed):
        text = changed if isinstance(changed, bytes) else json.dumps(changed).encode()
        return struct.pack("<Q", len(text)) + text + data

    def with_tensor(**fields):
        return with_header({**header, first: {**header[first], **fields}})

    for content in (b"", b"1234567", whole[:-1], whole[:100], struct.pack("<Q", 2**63) + b"{}", with_header(b"{"),
            with_header(b"[]"), with_header(b"null"), with_header(b"[" * 100_000),
                    with_header(b'{"a":' * 20_000), with_header({**header, first: 3}), with_header({**header, first: {}}),
                        with_tensor(shape=[10**12]), with_tensor(shape=[-1]),
                    with_tensor(shape=[2**62, 2**62]), with_tensor(shape="x"), with_tensor(shape=None), with_tensor(dtype="F8"),
                        with_tensor(dtype=3), with_tensor(data_offsets=[5, 1]),
                    with_tensor(data_offsets=[0, 10**15]), with_tensor(data_offsets=[0]), with_tensor(data_offsets="x"),
                        with_header({**header, "__metadata__": 3}),
                    FIFO, FOLDER, Link("nowhere"), random.Random(5).randbytes(2000)):
        yield Case([file], ["features", result, "--output", "f.safetensors"], {result: KEPT[result], file: content})
    yield Case([file], ["features", result, "--output", "f.safetensors"], {result: KEPT[result]})
    for output, *words in (("folder", "folder"), ("file/x", "file"), ("/proc/nowhere/x", "/proc/nowhere"),
            ("x" * 300 + ".safetensors", "too long")):
        yield Case(list(words), ["features", result, "--output", output], {**KEPT, "folder": FOLDER, "file": "x"})
    yield Case(["nonsense"], ["features", result, "--output", "f.safetensors", "--data", "nonsense"], KEPT)
    yield Case(["f.npy", "safetensors"], ["features", result, "--output", "f.npy"], KEPT)
    yield Case(["nowhere"], ["features", result, "--compare", "nowhere"], KEPT)
    yield Case(["tpu"], ["features", result, "--output", "f.safetensors", "--device", "tpu"], KEPT)


TABLES = [command_line_cases, setting_cases, config_cases, json_file_cases, plan_cases, network_cases, result_cases, view_cases,
import_cases, tune_cases,
          output_cases, data_cases, checkpoint_cases, kept_network_cases]


def files_below(folder):
    found = set()
    for path, folders, files in os.walk(folder):
        found.update(os.path.relpath(os.path.join(path, name), folder) for name in (*folders, *files))
    return found


def watched(process):
    """Waits for the end of a process: (what it used, why it was killed)."""
    started = time.monotonic()
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return usage, ""
        pages = int(pathlib.Path(f"/proc/{process.pid}/statm").read_text().split()[1])
        fate = f"takes over {MEGABYTES} MB" if pages * resource.getpagesize() > MEGABYTES << 20 else \
            f"did not end within {SECONDS} s" if time.monotonic() - started > SECONDS else ""
        if fate:
            process.kill()
            process.wait()
            return None, fate
        time.sleep(0.01)


def run(case, environment):
    """Does what the case says; gives what was wrong, "" for nothing."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for file, content in case.files.items():
            make(folder / file, content)
        before = files_below(folder)
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            target = open(case.stdout, "wb") if case.stdout else out

            def limits():
                resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
                if case.limit:
                    resource.setrlimit(resource.RLIMIT_FSIZE, (case.limit, case.limit))
            try:
                process = subprocess.Popen([PROGRAM, *case.arguments], cwd=folder, stdin=subprocess.DEVNULL, stdout=target,
                stderr=err,
                                           env={**environment, **case.environment}, preexec_fn=limits)
            finally:
                if case.stdout:
                    target.close()
            usage, fate = watched(process)
            err.seek(0)
            told = err.read().decode(errors="replace")
        left = files_below(folder) - before - set(case.leaves)
        left = {file for file in left if not file.startswith("cache") or not (folder / file).is_dir()}  # folders may wait there
    lines = told.splitlines()
    if fate:
        return fate
    wrong = []
    if process.returncode != case.code:
        wrong.append(f"exit code {process.returncode}, not {case.code}")
    if len(lines) != 1 or not told.startswith("error: "):
        wrong.append(f"{len(lines)} lines on stderr")
    wrong += [f"'{text}' is a library's" for text in LIBRARY_TEXT if text in told]
    wrong += [f"says nothing of '{word}'" for word in case.words if word not in told]
    if left:
        wrong.append(f"left behind: {sorted(left)[:5]}")
    if usage.ru_maxrss > MEGABYTES * 1024:
        wrong.append(f"took {usage.ru_maxrss // 1024} MB")
    if len(told) > 3000:
        wrong.append(f"says {len(told)} characters")
    return "; ".join(wrong) + ("\n      " + shown(told) if wrong else "")


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        global KEPT, KILLED
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        folder = pathlib.Path(folder.name)
        for name, data in idx_files().items():
            make(folder / "data/fashion-mnist" / name, data)
        cls.environment = {**os.environ, "PLASTICITY_DATA": str(folder / "data"), "XDG_CACHE_HOME": str(folder / "cache"),
                           "OMP_NUM_THREADS": "1"}
        KEPT, KILLED = kept_cells(cls.environment)
        cls.count = 0

    @classmethod
    def tearDownClass(cls):
        print(f"{cls.count} bad inputs")

    def hold(self, table):
        cases = list(table())
        distinct = {(repr(case.arguments), repr(case.files), case.stdout, case.limit) for case in cases}
        self.assertEqual(len(distinct), len(cases), "one input is there twice")
        type(self).count += len(cases)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            faults = list(pool.map(lambda case: run(case, self.environment), cases))
        told = [f"{case}\n      {fault}" for case, fault in zip(cases, faults) if fault and not case.known_failure]
        told += [f"{case}\n      passes: it is no known failure" for case,
        fault in zip(cases, faults) if not fault and case.known_failure]
        if told:
            self.fail("\n  ".join([f"{len(told)} of {len(cases)} are answered wrongly:", *told]))

    def call(self, *arguments, **more):
        return subprocess.run([PROGRAM, *arguments], env=self.environment, capture_output=True, text=True, timeout=SECONDS,
            **more)

    def test_a_networks_own_width_counts(self):
        """Of a file or a preset that the user names, not the track's default for another network; what is set wins."""
        with tempfile.TemporaryDirectory() as folder:
            make(pathlib.Path(folder) / "n.json", {"width": 1.0, "blocks": [{"ops": [CONV]}]})
            for settings, width in (({"network": "n.json"}, "n x 1.0"), ({"network": "krotov-mlp"}, "krotov-mlp x 1.0"),
                                    ({"network": "n.json", "set": {"network.width": 0.5}}, "n x 0.5"),
                                    ({}, "sphere-cnn x 0.25")):
                make(pathlib.Path(folder) / "p.json", {"rules": ["krotov"], "data": "fashion-mnist", "defaults": {
                    **settings, "set": {**settings.get("set", {}), "task.validation_images": 50}}})
                done = self.call("plan", "p.json", "--dry-run", cwd=folder)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn(width, done.stdout)

    def test_cut_files_are_told_from_whole_ones(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, content in cifar(2).items():
                make(pathlib.Path(folder) / name, content)
            done = self.call("data", "info", "cifar10", "--source", "folder", cwd=folder)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("official binary format, 12 of 60,000 images", done.stdout)

    def test_what_nohup_ignores_stays_ignored(self):
        def ignored():
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        with tempfile.TemporaryDirectory() as folder:
            process = subprocess.Popen([PROGRAM, *CELL], cwd=folder, env=self.environment, stdout=subprocess.PIPE, preexec_fn=ignored)
            while process.poll() is None:
                process.send_signal(signal.SIGHUP)
                time.sleep(0.01)
            process.stdout.close()
            self.assertEqual(process.returncode, 0)

    def stopped(self, arguments, signal_number, ready):
        """Exit code and output of a command that gets a signal once `ready(process, folder)`; and the files it leaves."""
        with tempfile.TemporaryDirectory() as folder:
            make(pathlib.Path(folder) / "p.json", {"rules": ["oja"], "defaults": {"data": "fashion-mnist"}})
            process = subprocess.Popen([PROGRAM, *arguments], cwd=folder, env=self.environment, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
                                       text=True)
            deadline = time.monotonic() + SECONDS
            while not ready(process, pathlib.Path(folder)) and time.monotonic() < deadline:
                time.sleep(0.002)
            process.send_signal(signal_number)
            out, err = process.communicate(timeout=SECONDS)
            return process.returncode, out + err, files_below(folder)

    def test_signals_that_ask_to_stop(self):
        def held(process, _):  # as early as the program can answer
            status = dict(line.split(":\t") for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines())
            return (int(status["SigBlk"], 16) | int(status["SigCgt"], 16)) >> (signal.SIGTERM - 1) & 1

        def learning(_, folder):
            return list(folder.rglob("*.checkpoint"))

        cell = [*RUN, "--set", "task.samples=1000000", "--checkpoint-every", "0"]
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
            for arguments, ready, kept in ((cell, learning, 1), (cell, held, 0), (["plan", "p.json"], held, 0)):
                with self.subTest(number=number, arguments=arguments[0], ready=ready.__name__):
                    code, told, left = self.stopped(arguments, number, ready)
                    self.assertEqual(code, 130, told)
                    self.assertIn("stopped", told)
                    self.assertGreaterEqual(len([file for file in left if file.endswith(".checkpoint")]), kept)


def add_tests():
    for table in TABLES:
        setattr(BadInput, f"test_{table.__name__}", lambda self, table=table: self.hold(table))


add_tests()
if __name__ == "__main__":
    skips.main()
