"""Kill a recording at random moments, resume it, and compare the atlas bit for bit.

``python benchmarks/kill_drill.py --kills 200`` prints how often it killed, in which state the
store was left, and whether every atlas that came out in the end is that of an undisturbed call.
In a fifth of the cases another process is at work on the same store.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

import nfviz
from nfviz.recording import stored_ledger

TABLES = ("images", "classes", "layers", "ranked", "neurons", "responses", "hues")
ARRAYS = ("features", "spread", "coverage", "class_means")


def network():
    """Return a small network with seeded weights."""
    generator = torch.Generator().manual_seed(0)
    layers = nn.Sequential(
        nn.Conv2d(3, 16, 5, padding=2), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Conv2d(16, 24, 3)
    )
    for parameter in layers.parameters():
        parameter.data.normal_(0, 0.2, generator=generator)
    return layers


def images(count=1000):
    """Return seeded images in 20 classes."""
    drawn = np.random.default_rng(0).integers(0, 256, (count, 3, 24, 24), dtype=np.uint8)
    return [(torch.from_numpy(image), number % 20) for number, image in enumerate(drawn)]


def record(store=None):
    """Analyze the images, committing after every batch."""
    stored_ledger.EVERY = 0.0
    options = {"mean": 0.5, "std": 0.25, "n_max": 20, "n_ranked": 60, "batch_size": 16}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return nfviz.analyze(network(), images(), store=store, progress=False, **options)


def differences(one, other):
    """Name the parts in which two atlases are not the same to the bit."""
    different = []
    for name in TABLES:
        try:
            pd.testing.assert_frame_equal(
                getattr(one, name), getattr(other, name), check_exact=True
            )
        except AssertionError:
            different.append(name)
    for name in ARRAYS:
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine.keys() != theirs.keys() or any(
            mine[layer].dtype != theirs[layer].dtype
            or np.ascontiguousarray(mine[layer]).tobytes() != theirs[layer].tobytes()
            for layer in mine
        ):
            different.append(name)
    if any(
        one.crops[layer].data.tobytes() != other.crops[layer].data.tobytes() for layer in one.crops
    ):
        different.append("crops")
    if one.manifest != other.manifest:
        different.append("manifest")
    return different


def start(store):
    """Record in a child."""
    child = os.fork()
    if not child:
        try:
            record(store)
            os._exit(0)
        except BaseException as error:
            print(f"failed: {error!r}", file=sys.stderr)
            os._exit(1)
    return child


def ended(child):
    """Wait for a child; tell whether it was killed."""
    status = os.waitpid(child, 0)[1]
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise SystemExit("a resumed recording failed")
    return os.WIFSIGNALED(status)


def killed(store, after, *, two=False):
    """Record in a child that is killed after so many seconds; tell whether it was.

    With `two`, another child shares the store, and lives on to the end.
    """
    child, other = start(store), start(store) if two else None
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    was = ended(child)
    if other:
        ended(other)
    return was


def main():
    """Drill and report; exit with 1 if anything differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    torch.set_num_threads(1)
    draw = random.Random(wanted.seed)
    whole = record()
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        record(Path(folder) / "store")
        length = time.perf_counter() - began
    kills = stores = 0
    states, wrong = Counter(), []
    while kills < wanted.kills:
        with tempfile.TemporaryDirectory() as folder:
            store = Path(folder) / "store"
            for _ in range(draw.randint(1, 4)):
                two = draw.random() < 0.2
                if not killed(store, draw.uniform(0, length), two=two):
                    break
                kills += 1
                states["one of two"] += two
                states["shards" if any(store.glob("shards/*.shard")) else "nothing"] += 1
                states["results"] += any(store.glob("results/*/*"))
                states["half a file"] += any(store.rglob(".*"))
            wrong += differences(whole, record(store))
            stores += 1
    print(f"{kills} kills in {stores} recordings of {length:.1f} s; left behind: {dict(states)}")
    print(f"different: {wrong or 'nothing, to the bit'}")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
