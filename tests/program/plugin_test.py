"""A rule out of tree, from `cmake --install` and `new-rule` to a Result, and what a library that does not fit is told.
Needs the build tree in PLASTICITY_BUILD; one test needs Fashion-MNIST from Debian's package dataset-fashion-mnist."""
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest

import skips

BUILD = pathlib.Path(os.environ["PLASTICITY_BUILD"])
if shutil.which("make") is None:  # CMake's own choice
    os.environ.setdefault("CMAKE_GENERATOR", "Ninja")
FASHION = pathlib.Path("/usr/share/datasets/fashion-mnist")
SETTINGS = {"network.width": "0.02", "task.samples": "640", "task.labelled_images": "400", "task.validation_images": "500"}
TINY = ["--data", "fashion-mnist", "--readout", "ridge", *(word for name, value in SETTINGS.items()
                                                          for word in ("--set", f"{name}={value}"))]


def call(*command, cwd=None):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, cwd=cwd, timeout=400)


def needed(*command, cwd=None):
    done = call(*command, cwd=cwd)
    if done.returncode != 0:
        raise AssertionError(f"{command} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


class OutOfTree(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        # Installed, then moved: nothing in an installation says where it is.
        needed("cmake", "--install", BUILD, "--prefix", cls.folder / "first")
        (cls.folder / "first").rename(cls.folder / "installed")
        cls.program = cls.folder / "installed" / "bin" / "plasticity"
        needed(cls.program, "new-rule", "my_rule", cwd=cls.folder)
        cls.project = cls.folder / "my_rule"
        needed("cmake", "-B", "build", cwd=cls.project)
        needed("cmake", "--build", "build", cwd=cls.project)
        cls.plugin = cls.project / "build" / "libmy_rule.so"

    def assertOneLineError(self, done, *words):
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        for word in ("error:", *words):
            self.assertIn(word, done.stderr)

    def compiled(self, name, code, *flags):
        """A library of plain C++, without our headers."""
        source = self.folder / f"{name}.cc"
        source.write_text(code)
        library = self.folder / f"{name}.so"
        needed("c++", "-shared", "-fPIC", *flags, "-o", library, source)
        return library

    def built_together(self, folder, sources):
        """Libraries of our headers, from a source each, by one build: my_rule's, without its test."""
        start, _, rest = (self.project / "CMakeLists.txt").read_text().partition("plasticity_add_plugin(")
        self.assertTrue(rest)
        (folder / "CMakeLists.txt").write_text(
            start + "\n".join(f"plasticity_add_plugin({name} {source})" for name, source in sources.items()))
        needed("cmake", "-B", "build", cwd=folder)
        needed("cmake", "--build", "build", "--parallel", 2, cwd=folder)

    def patched(self, name, old, new):
        """The plugin with one text in it exchanged."""
        content = self.plugin.read_bytes()
        self.assertIn(old, content)
        library = self.folder / f"{name}.so"
        library.write_bytes(content.replace(old, new))
        return library

    def stamp(self):
        content = self.plugin.read_bytes()
        start = content.index(b"plasticity rule (")
        return content[start:content.index(b")", start) + 1]

    def test_its_own_test_passes(self):
        done = needed("ctest", "--test-dir", "build", "--no-tests=error", "--verbose", cwd=self.project)
        self.assertRegex(done, r"my_rule: \d+ passed, 0 failed")

    def strategy_that_passes_check(self, name, *given):
        """The folder of a new strategy, built."""
        needed(self.program, "new-strategy", name, *given, cwd=self.folder)
        project = self.folder / name
        self.addCleanup(shutil.rmtree, project)
        needed("cmake", "-B", "build", cwd=project)
        needed("cmake", "--build", "build", cwd=project)
        done = needed("ctest", "--test-dir", "build", "--no-tests=error", "--verbose", cwd=project)
        self.assertRegex(done, name + r": \d+ passed, 0 failed")
        return project

    def test_a_strategy_that_replays_passes_check(self):
        self.strategy_that_passes_check("my_replay", "--base", "replay")

    def test_a_strategy_out_of_tree(self):
        project = self.strategy_that_passes_check("my_strategy")
        self.assertOneLineError(call(self.program, "new-strategy", "er", cwd=self.folder), "strategy named 'er' already")
        if not FASHION.exists():
            self.skipTest("skipped: no data")
        plugin = project / "build" / "libmy_strategy.so"
        done = needed(self.program, "plan", "first_look.json", "--plugin", plugin, "--threads", "1", cwd=project)
        self.assertIn("backprop + my_strategy", done)
        board = needed(self.program, "leaderboard", "results", cwd=project)
        for row in ("backprop + my_strategy", "softhebb + my_strategy", "backprop + joint"):
            self.assertIn(row, board)

    def test_every_base_with_and_without_state_passes_check(self):
        flags = {f"rule_{base[0]}{len(state)}": ["--base", base, *state]
                 for base in ("hebbian", "local-loss", "whole-network") for state in ([], ["--stateful"])}
        folder = self.folder / "templates"
        for name, given in flags.items():
            needed(self.program, "new-rule", name, *given, "--output", folder, cwd=self.folder)
        guide = (pathlib.Path(__file__).parents[2] / "CONTRIBUTING.md").read_text()
        (folder / "of_the_guide.cc").write_text(guide.split("```cpp\n")[1].split("```")[0].replace('"my_rule"', '"of_the_guide"'))
        self.built_together(folder, {**{name: f"{name}/{name}.cc" for name in flags}, "of_the_guide": "of_the_guide.cc"})
        for name in [*flags, "of_the_guide"]:
            with self.subTest(name):
                done = call(self.program, "check", name, "--plugin", folder / "build" / f"lib{name}.so")
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(len({(folder / name / f"{name}.cc").read_text().replace(name, "").replace(name.title(), "")
                              for name in flags}), len(flags), "all differ")
        if shutil.which("clang-format-14"):  # their names are as long as the templates' own
            style = pathlib.Path(__file__).parents[2] / ".clang-format"
            needed("clang-format-14", f"--style=file:{style}", "--dry-run", "-Werror",
                   *(folder / name / f"{name}.cc" for name in flags))

    @unittest.skipUnless(FASHION.exists(), "skipped: no data")
    def test_the_first_look_is_a_plan(self):
        done = needed(self.program, "plan", "first_look.json", "--plugin", "build/libmy_rule.so", "--data", "fashion-mnist",
                      "--dry-run", cwd=self.project)
        for rule in ("my_rule", "random", "backprop"):
            self.assertIn(f"  {rule} ", done)

    def test_what_a_rule_does_wrong_is_told_with_its_name(self):
        folder = self.folder / "wrong"
        source = (self.project / "my_rule.cc").read_text()
        for name, old, new in (("shouting", '.name = "my_rule"', '.name = "Bad Name!"'),
                               ("throwing", '{}\n\n  // Asked', '{\n    throw std::runtime_error("no\\nway");\n  }\n\n  // Asked')):
            self.assertIn(old, source)
            folder.mkdir(exist_ok=True)
            (folder / f"{name}.cc").write_text(source.replace(old, new).replace('"my_rule"', f'"{name}"'))
        self.built_together(folder, {"shouting": "shouting.cc", "throwing": "throwing.cc"})
        shouting, throwing = (folder / "build" / f"lib{name}.so" for name in ("shouting", "throwing"))
        for verb in (["list"], ["check", "Bad Name!"], ["run", "--rule", "Bad Name!"]):
            self.assertOneLineError(call(self.program, *verb, "--plugin", shouting), "'Bad Name!'", "lower-case")
        done = call(self.program, "run", "--rule", "throwing", "--plugin", throwing, cwd=folder)
        self.assertEqual((done.returncode, done.stderr), (3, "error: rule throwing: its constructor throws: no\n"))

    def test_the_build_tree_is_a_package_too(self):
        done = needed("cmake", "-B", "elsewhere", "-D", f"plasticity_DIR={BUILD}", cwd=self.project)
        self.assertIn("Generating done", done)

    def test_it_is_listed_and_described(self):
        self.assertIn("my_rule", needed(self.program, "list", "--plugin", self.plugin))
        self.assertIn("libmy_rule.so", needed(self.program, "describe", "my_rule", "--plugin", self.plugin))
        self.assertNotIn("my_rule", needed(self.program, "list"))
        self.assertIn("my_rule", needed(self.program, "list", "--plugin", self.plugin, "--plugin", self.plugin))

    @unittest.skipUnless(FASHION.exists(), "skipped: no data")
    def test_it_runs_and_the_result_names_its_library(self):
        plan = self.folder / "plan.json"
        settings = {name: int(value) if value.isdigit() else float(value) for name, value in SETTINGS.items()}
        plan.write_text(json.dumps({
            "defaults": {"data": "fashion-mnist", "readout": "ridge", "set": settings}, "rules": ["my_rule"]}))
        command = [self.program, "plan", plan, "--results", self.folder / "results", "--threads", 1, "--plugin"]
        needed(*command, self.plugin)
        (path,) = (self.folder / "results").glob("*.json")
        result = json.loads(path.read_text())
        self.assertEqual(result["state"], "ok")
        self.assertEqual(result["rule"]["origin"], "plugin")
        self.assertEqual(result["rule"]["plugin"], {
            "file": "libmy_rule.so", "sha256": hashlib.sha256(self.plugin.read_bytes()).hexdigest()})
        self.assertIn("(finished before)", needed(*command, self.plugin))
        board = " ".join(needed(self.program, "leaderboard", self.folder / "results").split())
        self.assertIn("my_rule (plugin)", board)
        self.assertIn(f"my_rule from libmy_rule.so (SHA-256 {result['rule']['plugin']['sha256'][:8]})", board)

    @unittest.skipUnless(FASHION.exists(), "skipped: no data")
    def test_another_build_is_another_cell(self):
        command = [self.program, "run", "--rule", "my_rule", *TINY, "--results", self.folder / "builds", "--plugin"]
        needed(*command, self.plugin)
        rebuilt = self.patched("rebuilt", b"t of the softmax", b"t of the SOFTMAX")
        self.assertNotIn("finished before", needed(*command, rebuilt))
        made_by = {json.loads(path.read_text())["rule"]["plugin"]["sha256"]: path.name
                   for path in (self.folder / "builds").glob("*.json")}
        self.assertEqual(set(made_by), {hashlib.sha256(library.read_bytes()).hexdigest()
                                        for library in (self.plugin, rebuilt)})

    @unittest.skipUnless(FASHION.exists(), "skipped: no data")
    def test_a_night_whose_rule_went_wrong_fails_the_gate(self):
        folder = self.folder / "nights"
        folder.mkdir()
        source = (self.project / "my_rule.cc").read_text()
        step = "{.post = won, "
        self.assertIn(step, source)
        for name, new in (("steady", "{.post = won, "), ("flipped", "{.post = -won, "), ("hasty", "{.post = 3 * won, ")):
            (folder / f"{name}.cc").write_text(source.replace(step, new).replace("= won.sum(0)", "= 3 * won.sum(0)")
                                               if name == "hasty" else source.replace(step, new))
        self.built_together(folder, {name: f"{name}.cc" for name in ("steady", "flipped", "hasty")})
        def night(name, library):
            needed(self.program, "run", "--rule", "my_rule", *TINY, "--set", "rule.learning_rate=0.9", "--seeds", "1-3",
                   "--results", folder / name, "--plugin", library)
            return folder / name
        first = night("monday", self.plugin)
        second = night("tuesday", folder / "build" / "libsteady.so")
        done = call(self.program, "compare", first, second)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("gate: passed", done.stdout)
        for name in ("flipped", "hasty"):
            done = call(self.program, "compare", first, second, first, night(name, folder / "build" / f"lib{name}.so"),
                        "--junit", folder / "junit.xml", "--summary", folder / "summary.md")
            self.assertEqual(done.returncode, 1, name + done.stdout + done.stderr)
            self.assertIn("my_rule", done.stdout)
            self.assertIn("<failure", (folder / "junit.xml").read_text())
            self.assertIn("WORSE", (folder / "summary.md").read_text())
        self.assertOneLineError(call(self.program, "compare", first), "OLD NEW")

    @unittest.skipUnless(FASHION.exists(), "skipped: no data")
    def test_another_build_does_not_go_on_from_a_checkpoint(self):
        longer = [word.replace("samples=640", "samples=12800") for word in TINY]
        command = [self.program, "run", "--rule", "my_rule", *longer, "--checkpoint-every", 0, "--results", self.folder / "killed",
                   "--plugin"]
        unfinished = self.folder / "killed" / ".unfinished"
        first = subprocess.Popen([str(word) for word in (*command, self.plugin)], stdout=subprocess.DEVNULL)
        deadline = time.time() + 120
        while not list(unfinished.glob("*.checkpoint")) and first.poll() is None and time.time() < deadline:
            time.sleep(0.01)
        first.kill()
        first.wait()
        (checkpoint,) = unfinished.glob("*.checkpoint")
        needed(*command, self.patched("rebuilt_then", b"t of the softmax", b"t of the SOFTMAX"))
        self.assertTrue(checkpoint.exists(), "the other build's checkpoint was taken")

    def test_another_version_is_refused_before_its_code_runs(self):
        trace = self.folder / "ran"
        code = f'''#include <fstream>
                   extern const char stamp[] = "plasticity rule (ABI 0, LibTorch 2.11)";
                   const bool ran = [] {{ std::ofstream("{trace}") << 1; return true; }}();'''
        library = self.compiled("old", code)
        self.assertOneLineError(call(self.program, "list", "--plugin", library), "old.so", "ABI 0", "ABI 3", "Rebuild")
        self.assertFalse(trace.exists(), "its static initialisers ran")

    def test_another_libtorch_is_refused(self):
        other = self.stamp().replace(b"LibTorch 2.", b"LibTorch 9.")
        library = self.patched("torch", self.stamp(), other)
        for verb in (["list"], ["describe", "my_rule"], ["check", "my_rule"], ["run", "--rule", "my_rule"],
                     ["plan", "nowhere.json"]):
            self.assertOneLineError(call(self.program, *verb, "--plugin", library), "torch.so", "LibTorch 9.")

    def test_other_headers_are_refused_until_the_rule_is_built_with_these(self):
        # The same installation with one header changed, and the rule built with it.
        other = self.folder / "other"
        shutil.copytree(self.folder / "installed", other, symlinks=True)
        header = other / "include" / "plasticity" / "suite" / "rule.h"
        text = header.read_text()
        project = self.folder / "with_other"
        shutil.copytree(self.project, project, ignore=shutil.ignore_patterns("build"))
        header.write_text(text + "// changed\n")
        needed("cmake", "-B", "build", "-D", f"plasticity_DIR={other / 'lib' / 'cmake' / 'plasticity'}", cwd=project)
        needed("cmake", "--build", "build", cwd=project)
        plugin = project / "build" / "libmy_rule.so"
        self.assertOneLineError(call(self.program, "list", "--plugin", plugin), "libmy_rule.so", "headers", "Rebuild it", "ci/build")
        header.write_text(text)
        needed("cmake", "--build", "build", cwd=project)
        self.assertIn("my_rule", needed(self.program, "list", "--plugin", plugin))

    def test_only_contracts_and_ops_are_installed(self):
        root = self.folder / "installed" / "include" / "plasticity"
        self.assertEqual({str(path.relative_to(root)) for path in root.rglob("*") if path.is_dir()},
                         {"suite", "suite/ops", "suite/base"})

    def test_the_pages_that_the_program_names_are_installed(self):
        pages = self.folder / "installed" / "share" / "doc" / "plasticity"
        for page in ("rules", "tasks", "plans", "comparison"):
            self.assertTrue((pages / "docs" / f"{page}.md").is_file(), page)
        for page in pages.rglob("*.md"):
            for link in re.findall(r"\]\(([\w./-]+\.(?:md|png|json))", page.read_text()):
                self.assertTrue((page.parent / link).is_file(), f"{page.name} shows or points to {link}")

    def test_what_is_no_plugin_is_refused(self):
        text = self.folder / "text.so"
        text.write_text("plasticity rule (ABI 3, LibTorch 2.11)\n")
        plain = self.compiled("plain", "int answer() { return 42; }")
        for path in (text, plain):
            self.assertOneLineError(call(self.program, "list", "--plugin", path), path.name, "is no plugin")
        self.assertOneLineError(call(self.program, "list", "--plugin", self.folder / "missing.so"), "missing.so")
        self.assertOneLineError(call(self.program, "list", "--plugin", self.folder), "is a folder")

    def test_a_library_that_lacks_something_or_registers_nothing(self):
        stamp = f'extern const char stamp[] = "{self.stamp().decode()}";'
        empty = self.compiled("empty", stamp)
        self.assertOneLineError(call(self.program, "list", "--plugin", empty), "empty.so", "registers nothing")
        lacking = self.compiled("lacking", stamp + " void absent_thing(); const bool b = (absent_thing(), true);")
        self.assertOneLineError(call(self.program, "list", "--plugin", lacking), "lacking.so", "absent_thing")

    def test_a_library_that_does_not_survive_loading(self):
        stamp = f'extern const char stamp[] = "{self.stamp().decode()}";\n#include <cstdlib>\n#include <csignal>\n'
        for name, code, words in (
                ("crashing", "std::raise(SIGSEGV);", "crashes: SIGSEGV (segmentation fault) while it is loaded"),
                ("leaving", "std::exit(0);", "ends the process with exit(0) while it is loaded"),
                ("throwing", "throw 42;", "throws an int while it is loaded")):
            library = self.compiled(name, stamp + f"const bool b = [] {{ {code} return true; }}();")
            for verb in (["list"], ["check", "all"], ["run", "--rule", "oja"]):
                with self.subTest(name=name, verb=verb):
                    self.assertOneLineError(call(self.program, *verb, "--plugin", library), f"{name}.so", words)

    def test_a_description_that_throws(self):
        project = self.folder / "undescribed"
        shutil.copytree(self.project, project, ignore=shutil.ignore_patterns("build"))
        source = project / "my_rule.cc"
        text = source.read_text()
        start = text.index("    return {", text.index("Describe()"))
        source.write_text(text[:start] + '    if (true) throw std::runtime_error("no words");\n' + text[start:])
        needed("cmake", "-B", "build", cwd=project)
        needed("cmake", "--build", "build", cwd=project)
        self.assertOneLineError(call(self.program, "list", "--plugin", project / "build" / "libmy_rule.so"), "libmy_rule.so",
                                "the description (Describe)", "throws: no words")

    def test_a_name_that_is_taken(self):
        twin = self.folder / "twin.so"
        shutil.copy(self.plugin, twin)
        done = call(self.program, "list", "--plugin", self.plugin, "--plugin", twin)
        self.assertOneLineError(done, "twin.so", "my_rule", "taken")

    def test_a_new_rule_needs_a_name_of_its_own(self):
        before = sorted(self.folder.iterdir())
        for name, word in (("MyRule", "lower-case"), ("2nd", "lower-case"), ("a b", "lower-case"), ("../up", "lower-case"),
                           ("", "name: is empty"), ("oja", "already"), ("test", "the build"), ("all", "the program"), ("my_rule", "exists")):
            with self.subTest(name):
                self.assertOneLineError(call(self.program, "new-rule", name, cwd=self.folder), word)
        self.assertOneLineError(call(self.program, "new-rule", "other", "--base", "hebb", cwd=self.folder),
                                "--base hebb", "hebbian, local-loss, whole-network")
        self.assertEqual(sorted(self.folder.iterdir()), before, "something was left behind")

    def test_output_and_awkward_names(self):
        needed(self.program, "new-rule", "hebbian-rule2", "--output", self.folder / "deeper", cwd=self.folder)
        text = (self.folder / "deeper" / "hebbian-rule2" / "hebbian-rule2.cc").read_text()
        self.assertIn("class HebbianRule2 ", text)
        self.assertIn('.name = "hebbian-rule2"', text)
        self.assertNotRegex(text, r"\{\{\w+\}\}")


if __name__ == "__main__":
    skips.main()
