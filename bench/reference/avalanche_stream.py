#!/usr/bin/env python3
"""Steps a second of Avalanche 0.6.0 on the stream of twins.stream: an MLP 3072-256-10, 10 images a step, plain descent.

usage: bench/reference/avalanche_stream.py finetune|er [STEPS]

One thread, seconds of one processor, as build/release/stream_bench has them, which does the same. Needs a Python with
avalanche-lib==0.6.0.
"""
import sys
import time
import warnings

warnings.filterwarnings("ignore")

import torch  # noqa: E402
from avalanche.benchmarks.scenarios.dataset_scenario import benchmark_from_datasets  # noqa: E402
from avalanche.benchmarks.utils import as_classification_dataset  # noqa: E402
from avalanche.core import SupervisedPlugin  # noqa: E402
from avalanche.training.plugins import EvaluationPlugin, ReplayPlugin  # noqa: E402
from avalanche.training.supervised import Naive  # noqa: E402
from torch import nn  # noqa: E402
from torch.utils.data import TensorDataset  # noqa: E402

WARM_UP = 100  # steps


class Images(TensorDataset):
    """Random images of ten classes, which Avalanche knows by their targets."""

    def __init__(self, count):
        super().__init__(torch.rand(count, 3, 32, 32), torch.arange(count) % 10)
        self.targets = self.tensors[1].tolist()


class Clock(SupervisedPlugin):
    """Ends the program once enough steps were timed; the first experience only fills the memory."""

    def __init__(self, steps):
        super().__init__()
        self.steps, self.done, self.begin = steps, 0, 0

    def after_training_iteration(self, strategy, **_):
        if strategy.clock.train_exp_counter == 0:
            return
        self.done += 1
        if self.done == WARM_UP:
            self.begin = time.process_time()
        if self.done == WARM_UP + self.steps:
            print(f"{self.steps / (time.process_time() - self.begin):.0f}")
            sys.exit()


def main():
    if len(sys.argv) < 2 or sys.argv[1] not in ("finetune", "er"):
        sys.exit(__doc__)
    torch.set_num_threads(1)
    sets = [as_classification_dataset(Images(count)) for count in (500, 20000)]
    network = nn.Sequential(nn.Flatten(), nn.Linear(3072, 256), nn.ReLU(), nn.Linear(256, 10))
    replay = [ReplayPlugin(mem_size=500, batch_size=10, batch_size_mem=10)] if sys.argv[1] == "er" else []
    clock = Clock(int(sys.argv[2]) if len(sys.argv) > 2 else 1000)
    strategy = Naive(model=network, optimizer=torch.optim.SGD(network.parameters(), lr=0.01), criterion=nn.CrossEntropyLoss(),
                     train_mb_size=10, train_epochs=1, evaluator=EvaluationPlugin(), plugins=[*replay, clock])
    for experience in benchmark_from_datasets(train=sets, test=sets).train_stream:
        strategy.train(experience, num_workers=0)


if __name__ == "__main__":
    main()
