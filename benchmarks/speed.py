"""Print ratios, each measured side by side in one run: ``python benchmarks/speed.py [ROW ...]``.

Rows: overhead, naive, crp, memory, features, workers, resnet50. Medians of alternated rounds
(``--rounds``); work that could disturb other work runs in a process of its own. A row whose data
or package is absent says so. zennit-crp is no dependency of nfviz: install it beside for its row.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import numpy as np
import torch
from material import CIFAR, Absent, Drawn, cifar, imagenette, need, resnet20, squeezenet
from tasks import RESULT, job
from torch.utils.data import Subset

from nfviz.networks import vgg_m
from nfviz.recording.borrow import borrowed
from nfviz.recording.heap import kept_heap
from nfviz.recording.read_ahead import in_batches, read_ahead
from nfviz.recording.responses import Responses

WORKERS = {"SqueezeNet 1.1": "imagenette2-val-224.zip", "ResNet-20": "cifar10_resnet20.pth"}
LINE = "{:<70}{:>9}{:>9}  {}"


def show(name, value, limit, note=""):
    """Print one row of the table."""
    print(LINE.format(name, value, limit, note), flush=True)


def run(task, *arguments):
    """Run a task in a process of its own."""
    command = [sys.executable, "-W", "ignore", Path(__file__).with_name("tasks.py"), task]
    words = [tempfile.gettempdir(), *map(str, arguments)]
    done = subprocess.run([*command, *words], capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [""])[-1]
        if last.startswith("material.Absent"):
            raise Absent(last.partition(": ")[2])
        raise RuntimeError(f"task {task} ended with {done.returncode}: {last}")
    return json.loads(done.stdout.splitlines()[-1])


def alternated(rounds, *tasks):
    """Run tasks in turn and return the results of each."""
    results = [[] for _ in tasks]
    for _ in range(rounds):
        for result, task in zip(results, tasks, strict=True):
            result.append(run(*task))
    return results


def overhead(rounds):
    """Time recording over the bare pass of the same tuned network on the same batches."""
    cases = {
        "VGG-M, 224 px, 5 convolutions": (vgg_case, 0.03),
        "SqueezeNet 1.1, 224 px, 26 convolutions": (squeezenet_case, 0.10),
        "ResNet-20, CIFAR, 19 convolutions": (cifar_case, 0.15),
    }
    for name, (case, limit) in cases.items():
        try:
            ratio, bare = recorded_over_bare(*case(), rounds)
        except Absent as error:
            show(f"recording / bare forward: {name}", "absent", "", str(error))
            continue
        note = f"bare {bare * 1e3:.2f} ms an image"
        show(f"recording / bare forward: {name}", f"{ratio:.3f}", f"<= {1 + limit:.2f}", note)


def vgg_case():
    """VGG-M with random weights on drawn images."""
    torch.manual_seed(0)
    return vgg_m().eval(), Drawn(256, 224), {"mean": 0.5, "std": 0.25, "batch_size": 32}


def squeezenet_case():
    """SqueezeNet 1.1 on Imagenette."""
    network, preprocess = squeezenet()
    images = imagenette(tempfile.gettempdir())
    part = Subset(images, range(0, len(images), len(images) // 256))
    return network, part, {"preprocess": preprocess}


def cifar_case():
    """ResNet-20 on CIFAR-10."""
    return resnet20(), cifar()[:2048], CIFAR


def recorded_over_bare(network, images, choices, rounds):
    """Return the median ratio of wall times, and the seconds of the bare pass for an image."""
    work = job(network, images, **choices)
    size = work.options.batch_size
    with kept_heap(), torch.no_grad():
        source, recorder = work.open()
        numbers = np.arange(len(images) // size * size)
        batches = list(read_ahead(source, in_batches(numbers, size), 2))
        inputs = [recorder.inputs(batch, size) for batch in batches]
        ratios, bare = [], []
        with borrowed(network, work.device, recorder.memory_format):
            for _ in range(2 * rounds + 1):
                start = time.perf_counter()
                for batch in inputs:
                    network(batch)
                bare.append(time.perf_counter() - start)
                shard = recorder.new_shard(work.options.n_ranked)
                responses = Responses(recorder.layers, size, work.device)
                start = time.perf_counter()
                with responses.hooked(network):
                    for batch, values in zip(batches, inputs, strict=True):
                        network(values)
                        shard.update(batch, *responses.take(size))
                ratios.append((time.perf_counter() - start) / bare[-1])
    return median(ratios[1:]), median(bare[1:]) / len(numbers)


def naive(rounds):
    """Time the whole of analyze over the loop that users write today, which records nothing."""
    need("imagenette2-val-224.zip")
    theirs, ours = alternated(rounds, ("naive",), ("analyze",))
    ratio = median(b["wall"] / a["wall"] for a, b in zip(theirs, ours, strict=True))
    loop, whole = (median(one["wall"] for one in each) for each in (theirs, ours))
    note = f"{ours[0]['images']} JPEG files: loop {loop:.0f} s, analyze {whole:.0f} s"
    show("analyze, whole / PIL loop, bare: SqueezeNet 1.1", f"{ratio:.2f}", "<= 0.50", note)


def crp(rounds):
    """Compare with zennit-crp: images per CPU second, and whether both find the same images."""
    need("cifar10_resnet20.pth")
    if find_spec("crp") is None:
        raise Absent("zennit-crp is not installed")
    theirs, ours = alternated(rounds, ("crp",), ("ranked",))
    ratio = median(a["cpu"] / b["cpu"] for a, b in zip(theirs, ours, strict=True))
    with np.load(RESULT.format("crp")) as one, np.load(RESULT.format("nfviz")) as other:
        pairs = [pair for layer in other for pair in zip(one[layer], other[layer], strict=True)]
    same = sum(set(a) == set(b) for a, b in pairs)
    note = f"{same} of {len(pairs)} neurons have the same 100 images"
    show("images per CPU second / zennit-crp: ResNet-20", f"{ratio:.1f}", ">= 6", note)


def memory(rounds):
    """Compare the largest memory on 20,000 images with that on 1,000."""
    few, many = alternated(rounds, ("memory", 1000), ("memory", 20_000))
    peaks = [median(one["megabytes"] for one in each) for each in (few, many)]
    note = f"{peaks[0]:.0f} MB, {peaks[1]:.0f} MB"
    show("peak memory, 20,000 / 1,000 images", f"{peaks[1] / peaks[0]:.3f}", "<= 1.05", note)


def workers(rounds):
    """Compare two workers of one thread with one process of two."""
    for name, data in WORKERS.items():
        title = f"2 workers x 1 thread / 1 process x 2 threads: {name}"
        try:
            need(data)
        except Absent as error:
            show(title, "absent", "", str(error))
            continue
        found = run("workers", name, rounds)
        ratio = median(a / b for a, b in zip(found["one"], found["two"], strict=True))
        speed = [found["images"] / median(found[each]) for each in ("one", "two")]
        note = f"{speed[0]:.0f} and {speed[1]:.0f} images a second"
        show(title, f"{ratio:.2f}", "> 1", note)


def features(rounds):
    """Time the neuron features of VGG-M: 1,888 neurons, 100 crops each."""
    script = Path(__file__).with_name("features.py")
    command = [sys.executable, script, "--rounds", str(rounds)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    seconds = float(lines[-1].split()[1])
    show("features of 1,888 neurons x 100 crops, CPU s", f"{seconds:.1f}", "< 4")


def resnet50(rounds):
    """Analyze all 26,560 neurons of ResNet-50, whose fields exceed the image."""
    made = run("resnet50")
    note = f"{made['images']} images, {made['wall']:.0f} s"
    show("peak memory of ResNet-50, GiB", f"{made['megabytes'] / 1024:.1f}", "<= 24", note)


ROWS = (overhead, naive, crp, memory, features, workers, resnet50)


def main():
    """Run the rows asked for; tell whether one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", help="default: all")
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
    show("", "measured", "wanted")
    failed = False
    for row in ROWS:
        if not wanted.rows or row.__name__ in wanted.rows:
            try:
                row(wanted.rounds)
            except Absent as error:
                show(row.__name__, "absent", "", str(error))
            except (RuntimeError, subprocess.CalledProcessError) as error:
                failed = True
                show(row.__name__, "FAILED", "", str(error))
    return failed


if __name__ == "__main__":
    sys.exit(main())
