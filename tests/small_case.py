"""A network and images so small that they are analyzed in no time, and count what is done."""

import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

import nfviz

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from kill_drill import differences

__all__ = [
    "BENCHMARKS",
    "COUNT",
    "OPTIONS",
    "Counted",
    "Images",
    "analyze",
    "differences",
    "network",
    "shards",
]

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
OPTIONS = {"mean": 0.5, "std": 0.25, "n_max": 5, "n_ranked": 9, "batch_size": 8, "progress": False}
COUNT = 150


class Images:
    """Seeded images that count how often they are read, and may interrupt."""

    def __init__(self, count=COUNT, stop=None, seed=0):
        random = np.random.default_rng(seed)
        self.pixels = torch.from_numpy(random.integers(0, 256, (COUNT + 99, 3, 12, 12), np.uint8))
        self.count, self.stop, self.reads = count, stop, []

    def __len__(self):
        return self.count

    def __getitem__(self, number):
        if not 0 <= number < self.count:
            raise IndexError(number)
        if number == self.stop:
            raise KeyboardInterrupt
        self.reads.append(number)
        return self.pixels[number], number % 7


class Counted(nn.Sequential):
    """A network that counts its runs."""

    runs = 0

    def forward(self, images):
        self.runs += 1
        return super().forward(images)


def network(seed=0):
    torch.manual_seed(seed)
    return Counted(nn.Conv2d(3, 6, 3), nn.ReLU(inplace=True), nn.Conv2d(6, 4, 3, stride=2))


def analyze(store=None, images=None, seed=0, **options):
    images = Images() if images is None else images
    return nfviz.analyze(network(seed), images, store=store, **{**OPTIONS, **options})


def shards(store):
    return sorted(Path(store).glob("shards/*.shard"))
