#!/usr/bin/python3
"""docs/figures.py: draws the pictures in docs/images from the Results in results/reference/tasks.

Needs Debian's python3-matplotlib and python3-pil.
"""
import glob
import json
import os

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
RESULTS = os.path.join(HERE, "..", "results", "reference", "tasks")
IMAGES = os.path.join(HERE, "images")
RULES = ["backprop", "random", "sphere", "softhebb", "hpca", "krotov"]


def results(task):
    """The finished Results of a task by rule, then seed."""
    found = {}
    for path in sorted(glob.glob(os.path.join(RESULTS, task, "*.json"))):
        with open(path) as file:
            result = json.load(file)
        if result["state"] == "ok":
            found.setdefault(result["request"]["rule"]["name"], {})[result["request"]["seed"]] = result
    return {rule: found[rule] for rule in RULES if rule in found}


def sample_efficiency():
    """Test accuracy over the labels given, the mean of the seeds."""
    figure, axes = plt.subplots(figsize=(6.4, 4), dpi=130)
    for rule, seeds in results("sample-efficiency").items():
        curves = []
        for result in seeds.values():
            labels = result["records"]["labels"]["values"]
            shares = sorted((float(name.rsplit("labels.", 1)[1]), metric["value"]) for name, metric in result["metrics"].items()
                            if name.startswith("accuracy.labels."))
            curves.append([100 * value for _, value in shares])
        mean = [sum(values) / len(values) for values in zip(*curves)]
        axes.plot(labels, mean, marker="o", markersize=3, label=rule, linestyle="--" if rule in ("backprop", "random") else "-",
                  color={"backprop": "0.3", "random": "0.6"}.get(rule))
    axes.set(xscale="log", xlabel="labels", ylabel="test accuracy, %")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    figure.tight_layout()
    figure.savefig(os.path.join(IMAGES, "sample-efficiency.png"))


def reconstructions():
    """Images, the same with noise, and a row a rule of what a decoder makes of the last block's maps."""
    rows, names = [], []
    for rule, seeds in results("reconstruction").items():
        result = seeds[min(seeds)]
        sheet = Image.open(os.path.join(RESULTS, "reconstruction", result["artifacts"]["reconstructions"]["file"]))
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
sample_efficiency()
reconstructions()
