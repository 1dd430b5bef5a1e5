"""Every file call of a cell's life goes wrong once, in every way that it can: afterwards the old or the new state stands,
one line says what happened, and a rerun completes. PLASTICITY_COUNT=all tries them all."""
import concurrent.futures
import os
import pathlib
import shutil
import unittest

from cells import KEEPING, Fault, WithData, count, file_calls, results
import skips

# How a call may go wrong.
KINDS = {"open": ["eio", "kill"], "create": ["eio", "full", "kill"], "truncate": ["eio", "full", "kill"], "read": ["eio"],
         "write": ["eio", "enospc", "short", "full", "kill"], "allocate": ["eio", "full", "kill"], "resize": ["eio", "kill"],
         "sync": ["eio", "enospc", "kill"], "close": ["eio"], "rename": ["eio", "full", "kill"], "mkdir": ["eio", "full", "kill"],
         "remove": ["eio", "kill"]}
WORDS = {"eio": "Input/output error", "enospc": "No space left on device", "full": "No space left on device"}


def spread(faults, most, draw):
    """As many faults as asked for, in turn one of each kind of call, file and fault."""
    kinds = {}
    for kind, fault in draw.sample(faults, len(faults)):
        kinds.setdefault(kind, []).append(fault)
    chosen = []
    while kinds and len(chosen) < most:
        for kind in draw.sample(sorted(kinds), len(kinds)):
            chosen.append(kinds[kind].pop())
            if not kinds[kind]:
                del kinds[kind]
    return chosen[:most]


def kind_of_file(path):
    return pathlib.Path(path).suffix.rstrip("0123456789") or pathlib.Path(path).name


class Faults(WithData):
    def setUp(self):
        self.unbroken = self.start("unbroken", None)
        done = self.unbroken.call(*KEEPING)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.whole = results(self.unbroken.results)
        self.addCleanup(shutil.rmtree, self.unbroken.folder)

    def start(self, name, before):
        """A life as it is before the command whose calls go wrong."""
        life = self.life(name)
        if before is not None:
            shutil.copytree(before, life.folder, dirs_exist_ok=True)
        return life

    def faults_of(self, before, command):
        life = self.start("recorded", before)
        log = self.folder / "log"
        done = life.call(*command, log=log)
        self.assertEqual(done.returncode, 0, done.stderr)
        calls = file_calls(log)
        shutil.rmtree(life.folder)
        log.unlink()
        print(f"{len(calls)} calls", flush=True)
        return [((call.name, kind_of_file(call.path), kind), Fault(call.number, kind))
                for call in calls for kind in KINDS[call.name]]

    def survives(self, fault, before, command, whole):
        """Does the command with the fault, then without; gives what was wrong."""
        life = self.start(f"{fault.at}-{fault.kind}", before)
        done = life.call(*command, fault=fault)
        wrong = list(life.torn(whole))
        if fault.kind == "kill":
            if done.returncode != -9:
                wrong.append(f"was not killed: {done.returncode}")
        elif done.returncode == 0:
            if results(life.results) != whole:
                wrong.append("ended well without its Result")
        else:
            told = [line for line in done.stderr.splitlines() if "goes on from its checkpoint" not in line]
            if done.returncode not in (2, 3):
                wrong.append(f"exit code {done.returncode}")
            if len(told) != 1:
                wrong.append(f"{len(told)} lines on stderr")
            if WORDS[fault.kind] not in done.stdout + done.stderr:
                wrong.append("does not say why")
        if fault.kind != "kill":
            wrong += [f"left {path.name}" for path in life.half_written()]
        if before is not None and results(before / "results") and results(life.results) != whole:
            wrong.append("the Result that was there is gone")
        said = done.stdout + done.stderr
        done = life.call(*command)
        if done.returncode != 0:
            wrong.append(f"a rerun ends with {done.returncode}: {done.stderr}")
        elif results(life.results) != whole:
            wrong.append("a rerun ends with another Result")
        # But for half an artifact, which may be another cell's, too.
        wrong += [f"a rerun leaves {path.relative_to(life.folder)}" for path in
                  (*life.half_written(), *life.results.glob(".unfinished")) if path.parent.name != "artifacts"]
        shutil.rmtree(life.folder)
        return f"{fault}: {'; '.join(wrong)}\n{said}" if wrong else ""

    def every_call(self, before, command, whole):
        faults = spread(self.faults_of(before, command), count(16), self.random)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            told = list(filter(None, pool.map(lambda fault: self.survives(fault, before, command, whole), faults)))
        print(f"{len(faults)} faults, {len(told)} not survived", flush=True)
        self.assertEqual(told, [], "\n".join(told))

    def test_a_cell_from_its_first_call_to_its_last(self):
        self.every_call(None, KEEPING, self.whole)

    def test_a_cell_that_was_killed_and_goes_on(self):
        life, log = self.start("killed", None), self.folder / "log"
        life.call(*KEEPING, log=log)
        saved = [call.number for call in file_calls(log) if call.name == "rename" and call.other.endswith(".checkpoint")]
        shutil.rmtree(life.folder)
        log.unlink()
        life = self.start("killed", None)
        self.assertEqual(life.call(*KEEPING, fault=Fault(saved[len(saved) // 2] + 1, "kill")).returncode, -9)
        self.every_call(life.folder, KEEPING, self.whole)

    def test_a_finished_cell_that_is_run_again(self):
        self.every_call(self.unbroken.folder, [*KEEPING, "--again"], self.whole)


if __name__ == "__main__":
    skips.main()
