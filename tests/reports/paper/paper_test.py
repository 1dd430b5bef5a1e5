"""`plasticity paper` as an author meets it: what it writes and where it refuses, and what LaTeX says of it. The tests with
LaTeX need latexmk, siunitx, pgfplots and pdftotext: ci/setup --tests installs them."""
import json
import math
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(SOURCE / "tests/program"))
import skips  # noqa: E402

PROGRAM = os.environ["PLASTICITY_PROGRAM"]
REFERENCE = SOURCE / "results/reference"
RESULTS = [REFERENCE / name for name in ("rules", "tasks", "continual/split-cifar100-class")]
TWO_COLUMNS = r"""\documentclass[twocolumn]{article}
\usepackage{booktabs,siunitx,etoolbox,pgfplots}
\robustify\bfseries
\pgfplotsset{compat=1.18}
\begin{document}
%s
\bibliographystyle{plain}
\bibliography{references}
\end{document}
"""


def call(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=120)


def accuracy_in_words(rule):
    """Of three seeds: mean and half-width of the 95 % interval, in percent."""
    found = [json.loads(path.read_text()) for path in RESULTS[0].glob("*.json")]
    values = [100 * one["metrics"]["accuracy.test"]["value"] for one in found if one["request"]["rule"]["name"] == rule]
    half = 4.303 * statistics.stdev(values) / math.sqrt(len(values))
    return f"{statistics.mean(values):.1f} ± {half:.1f}"


def has_latex():
    styles = ("siunitx.sty", "pgfplots.sty", "booktabs.sty")
    return all(map(shutil.which, ("latexmk", "pdftotext", "kpsewhich"))) and all(
        subprocess.run(["kpsewhich", style], capture_output=True).returncode == 0 for style in styles)


class OfResults(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        if not shutil.which("gnuplot"):
            raise unittest.SkipTest("skipped: no gnuplot")
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.paper = pathlib.Path(scratch.name) / "paper"
        cls.done = call("paper", *RESULTS, "-o", cls.paper)

    def setUp(self):
        self.assertEqual(self.done.returncode, 0, self.done.stderr)

    def compile(self, name):
        """What LaTeX complains of, but for fonts."""
        done = subprocess.run(["latexmk", "-pdf", "-interaction=nonstopmode", name + ".tex"], cwd=self.paper,
                              capture_output=True, text=True, timeout=300)
        log = (self.paper / (name + ".log")).read_text(errors="replace")
        self.assertEqual(done.returncode, 0, log[-3000:])
        self.assertNotIn("Warning--", (self.paper / (name + ".blg")).read_text())
        return [line for line in log.splitlines()
                if re.match(r"(LaTeX|Package|pdfTeX) .*[Ww]arning|Overfull", line) and "Font" not in line]

    def test_it_lists_what_it_wrote(self):
        listed = {pathlib.Path(line).relative_to(self.paper) for line in self.done.stdout.split()}
        there = {path.relative_to(self.paper) for path in self.paper.rglob("*") if path.suffix in (".tex", ".bib", ".pdf")}
        self.assertLessEqual(listed, there)
        for name in ("main.tex", "references.bib", "tables/classification.tex", "tables/continual.tex", "tables/ranking.tex",
                     "tables/claims.tex", "figures/sample-efficiency.pdf", "figures/critical-difference.pdf"):
            self.assertIn(pathlib.Path(name), listed)

    def test_every_citation_has_its_entry(self):
        entries = re.findall(r"^@\w+\{([^,]+),", (self.paper / "references.bib").read_text(), re.MULTILINE)
        cited = {key for file in self.paper.rglob("*.tex") for keys in re.findall(r"\\cite\{([^}]+)\}", file.read_text())
                 for key in keys.split(",")}
        self.assertEqual(set(entries), cited)
        self.assertEqual(len(entries), len(cited), "each once")

    @unittest.skipUnless(has_latex(), "skipped: no LaTeX (ci/setup --tests)")
    def test_it_compiles_without_a_warning(self):
        self.assertEqual(self.compile("main"), [])
        text = subprocess.run(["pdftotext", "-layout", self.paper / "main.pdf", "-"], capture_output=True, text=True).stdout
        for word in ("What was run", "softhebb", accuracy_in_words("backprop"), "Ranking", "References", "FastHebb"):
            self.assertTrue(word in text, word)
        self.assertFalse("??" in text, "a reference leads nowhere")
        # What LaTeX left in the folder is not ours, and stays.
        again = call("paper", *RESULTS, "-o", self.paper)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertTrue((self.paper / "main.pdf").exists())

    @unittest.skipUnless(has_latex(), "skipped: no LaTeX (ci/setup --tests)")
    def test_a_table_goes_into_a_two_column_article(self):
        table = call("table", RESULTS[0], "--layout", "classification", "--format", "latex").stdout
        (self.paper / "pasted.tex").write_text(TWO_COLUMNS % table)
        self.assertFalse([line for line in self.compile("pasted") if "Overfull" not in line])
        (self.paper / "across.tex").write_text(TWO_COLUMNS % table.replace("{table}", "{table*}"))
        self.assertEqual(self.compile("across"), [], "across both columns it has room")


class Refusals(unittest.TestCase):
    def test_what_an_author_changed_is_not_overwritten(self):
        with tempfile.TemporaryDirectory() as folder:
            paper = pathlib.Path(folder) / "paper"
            paper.mkdir()
            (paper / "mine.tex").write_text("mine")
            done = call("paper", RESULTS[0], "-o", paper)
            self.assertEqual((done.returncode, len(done.stderr.strip().splitlines())), (2, 1), done.stderr)
            self.assertIn("other files already", done.stderr)
            self.assertEqual([path.name for path in paper.iterdir()], ["mine.tex"])


if __name__ == "__main__":
    skips.main()
