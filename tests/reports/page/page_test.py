"""`plasticity page` as a reader meets it: what it writes and where it refuses, and the pages in a browser. The browser's
tests need Debian's chromium; one needs axe-core, too. ci/setup --tests installs both."""
import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

import browser

SOURCE = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(SOURCE / "tests/program"))
import skips  # noqa: E402

PROGRAM = os.environ["PLASTICITY_PROGRAM"]
RESULTS = [SOURCE / "results/reference" / name for name in ("rules", "gpu", "tasks/robustness", "tasks/few-shot")]
SIZES = [(1280, False), (1280, True), (390, False), (390, True)]
# What axe-core would find, and some that is ours, in the page itself.
BASICS = """(() => {
  const wrong = [];
  const need = (what, selector) => { if (!document.querySelector(selector)) wrong.push(what); };
  need('lang', 'html[lang=en]'); need('title', 'title'); need('main', 'main'); need('nav', 'nav[aria-label]');
  need('skip link', 'a.skip[href="#main"]'); need('footer', 'footer');
  if (document.querySelectorAll('h1').length !== 1) wrong.push('one h1');
  let last = 1;
  for (const head of document.querySelectorAll('h1, h2, h3, h4')) {
    const level = Number(head.tagName[1]);
    if (level > last + 1) wrong.push('a heading left out before ' + head.textContent);
    last = level;
  }
  const ids = Array.from(document.querySelectorAll('[id]'), (one) => one.id);
  if (new Set(ids).size !== ids.length) wrong.push('two of one id');
  for (const table of document.querySelectorAll('table')) {
    if (!table.caption || !table.caption.textContent) wrong.push('a table without caption');
    if (table.querySelector('thead th:not([scope=col]), tbody th:not([scope=row])')) wrong.push('a th without scope');
    if (!table.closest('[tabindex="0"][aria-label]')) wrong.push('a table that keys cannot scroll');
  }
  for (const field of document.querySelectorAll('input, select')) {
    if (!field.labels.length) wrong.push('a field without label');
  }
  for (const svg of document.querySelectorAll('svg')) {
    if (svg.getAttribute('role') !== 'img' || !svg.getAttribute('aria-label')) wrong.push('a picture without words');
  }
  const wide = document.documentElement.scrollWidth - window.innerWidth;
  if (wide > 0) wrong.push('wider than the window by ' + wide);
  return wrong;
})()"""


def page(*arguments):
    return subprocess.run([PROGRAM, "page", *map(str, arguments)], capture_output=True, text=True, timeout=60)


def axe_source():
    spec = importlib.util.find_spec("axe_core_python")
    return pathlib.Path(spec.origin).with_name("axe.min.js").read_text() if spec else None


class InTemporaryFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)


class Folders(InTemporaryFolder):
    def assertRefused(self, *words):
        done = page(RESULTS[1], "-o", self.folder / "site")
        self.assertEqual((done.returncode, len(done.stderr.strip().splitlines())), (2, 1), done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["site"], "nothing is left beside it")

    def test_new_empty_and_its_own_are_written(self):
        site = self.folder / "site"
        for name in ("site", "site/"):
            done = page(*RESULTS, "-o", f"{self.folder}/{name}")
            self.assertEqual(done.returncode, 0, done.stderr)
        many = {path.relative_to(site) for path in site.rglob("*")}
        page(RESULTS[1], "-o", site)
        few = {path.relative_to(site) for path in site.rglob("*")}
        self.assertLess(len(few), len(many), "what the last one has no page for is gone")
        self.assertEqual([path.name for path in self.folder.iterdir()], ["site"])

    def test_other_files_are_left_alone(self):
        site = self.folder / "site"
        site.mkdir()
        (site / "notes.txt").write_text("mine")
        self.assertRefused("other files")
        (site / "notes.txt").unlink()
        page(RESULTS[1], "-o", site)
        (site / "CNAME").write_text("mine")
        page(RESULTS[1], "-o", site)
        self.assertEqual((site / "CNAME").read_text(), "mine")
        (site / "style.css").write_text("mine")
        self.assertRefused("style.css")

    def test_a_file_is_no_folder(self):
        (self.folder / "site").write_text("mine")
        self.assertRefused("no folder")

    def test_no_results(self):
        done = page(self.folder, "-o", self.folder / "site")
        self.assertEqual(done.returncode, 2)
        self.assertFalse((self.folder / "site").exists())


class OfResults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.scratch.cleanup)
        cls.site = pathlib.Path(cls.scratch.name) / "site"
        done = page(*RESULTS, "-o", cls.site)
        assert done.returncode == 0, done.stderr


class Pages(OfResults):
    def test_every_link_leads_somewhere(self):
        ids = {path: set(re.findall(r' id="([^"]+)"', path.read_text())) for path in self.site.rglob("*.html")}
        self.assertGreater(len(ids), 100)
        for path in ids:
            for link in re.findall(r'(?:href|src)="([^"]+)"', path.read_text()):
                address, _, anchor = link.partition("#")
                self.assertFalse(urllib.parse.urlsplit(address).scheme, link)
                goal = (path.parent / address).resolve() if address else path
                self.assertTrue(goal.exists(), f"{path}: {link}")
                if anchor:
                    self.assertIn(anchor, ids[goal], f"{path}: {link}")

    def test_every_result_has_its_page_and_command(self):
        for folder in RESULTS:
            for path in folder.glob("*.json"):
                text = (self.site / "results" / (path.stem + ".html")).read_text()
                self.assertIn("plasticity run --rule " + json.loads(path.read_text())["request"]["rule"]["name"], text)

    def test_a_rule_shows_what_it_is(self):
        text = (self.site / "rules/softhebb.html").read_text()
        for word in ("anti-Hebbian losers", "@inproceedings{journe2023hebbian,\n", "Published, not measured here", "<svg"):
            self.assertIn(word, text)


@unittest.skipUnless(browser.FOUND, "skipped: no chromium (ci/setup --tests)")
class InABrowser(OfResults):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = cls.enterClassContext(browser.Browser())
        cls.kinds = [cls.site / name for name in ("index.html", "rules/softhebb.html", "tasks/robustness.html",
                                                  "results/53e1b1a8c8d6a2fe.html")]

    def test_pages_are_well_made_in_every_size_and_colour(self):
        for path in self.kinds:
            for width, dark in SIZES:
                with self.subTest(page=path.name, width=width, dark=dark):
                    self.browser.open(path, width=width, dark=dark)
                    self.assertEqual(self.browser.run(BASICS), [])
                    self.assertEqual(self.browser.complaints(), [])
                    self.assertTrue(all(address.startswith("file:") for address in self.browser.requests()))

    def test_axe_finds_nothing(self):
        axe = axe_source()
        if not axe:
            self.skipTest("skipped: no axe-core (ci/setup --tests)")
        for path in self.kinds:
            for width, dark in (SIZES[0], SIZES[3]):
                with self.subTest(page=path.name, width=width, dark=dark):
                    self.browser.open(path, width=width, dark=dark)
                    self.browser.run(axe + ";0")
                    found = self.browser.run("axe.run().then((done) => done.violations.map((one) => "
                                             "one.id + ': ' + one.nodes[0].html.slice(0, 200)))")
                    self.assertEqual(found, [])

    def column(self, heading):
        """The first board's cells below a heading, as numbers."""
        return self.browser.run(f"""(() => {{
          const table = document.querySelector('table');
          const heads = Array.from(table.tHead.rows[0].cells);
          const at = heads.findIndex((head) => head.textContent.startsWith({json.dumps(heading)}));
          return Array.from(table.tBodies[0].rows, (row) => row.cells[at].dataset.value ?? row.cells[at].textContent);
        }})()""")

    def head(self, heading, then):
        return self.browser.run(f"""(() => {{
          const head = Array.from(document.querySelectorAll('table thead th'))
            .find((one) => one.textContent.startsWith({json.dumps(heading)}));
          return {then};
        }})()""")

    def test_a_key_sorts_and_says_so(self):
        self.browser.open(self.site / "index.html")
        self.assertEqual(self.head("accuracy", "head.getAttribute('aria-sort')"), None)
        self.head("accuracy", "head.firstElementChild.focus()")
        for said, sign in (("ascending", 1), ("descending", -1)):
            self.browser.press("Enter", 13)
            self.assertEqual(self.head("accuracy", "head.getAttribute('aria-sort')"), said)
            values = [float(value) for value in self.column("accuracy")]
            self.assertGreater(len(values), 20)
            self.assertEqual(values, sorted(values, key=lambda value: sign * value))
        self.head("rule", "head.firstElementChild.click()")
        self.assertEqual(self.head("accuracy", "head.getAttribute('aria-sort')"), None)
        rules = self.column("rule")
        self.assertEqual(rules, sorted(rules))
        self.head("images/s", "head.firstElementChild.click()")
        self.assertEqual(self.column("images/s")[-2:], ["-", "-"], "nothing comes last")

    def shown(self):
        return self.browser.run("""Array.from(document.querySelectorAll('.board:not([hidden]) tbody tr:not([hidden])'),
          (row) => [row.dataset.rule, row.closest('.board').dataset.task, row.dataset.traits])""")

    def choose(self, name, value):
        self.browser.run(f"""(() => {{
          const field = document.querySelector('form.filter').elements.namedItem({json.dumps(name)});
          field.value = {json.dumps(value)};
          field.dispatchEvent(new Event('input', {{ bubbles: true }}));
        }})()""")

    def test_boards_are_filtered(self):
        self.browser.open(self.site / "index.html")
        every = self.shown()
        self.choose("rule", "softhebb")
        self.assertEqual({row[0] for row in self.shown()}, {"softhebb"})
        self.assertGreater(len({row[1] for row in self.shown()}), 1)
        self.choose("task", "robustness")
        self.assertEqual({row[1] for row in self.shown()}, {"robustness"})
        self.choose("rule", "")
        self.choose("trait", "no-labels")
        self.assertTrue(all("no-labels" in row[2] for row in self.shown()))
        self.choose("task", "")
        self.choose("text", "PREDICTIVE nothing has this")
        self.assertEqual(self.shown(), [])
        self.assertEqual(self.browser.run("document.querySelector('[role=status]').textContent"), "0 rows on 0 boards")
        self.browser.run("document.querySelector('form.filter button').click()")
        self.assertEqual(self.browser.run("new Promise((done) => setTimeout(() => done(document.querySelector("
                                          "'[role=status]').textContent), 50))").split()[0], str(len(every)))
        self.assertEqual(self.shown(), every)

    def test_a_page_is_read_without_scripts(self):
        self.browser.call("Emulation.setScriptExecutionDisabled", value=True)
        self.addCleanup(self.browser.call, "Emulation.setScriptExecutionDisabled", value=False)
        self.browser.open(self.site / "index.html")
        self.assertEqual(self.browser.complaints(), [])
        self.assertTrue(self.browser.run("document.querySelector('form.filter').hidden"))
        self.assertIsNone(self.browser.run("document.querySelector('thead button')"))


if __name__ == "__main__":
    skips.main()
