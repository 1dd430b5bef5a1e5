#!/usr/bin/python3
"""docs/figures.py: draws the pictures in docs/images from the Results in results/reference: those of docs/figures.md by the
commands that stand there, the table of docs/paper.md, and the sheet of reconstructions.

usage: docs/figures.py [PROGRAM]     the built program, build/release/plasticity unless told otherwise

Needs Debian's python3-matplotlib and python3-pil, and what ci/setup --tests installs.
"""
import glob
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from PIL import Image, ImageOps

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..")
RESULTS = os.path.join(ROOT, "results", "reference", "tasks", "reconstruction")
IMAGES = os.path.join(HERE, "images")
RULES = ["backprop", "random", "sphere", "softhebb", "hpca", "krotov"]


def plots(program):
    """Runs the page's commands. A page's pictures do with 256 colours, which makes them small."""
    with open(os.path.join(HERE, "figures.md")) as page:
        commands = re.findall(r"^    plasticity (plot .*)$", page.read(), re.MULTILINE)
    for command in map(shlex.split, commands):
        subprocess.run([program, *command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        picture = os.path.join(ROOT, command[command.index("--output") + 1])
        Image.open(picture).convert("RGB").quantize(256).save(picture, optimize=True)


TABLE = r"""\documentclass{article}
\usepackage[paperwidth=16cm,paperheight=9cm,margin=3mm]{geometry}
\usepackage{booktabs,siunitx,etoolbox}
\robustify\bfseries
\setlength{\tabcolsep}{4pt}
\pagestyle{empty}
\begin{document}
\small
%s
\bibliographystyle{plain}
\setbox0=\vbox{\bibliography{references}}
\end{document}
"""


def table(program):
    """The table of docs/paper.md by its command, as LaTeX sets it."""
    with open(os.path.join(HERE, "paper.md")) as page:
        command = shlex.split(re.search(r"^    plasticity (table .*)$", page.read(), re.MULTILINE)[1])
    text = subprocess.run([program, *command], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(os.path.join(ROOT, "reports/published/references.bib"), folder)
        with open(os.path.join(folder, "table.tex"), "w") as file:
            file.write(TABLE % text.replace("[htbp]", "[h]"))
        subprocess.run(["latexmk", "-pdf", "-interaction=nonstopmode", "table.tex"], cwd=folder, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        subprocess.run(["pdftoppm", "-r", "130", "-f", "1", "-l", "1", "-singlefile", "-png", "table.pdf", "table"], cwd=folder, check=True)
        picture = Image.open(os.path.join(folder, "table.png")).convert("L")
        ink = ImageOps.invert(picture).getbbox()
        box = (max(0, ink[0] - 12), max(0, ink[1] - 12), min(picture.width, ink[2] + 12), min(picture.height, ink[3] + 12))
        picture.crop(box).save(os.path.join(IMAGES, "table.png"), optimize=True)


def results():
    """The finished Results by rule, then seed."""
    found = {}
    for path in sorted(glob.glob(os.path.join(RESULTS, "*.json"))):
        with open(path) as file:
            result = json.load(file)
        if result["state"] == "ok":
            found.setdefault(result["request"]["rule"]["name"], {})[result["request"]["seed"]] = result
    return {rule: found[rule] for rule in RULES if rule in found}


def reconstructions():
    """Images, the same with noise, and a row a rule of what a decoder makes of the last block's maps."""
    rows, names = [], []
    for rule, seeds in results().items():
        result = seeds[min(seeds)]
        sheet = Image.open(os.path.join(RESULTS, result["artifacts"]["reconstructions"]["file"]))
        count = 3 + len(result["request"]["network"]["blocks"])  # images, noisy, one a block, noisy from the last
        height = (sheet.height - 2) // count
        row = lambda i: sheet.crop((0, i * height, sheet.width, (i + 1) * height + 2))
        if not rows:
            rows, names = [row(0), row(1)], ["images", "with noise"]
        rows.append(row(count - 2))
        names.append(rule)
    figure, axes = plt.subplots(len(rows), 1, figsize=(6, 0.62 * len(rows)), dpi=90)
    for axis, picture, name in zip(axes, rows, names):
        axis.imshow(picture)
        axis.set_ylabel(name, rotation=0, ha="right", va="center")
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set_visible(False)
    figure.savefig(os.path.join(IMAGES, "reconstructions.png"), bbox_inches="tight")


os.makedirs(IMAGES, exist_ok=True)
PROGRAM = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else os.path.join(ROOT, "build", "release", "plasticity")
plots(PROGRAM)
table(PROGRAM)
reconstructions()
