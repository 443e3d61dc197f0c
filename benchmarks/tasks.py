"""Pieces of work that are timed in a process of their own: ``python benchmarks/tasks.py NAME``.

Each prints one line of JSON: wall and CPU seconds (of the work, without imports), the most
memory in MB (of its own: pages of files, which the system takes back at need, do not count where
that is known), the number of images.
"""

import json
import re
import resource
import sys
import tempfile
import threading
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields
from inspect import signature
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
import torchvision
from material import CIFAR, Drawn, cifar, imagenette, resnet20, squeezenet
from torch.utils.data import DataLoader, Subset

import nfviz
from nfviz.recording.heap import kept_heap
from nfviz.recording.job import Job
from nfviz.recording.ledger import Ledger
from nfviz.recording.options import Options
from nfviz.recording.record import record as first_reading

RESULT = str(Path(tempfile.gettempdir()) / "nfviz-benchmark-{}.npz")
QUIET = {"progress": False}


def naive(folder, workers=2):
    """Run the loop that users write today: PIL, transforms, DataLoader, forward, nothing kept."""
    network, preprocess = squeezenet()
    images = imagenette(folder)
    images.transform = preprocess
    loader = DataLoader(images, batch_size=64, num_workers=int(workers))
    yield len(images)
    with torch.no_grad():
        for batch, _ in loader:
            network(batch)


def analyze(folder):
    """Analyze SqueezeNet with all 26 convolutions on the same files."""
    network, preprocess = squeezenet()
    images = imagenette(folder)
    yield len(images)
    nfviz.analyze(network, images, preprocess=preprocess, **QUIET)


def ranked(folder, count=2000):
    """Record the best 100 images of each channel of ResNet-20's convolutions, on one thread."""
    torch.set_num_threads(1)
    network, images = resnet20(), cifar()[: int(count)]
    yield len(images)
    recording = record(network, images, n_ranked=100, workers=0, **CIFAR)
    units = np.cumsum([layer.units for layer in recording.layers])[:-1]
    best = np.split(recording.ranked.image, units)
    np.savez(
        RESULT.format("nfviz"),
        **{layer.name: one for layer, one in zip(recording.layers, best, strict=True)},
    )


def crp(folder, count=2000):
    """Do the same with zennit-crp, which relates relevance as well, on one thread."""
    from crp.attribution import CondAttribution
    from crp.concepts import ChannelConcept
    from crp.visualization import FeatureVisualization
    from zennit.composites import EpsilonPlusFlat

    torch.set_num_threads(1)
    network, images = resnet20(), cifar()[: int(count)]
    mean, std = (torch.tensor(CIFAR[name])[:, None, None] for name in ("mean", "std"))
    # It reads normed maps where a norm follows, as nfviz does.
    layers = {source: ChannelConcept() for source in sources(network, images).values()}
    with tempfile.TemporaryDirectory() as place:
        shown = FeatureVisualization(
            CondAttribution(network),
            images,
            layers,
            preprocess_fn=lambda pixels: (pixels / 255 - mean) / std,
            max_target="max",
            abs_norm=False,
            path=place,
        )
        shown.ActMax.SAMPLE_SIZE = shown.RelMax.SAMPLE_SIZE = 100
        yield len(images)
        shown.run(EpsilonPlusFlat(), 0, len(images), 64, 10**6)
        names = {source: name for name, source in sources(network, images).items()}
        best = {
            names[path.name.rsplit("_", 3)[0]]: np.load(path).T
            for path in Path(place).glob("ActMax*/*_data.npy")
        }
        np.savez(RESULT.format("crp"), **best)


def memory(folder, count):
    """Analyze a small network on so many drawn images."""
    from nfviz.demo import demo_network

    images = Drawn(int(count))
    yield len(images)
    nfviz.analyze(
        demo_network(), images, mean=0.5, std=0.25, n_crops=4, max_memory=64 << 20, **QUIET
    )


def resnet50(folder, count=64):
    """Analyze all convolutions of ResNet-50 with random weights: its fields exceed the image."""
    torch.manual_seed(0)
    network, images = torchvision.models.resnet50(weights=None), Drawn(int(count), 224)
    yield len(images)
    nfviz.analyze(network, images, mean=0.5, std=0.25, n_max=10, n_crops=4, **QUIET)


def workers(folder, name, rounds=1):
    """Record in one process of two threads and in two of one, in turn; print the wall times."""
    if name == "ResNet-20":
        network, images, choices = resnet20(), cifar(), CIFAR
        images = Subset(images, [number % len(images) for number in range(20_000)])
    else:
        network, preprocess = squeezenet()
        images, choices = imagenette(folder), {"preprocess": preprocess}
        images = Subset(images, range(1536))
    few = Subset(images, range(600))
    times = []
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        for where in (None, executor):
            record(network, few, where, **choices)
        yield len(images)
        for _ in range(int(rounds)):
            for where in (None, executor):
                start = time.perf_counter()
                record(network, images, where, **choices)
                times.append(time.perf_counter() - start)
    yield {"one": times[::2], "two": times[1::2]}


def job(network, images, *, preprocess=None, mean=None, std=None, **numbers):
    """Return what `nfviz.analyze` makes of its arguments."""
    choices = {name: one.default for name, one in signature(nfviz.analyze).parameters.items()}
    choices |= {"workers": 2, **numbers}
    options = Options(**{field.name: choices[field.name] for field in fields(Options)})
    device = torch.device("cpu")
    return Job(network, images, preprocess, mean, std, None, None, device, options, True)


def record(network, images, executor=None, **choices):
    """Do the first reading alone."""
    work = job(network, images, **choices)
    with kept_heap():
        source, recorder = work.open()
        ledger = Ledger(
            lambda: recorder.new_shard(work.options.n_ranked), len(source), work.options.batch_size
        )
        return first_reading(work, recorder, ledger, executor, False)


def sources(network, images):
    """Return where each layer is read."""
    _, recorder = job(network, images, **CIFAR).open()
    return {layer.name: layer.source for layer in recorder.layers}


def main():
    """Run one task by name."""
    warnings.simplefilter("ignore")
    name, *arguments = sys.argv[1:]
    folder = tempfile.gettempdir()
    task = globals()[name](*(arguments or [folder]))
    images = next(task)
    start = time.perf_counter(), usage()
    peak = Peak()
    more = {}
    for found in task:
        more |= found
    result = {"images": images, "wall": time.perf_counter() - start[0], "cpu": usage() - start[1]}
    result["megabytes"] = peak.megabytes()
    print(json.dumps(result | more))


class Peak:
    """Watches how much memory of its own the process has, on Linux."""

    def __init__(self):
        self._status = Path("/proc/self/status")
        self._most = 0
        if self._status.exists():
            threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self):
        while True:
            found = re.search(r"RssAnon:\s+(\d+) kB", self._status.read_text())
            self._most = max(self._most, int(found[1]) / 1024 if found else 0)
            time.sleep(0.02)

    def megabytes(self):
        """Return the most there was."""
        return self._most or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def usage():
    """Return the CPU seconds of this process and of its children that have ended."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(sum(resource.getrusage(kind)[:2]) for kind in kinds)


if __name__ == "__main__":
    np.random.default_rng(0)
    main()
