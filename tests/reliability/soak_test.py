"""Hundreds of small cells in one process: its memory, descriptors, threads and children stay what they are.
PLASTICITY_COUNT is the number of seconds."""
import json
import os
import pathlib
import re
import statistics
import subprocess
import time

from cells import PROGRAM, SMALL, WithData, count
import skips

SETTINGS = {name: json.loads(value) for name, value in (setting.split("=") for setting in SMALL)}
MOST_GROWTH = 0.02  # of the memory, from the middle third of the time to the last
RULES = ["softhebb", "sphere", "backprop"]
TASKS = [{"task": "classification", "set": {"task.labelled_images": 32, "readout.epochs": 1}},
         {"task": "continual", "strategy": "er", "readout": "online",
          "set": {"task.scenario.experiences": 2, "task.test_images": 20, "task.probe_images": 20}},
         {"task": "transfer", "readout": "ridge", "set": {"task.target": "fashion-mnist", "task.labelled_images": 32}},
         {"task": "reconstruction", "set": {"task.decoder_images": 32, "task.decoder_epochs": 1, "task.test_images": 20,
                                            "task.noise": 0, "task.single_images": 1, "task.single_steps": 5}}]


class Soak(WithData):
    def sample(self, process):
        """What a process takes now, by name; nothing once it has ended."""
        place = pathlib.Path(f"/proc/{process.pid}")
        try:
            status = dict(re.findall(r"(\w+):\s+(\d+)", (place / "status").read_text()))
            return {"kB": int(status["VmRSS"]), "threads": int(status["Threads"]), "descriptors": len(os.listdir(place / "fd")),
                    "children": len((place / f"task/{process.pid}/children").read_text().split())}
        except (OSError, KeyError):
            return None

    def test_a_long_plan_takes_no_more_at_its_end(self):
        life, seconds = self.life("soak"), count(45)
        (life.folder / "plan.json").write_text(json.dumps({
            "defaults": {"data": "fashion-mnist", "set": {**SETTINGS, "task.samples": 32}},
            "rules": RULES, "tasks": TASKS, "seeds": "1-1000"}))
        with open(life.folder / "told", "w") as told:
            process = subprocess.Popen([PROGRAM, "plan", "plan.json", "--results", life.results, "--threads", "1",
                                        "--checkpoint-every", "0"], cwd=life.folder, env=life.environment(), stdout=told, stderr=told)
        while process.poll() is None and not list(life.results.glob("*.json")):  # it estimates, and learns how long
            time.sleep(0.05)
        samples, end = [], time.monotonic() + seconds
        while time.monotonic() < end and process.poll() is None:
            samples.append(self.sample(process))
            time.sleep(seconds / 600)
        process.terminate()  # who runs in the background may have been told to ignore SIGINT
        code, told = process.wait(), (life.folder / "told").read_text()
        self.assertIn(code, (0, 130), told[-3000:])
        cells = len(list(life.results.glob("*.json")))
        self.assertNotIn("failed", told)
        third = len(samples) // 3
        middle, last = ([sample for sample in part if sample] for part in (samples[third:2 * third], samples[2 * third:]))
        memory = [statistics.median(sample["kB"] for sample in part) for part in (middle, last)]
        print(f"{cells} cells in {seconds} s: {memory[0] / 1e3:.1f} MB, at the end {memory[1] / 1e3:.1f} MB", flush=True)
        for name in ("threads", "descriptors", "children"):
            most = [max(sample[name] for sample in part) for part in (middle, last)]
            print(f"at most {most[0]} {name}, at the end {most[1]}", flush=True)
            self.assertLessEqual(most[1], most[0], name)
        self.assertLess(memory[1], (1 + MOST_GROWTH) * memory[0])


if __name__ == "__main__":
    skips.main()
