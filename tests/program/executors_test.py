"""Plans whose cells run in processes of their own and in Slurm: the same Results as from one process, whatever is killed,
stopped or preempted meanwhile. Needs Fashion-MNIST from Debian's package dataset-fashion-mnist; the tests of Slurm need
Slurm (ci/setup --tests) and root."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import skips
from program_test import FASHION, PROGRAM, InTemporaryFolder, call, results

ROOT = pathlib.Path(__file__).parents[2]
DEFAULTS = {"data": "fashion-mnist", "network": "mlp", "readout": "ncm",
            "set": {"network.width": 0.05, "task.samples": 3200, "task.validation_images": 0, "task.labelled_images": 200}}
ENDLESS = {"task.samples": 600_000}
# One thread, as reproducible as can be; a checkpoint at every step, so that whatever ends a cell leaves one.
COMMON = ["--threads", "1", "--checkpoint-every", "0"]


def until(what, limit=60):
    """What `what` gives once it gives something."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen within %g s" % limit)


class Plans(InTemporaryFolder):
    def setUp(self):
        super().setUp()
        self.results = self.folder / "results"

    def plan(self, rules, seeds="1", name="plan", **more):
        file = self.folder / (name + ".json")
        defaults = {**DEFAULTS, "set": {**DEFAULTS["set"], **more}}
        file.write_text(json.dumps({"name": name, "defaults": defaults, "rules": rules, "seeds": seeds}))
        return file

    def started(self, *arguments, **environment):
        process = subprocess.Popen([PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env={**os.environ, **environment})
        self.addCleanup(lambda: (process.kill(), process.communicate()))
        return process

    def unbroken(self, plan):
        folder = self.folder / "unbroken"
        done = call("plan", plan, "--results", folder, "--threads", "1")
        self.assertEqual(done.returncode, 0, done.stderr)
        return results(folder)

    def notes(self):
        """Of running cells, by run_id."""
        found = {}
        for file in self.results.glob(".unfinished/*.progress"):
            try:
                found[file.stem] = json.loads(file.read_text())
            except FileNotFoundError:
                pass
        return found

    def learning(self, count):
        """The notes of cells that have a checkpoint, once there are so many."""
        def look():
            notes = {run_id: note for run_id, note in self.notes().items()
                     if (self.results / ".unfinished" / (run_id + ".checkpoint")).exists()}
            return notes if len(notes) >= count else None
        return until(look)

    def states(self):
        return sorted(result["state"] for result in results(self.results).values())

    def status(self):
        done = call("status", self.results)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout


@unittest.skipUnless(FASHION.exists(), "skipped: no data")
class Processes(Plans):
    def test_the_same_results_as_from_one_process(self):
        plan = self.plan(["oja", "softhebb", "hebb"], "1-2")
        done = call("plan", plan, "--results", self.results, "--jobs", "2", *COMMON)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("2 at a time with 1 thread each", done.stdout)
        self.assertEqual(len(re.findall(r"(?m)^ \[\d/6\] .* test accuracy .* peak \d+ MB$", done.stdout)), 6, done.stdout)
        self.assertEqual(results(self.results), self.unbroken(plan))
        self.assertFalse((self.results / ".unfinished").exists(), "something was left behind")
        again = call("plan", plan, "--results", self.results, "--jobs", "2", *COMMON)
        self.assertEqual(again.stdout.count("(finished before)"), 6)

    def test_of_a_stream_one_sees_which_experience_it_is_at(self):
        process = self.started("run", "--rule", "oja", "--task", "continual", "--data", "fashion-mnist", "--threads", "1",
                               "--results", self.results, "--set", "network.width=0.05", "task.samples=60000",
                               "task.test_images=20", "task.probe_images=0")
        self.assertTrue(until(lambda: re.search(r"(?m)^ running .* learn [1-5]/5 ", self.status()) if self.notes() else None))
        process.terminate()
        process.communicate(timeout=60)

    def test_a_cell_that_is_killed_has_failed_and_the_others_go_on(self):
        plan = self.plan(["oja", "softhebb", "hebb"])
        process = self.started("plan", plan, "--results", self.results, "--jobs", "2", *COMMON)
        killed, note = next(iter(self.learning(1).items()))
        os.kill(note["process"]["pid"], signal.SIGKILL)
        told, errors = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 3, told + errors)
        self.assertIn("1 of 3 cells did not end well", errors)
        self.assertRegex(told, r"failed: its process was ended by SIGKILL \(killed\) at a peak of \d+ MB: a machine that is out of "
                               r"memory does that; its checkpoint is kept")
        self.assertEqual(self.states(), ["failed", "ok", "ok"])
        self.assertTrue((self.results / ".unfinished" / (killed + ".checkpoint")).exists())
        self.assertRegex(self.status(), r"^ done 2   running 0   waiting 0   failed 1\n failed +\w+  fashion-mnist  seed 1   its process "
                                        r"was ended by SIGKILL")
        again = call("plan", plan, "--results", self.results, "--jobs", "2", *COMMON)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("goes on from its checkpoint", again.stderr)
        self.assertEqual(results(self.results), self.unbroken(plan))

    @unittest.skipIf("ASAN_OPTIONS" in os.environ, "a sanitizer's own memory is beyond any limit")
    def test_a_cell_may_take_so_much_memory(self):
        plan = self.plan(["oja"])
        done = call("plan", plan, "--results", self.results, "--jobs", "1", "--memory", "60M", *COMMON)
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"failed: .*(memory|bad_alloc)")
        self.assertEqual(self.states(), ["failed"])

    def test_status_and_stop(self):
        plan = self.plan(["oja", "softhebb", "hebb"], **ENDLESS)
        process = self.started("plan", plan, "--results", self.results, "--jobs", "2", *COMMON)
        self.learning(2)
        until(lambda: self.status().count(" learn ") == 2)
        self.assertRegex(self.status(), r"^ done 0   running 2   waiting 1   failed 0\n running +\w+  fashion-mnist  seed 1   learn "
                                        r"+\d+ %  [\d,]+/600,000 images  0:\d\d  process \d+ on ")
        self.assertEqual(call("leaderboard", self.results).returncode, 2, "there is no Result yet")
        done = call("stop", self.results)
        self.assertEqual((done.returncode, done.stdout),
                         (0, "plasticity: asked to stop: 1 process, 0 Slurm tasks; checkpoints are kept\n"))
        told, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, told + errors)
        self.assertEqual(told.count("stopped; a checkpoint is kept"), 2)
        self.assertEqual(len(list(self.results.glob(".unfinished/*.checkpoint"))), 2)
        self.assertRegex(self.status(), r"^ done 0   running 0   waiting 3   failed 0\n"
                                        r"( waiting  \w+  fashion-mnist  seed 1   was stopped; the same command goes on from its checkpoint\n){2}$")
        self.assertIn("0 processes", call("stop", self.results).stdout)

    def test_who_is_asked_twice_by_different_signals_still_keeps_a_checkpoint(self):
        plan = self.plan(["oja"], **ENDLESS)
        process = self.started("plan", plan, "--results", self.results, "--jobs", "1", *COMMON)
        note, = self.learning(1).values()
        os.kill(note["process"]["pid"], signal.SIGTERM)  # as Slurm asks all of a job
        process.send_signal(signal.SIGTERM)
        told, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, told + errors)
        self.assertIn("stopped; a checkpoint is kept", told)

    def test_workers_end_with_the_process_that_started_them(self):
        plan = self.plan(["oja", "hebb"], **ENDLESS)
        process = self.started("plan", plan, "--results", self.results, "--jobs", "2", *COMMON)
        pids = [note["process"]["pid"] for note in self.learning(2).values()]
        process.kill()
        until(lambda: not any(pathlib.Path(f"/proc/{pid}").exists() for pid in pids))
        self.assertEqual(self.notes(), {}, "they were not asked to stop")

    def test_two_plans_share_the_cells(self):
        plan = self.plan(["oja", "softhebb", "hebb"], "1-2")
        command = ["plan", plan, "--results", self.results, "--jobs", "2", *COMMON]
        one, two = self.started(*command), self.started(*command)
        for process in (one, two):
            told, errors = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 0, told + errors)
        self.assertEqual(results(self.results), self.unbroken(plan))

    def test_in_the_background(self):
        plan = self.plan(["oja", "softhebb"])
        done = call("plan", plan, "--results", self.results, "--jobs", "2", "--detach", *COMMON)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        pid = int(re.search(r"runs in the background \(process (\d+), output in .*plan\.log\)", done.stdout).group(1))
        self.assertEqual(os.getsid(pid), pid, "it is of the terminal's session")
        self.assertRegex(self.status(), r"^ done \d   running \d   waiting \d   failed 0\n")
        until(lambda: len(results(self.results)) == 2)
        until(lambda: not pathlib.Path(f"/proc/{pid}").exists() or not self.notes())
        self.assertEqual(results(self.results), self.unbroken(plan))
        self.assertIn("test accuracy", (self.results / ".unfinished/plan.log").read_text())

    def test_stopped_in_the_background(self):
        for options in ([], ["--jobs", "2"]):
            with self.subTest(options):
                plan = self.plan(["oja", "softhebb"], **ENDLESS)
                call("plan", plan, "--results", self.results, "--detach", *options, *COMMON)
                self.learning(2 if options else 1)
                self.assertIn("asked to stop: 1 process", call("stop", self.results).stdout)
                until(lambda: not self.notes())
                self.assertIn("running 0   waiting 2", self.status())
                shutil.rmtree(self.results)

    def test_some_cells_alone(self):
        plan = self.plan(["oja", "softhebb"])
        run_id = re.search(r"softhebb .* ([0-9a-f]{16}) ", call("plan", plan, "--dry-run").stdout).group(1)
        done = call("plan", plan, "--results", self.results, "--only", run_id, *COMMON)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"^ \[2/2\] softhebb  seed 1  test accuracy ")
        self.assertEqual(list(results(self.results)), [run_id + ".json"])

    def test_wrong_input(self):
        plan = self.plan(["oja"])
        for arguments, *words in (
                (["--engine", "slrum"], "'slrum'", "Nearest: slurm"), (["--engine", "here", "--jobs", "2"], "--jobs"),
                (["--memory", "1G"], "--jobs 1"), (["--jobs", "1", "--memory", "24"], "--memory 24", "24G"),
                (["--jobs", "1", "--memory", "0G"], "0G"), (["--jobs", "-1"], "--jobs"), (["--only", "x"], "--only x", "--dry-run"),
                (["--slurm=--partition=x"], "--engine slurm"), (["--jobs", "2", "--detach", "--data", "nothing"], "nothing")):
            with self.subTest(arguments):
                self.assertOneLineError(call("plan", plan, "--results", self.results, *arguments), *words)
                self.assertFalse(self.results.exists(), "something was left behind")
        self.assertOneLineError(call("plan", plan, "--results", self.results, "--engine", "slurm", PATH="/nowhere"),
                                "no squeue here", "--jobs N")
        for verb in ("status", "stop"):
            self.assertOneLineError(call(verb, self.folder / "nowhere"), "nowhere", "--results")


@unittest.skipUnless(FASHION.exists(), "skipped: no data")
@unittest.skipUnless(os.geteuid() == 0 and shutil.which("slurmctld", path="/usr/sbin:/usr/bin") and shutil.which("sbatch"),
                     "skipped: no Slurm (ci/setup --tests), or not root")
class Slurm(Plans):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        up = subprocess.run([ROOT / "ci/slurm-up", folder.name], capture_output=True, text=True)
        cls.addClassCleanup(lambda: subprocess.run([ROOT / "ci/slurm-down", folder.name]))
        if up.returncode != 0:
            raise AssertionError(up.stderr)
        os.environ["SLURM_CONF"] = folder.name + "/slurm.conf"
        cls.addClassCleanup(lambda: os.environ.pop("SLURM_CONF"))

    def ask(self, *command):
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout

    def command(self, plan, *more):
        return ["plan", plan, "--results", self.results, "--engine", "slurm", "--chunk", "0", *COMMON, *more]

    def restarted(self, array):
        return re.search(r"Restarts=[1-9]", self.ask("scontrol", "show", "job", "-o", array))

    def preempt(self, array):
        """Whether a job that takes all CPUs found tasks there to preempt: it comes between two, now and then."""
        self.ask("sbatch", "--partition=urgent", "--cpus-per-task=4", "--output=/dev/null", "--wrap=sleep 1")
        time.sleep(3)
        return self.restarted(array)

    def test_an_array_of_40_cells_with_a_task_killed_a_node_drained_and_one_preempted(self):
        plan = self.plan(["oja"], "1-40")
        process = self.started(*self.command(plan, "--jobs", "4"))
        note = self.learning(1).popitem()[1]
        parent = int(re.search(r"(?m)^PPid:\s+(\d+)", pathlib.Path(f"/proc/{note['process']['pid']}/status").read_text()).group(1))
        os.kill(parent, signal.SIGKILL)  # the task
        until(lambda: not pathlib.Path(f"/proc/{parent}").exists())
        node = self.ask("sinfo", "-h", "-o", "%n").split()[0]
        self.ask("scontrol", "update", "nodename=" + node, "state=drain", "reason=test")
        until(lambda: "drain" in self.ask("sinfo", "-h", "-n", node, "-o", "%T"))
        self.ask("scontrol", "update", "nodename=" + node, "state=resume")
        self.learning(1)
        array = self.ask("squeue", "-h", "-p", "main", "-o", "%F").split()[0]
        self.assertFalse(self.restarted(array))
        until(lambda: self.preempt(array))
        worker = self.learning(1).popitem()[1]["process"]["pid"]
        os.kill(worker, signal.SIGKILL)  # a cell alone
        told, errors = process.communicate(timeout=240)
        self.assertIn("plasticity: 40 open cells in 40 Slurm tasks (4 at once), ", told)
        if process.returncode != 0:
            self.assertEqual(process.returncode, 3, told + errors)
            again = call(*self.command(plan))
            self.assertEqual(again.returncode, 0, again.stdout + again.stderr)
        self.assertEqual(results(self.results), self.unbroken(plan))
        self.assertEqual(self.notes(), {})

    def test_status_stop_and_going_on(self):
        plan = self.plan(["oja", "softhebb", "hebb"], **{"task.samples": 12_800})
        done = call(*self.command(plan, "--jobs", "2", "--detach"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.learning(1)
        self.assertRegex(self.status(), r"(?m)^ running .* Slurm task \d+_\d on ")
        self.assertIn("all open cells wait or run in Slurm already", call(*self.command(plan, "--detach")).stdout)
        self.assertRegex(call("stop", self.results).stdout, r"0 processes, [23] Slurm tasks")
        until(lambda: not self.ask("squeue", "-h"))
        self.assertRegex(self.status(), r"^ done \d   running 0   waiting [123]   failed 0\n")
        self.assertTrue(list(self.results.glob(".unfinished/*.checkpoint")))
        done = call(*self.command(plan))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(results(self.results), self.unbroken(plan))

    def test_a_task_before_its_time_limit_is_run_again(self):
        plan = self.plan(["oja"], **{"task.samples": 12_800})
        process = self.started(*self.command(plan))
        self.learning(1)
        job, = self.ask("squeue", "-h", "-o", "%A").split()
        self.ask("scancel", "--batch", "--signal=TERM", job)  # as --signal=B:TERM@90 does
        told, errors = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0, told + errors)
        self.assertIn("Restarts=1 ", self.ask("scontrol", "show", "job", "-o", job))
        self.assertEqual(results(self.results), self.unbroken(plan))

    def test_what_slurm_refuses_is_told(self):
        done = call(*self.command(self.plan(["oja"]), "--slurm=--partition=nowhere"))
        self.assertEqual((done.returncode, done.stderr.count("\n")), (3, 1), done.stderr)
        self.assertIn("error: sbatch failed: ", done.stderr)
        self.assertIn("artition", done.stderr)


if __name__ == "__main__":
    skips.main()
