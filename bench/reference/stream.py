#!/usr/bin/env python3
"""Steps a second of a bare PyTorch loop on a stream, beside ours: MLP 3072-256-10, 10 images a step, plain descent.

  bench/reference/stream.py STREAM_BENCH [--rounds N] [--steps N]

Seconds are those of one processor and one thread, so that others on the machine matter less. Images are normalised float32 in
memory, so that a step is all that is measured. er replays as many images from a reservoir of 500. STREAM_BENCH is our
program (build/release/stream_bench); both run in turn, and medians are compared.
"""
import argparse
import os
import random
import statistics
import subprocess
import time

import torch
from torch import nn

BATCH, MEMORY, IMAGES = 10, 500, 20000


def steps_per_second(strategy, steps):
    torch.manual_seed(1)
    images = torch.rand(IMAGES, 3, 32, 32)
    labels = torch.arange(IMAGES) % 10
    network = nn.Sequential(nn.Flatten(), nn.Linear(3072, 256), nn.ReLU(), nn.Linear(256, 10))
    descent = torch.optim.SGD(network.parameters(), lr=0.01)
    loss_of = nn.CrossEntropyLoss()
    memory, offered, begin = [], 0, 0.0
    order = torch.randperm(IMAGES)
    for step in range(-100, steps):  # the first hundred warm up
        if step == 0:
            begin = time.process_time()
        start = (step + 100) * BATCH % IMAGES
        batch = order[start:start + BATCH]
        x, y = images[batch], labels[batch]
        if strategy == "er":
            if memory:
                replayed = torch.tensor(random.sample(memory, min(BATCH, len(memory))))
                x, y = torch.cat([x, images[replayed]]), torch.cat([y, labels[replayed]])
            for image in batch.tolist():
                offered += 1
                if len(memory) < MEMORY:
                    memory.append(image)
                elif (place := random.randrange(offered)) < MEMORY:
                    memory[place] = image
        descent.zero_grad()
        loss_of(network(x), y).backward()
        descent.step()
    return steps / (time.process_time() - begin)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ours")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=2000)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    environment = dict(os.environ, OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")
    for strategy in ("finetune", "er"):
        theirs, ours = [], []
        for _ in range(arguments.rounds):
            theirs.append(steps_per_second(strategy, arguments.steps))
            ours.append(float(subprocess.run([arguments.ours, strategy, str(arguments.steps)], check=True, text=True,
                                             stdout=subprocess.PIPE, env=environment).stdout))
        ratio = statistics.median(ours) / statistics.median(theirs)
        print(f"{strategy:9} ours {statistics.median(ours):7.0f}   PyTorch {statistics.median(theirs):7.0f} steps/s   "
              f"ratio {ratio:.2f}", flush=True)


if __name__ == "__main__":
    main()
