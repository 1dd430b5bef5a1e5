"""The built program as a user meets it: runs, is killed and resumed, is given wrong input. Needs Fashion-MNIST from
Debian's package dataset-fashion-mnist, and CIFAR-10 and Tiny-ImageNet for a test each, where PLASTICITY_DATA has them."""
import csv
import gzip
import hashlib
import html
import io
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import struct
import subprocess
import tarfile
import tempfile
import time
import unittest
import zlib

import skips

PROGRAM = os.environ["PLASTICITY_PROGRAM"]
REFERENCE = pathlib.Path(__file__).parents[2] / "results/reference"
FASHION = pathlib.Path("/usr/share/datasets/fashion-mnist")
TINY = ["--data", "fashion-mnist", "--set", "network.width=0.02", "--set", "task.validation_images=500",
        "--set", "task.labelled_images=400", "--set", "readout.epochs=3"]
# What may differ between two runs of one cell: when it ended, what it cost, where it ran.
COST = ["cost", "date", "env"]


def call(*arguments, cwd=None, **environment):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, cwd=cwd, timeout=300,
                          env={**os.environ, **environment})


def results(folder):
    found = {}
    for path in pathlib.Path(folder).rglob("*.json"):
        result = json.loads(path.read_text())
        for field in COST:
            result.pop(field)
        found[path.name] = result
    return found


class InTemporaryFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def assertOneLineError(self, done, *words):
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        for word in ("error:", *words):
            self.assertIn(word, done.stderr)


class WrongInput(InTemporaryFolder):
    def test_unknown_rule_names_the_nearest(self):
        self.assertOneLineError(call("run", "--rule", "spehre", cwd=self.folder), "spehre", "Nearest: sphere")

    def test_an_unknown_rule_may_be_a_plugin_that_was_not_given(self):
        for arguments in (["run", "--rule", "mine"], ["check", "mine"], ["describe", "mine"]):
            self.assertOneLineError(call(*arguments, cwd=self.folder), "'mine'", "--plugin LIBRARY")

    def test_unknown_parameter_names_the_nearest_with_its_range(self):
        done = call("run", "--rule", "sphere", "--set", "rule.lamda=0.5", cwd=self.folder)
        self.assertOneLineError(done, "lamda", "lambda", "0 to 10", "0.8")

    def test_value_out_of_range(self):
        done = call("run", "--rule", "sphere", "--set", "rule.lambda=11", cwd=self.folder)
        self.assertOneLineError(done, "lambda", "11", "0 to 10")

    def test_nonsense_in_every_place(self):
        for arguments in (["run"], ["run", "--rule", "oja", "--network", "resnet"], ["run", "--rule", "oja", "--seeds", "3-1"],
                          ["run", "--rule", "oja", "--set", "lambda"], ["run", "--rule", "oja", "--set", "ruel.p=3"],
                          ["run", "--rule", "oja", "--precision", "int4"], ["run", "--rule", "oja", "--device", "tpu"],
                          ["run", "--rule", "oja", "--data", "cifar11"], ["run", "--rule", "oja", "--track", "fast"],
                          ["run", "--rule", "oja", "--readout", "svm"], ["run", "--rule", "oja", "--config", "nowhere.json"],
                          ["plan", "nowhere.json"], ["describe", "nothing"], ["list", "things"], ["leaderboard", "nowhere"],
                          ["data", "info", "cifar11"], ["fly"], ["run", "--rule"]):
            with self.subTest(arguments):
                self.assertOneLineError(call(*arguments, cwd=self.folder))
                self.assertEqual(list(self.folder.iterdir()), [], "something was left behind")

    @unittest.skipUnless(FASHION.exists(), "skipped: no data")
    def test_a_file_where_results_should_go(self):
        file = self.folder / "results.json"
        file.write_text("{}")
        done = call("run", "--rule", "oja", *TINY, "--results", file, cwd=self.folder)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(f"{file} is no folder.", done.stderr)
        self.assertEqual(file.read_text(), "{}")

    def test_a_broken_plan(self):
        plan = self.folder / "plan.json"
        for text, word in (("{", "JSON"), ('{"rule": ["oja"]}', "Nearest: rules"), ('{"rules": []}', "rules"),
                           ('{"rules": ["oja"], "data": [1]}', "data"), ('{"rules": ["oja"], "data": []}', "data"),
                           ('{"rules": ["oja"], "name": 3}', "name"), ('{"rules": ["oja"], "defaults": null}', "settings"),
                           ('{"rules": ["oja", "oja"], "defaults": {"data": "fashion-mnist"}}', "twice")):
            with self.subTest(text):
                plan.write_text(text)
                self.assertOneLineError(call("plan", plan, cwd=self.folder), word)


class Views(InTemporaryFolder):
    def test_version(self):
        done = call("--version")
        self.assertRegex(done.stdout, r"^plasticity \d+\.\d+\.\d+$")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_lists_and_descriptions(self):
        rules = call("list", "rules")
        self.assertEqual(rules.returncode, 0, rules.stderr)
        for rule in re.findall(r"^(\w[\w-]*) +(?:yes|no) ", rules.stdout, re.MULTILINE):
            described = call("describe", rule)
            self.assertEqual(described.returncode, 0, described.stderr)
            for word in (rule, "source", "traits", "update", "parameter", "batch_size"):
                self.assertIn(word, described.stdout)
        self.assertIn('competition = "ranked", k = 2', call("describe", "krotov").stdout, "what it sets of its base's")
        self.assertIn("tuning", call("list", "settings").stdout)
        for kind in ("networks", "readouts", "tasks", "data"):
            self.assertEqual(call("list", kind).returncode, 0)

    def test_check(self):
        done = call("check", "oja")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"(?m)^ok +oja +checkpoint +tiny-cnn ")
        self.assertRegex(done.stdout, r"(?m)^oja: \d+ passed, 0 failed, 0 undecided, \d+ skipped$")
        self.assertOneLineError(call("check", "ojo"), "Nearest: oja")

    def test_doctor_and_help(self):
        for threads, measured in (("1", ["1 thread"]), ("2", ["1 thread", "2 threads"])):
            cache = self.folder / threads
            told = call("doctor", XDG_CACHE_HOME=str(cache), OMP_NUM_THREADS=threads).stdout
            self.assertIn("LibTorch", told)
            speeds = r"(?m)^speed +(\d+ threads?): \d+ GFLOP/s float32, \d+ bfloat16, \d+ convolution; \d+\.\d GB/s$"
            self.assertEqual(re.findall(speeds, told), measured, told)
            kept = [json.loads(path.read_text()) for path in (cache / "plasticity/speed").iterdir()]
            self.assertEqual(len(kept), len(measured))
            for speed in kept:
                self.assertGreater(min(speed.values()), 0)
                self.assertEqual(len(speed), 4)
        for verb in ("", "run", "tune", "plan", "list", "describe", "check", "new-rule", "data", "leaderboard", "doctor"):
            shown = call(*verb.split(), "--help")
            self.assertEqual(shown.returncode, 0, shown.stderr)
            self.assertGreater(len(shown.stdout), 100)

    def test_views_do_not_load_libtorch(self):
        linked = subprocess.run(["ldd", PROGRAM], capture_output=True, text=True).stdout
        self.assertNotIn("libtorch", linked)
        self.assertNotIn("libc10", linked)


class Corrections(InTemporaryFolder):
    def setUp(self):
        super().setUp()
        for file in (REFERENCE / "memory").glob("*.json"):
            shutil.copy(file, self.folder)
        self.files = sorted(self.folder.glob("*.json"))

    def entries(self, file):
        return json.loads(file.with_suffix(".notes.json").read_text())

    def test_what_is_withdrawn_stays_in_sight_and_counts_no_more(self):
        file, before = self.files[0], self.files[0].read_bytes()
        self.assertEqual(call("note", file.name, "--text", "on a busy machine", cwd=self.folder).returncode, 0)
        done = call("withdraw", file, "--why", "trained on a wrong split")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("withdrawn  ", done.stdout)
        self.assertEqual([entry["kind"] for entry in self.entries(file)], ["note", "withdrawn"])
        self.assertEqual(file.read_bytes(), before)
        for view in (["leaderboard", self.folder], ["inspect", file]):
            shown = call(*view).stdout
            self.assertIn("trained on a wrong split", " ".join(shown.split()))
            self.assertIn("on a busy machine", " ".join(shown.split()))
        again = call("withdraw", file, "--why", "still")
        self.assertOneLineError(again, "withdrawn on", "already: trained on a wrong split")
        self.assertEqual(call("reinstate", file, "--why", "the split was right").returncode, 0)
        self.assertOneLineError(call("reinstate", file, "--why", "sure"), "is not withdrawn")
        self.assertEqual(len(self.entries(file)), 3)

    def test_all_of_the_files_or_none(self):
        call("withdraw", self.files[1], "--why", "why")
        self.assertOneLineError(call("withdraw", self.files[0], self.files[1], "--why", "why"), "already")
        self.assertFalse(self.files[0].with_suffix(".notes.json").exists())

    def test_what_is_too_good_to_be_true_is_told(self):
        self.assertNotIn("suspicious", call("inspect", self.folder).stdout)
        result = json.loads(self.files[0].read_text())
        result["selection"] = {"split": "test", "metric": "accuracy.test"}
        self.files[0].write_text(json.dumps(result))
        why = "what was tested was chosen by its test images"
        self.assertIn(" suspicious: " + why, call("inspect", self.files[0]).stdout)
        self.assertIn("Suspicious: ", call("leaderboard", self.folder).stdout)

    def test_what_cannot_be_corrected(self):
        self.assertOneLineError(call("withdraw", self.folder, "--why", "why"), "is a folder")
        self.assertOneLineError(call("withdraw", self.folder / "no.json", "--why", "why"), "no.json")
        self.assertOneLineError(call("note", self.files[0], "--text", " "), "needs a text")
        self.files[0].with_suffix(".notes.json").write_text("[")
        for verb in ("leaderboard", "inspect", "export"):
            self.assertOneLineError(call(verb, self.folder, cwd=self.folder), ".notes.json: holds no notes")


class Verifying(InTemporaryFolder):
    def setUp(self):
        super().setUp()
        done = call("run", "--rule", "hebb", "--data", "fashion-mnist", "--network", "mlp", "--readout", "ridge", "--seeds", "1-2",
                    "--threads", "1", "--set", "network.width=0.1", "task.samples=500", "--results", self.folder / "results")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.files = sorted((self.folder / "results").glob("*.json"))

    def call(self, *words):
        return call(*words, cwd=self.folder)

    def edited(self, change):
        result = json.loads(self.files[0].read_text())
        change(result)
        path = self.folder / "edited.json"
        path.write_text(json.dumps(result))
        return path

    def test_a_cell_run_again_is_the_same_bit_for_bit(self):
        done = self.call("verify", self.files[0])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"^verified  [0-9a-f]{16}  hebb  seed \d  equal bit for bit: \d+ metrics, ")

    def test_what_differs_is_told_and_another_machine_may_differ_a_little(self):
        def higher(result):
            result["metrics"]["accuracy.test"]["value"] += 0.001

        def elsewhere(result):
            higher(result)
            result["env"]["cpu_capability"] = "AVX1024"

        def by_another(result):
            higher(result)
            result["suite"]["git"]["commit"] = "0123456789ab"

        done = self.call("verify", self.edited(higher))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stdout, r"differs .* by the same program, on the same kind of machine\n  accuracy.test  [\d.]+ -> [\d.]+\n$")
        for edit, where in (elsewhere, "on another kind of machine"), (by_another, "by another build of the program"):
            done = self.call("verify", self.edited(edit))
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn(f"{where}, each of", done.stdout)
            self.assertEqual(self.call("verify", self.edited(edit), "--tolerance", "1e-5").returncode, 1)

    def test_a_bundle_is_checked_by_itself(self):
        done = self.call("submit", "results", "--output", "bundle")
        self.assertEqual(done.returncode, 0, done.stderr)
        bundle = self.folder / "bundle"
        self.assertEqual({path.name for path in (bundle / "results").iterdir()}, {path.name for path in self.files})
        done = self.call("verify", "bundle", "--results", "anew")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.count("equal bit for bit"), 2)
        self.assertEqual(self.call("verify", "bundle", "--no-run").stdout.count("equal bit for bit"), 1)
        (bundle / "results" / "more.json").write_text("{}")
        self.assertOneLineError(self.call("verify", "bundle"), "more.json is not in the bundle's manifest")
        (bundle / "results" / "more.json").unlink()
        with (bundle / "results" / self.files[1].name).open("a") as file:
            file.write(" ")
        self.assertOneLineError(self.call("verify", "bundle"), "was changed: its digest is another")
        (bundle / "results" / self.files[1].name).unlink()
        self.assertOneLineError(self.call("verify", "bundle"), f"lacks results/{self.files[1].name}")

    def test_what_cannot_be_run_again(self):
        def older(result):
            result["request"]["protocol_version"] = 0
            asked = json.dumps(result["request"], sort_keys=True, separators=(",", ":"))
            result["run_id"] = hashlib.sha256(asked.encode()).hexdigest()[:16]

        def failed(result):
            result["state"], result["reason"] = "failed", "out of memory"

        self.assertOneLineError(self.call("verify", self.files[0], "--results", "results"), "Name another folder")
        self.assertOneLineError(self.call("verify", self.edited(older)), "under protocol 0")
        self.assertOneLineError(self.call("verify", self.edited(failed)), "it is failed, and there is nothing")
        self.assertOneLineError(self.call("submit", "results", "-o", "b", "--replay", "0123"), "no Result has the run id 0123")
        self.assertFalse((self.folder / "b").exists())


class OtherTools(InTemporaryFolder):
    """Runs of other tools as Results. Needs no data."""
    MATRIX = "0.9,\n0.5,0.8\n"
    CONDITIONS = ["--data", "cifar10", "--scenario", "split", "--setting", "class-incremental"]

    def take(self, text, *arguments, name="matrix.csv"):
        (self.folder / name).write_text(text)
        return call("import", name, "--rule", "backprop", "--results", "results", *arguments, cwd=self.folder)

    def test_imported_runs_stand_on_a_board_and_are_marked(self):
        for seed in (1, 2):
            done = self.take(self.MATRIX, "--from", "csv", "--strategy", "er", "--seed", seed, *self.CONDITIONS)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("2 experiences, 3 of 6 accuracies", done.stdout)
        run = "{'lr': 0.1, 'accuracy_1_task1': 90.0, 'accuracy_1_task2': 50.0, 'accuracy_2_task2': 80.0}\n"
        done = self.take(run * 2, "--from", "mammoth", "--strategy", "der", "--seed", 1, "--run", 2, *self.CONDITIONS, name="logs.pyd")
        self.assertEqual(done.returncode, 0, done.stderr)
        board = call("leaderboard", "results", cwd=self.folder)
        self.assertEqual(board.returncode, 0, board.stderr)
        for word in ("backprop + er (imported from csv)", "backprop + der (imported from mammoth)", "65.0",
                     "2 rows imported from other tools: not measured here, and not ranked."):
            self.assertIn(word, board.stdout)

    def test_metrics_are_computed_anew(self):
        self.assertEqual(self.take(self.MATRIX, "--from", "csv", "--seed", 1, *self.CONDITIONS).returncode, 0)
        shown = call("metrics", "results", "--format", "json", cwd=self.folder)
        self.assertEqual((shown.returncode, shown.stderr), (0, ""))
        (stream,) = json.loads(shown.stdout)["streams"]
        self.assertAlmostEqual(stream["metrics"]["forgetting.first_last"]["value"], 0.4)
        self.assertIsNone(stream["metrics"]["fwt.gem"]["value"])
        (file,) = (self.folder / "results").glob("*.json")
        file.write_text(file.read_text().replace("0.65", "0.66"))
        told = call("metrics", file)
        self.assertEqual(told.returncode, 1)
        self.assertIn("differs: acc.final is stored as 0.66", told.stdout)

    def test_what_cannot_be_taken_up(self):
        good = ["--from", "csv", "--seed", "1", *self.CONDITIONS]
        for text, arguments, *words in (
                ("0.9\n0.5,0.8\n", good, "matrix.csv, line 2", "2 cells"), ("90,80\n1,2\n", good, "--percent"),
                ("0.9,nan\n0.5,0.8\n", good, "'nan'"), (self.MATRIX, ["--from", "csv", "--seed", "1"], "--data is missing"),
                (self.MATRIX, ["--from", "avalance", *good[2:]], "Nearest: avalanche"),
                (self.MATRIX, ["--from", "mammoth", *good[2:]], "--run 1 to 2"),
                (self.MATRIX, [*good[:2], "--seed", "1", "--like", "nowhere.json"], "nowhere.json"),
                (self.MATRIX, good[:2], "--seed")):
            with self.subTest(arguments):
                self.assertOneLineError(self.take(text, *arguments), *words)
                self.assertFalse((self.folder / "results").exists(), "something was left behind")
        self.assertEqual(self.take(self.MATRIX, *good).returncode, 0)
        self.assertOneLineError(self.take(self.MATRIX, *good), "is there already")
        self.assertOneLineError(call("metrics", "nowhere", cwd=self.folder), "nowhere")
        self.assertOneLineError(call("metrics", "matrix.csv", cwd=self.folder), "not valid JSON")


@unittest.skipUnless(FASHION.exists(), "skipped: no data")
class Running(InTemporaryFolder):
    def run_cell(self, rule, folder, *extra):
        done = call("run", "--rule", rule, "--results", self.folder / folder, "--set", "task.samples=640", *TINY, *extra)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def test_an_estimate_leaves_nothing_behind(self):
        plan = self.folder / "plan.json"
        plan.write_text(json.dumps({"name": "p", "rules": ["hebb"], "seeds": "1", "defaults": {
            "task": "reconstruction", "network": "krotov-cnn", "data": "fashion-mnist", "set": {"network.width": 0.02}}}))
        done = call("plan", plan, "--dry-run", cwd=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(list(self.folder.iterdir()), [plan])

    def test_same_seed_same_result_and_other_seed_another(self):
        for rule in ("softhebb", "sphere"):
            with self.subTest(rule):
                self.run_cell(rule, f"{rule}-a", "--seeds", "1-2")
                self.run_cell(rule, f"{rule}-b", "--seeds", "1-2")
                first = results(self.folder / f"{rule}-a")
                self.assertEqual(first, results(self.folder / f"{rule}-b"))
                one, two = first.values()
                self.assertNotEqual(one["records"]["loss.readout"], two["records"]["loss.readout"])

    def test_a_page_has_the_command_that_asks_for_the_same_cell_again(self):
        done = call("run", "--rule", "softhebb", "--strategy", "er", "--task", "continual", "--data", "fashion-mnist", "--results",
                    self.folder / "results", "--set", "network.width=0.02", "task.samples=640", "task.scenario.experiences=2",
                    "task.test_images=500", "task.probe_images=0")
        self.assertEqual(done.returncode, 0, done.stderr)
        run_id, = (path.stem for path in (self.folder / "results").glob("*.json"))
        done = call("page", self.folder / "results", "-o", self.folder / "site")
        self.assertEqual(done.returncode, 0, done.stderr)
        page = (self.folder / "site/results" / (run_id + ".html")).read_text()
        command = html.unescape(re.search(r'aria-label="Command"><code>(.*?)\n</code>', page).group(1))
        again = call(*shlex.split(command)[1:], "--results", self.folder / "results")
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("finished before", again.stdout + again.stderr)

    def test_every_readout(self):
        for readout in [line.split()[0] for line in call("list", "readouts").stdout.splitlines()[1:]]:
            extra = ["--set", "task.samples=6400", "--set", "network.width=0.02", "--set", "task.labelled_images=400",
                     "--set", "task.validation_images=500", "--data", "fashion-mnist"]
            done = call("run", "--rule", "random", "--readout", readout, "--results", self.folder / readout, *extra)
            self.assertEqual(done.returncode, 0, done.stderr)
            accuracy = next(iter(results(self.folder / readout).values()))["metrics"]["accuracy.test"]["value"]
            self.assertGreater(accuracy, 0.3, readout)

    def stopped(self, rule, readout, checkpoints, folder, *extra):
        """Runs a cell that kills itself, by SIGKILL, right after so many checkpoints, then runs it to its end. Gives
        whether it was killed: it may have ended before."""
        command = ["run", "--rule", rule, "--readout", readout, "--results", self.folder / folder, "--checkpoint-every", "0",
                   "--threads", "1", "--set", "task.samples=320", "--set", "rule.batch_size=64", *TINY[:4],
                   "--set", "task.labelled_images=128", "--set", "task.validation_images=0", *extra]
        if checkpoints == 0:
            done = call(*command)
            self.assertEqual(done.returncode, 0, done.stderr)
            return False
        killed = call(*command, PLASTICITY_KILL_AFTER=str(checkpoints))
        if killed.returncode == 0:
            return False
        self.assertEqual(killed.returncode, -signal.SIGKILL, killed.stderr)
        self.assertEqual(results(self.folder / folder), {}, "a killed cell left a result")
        self.assertEqual(len(list((self.folder / folder / ".unfinished").glob("*.checkpoint"))), 1)
        resumed = call(*command)
        self.assertEqual(resumed.returncode, 0, resumed.stderr)
        self.assertRegex(resumed.stderr, rf"^ \[1/1\] {rule}  seed 1  goes on from its checkpoint of \d{{4}}-\d\d-\d\dT[\d:]+Z, "
                                         r"after [\d.]+ s\n$")
        return True

    def test_killed_and_resumed_is_the_unbroken_run_bit_for_bit(self):
        # 5 steps of the rule, features, 2 x 2 steps of a readout that learns by steps, judging: every stage is hit.
        for rule, readout, extra in (("sphere", "linear", ["--set", "readout.epochs=2"]), ("softhebb", "ridge", []),
                                     ("bcm", "knn", []), ("backprop", "online", []), ("dtp", "online", [])):
            self.stopped(rule, readout, 0, f"{rule}-unbroken", *extra)
            unbroken = results(self.folder / f"{rule}-unbroken")
            for checkpoints in (1, 3, 6, 8, 12):
                with self.subTest(rule=rule, readout=readout, checkpoints=checkpoints):
                    folder = f"{rule}-{checkpoints}"
                    self.assertTrue(self.stopped(rule, readout, checkpoints, folder, *extra), "it ended before")
                    self.assertEqual(results(self.folder / folder), unbroken)
                    cost = json.loads(next((self.folder / folder).glob("*.json")).read_text())["cost"]
                    self.assertEqual((cost["resumed"], cost["samples_seen"]), (1, 320))
                    phases = sum(seconds for phase, seconds in cost["wall_s"].items() if phase != "total")
                    self.assertAlmostEqual(phases, cost["wall_s"]["total"], delta=0.02 * cost["wall_s"]["total"])
                    self.assertFalse((self.folder / folder / ".unfinished").exists(), "scratch files were left behind")

    def test_killed_while_fine_tuning(self):
        extra = ["--task", "fine-tuning", "--set", "task.tuning_epochs=2"]
        self.stopped("hebb", "online", 0, "unbroken", *extra)
        for checkpoints in (3, 7, 9):
            folder = f"killed-{checkpoints}"
            self.assertTrue(self.stopped("hebb", "online", checkpoints, folder, *extra))
            self.assertEqual(results(self.folder / folder), results(self.folder / "unbroken"))

    # Each on real images in seconds: its settings, and metrics between chance and what features that tell classes reach.
    TASKS = {
        "learning-curve": (["task.looks=20,100", "task.labelled_images=500"],
                           {"curve.area": (0.3, 0.95), "accuracy.test": (0.4, 0.95), "curve.images_to_converge": (1, 100000)}),
        "sample-efficiency": (["task.shares=10,100"], {"efficiency.area": (0.4, 0.95), "accuracy.labels.100": (0.5, 0.95)}),
        "transfer": (["task.target=fashion-mnist", "task.labelled_images=500"],
                     {"accuracy.transfer": (0.4, 0.95), "accuracy.pixels": (0.4, 0.95), "transfer.ratio": (0.8, 1.2)}),
        "few-shot": (["task.held_out=5", "task.ways=2,0", "task.shots=1,5", "task.episodes=20"],
                     {"fewshot.accuracy": (0.4, 0.95), "fewshot.ridge.5way.5shot": (0.4, 0.95)}),
        "reconstruction": (["task.decoder_images=400", "task.decoder_epochs=2", "task.test_images=100", "task.noise=0,0.2",
                            "task.single_images=1", "task.single_steps=10"],
                           {"reconstruction.psnr": (6, 30), "reconstruction.ssim.block1.noise0.2": (0, 1)}),
        "robustness": (["task.changed_images=60", "task.attacked_images=20"],
                       {"robustness.accuracy": (0.2, 0.95), "robustness.relative": (0.3, 1.1)}),
        "probe": (["task.images=50", "task.angle_batch=32"],
                  {"accuracy.test": (0.4, 0.95), "probe.angle.block1": (1, 179), "probe.effective_rank.block3": (1, 100)})}

    def test_tasks_killed_in_the_middle_and_resumed(self):
        for task, (settings, expected) in self.TASKS.items():
            command = ["run", "--rule", "softhebb", "--task", task, "--readout", "ridge", *TINY[:4], "--checkpoint-every", "0",
                       "--threads", "1", *(word for setting in [*settings, "task.samples=320", "task.validation_images=500"]
                                           for word in ("--set", setting))]
            with self.subTest(task):
                done = call(*command, "--results", self.folder / task)
                self.assertEqual(done.returncode, 0, done.stderr)
                killed = [*command, "--results", self.folder / f"{task}-killed"]
                self.assertEqual(call(*killed, PLASTICITY_KILL_AFTER="35").returncode, -signal.SIGKILL, "it ended before")
                self.assertEqual(call(*killed).returncode, 0)
                unbroken = results(self.folder / task)
                self.assertEqual(results(self.folder / f"{task}-killed"), unbroken)
                (result,) = unbroken.values()
                self.assertEqual(set(result["request"].get("other_data", {})), {"fashion-mnist"} if task == "transfer" else set())
                for metric, (least, most) in expected.items():
                    value = result["metrics"][metric]["value"]
                    self.assertTrue(least < value < most, f"{metric} = {value}")
                if task == "few-shot":
                    self.assertAlmostEqual(result["metrics"]["fewshot.accuracy"]["chance"], (1 / 2 + 1 / 5) / 2)

    def test_tasks_refuse_what_cannot_be(self):
        for task, setting, *words in (("transfer", "task.target=cifar99", "cifar99"),
                                      ("few-shot", "task.held_out=10", "held_out = 10", "10 classes"),
                                      ("few-shot", "task.held_out=4", "5 ways", "4 classes"),
                                      ("sample-efficiency", "task.shares=10,5", "ascend"),
                                      ("reconstruction", "network.input=zca", "zca"),
                                      ("reconstruction", "network.input=zca_pixels", "zca")):
            done = call("run", "--rule", "hebb", "--task", task, "--readout", "ridge", *TINY[:4], "--set", setting, cwd=self.folder)
            self.assertOneLineError(done, *words)
        done = call("run", "--rule", "hebb", "--task", "reconstruction", "--network", "mlp", *TINY[:2], "--set",
                    "network.width=0.02", cwd=self.folder)
        self.assertOneLineError(done, "block 1", "no", "maps")
        done = call("run", "--rule", "hebb", "--task", "transfer", "--readout", "online", *TINY[:4], "--set",
                    "task.target=fashion-mnist", cwd=self.folder)
        self.assertOneLineError(done, "online", "learns beside it")

    def test_a_profile_shows_where_time_goes(self):
        """A table and a trace a cell; a finished cell without one runs again, with one it does not."""
        command = ["run", "--rule", "hebb", "--readout", "ridge", *TINY[:6], "--set", "task.samples=320", "--results", self.folder / "a"]
        self.assertEqual(call(*command).returncode, 0)
        profiled = [*command, "--profile", self.folder / "p"]
        done = call(*profiled)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("finished before", done.stdout + done.stderr)
        (table,) = (self.folder / "p").glob("hebb-*.profile.md")
        self.assertRegex(table.read_text(), r"(?m)^\| learn \| \*\*all\*\* \| \d+ \|")
        (trace,) = (self.folder / "p").glob("hebb-*.trace.json")
        events = json.loads(trace.read_text())["traceEvents"]
        self.assertIn("learn", {event["cat"] for event in events})
        again = call(*profiled)
        self.assertIn("finished before", again.stdout + again.stderr)

    def test_a_profile_takes_no_memory(self):
        """What a profile keeps of thousands of operators does not lie between the tensors of steps: it once took twice the memory here."""
        peaks = []
        for name, more in (("without", []), ("with", ["--profile", self.folder / "p"])):
            done = call("run", "--rule", "krotov", "--readout", "ridge", *TINY[:2], "--set", "network.width=0.06", "--set", "task.samples=1000",
                        "--set", "task.labelled_images=100", "--set", "task.validation_images=0", "--set", "rule.batch_size=10", "--threads", "1",
                        "--results", self.folder / name, *more)
            self.assertEqual(done.returncode, 0, done.stderr)
            (path,) = (self.folder / name).glob("*.json")
            peaks.append(json.loads(path.read_text())["cost"]["peak_host_bytes"])
        self.assertLess(peaks[1], 1.3 * peaks[0])

    def test_a_kept_network_gives_features_and_a_start(self):
        """What a cell keeps is what it ended with: its features, read by NumPy's rules, and another cell that starts there."""
        command = ["run", "--rule", "softhebb", "--readout", "ridge", *TINY[:6]]
        self.assertEqual(call(*command, "--set", "task.samples=320", "--results", self.folder / "a", "--keep-network").returncode, 0)
        (path,) = (self.folder / "a").glob("*.json")
        done = call("features", path, "--output", self.folder / "f.safetensors")
        self.assertEqual(done.returncode, 0, done.stderr)
        raw = (self.folder / "f.safetensors").read_bytes()
        length = int.from_bytes(raw[:8], "little")
        header = json.loads(raw[8:8 + length])
        self.assertEqual(header["test.labels"]["dtype"], "I64")
        self.assertEqual(header["train.features"]["shape"][0], 60000)
        self.assertEqual(header["train.features"]["shape"][1], header["test.features"]["shape"][1])
        self.assertEqual(len(raw), 8 + length + max(entry["data_offsets"][1] for entry in header.values()))
        same = call("features", path, "--compare", path)
        self.assertIn("linear CKA 1.0000, debiased 1.0000 (2,000 test images)", same.stdout, same.stderr)
        self.assertOneLineError(call("features", path), "--output FILE", "--compare RESULT")
        # Starting there and learning nothing gives the same accuracy; the readout is fitted on the same features.
        still = call(*command, "--results", self.folder / "b", "--init", path, "--set", "task.samples=0", "--set", "task.epochs=0")
        self.assertEqual(still.returncode, 0, still.stderr)
        (first,), (second,) = results(self.folder / "a").values(), results(self.folder / "b").values()
        self.assertEqual(first["metrics"]["accuracy.test"], second["metrics"]["accuracy.test"])
        self.assertEqual(second["request"]["init"]["run_id"], path.stem)
        wider = [word.replace("width=0.02", "width=0.05") for word in command]
        self.assertOneLineError(call(*wider, "--init", path, cwd=self.folder), "the network that is kept is another", "--init")
        (other,) = (self.folder / "b").glob("*.json")
        self.assertOneLineError(call("features", other, "--output", self.folder / "g.safetensors"), "keeps no network", "--keep-network")
        shown = call("inspect", self.folder / "a")
        self.assertIn("network", shown.stdout)

    def test_fine_tuning_under_a_rule_that_reads_its_features_otherwise(self):
        """Fine-tuned networks are judged as they were trained, whatever the first rule does with its features."""
        for rule in ("forward-forward", "random"):
            done = call("run", "--rule", rule, "--task", "fine-tuning", "--results", self.folder / rule, *TINY[:2],
                        "--set", "network.width=0.03", "--set", "task.samples=1280", "--set", "task.labelled_images=1000",
                        "--set", "task.validation_images=500", "--set", "task.tuning_epochs=6",
                        "--set", "task.tuning.learning_rate=0.02", "--set", "task.tuning.weight_decay=0")
            self.assertEqual(done.returncode, 0, done.stderr)
            result, = results(self.folder / rule).values()
            self.assertGreater(result["metrics"]["accuracy.test"]["value"], 0.6, rule)

    def test_interrupted_in_order(self):
        command = [PROGRAM, "run", "--rule", "sphere", "--results", str(self.folder / "r"), "--checkpoint-every", "0",
                   "--set", "task.samples=12800", "--set", "rule.batch_size=32", *TINY]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while not list((self.folder / "r" / ".unfinished").glob("*.checkpoint")):  # it is learning
            self.assertIsNone(process.poll(), "it ended before it could be stopped")
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=300)
        self.assertEqual(process.returncode, 130, output)
        self.assertIn("a checkpoint is kept", output)
        self.assertRegex(call("status", self.folder / "r").stdout, r"waiting 1 .*\n waiting  cell \w{16}   was stopped; the same command goes on")
        self.assertEqual(call(*command[1:]).returncode, 0)

    def test_finished_cells_are_skipped(self):
        self.run_cell("oja", "same")
        stamp = next((self.folder / "same").glob("*.json")).stat().st_mtime_ns
        self.assertIn("finished before", self.run_cell("oja", "same").stdout)
        file = next((self.folder / "same").glob("*.json"))
        self.assertEqual(file.stat().st_mtime_ns, stamp)
        self.assertEqual(call("withdraw", file, "--why", "wrong split").returncode, 0)
        self.assertIn("finished before; withdrawn: wrong split", self.run_cell("oja", "same").stdout)
        self.assertNotIn("withdrawn", self.run_cell("oja", "same", "--again").stdout)  # another Result
        self.assertNotIn("withdrawn", call("leaderboard", self.folder / "same").stdout)

    def test_a_diverging_cell_is_recorded_and_the_plan_goes_on(self):
        plan = self.folder / "plan.json"
        plan.write_text(json.dumps({
            "defaults": {"data": "fashion-mnist", "set": {"network.width": 0.02, "task.samples": 640, "readout.epochs": 2,
                                                          "task.labelled_images": 400, "task.validation_images": 500}},
            "rules": [{"rule": "oja", "set": {"rule.learning_rate": 1000, "rule.max_step": 0}}, "random"]}))
        done = call("plan", plan, "--results", self.folder / "r")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertEqual({r["request"]["rule"]["name"]: r["state"] for r in results(self.folder / "r").values()},
                         {"oja": "diverged", "random": "ok"})
        board = call("leaderboard", self.folder / "r")
        self.assertIn("diverged", board.stdout)
        self.assertNotIn("nan", (self.folder / "r" / next(iter(results(self.folder / "r")))).read_text().lower())

    def test_plan_leaderboard_and_quiet_pipes(self):
        root = pathlib.Path(__file__).resolve().parents[2]
        listed = call("plan", root / "profiles" / "smoke.json", "--dry-run")
        self.assertEqual(listed.returncode, 0, listed.stderr)
        self.assertIn("softhebb", listed.stdout)
        done = call("plan", root / "profiles" / "smoke.json", "--results", self.folder / "r")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "", "a pipe gets no progress bars")
        diversity = call("leaderboard", self.folder / "r", "--metric", "unit_diversity.block1", "--rule", "sanger")
        self.assertIn("unit_diversity.block1", diversity.stdout, diversity.stderr)
        self.assertOneLineError(call("leaderboard", self.folder / "r", "--metric", "unit_diversity.blok1"),
                                "unit_diversity.block1")
        copy = self.folder / "board.md"
        board = call("leaderboard", self.folder / "r", "--output", copy)
        self.assertEqual(board.returncode, 0, board.stderr)
        self.assertNotIn("\033", board.stdout)
        rules = [line.split()[0] for line in call("list", "rules").stdout.splitlines()[1:]]
        self.assertGreaterEqual(len(rules), 27)
        for rule in rules:
            self.assertIn(rule, board.stdout)
            self.assertIn(rule.replace("_", "\\_"), copy.read_text())
        for layout, expected in (("classification", "top-5"), ("cost", "MFLOP forward"), ("overview", "classification")):
            table = call("table", self.folder / "r", "--layout", layout)
            self.assertIn(expected, table.stdout, table.stderr)
        for ending, expected in (("tex", "\\toprule"), ("csv", "rank,row,"), ("json", '"table_version"'), ("html", "<table>")):
            file = self.folder / f"board.{ending}"
            self.assertEqual(call("table", self.folder / "r", "--output", file).returncode, 0)
            self.assertIn(expected, file.read_text())
        for ending, expected in (("tex", "\\begin{axis}"), *([("svg", "</svg>")] if shutil.which("gnuplot") else [])):
            file = self.folder / f"pareto.{ending}"
            plot = call("plot", self.folder / "r", "--figure", "pareto", "--output", file)
            self.assertEqual(plot.returncode, 0, plot.stderr)
            self.assertIn("front", plot.stdout)
            self.assertIn(expected, file.read_text())
        self.assertOneLineError(call("plot", self.folder / "r", "--figure", "pareto", "--output", self.folder / "none.png",
                                     PATH="/nowhere"), "gnuplot-nox")
        self.assertFalse((self.folder / "none.png").exists())
        self.assertOneLineError(call("plot", self.folder / "r", "--figure", "paerto", "--output", file), "Nearest: pareto")
        self.assertOneLineError(call("plot", self.folder / "r", "--figure", "pareto", "--output", "a.docx"), "a.docx", ".pdf")
        self.assertOneLineError(call("table", self.folder / "r", "--output", self.folder / "board.docx"), "board.docx")
        self.assertOneLineError(call("table", self.folder / "r", "--layout", "transfer"), "transfer")
        self.assertOneLineError(call("table", self.folder / "r", "--format", "latx"), "Nearest: latex")
        self.assertEqual(call("export", self.folder / "r", "-o", self.folder / "tidy").returncode, 0)
        with (self.folder / "tidy" / "metrics.csv").open(newline="") as table:
            values = [row["value"] for row in csv.DictReader(table) if row["metric"] == "accuracy.test"]
        self.assertEqual(sorted(map(float, values)), sorted(r["metrics"]["accuracy.test"]["value"]
                                                            for r in results(self.folder / "r").values()))
        self.assertOneLineError(call("export", self.folder / "r", "--format", "xlsx"), "csv and jsonl")
        self.assertOneLineError(call("export", self.folder / "nowhere"), "nowhere")
        same = call("compare", self.folder / "r", self.folder / "r")
        self.assertEqual(same.returncode, 0, same.stderr)
        self.assertIn("gate: passed", same.stdout)
        self.assertOneLineError(call("compare", self.folder / "r", self.folder / "r", "--gate", copy), "not valid JSON")

    def test_a_plan_crosses_rules_with_tasks_strategies_and_readouts(self):
        plan = self.folder / "plan.json"
        tiny = {"network.width": 0.02, "task.samples": 128, "task.validation_images": 500}
        plan.write_text(json.dumps({
            "defaults": {"data": "fashion-mnist", "set": tiny},
            "tasks": [{"task": "classification", "set": {"task.labelled_images": 100}},
                      {"task": "continual", "set": {"task.test_images": 100, "task.probe_images": 0}}],
            "strategies": ["finetune"], "readouts": ["ncm", "online"], "rules": ["oja", "random"]}))
        listed = call("plan", plan, "--dry-run", "--results", self.folder / "r")
        self.assertIn("8 cells", listed.stdout, listed.stderr)
        done = call("plan", plan, "--results", self.folder / "r")
        self.assertEqual(done.returncode, 0, done.stderr)
        for line in ("oja ncm ", "oja online ", "random ncm ", "random online "):
            self.assertEqual(done.stdout.count("] " + line), 2, done.stdout)  # of both tasks
        seen = {(r["request"]["task"]["name"], r["request"]["readout"]["name"], r["request"]["rule"]["name"])
                for r in results(self.folder / "r").values()}
        self.assertEqual(len(seen), 8)
        overview = call("table", self.folder / "r", "--layout", "overview").stdout
        self.assertIn("forgetting (ncm)", overview)
        self.assertIn("classification (online)", overview)

    def test_a_cell_that_is_refused_is_skipped_and_the_plan_goes_on(self):
        plan = self.folder / "plan.json"
        plan.write_text(json.dumps({
            "defaults": {"data": "fashion-mnist", "set": {"network.width": 0.01, "task.samples": 128, "readout.epochs": 1,
                                                          "task.labelled_images": 100, "task.validation_images": 500}},
            "rules": ["cwc", "random"]}))
        listed = call("plan", plan, "--dry-run", "--results", self.folder / "r")
        self.assertIn("2 cells, 1 of them skipped", listed.stdout, listed.stderr)
        self.assertRegex(listed.stdout, r"(?m)^  cwc .* skipped: cwc: block 1 has 4 channels")
        done = call("plan", plan, "--results", self.folder / "r")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("skipped: cwc: block 1 has 4 channels", done.stdout)
        self.assertEqual({r["request"]["rule"]["name"]: r["state"] for r in results(self.folder / "r").values()},
                         {"cwc": "skipped", "random": "ok"})
        self.assertIn("skipped", call("leaderboard", self.folder / "r").stdout)
        alone = call("run", "--rule", "cwc", *TINY[:2], "--set", "network.width=0.01", "--results", self.folder / "alone")
        self.assertOneLineError(alone, "cwc", "wider network")
        self.assertFalse((self.folder / "alone").exists() and list((self.folder / "alone").iterdir()))

    def test_a_network_has_its_own_width_and_the_track_sets_only_its_own(self):
        mine = self.folder / "mine.json"
        mine.write_text(json.dumps({"name": "mine", "width": 0.5, "blocks": [{"ops": [
            {"op": "flatten"}, {"op": "dense", "out": 40}, {"op": "relu"}]}]}))
        for network, extra, width in ((mine, {}, 0.5), ("krotov-mlp", {}, 1.0), ("sphere-cnn", {}, 0.25),
                                      ("krotov-mlp", {"network.width": 0.1}, 0.1)):
            plan = self.folder / "plan.json"
            plan.write_text(json.dumps({"defaults": {"data": "fashion-mnist", "network": str(network),
                                                     "set": extra},
                                        "rules": ["pixels"]}))
            done = call("plan", plan, "--dry-run", "--results", self.folder / "r")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(f" x {width:g}", done.stdout)

    def test_the_track_is_told_by_the_request(self):
        def track(*arguments):
            folder = self.folder / str(len(list(self.folder.iterdir())))
            done = call("run", "--data", "fashion-mnist", "--results", folder, *arguments)
            self.assertEqual(done.returncode, 0, done.stderr)
            result, = results(folder).values()
            return result["rule"]["track"], result["run_id"]

        small = ["--set", "task.samples=20", "--set", "task.labelled_images=100", "--set", "task.validation_images=500",
                 "--set", "readout.epochs=1", "--set", "network.width=0.1"]
        native, of_native = track("--rule", "krotov", "--track", "native", *small)
        spelled, of_spelled = track("--rule", "krotov", "--network", "krotov-cnn", "--set", "rule.batch_size=2", "--set", "rule.k=4",
                                    "--set", "rule.p=4", "--set", "rule.learning_rate=0.04", "--set", "readout.dropout=0", *small)
        self.assertEqual(of_native, of_spelled, "the same request")
        self.assertEqual((native, spelled), ("common", "common"), "a tenth of its network is not the published protocol")

    def test_what_quickstart_suggests_works(self):
        root = pathlib.Path(__file__).resolve().parents[2]
        suggested = re.findall(r"\$program (run .*)", (root / "quickstart").read_text())
        self.assertTrue(suggested)
        for line in suggested:
            done = call(*line.replace("$data", "fashion-mnist").split(), "--results", self.folder / "r", *TINY[2:],
                        "--set", "task.samples=128")
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_every_example_of_the_plan_page_is_read(self):
        page = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "plans.md").read_text()
        command, tables = re.search(r"<!-- plasticity (.*?) -->\n(.*?)<!-- end -->", page, re.DOTALL).groups()
        self.assertEqual(tables, call(*command.split()).stdout, f"docs/plans.md has what `plasticity {command}` printed before")
        examples = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
        self.assertEqual(len(examples), 4)
        for example in examples[:-1]:
            plan = self.folder / "plan.json"
            plan.write_text(example)
            done = call("plan", plan, "--dry-run", "--data", "fashion-mnist")
            self.assertEqual(done.returncode, 0, done.stderr)
        settings = self.folder / "settings.json"
        settings.write_text(examples[-1])
        done = call("run", "--config", settings, "--results", self.folder / "r")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_units_that_became_alike_are_told(self):
        command = ["run", "--rule", "hebb", "--results", self.folder / "r", *TINY, "--set", "task.samples=2000"]
        alike = [*command, "--set", "rule.learning_rate=0.1"]
        for again in (call(*alike), call(*alike)):  # also of a cell that was finished before
            self.assertEqual(again.returncode, 0, again.stderr)
            (line,) = [line for line in again.stdout.splitlines() if "became alike" in line]
            self.assertIn("--set rule.competition=kwta", line)
        cured = call(*command, "--set", "rule.competition=kwta", "--set", "rule.learning_rate=0.01")
        self.assertNotIn("became alike", cured.stdout, cured.stderr)

    def test_two_processes_never_run_one_cell(self):
        command = [PROGRAM, "run", "--rule", "sphere", "--results", str(self.folder / "r"), "--set", "task.samples=12800", *TINY]
        first = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        deadline = time.time() + 60
        while not list((self.folder / "r").glob(".unfinished/*.lock")) and time.time() < deadline:
            time.sleep(0.01)
        self.assertOneLineError(call(*command[1:]), "another process")
        first.communicate()
        self.assertEqual(first.returncode, 0)


    def test_two_processes_share_the_cells_of_a_plan(self):
        plan = self.folder / "plan.json"
        plan.write_text(json.dumps({
            "defaults": {"data": "fashion-mnist", "set": {"network.width": 0.02, "task.samples": 3200, "readout.epochs": 1,
                                                          "task.labelled_images": 200, "task.validation_images": 500}},
            "rules": ["sphere", "softhebb", "sanger"], "seeds": "1-2"}))
        command = [PROGRAM, "plan", str(plan), "--results", str(self.folder / "r"), "--threads", "1"]
        both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
        told = [process.communicate() for process in both]
        self.assertEqual([process.returncode for process in both], [0, 0], told)
        self.assertEqual(len(results(self.folder / "r")), 6)
        for output, _ in told:
            self.assertEqual(output.count("test accuracy"), 6, "a process ends when all cells have")
            self.assertLess(output.count("finished before"), 6, "one process did all the work")
        self.assertEqual(sum(output.count("finished before") for output, _ in told), 6, "a cell was run twice")


def write_stl10(path):
    """A small archive in STL-10's layout: 100 train, 50 test and 80 unlabelled images of stripes, each of ten classes of
    a width of its own, and ten folds of ten train images."""
    def image(number):
        width = number % 10 + 2
        columns = (bytes([100 * ((x + 7 * number) // width % 2) + number % 50]) * 96 for x in range(96))
        return b"".join(columns) * 3

    files = {"fold_indices.txt": "".join(" ".join(str(10 * fold + i) for i in range(10)) + " \n" for fold in range(10)).encode()}
    for part, first, count in (("train", 0, 100), ("test", 100, 50), ("unlabeled", 200, 80)):
        files[f"{part}_X.bin"] = b"".join(image(first + i) for i in range(count))
        if part != "unlabeled":
            files[f"{part}_y.bin"] = bytes((first + i) % 10 + 1 for i in range(count))
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"stl10_binary/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


@unittest.skipUnless(FASHION.exists(), "skipped: no data")
class Tuning(InTemporaryFolder):
    CELL = ["--data", "fashion-mnist", "--readout", "ridge", "--set", "network.width=0.02", "--set", "task.validation_images=500",
            "--set", "task.labelled_images=300"]

    def tune(self, *arguments, folder="tuning", **environment):
        return call("tune", *arguments, *self.CELL, "--results", self.folder / folder, cwd=self.folder, **environment)

    def test_a_tuning_killed_and_resumed_chooses_the_same_and_never_tests(self):
        command = ["sphere", "--trials", "6", "--samples", "128,320", "--seeds", "901-902", "--threads", "1",
                   "--checkpoint-every", "0"]
        done = self.tune(*command, "-o", "unbroken.json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.tune(*command, folder="killed", PLASTICITY_KILL_AFTER="30").returncode, -signal.SIGKILL)
        self.assertFalse((self.folder / "sphere.tuned.json").exists(), "half a tuning was written")
        resumed = self.tune(*command, folder="killed")
        self.assertEqual(resumed.returncode, 0, resumed.stderr)
        for word in ("6 trials at 128 images, halved to 2 at 320", "seeds 901-902 (reporting seeds stay unseen)", "space  lambda"):
            self.assertIn(word, resumed.stdout)
        unbroken = (self.folder / "unbroken.json").read_text()
        self.assertEqual((self.folder / "sphere.tuned.json").read_text(), unbroken)
        self.assertEqual(results(self.folder / "killed"), results(self.folder / "tuning"))
        for result in results(self.folder / "tuning").values():
            self.assertEqual(result["dataset"]["split_sizes"]["test"], 0)
            self.assertTrue(all(metric["value"] is None for name, metric in result["metrics"].items() if name.endswith(".test")))
            self.assertNotIn("test", result["predictions"])
            self.assertIsNotNone(result["metrics"]["accuracy.validation"]["value"])
        tuned = json.loads(unbroken)["tuned"]
        self.assertEqual((tuned["trials"], tuned["images"], tuned["seeds"]), (6, 6 * 128 + 2 * 2 * 320, [901, 902]))
        self.assertGreaterEqual(tuned["validation"]["chosen"], tuned["validation"]["defaults"])
        self.assertEqual(len(results(self.folder / "tuning")), 6 + 2 * 2)
        written = {file: file.stat().st_mtime_ns for file in (self.folder / "tuning").glob("*.json")}
        self.assertEqual(self.tune(*command).returncode, 0)
        for file, when in written.items():
            self.assertEqual(file.stat().st_mtime_ns, when, "finished trials were run again")

    def test_what_was_chosen_runs_and_is_told_apart(self):
        self.assertEqual(self.tune("hebb", "--trials", "8", "--samples", "128", "--seeds", "902", "--space", "rule.k=1..20",
                                   "--metric", "unit_diversity.block1").returncode, 0)
        tuned = json.loads((self.folder / "hebb.tuned.json").read_text())["tuned"]
        self.assertEqual(set(tuned["set"]), {"rule.k", "rule.learning_rate"}, "another choice than the defaults")
        self.assertGreater(tuned["validation"]["chosen"], tuned["validation"]["defaults"])
        cell = [*self.CELL, "--set", "task.samples=128", "--results", self.folder / "r"]
        done = call("run", "--config", "hebb.tuned.json", *cell, cwd=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        (result,) = results(self.folder / "r").values()
        self.assertEqual(result["request"]["rule"]["tuned"], {key: tuned[key] for key in ("digest", "trials", "images")})
        self.assertEqual(result["selection"]["tuned"], tuned)
        for key, value in tuned["set"].items():
            self.assertEqual(result["request"]["rule"]["params"][key.removeprefix("rule.")], value)
        plan = {"rules": ["hebb", "hebb.tuned.json"], "defaults": {"data": "fashion-mnist", "readout": "ridge", "set": {
            "network.width": 0.02, "task.validation_images": 500, "task.labelled_images": 300, "task.samples": 128}}}
        (self.folder / "plan.json").write_text(json.dumps(plan))
        done = call("plan", self.folder / "plan.json", "--results", self.folder / "r", cwd="/")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("finished before", done.stdout)
        self.assertEqual(len(results(self.folder / "r")), 2)
        board = call("leaderboard", self.folder / "r", "--format", "csv").stdout
        self.assertIn("8 trials, 1,024 images", board)
        for arguments, word in ((["--seed", "902"], "seed 902"), (["--rule", "oja"], "tuned for hebb"),
                                (["--set", "rule.learning_rate=7"], "the tuning chose")):
            self.assertOneLineError(call("run", "--config", "hebb.tuned.json", *cell, *arguments, cwd=self.folder), word)
        (self.folder / "hebb.tuned.json").write_text(json.dumps({"rule": "hebb", "tuned": {**tuned, "trials": 99}}))
        self.assertOneLineError(call("run", "--config", "hebb.tuned.json", *cell, cwd=self.folder), "plasticity tune")

    def test_other_test_images_change_nothing(self):
        cache = {"XDG_CACHE_HOME": str(self.folder / "cache")}
        chosen = []
        for name, darker in (("one", 0), ("other", 100)):
            for split, images in (("train", 40), ("test", 2)):
                for label in range(4):
                    folder = self.folder / name / split / f"class{label}"
                    folder.mkdir(parents=True)
                    for i in range(images):
                        value = 40 * label + i % 40 + (darker if split == "test" else 0)
                        (folder / f"{i:02}.png").write_bytes(gray_png(32, value))
            self.assertEqual(call("data", "import", name, self.folder / name, **cache).returncode, 0)
            done = call("tune", "sphere", "--data", name, "--trials", "4", "--samples", "32,64", "--readout", "ridge", "--set",
                        "network.width=0.02", "--set", "task.validation_images=40", "--set", "network.input=scale",
                        cwd=self.folder, **cache)
            self.assertEqual(done.returncode, 0, done.stderr)
            tuned = json.loads((self.folder / "sphere.tuned.json").read_text())["tuned"]
            chosen.append((tuned["set"], tuned["validation"]))
        self.assertEqual(chosen[0], chosen[1])

    def test_several_rules_and_those_with_nothing_to_tune(self):
        done = self.tune("random,hebb,pixels", "--trials", "2", "--samples", "64", "-o", self.folder / "tuned")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"(?m)^ passed over  random .*nothing to tune")
        self.assertEqual([path.name for path in (self.folder / "tuned").iterdir()], ["hebb.tuned.json"])

    def test_wrong_input(self):
        (self.folder / "space.json").write_text('{"rule.lerning_rate": null}')
        (self.folder / "no.json").write_text("[]")
        for arguments, word in ((["random"], "nothing to tune"), (["hebb", "--trials", "0"], "trials"),
                                (["hebb", "--seeds", "3"], "reporting"), (["hebb", "--space", "space.json"], "Nearest: rule.learning_rate"),
                                (["hebb", "--space", "no.json"], "no.json"), (["hebb", "--space", "rule.learning_rate=2..1"], "empty"),
                                (["hebb", "--samples", "10,5"], "--samples"), (["hebb", "--samples", "x"], "--samples"),
                                (["hebb,oja", "-o", "x.json"], "folder"), (["hebbb"], "Nearest: hebb")):
            with self.subTest(arguments):
                self.assertOneLineError(self.tune(*arguments), word)
                self.assertFalse((self.folder / "tuning").exists(), "something was left behind")


class OnStl10(InTemporaryFolder):
    """On an archive that the test makes, in the official one's layout."""

    def setUp(self):
        super().setUp()
        (self.folder / "data").mkdir()
        write_stl10(self.folder / "data" / "stl10_binary.tar.gz")
        self.place = {"PLASTICITY_DATA": str(self.folder / "data"), "XDG_CACHE_HOME": str(self.folder / "cache")}

    def run_cell(self, rule, *extra, data="stl10"):
        folder = self.folder / str(len(list(self.folder.iterdir())))
        done = call("run", "--rule", rule, "--data", data, "--results", folder, "--set", "network.width=0.02", "--set",
                    "task.validation_images=0", *extra, **self.place)
        self.assertEqual(done.returncode, 0, done.stderr)
        (result,) = (json.loads(path.read_text()) for path in folder.glob("*.json"))
        return result

    def sizes_and_seen(self, result):
        return result["dataset"]["split_sizes"], result["cost"]["samples_seen"]

    def test_unlabelled_images_are_for_those_who_need_no_labels(self):
        alone = {"train": 100, "validation": 0, "test": 50}
        for rule in ("hpca", "softhebb"):
            self.assertEqual(self.sizes_and_seen(self.run_cell(rule)), ({**alone, "unlabelled": 80}, 180), rule)
        self.assertEqual(self.sizes_and_seen(self.run_cell("backprop")), (alone, 100))
        self.assertEqual(self.sizes_and_seen(self.run_cell("hpca", "--readout", "online")), (alone, 100))
        self.assertEqual(self.sizes_and_seen(self.run_cell("hpca", "--set", "task.unlabelled=false")), (alone, 100))

    def test_a_fold_is_learned_from_and_tested_on_all(self):
        first, second = (self.run_cell("hpca", data=f"stl10:fold{fold}") for fold in (0, 9))
        for result in (first, second):
            self.assertEqual(self.sizes_and_seen(result),
                             ({"train": 10, "validation": 0, "test": 50, "unlabelled": 80}, 90))
        self.assertEqual(second["request"]["data"]["name"], "stl10:fold9")
        self.assertNotEqual(first["request"]["data"]["fingerprint"], second["request"]["data"]["fingerprint"])
        self.assertOneLineError(call("run", "--rule", "hpca", "--data", "stl10:fold10", **self.place), "fold0 to fold9")
        self.assertOneLineError(call("run", "--rule", "hpca", "--data", "stl10", **self.place), "validation_images = 5000",
                                "--set task.validation_images=10")

    def test_under_a_cap_it_is_the_same(self):
        capped = ["--data-memory", "1"]  # of 6.1 MiB
        self.assertOneLineError(call("run", "--rule", "hpca", "--data", "stl10", *capped, **self.place), "compressed archive")
        for data in ("stl10", "stl10:fold3"):
            mapped, streamed = self.run_cell("hpca", data=data), self.run_cell("hpca", *capped, data=data)
            self.assertEqual(mapped["dataset"]["split_sizes"]["unlabelled"], 80)
            for field in COST:
                mapped.pop(field), streamed.pop(field)
            self.assertEqual(streamed, mapped)

    def test_every_network_takes_its_images_or_says_why_not(self):
        refused = {"fasthebb-10": "block 7: the image is smaller than the kernel", "miconi-cnn": "Use standardize"}
        for network in [line.split()[0] for line in call("list", "networks").stdout.splitlines()[1:]]:
            with self.subTest(network):
                if network not in refused:
                    self.run_cell("random", "--network", network)
                    continue
                done = call("run", "--rule", "random", "--network", network, "--data", "stl10", "--set",
                            "task.validation_images=0", "--results", self.folder / "refused", **self.place)
                self.assertOneLineError(done, refused[network])


class InAStream(InTemporaryFolder):
    """Fashion-MNIST in five experiences of two classes each, under a rule, a readout beside it and a strategy."""
    COMMAND = ["run", "--task", "continual", "--readout", "online", *TINY[:2], "--network", "mlp", "--threads", "1", "--set",
               "network.width=0.1", "--set", "task.validation_images=55000", "--set", "task.probe_images=500"]

    def stream(self, rule, strategy, *settings):
        folder = self.folder / "-".join([rule, strategy, *settings])
        words = [word for setting in settings for word in ("--set", setting)]
        done = call(*self.COMMAND, "--rule", rule, "--strategy", strategy, "--results", folder, *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        (result,) = results(folder).values()
        return result

    def value(self, metric, *cell):
        return self.stream(*cell)["metrics"][metric]["value"]

    def test_what_is_known_of_streams_holds(self):
        by_class, by_task = "task.scenario.setting=class-incremental", "task.scenario.setting=task-incremental"
        finetune = self.value("acc.final", "backprop", "finetune", by_class)
        self.assertLess(finetune, 0.4)
        self.assertGreater(self.value("acc.final", "backprop", "finetune", by_task), finetune + 0.3)
        for setting, chance in ((by_class, 0.1), (by_task, 0.5)):
            metrics = self.stream("backprop", "finetune", setting)["metrics"]
            for name in ("acc.final", "accuracy.test"):
                self.assertAlmostEqual(metrics[name]["chance"], chance, msg=name)
        replay = self.value("acc.final", "backprop", "er", by_class)
        self.assertGreater(replay, finetune + 0.1)
        self.assertEqual(self.stream("backprop", "er", by_class)["strategy"]["citation"], "chaudhry2019tiny")
        self.assertGreater(self.value("acc.final", "backprop", "joint", by_class), replay)
        self.assertGreater(self.value("forgetting.first_last", "softhebb", "finetune", by_class), 0.5)

    def test_a_matrix_with_the_row_before_training(self):
        result = self.stream("softhebb", "er", "task.looks=2")
        matrix = result["records"]["accuracy"]
        self.assertEqual((matrix["axes"], len(matrix["values"]), len(matrix["values"][0])), (["after", "on"], 6, 5))
        self.assertEqual(len(result["records"]["looks"]["values"]), 10)
        self.assertEqual(result["records"]["looks"]["values"][-1], matrix["values"][-1])
        self.assertEqual(result["request"]["task"]["params"]["scenario"]["version"], 1)

    def test_metrics_are_what_the_records_give_and_intransigence_takes_joint(self):
        for strategy in ("finetune", "joint"):
            self.stream("backprop", strategy, "task.looks=2")
        (file,) = (self.folder / "backprop-finetune-task.looks=2").glob("*.json")
        (joint,) = (self.folder / "backprop-joint-task.looks=2").glob("*.json")
        shown = call("metrics", file, "--joint", joint, "--format", "json")
        self.assertEqual((shown.returncode, shown.stderr), (0, ""))
        (stream,) = json.loads(shown.stdout)["streams"]
        for name, metric in stream["metrics"].items():
            self.assertIsNotNone(metric["value"], name)
            self.assertEqual("stored" in metric, name != "intransigence")
            self.assertEqual(metric.get("stored", metric["value"]), metric["value"], name)
        matrix, reference = (json.loads(path.read_text())["records"]["accuracy"]["values"] for path in (file, joint))
        lacks = [reference[k + 1][k] - matrix[k + 1][k] for k in range(5)]
        self.assertAlmostEqual(stream["metrics"]["intransigence"]["value"], sum(lacks) / 5)

    def test_online_accuracy_is_that_before_learning(self):
        command = ["run", "--task", "plasticity", "--rule", "backprop", *TINY[:2], "--network", "mlp", "--threads", "1", "--set",
                   "network.width=0.1", "--set", "task.images=100", "--set", "task.test_images=100", "--set",
                   "task.scenario.experiences=3", "--set", "task.samples=2000"]
        for flag in ("true", "false"):
            done = call(*command, "--set", f"task.online={flag}", "--results", self.folder / flag)
            self.assertEqual(done.returncode, 0, done.stderr)
        (asked,), (plain,) = (results(self.folder / flag).values() for flag in ("true", "false"))
        self.assertEqual(asked["records"]["accuracy"], plain["records"]["accuracy"], "looking changes nothing")
        shares = asked["records"]["online"]["values"]
        self.assertEqual(len(shares), 3)
        self.assertAlmostEqual(asked["metrics"]["online.mean"]["value"], sum(shares) / 3)
        self.assertGreater(min(shares), 0.1)
        self.assertIn("task.online=true", plain["metrics"]["online.mean"]["reason"])
        self.assertNotIn("online", plain["request"]["task"]["params"])

    def test_killed_in_an_experience_and_resumed(self):
        for rule, strategy in (("softhebb", "er"), ("backprop", "frozen")):
            command = [*self.COMMAND, "--rule", rule, "--strategy", strategy, "--checkpoint-every", "0", "--set", "task.samples=320",
                       "--set", "rule.batch_size=64"]
            self.assertEqual(call(*command, "--results", self.folder / rule).returncode, 0)
            for checkpoints in (9, 100, 250):
                killed = [*command, "--results", self.folder / f"{rule}-{checkpoints}"]
                self.assertEqual(call(*killed, PLASTICITY_KILL_AFTER=str(checkpoints)).returncode, -signal.SIGKILL, "it ended before")
                self.assertEqual(call(*killed).returncode, 0)
                self.assertEqual(results(self.folder / f"{rule}-{checkpoints}"), results(self.folder / rule))

    def test_what_cannot_be_a_stream(self):
        for settings, *words in ((["task.scenario.experiences=11"], "11 experiences", "10 classes"),
                                 (["task.scenario.order=1,2"], "order", "10 classes"),
                                 (["task.scenario=superclasses"], "superclasses", "fashion-mnist"),
                                 (["task.scenario=splat"], "splat", "Nearest: split"),
                                 (["task.scenario.setting=none"], "setting", "task-incremental")):
            words_of = [word for setting in settings for word in ("--set", setting)]
            self.assertOneLineError(call(*self.COMMAND, "--rule", "random", *words_of, cwd=self.folder), *words)
        done = call("run", "--rule", "random", "--strategy", "er", *TINY, cwd=self.folder)
        self.assertOneLineError(done, "er needs a stream", "--task continual")


class OnCifar(InTemporaryFolder):
    def test_rules_beat_chance_on_cifar10(self):
        if call("data", "info", "cifar10").returncode != 0:
            self.skipTest("skipped: no data")
        plan = self.folder / "plan.json"
        plan.write_text(json.dumps({
            "defaults": {"set": {"network.width": 0.1, "task.samples": 1500, "task.labelled_images": 1500,
                                 "task.validation_images": 1000, "readout.epochs": 10}},
            "rules": ["softhebb", "sphere", "backprop"]}))
        done = call("plan", plan, "--results", self.folder / "r")
        self.assertEqual(done.returncode, 0, done.stderr)
        for result in results(self.folder / "r").values():
            self.assertGreater(result["metrics"]["accuracy.test"]["value"], 0.25, result["request"]["rule"])


def gray_png(side, value):
    rows = b"".join(b"\0" + bytes((7 * value + y + x) % 256 for x in range(side)) for y in range(side))
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
                                            for kind, data in chunks)


class Streaming(InTemporaryFolder):
    def run_cell(self, folder, *extra, cache="cache", status=0, **environment):
        done = call("run", "--threads", "1", "--results", self.folder / folder, "--set", "task.labelled_images=100", *extra,
                    XDG_CACHE_HOME=str(self.folder / cache), **environment)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout

    def test_tiny_imagenet_under_a_cap_is_tiny_imagenet_in_memory(self):
        folders = [pathlib.Path(folder) for folder in os.environ.get("PLASTICITY_DATA", "").split(":") if folder]
        packs = [pack for pack in (folder / "tiny-imagenet-200.tar.gz" for folder in folders) if pack.exists()]
        if not packs:
            self.skipTest("skipped: no data")
        tar = self.folder / "tiny.tar"
        with gzip.open(packs[0]) as packed, open(tar, "wb") as unpacked:
            shutil.copyfileobj(packed, unpacked)
        cell = ["--rule", "softhebb", "--data", "tiny-imagenet-200", "--source", tar, "--set", "network.width=0.02", "--set",
                "task.samples=640", "--set", "rule.batch_size=64", "--set", "task.validation_images=200", "--set",
                "readout.epochs=2"]
        self.assertNotIn("streamed", self.run_cell("mapped", *cell))
        capped = [*cell, "--data-memory", "64"]
        self.assertIn("streamed", self.run_cell("streamed", *capped, cache="other-cache"))
        self.assertEqual([path.suffix for path in (self.folder / "other-cache").rglob("*") if path.is_file()], [".header"])
        # In the middle of the first epoch, of 11,800 images.
        self.run_cell("killed", *capped, "--checkpoint-every", "0", cache="other-cache", status=-signal.SIGKILL,
                      PLASTICITY_KILL_AFTER="5")
        self.run_cell("killed", *capped, cache="other-cache")
        mapped = results(self.folder / "mapped")
        self.assertEqual(results(self.folder / "streamed"), mapped)
        self.assertEqual(results(self.folder / "killed"), mapped)
        peak = {folder: json.loads(next((self.folder / folder).glob("*.json")).read_text())["cost"]["peak_host_bytes"]
                for folder in ("mapped", "streamed")}
        self.assertLess(peak["streamed"], peak["mapped"])

    def image_folder(self, different, images, side):
        """Links to so many different images, as often as `images` says by split and class."""
        folder = self.folder / "images"
        folder.mkdir()
        for value in range(different):
            (self.folder / f"{value}.png").write_bytes(gray_png(side, value))
        for split, each in images.items():
            for label in range(100):
                (folder / split / f"class{label:02}").mkdir(parents=True)
                for i in range(each):
                    os.link(self.folder / f"{(4 * label + i % 4) % different}.png", folder / split / f"class{label:02}" / f"{i:04}.png")
        return folder

    def test_fasthebbs_ten_layers_on_a_folder_of_200000_files(self):
        folder = self.image_folder(400, {"train": 1998, "val": 2}, 162)  # the least that its layers can take
        cache = {"XDG_CACHE_HOME": str(self.folder / "cache")}
        start = time.monotonic()
        imported = call("data", "import", "mine", folder, "--in-place", **cache)
        taken = time.monotonic() - start
        self.assertIn("imported mine in place: 199,800 train, 200 test, 1 x 162 x 162, 100 classes", imported.stdout, imported.stderr)
        start = time.monotonic()
        self.assertEqual(call("data", "info", "mine", **cache).returncode, 0)
        self.assertLess(time.monotonic() - start, taken / 2, "a look at what is known lists files and decodes none")
        cell = ["--rule", "swta", "--network", "fasthebb-10", "--data", "mine", "--set", "network.width=0.05", "--set",
                "task.samples=192", "--set", "rule.batch_size=32", "--set", "task.validation_images=0"]
        self.assertIn("200,000 images", self.run_cell("r", *cell))
        self.run_cell("capped", *cell, "--data-memory", "16")
        self.assertEqual(results(self.folder / "r"), results(self.folder / "capped"))
        self.assertLess(sum(path.stat().st_size for path in (self.folder / "cache").rglob("*.bin")), 10000, "pixels were kept")

    def test_what_cannot_be_streamed_says_so(self):
        folder = self.image_folder(4, {"train": 2, "val": 1}, 8)
        cache = {"XDG_CACHE_HOME": str(self.folder / "cache")}
        packed = shutil.make_archive(str(self.folder / "packed"), "gztar", folder)
        self.assertOneLineError(call("data", "import", "mine", packed, "--in-place", **cache), "compressed", "Unpack")
        run = ["run", "--rule", "hebb", "--data", "mine", "--results", self.folder / "r"]
        self.assertOneLineError(call(*run, "--data-memory", "-1", **cache))
        self.assertEqual(call("data", "import", "mine", folder, "--in-place", **cache).returncode, 0)
        (folder / "train" / "class00" / "more.png").write_bytes(gray_png(9, 1))
        self.assertOneLineError(call(*run, **cache), "changed", "data import mine PATH --in-place")
        self.assertOneLineError(call("data", "import", "mine", folder, "--in-place", **cache), "more.png", "9 x 9", "--size N")
        shutil.rmtree(folder)
        self.assertOneLineError(call(*run, **cache), "gone")
        self.assertFalse((self.folder / "r").exists())


if __name__ == "__main__":
    skips.main()
