"""Cells over rules, tasks and strategies are killed by SIGKILL, at random moments and at random file calls, and go on until
they are done: every Result is that of a cell that nothing stopped, and so is the board. PLASTICITY_COUNT is the number of
kills."""
import collections
import concurrent.futures
import csv
import io
import os
import random
import shutil
import signal
import subprocess
import time

from cells import PROGRAM, SEED, Fault, WithData, cell, count, file_calls, results
import skips

CLASSIFICATION = ["task.samples=128", "task.labelled_images=64"]
LINEAR = [*CLASSIFICATION, "readout.epochs=2"]
STREAM = ["task.samples=64", "task.scenario.experiences=2", "task.test_images=60", "task.probe_images=60"]
ONLINE = ["--readout", "online"]
RIDGE = ["--readout", "ridge"]
CELLS = {
    "a Hebbian rule": cell("softhebb", *LINEAR),
    "a local loss": cell("sphere", *LINEAR),
    "backprop": cell("backprop", *CLASSIFICATION, more=ONLINE),
    "target propagation": cell("dtp", *CLASSIFICATION, more=ONLINE),
    "a kept network": cell("bcm", *CLASSIFICATION, more=["--keep-network", "--readout", "knn"]),
    "replay": cell("softhebb", *STREAM, task="continual", more=[*ONLINE, "--strategy", "er"]),
    "a penalty": cell("backprop", *STREAM, task="continual", more=[*ONLINE, "--strategy", "ewc"]),
    "transfer": cell("oja", "task.samples=64", "task.target=fashion-mnist", "task.labelled_images=64", task="transfer", more=RIDGE),
    "sample efficiency": cell("hebb", "task.samples=64", "task.shares=10,100", task="sample-efficiency", more=RIDGE),
    "few shots": cell("oja", "task.samples=64", "task.held_out=5", "task.ways=2,0", "task.shots=1", "task.queries=5", "task.episodes=5",
                      task="few-shot", more=RIDGE),
    "reconstruction": cell("hebb", "task.samples=64", "task.decoder_images=64", "task.decoder_epochs=1", "task.test_images=20",
                           "task.noise=0", "task.single_images=1", "task.single_steps=5", task="reconstruction"),
    "fine-tuning": cell("hebb", *CLASSIFICATION, "task.tuning_epochs=1", task="fine-tuning"),
}
COST = {"images_per_s", "wall_total_s", "peak_host_bytes"}  # columns that no two runs share


class Kills(WithData):
    def unbroken(self):
        """Each cell's seconds and number of file calls where nothing stops it."""
        life = self.life("unbroken")
        extent = {}
        for name, command in CELLS.items():
            log = self.folder / "log"
            start = time.monotonic()
            done = life.call(*command, log=log)
            self.assertEqual(done.returncode, 0, f"{name}: {done.stdout}{done.stderr}")
            extent[name] = time.monotonic() - start, len(file_calls(log))
            log.unlink()
        return life, extent

    def kill(self, draw, life, command, seconds, calls):
        """Starts the command and kills it; gives whether it was alive."""
        if draw.random() < 0.5:
            code = life.call(*command, fault=Fault(draw.randint(1, calls), "kill")).returncode
        else:
            process = subprocess.Popen([PROGRAM, *command], cwd=life.folder, env=life.environment(), stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            time.sleep(draw.uniform(0, seconds))
            process.kill()
            code = process.wait()
        if code not in (0, -signal.SIGKILL):
            raise AssertionError(f"{command}: exit code {code}")
        return code != 0

    def killed(self, name, draw, life, whole, seconds, calls):
        """Kills a cell up to six times, then runs it to its end; gives how often it was killed, and what was wrong."""
        kills, wrong, most = 0, [], draw.randint(1, 6)
        while kills < most and self.kill(draw, life, CELLS[name], seconds, calls):
            kills += 1
            wrong += life.torn(whole)
        done = life.call(*CELLS[name])
        if done.returncode != 0:
            wrong.append(f"{name}: {done.stdout}{done.stderr}")
        return kills, wrong

    def board(self, life):
        done = life.call("leaderboard", life.results, "--format", "csv")
        self.assertEqual(done.returncode, 0, done.stderr)
        return [[{name: value for name, value in row.items() if name not in COST} for row in csv.DictReader(io.StringIO(table))]
                for table in done.stdout.split("\n\n")]

    def test_killed_cells_go_on_to_the_same_results_and_board(self):
        unbroken, extent = self.unbroken()
        whole, board = results(unbroken.results), self.board(unbroken)
        kills, rounds, wanted = collections.Counter(), 0, count(30)
        while kills.total() < wanted:
            life = self.life(f"round{rounds}")
            with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
                fates = {name: pool.submit(self.killed, name, random.Random(f"{SEED} {rounds} {name}"), life, whole, *extent[name])
                         for name in CELLS}
            for name, fate in fates.items():
                self.assertEqual(fate.result()[1], [])
                kills[name] += fate.result()[0]
            self.assertEqual(results(life.results), whole, f"round {rounds}")
            self.assertEqual(self.board(life), board)
            shutil.rmtree(life.folder)
            rounds += 1
        print(f"{kills.total()} kills in {rounds} rounds of {len(CELLS)} cells: {dict(kills)}", flush=True)


if __name__ == "__main__":
    skips.main()
