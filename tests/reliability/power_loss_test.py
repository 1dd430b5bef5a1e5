"""The power goes at any moment of a cell's life: what was not synced is lost, in part or whole, whatever the order. The
disk as it would be found is rebuilt from a log of the cell's file calls. PLASTICITY_COUNT is the number of cut points."""
import concurrent.futures
import dataclasses
import os
import pathlib
import shutil
import unittest

from cells import KEEPING, WithData, count, file_calls, results
import skips


@dataclasses.dataclass
class File:
    """What a file holds for those who read it, and what of it is on the disk for sure."""
    now: bytearray = dataclasses.field(default_factory=bytearray)
    writes: list = dataclasses.field(default_factory=list)  # not synced: (place, data), or a new size
    synced: bytes = b""

    def write(self, place, data):
        change(self.now, (place, data))
        self.writes.append((place, data))

    def resize(self, size):
        change(self.now, size)
        self.writes.append(size)

    def sync(self):
        self.synced, self.writes = bytes(self.now), []

    def after(self, writes, torn=None):
        """What is on the disk when so many of the writes reached it, and `torn` of the next one's bytes."""
        found = bytearray(self.synced)
        for write in self.writes[:writes]:
            change(found, write)
        if torn is not None and writes < len(self.writes) and isinstance(self.writes[writes], tuple):
            place, data = self.writes[writes]
            change(found, (place, data[:int(torn * len(data))]))
        return bytes(found)


def change(content, write):
    if isinstance(write, int):
        size = write
        del content[size:]
    else:
        place, data = write
        size = place + len(data)
    content.extend(bytes(max(0, size - len(content))))
    if not isinstance(write, int):
        content[place:size] = data


class Folder(dict):
    """Entries by name, files and folders, as they are seen; and as they are on the disk for sure."""

    def __init__(self):
        super().__init__()
        self.synced = {}
        self.pending = []  # since then: (name, what it names, or None where it was removed)

    def set(self, name, entry):
        if entry is None:
            self.pop(name, None)
        else:
            self[name] = entry
        self.pending.append((name, entry))

    def sync(self):
        self.synced, self.pending = dict(self), []

    def after(self, changes):
        found = dict(self.synced)
        for name, entry in self.pending[:changes]:
            found[name] = entry
        return {name: entry for name, entry in found.items() if entry is not None}


class Disk:
    """The folder `top` under a program whose calls are handed to it one by one."""

    def __init__(self, top):
        self.top, self.root = top, Folder()

    def entry(self, path):
        entry = self.root
        for name in pathlib.Path(os.path.normpath(path)).relative_to(self.top).parts:
            entry = entry[name]
        return entry

    def do(self, call, data):
        if call.result < 0 or call.name in ("open", "read", "close"):
            return
        if call.name == "sync":
            self.entry(call.path).sync()
            return
        folder, name = self.entry(os.path.dirname(call.path)), os.path.basename(call.path)
        if call.name in ("create", "truncate"):
            if name not in folder:
                folder.set(name, File())
            elif call.name == "truncate":
                folder[name].resize(0)
        elif call.name == "write":
            folder[name].write(int(call.other), data)
        elif call.name == "resize":
            folder[name].resize(int(call.other))
        elif call.name == "allocate":
            folder[name].resize(max(int(call.other), len(folder[name].now)))
        elif call.name == "mkdir":
            folder.set(name, Folder())
        elif call.name == "remove":
            folder.set(name, None)
        elif call.name == "rename":
            self.entry(os.path.dirname(call.other)).set(os.path.basename(call.other), folder[name])
            folder.set(name, None)

    def find(self, how, draw, place, folder=None):
        """Writes to `place` what is on the disk after the cut. `how`: "nothing" that was not synced is there; the "names"
        are, but none of the data; "some" of the names and of the data are, each folder's and file's up to a moment."""
        place.mkdir()
        folder = self.root if folder is None else folder
        most = len(folder.pending)
        for name, entry in folder.after({"nothing": 0, "names": most, "some": draw.randint(0, most)}[how]).items():
            if isinstance(entry, Folder):
                self.find(how, draw, place / name, entry)
            else:
                kept = draw.randint(0, len(entry.writes)) if how == "some" else 0
                (place / name).write_bytes(entry.after(kept, draw.random() if how == "some" else None))


class PowerLoss(WithData):
    def recorded(self):
        """The calls of a cell's life with the data that they wrote, and its Result."""
        life, log = self.life("recorded"), self.folder / "log"
        done = life.call(*KEEPING, log=log)
        self.assertEqual(done.returncode, 0, done.stderr)
        written = pathlib.Path(f"{log}.data").read_bytes()
        calls, place = [], 0
        for call in file_calls(log):
            size = call.result if call.name == "write" else 0
            calls.append((call, written[place:place + size]))
            place += size
        self.assertEqual(place, len(written))
        return life, calls

    def test_the_disk_is_rebuilt_as_it_was_where_the_power_stays(self):
        life, calls = self.recorded()
        disk = Disk(life.folder)
        for call, data in calls:
            disk.do(call, data)
        everything = {path.relative_to(life.folder): path.read_bytes() for path in life.folder.rglob("*") if path.is_file()}

        def walk(folder, place):
            for name, entry in folder.items():
                yield from walk(entry, place / name) if isinstance(entry, Folder) else [(place / name, bytes(entry.now))]
        self.assertEqual(dict(walk(disk.root, pathlib.Path())), everything)
        shutil.rmtree(life.folder)

    def test_a_program_that_syncs_nothing_is_caught(self):
        recorded, calls = self.recorded()
        whole, disk = results(recorded.results), Disk(recorded.folder)
        for call, data in calls:
            if call.name != "sync":
                disk.do(call, data)
        shutil.rmtree(recorded.folder)
        disk.find("names", self.random, recorded.folder)
        self.assertEqual(len(list(recorded.torn(whole))), 2, "its Result and its artifact are empty")
        shutil.rmtree(recorded.folder)

    def goes_on(self, life, whole, over):
        """What was wrong with a life that the power cut, and with its going on."""
        wrong = list(life.torn(whole))
        if over and results(life.results) != whole:
            wrong.append("a Result that was reported is gone")
        done = life.call(*KEEPING)
        if done.returncode != 0:
            wrong.append(f"does not go on: {done.stderr}")
        elif results(life.results) != whole:
            wrong.append("ends with another Result")
        wrong += list(life.torn(whole))
        shutil.rmtree(life.folder)
        return "; ".join(wrong)

    def test_a_cell_goes_on_whatever_the_power_left(self):
        recorded, calls = self.recorded()
        whole = results(recorded.results)
        moments = [(cut, how) for cut in range(len(calls) + 1) for how in ("nothing", "names", "some")]
        # The end, when all has been reported, is always among them.
        chosen = moments[-3:] + self.random.sample(moments[:-3], min(len(moments) - 3, count(40)))
        cuts, disk, done = {}, Disk(recorded.folder), 0
        for cut, how in sorted(chosen):
            for call, data in calls[done:cut]:
                disk.do(call, data)
            done = cut
            life = self.life(f"{cut}-{how}")
            shutil.rmtree(life.folder)
            disk.find(how, self.random, life.folder)
            cuts[cut, how] = life
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            fates = pool.map(lambda cut: self.goes_on(cuts[cut], whole, cut[0] == len(calls)), cuts)
            told = [f"{how} after call {cut} of {len(calls)}, {calls[cut - 1][0]}: {wrong}"
                    for (cut, how), wrong in zip(cuts, fates) if wrong]
        print(f"{len(cuts)} cut points, {len(told)} not survived", flush=True)
        self.assertEqual(told, [], "\n".join(told))


if __name__ == "__main__":
    skips.main()
