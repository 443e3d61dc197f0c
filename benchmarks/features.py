"""Time the second stage on the paper's network: 1,888 neurons of 100 crops out of 1,000 images.

``python benchmarks/features.py`` prints, for the fields of VGG-M's five layers, the CPU time in
nanoseconds per component (a channel of a pixel of a crop) and in seconds. Images and rankings are
random; reading the images is not counted. ``--crops 16`` adds the crop sheets.
"""

import argparse
import time

import numpy as np
from tqdm import tqdm

from nfviz.recording.crops import LayerCrops
from nfviz.recording.heap import kept_heap
from nfviz.recording.held_images import HeldImages
from nfviz.recording.layer_features import make_layer_features
from nfviz.recording.layers import Layer
from nfviz.recording.memory import Memory
from nfviz.recording.options import Options
from nfviz.recording.receptive_field import ReceptiveField
from nfviz.recording.tiles import LayerTiles

SIDE = 224
RANKS = 100
# Units, then size, stride, start of the field and side of the map.
VGG_M = {
    "conv1": (96, 7, 2, 0, 109),
    "conv2": (256, 27, 8, -4, 26),
    "conv3": (512, 75, 16, -20, 13),
    "conv4": (512, 107, 16, -36, 13),
    "conv5": (512, 139, 16, -52, 13),
}


def options(workers, n_crops):
    """Return the defaults of `nfviz.analyze`."""
    return Options(
        n_max=RANKS,
        min_activation=0.7,
        n_ranked=RANKS,
        n_crops=n_crops,
        normalise="sum",
        min_coverage=0.1,
        opponent="cic",
        batch_size=64,
        workers=workers,
        max_memory=4 << 30,
        max_bad=0.01,
    )


def measure(name, share, held, chosen, random):
    """Do a share of a layer's units; return CPU and wall seconds and components of all of them."""
    units, size, stride, start, side = VGG_M[name]
    done = max(8, round(units * share))
    field = ReceptiveField(size, size, stride, stride, start, start, "exact")
    layer = Layer(name, name, 1, done, side, side, field)
    images = random.integers(0, len(held.numbers), (done, RANKS))
    positions = random.integers(0, side * side, (done, RANKS))
    weights = -np.sort(-random.uniform(0.7, 1, (done, RANKS)), axis=1)
    count, tiles = np.full(done, RANKS), np.full(done, chosen.n_crops)
    cpu, wall = time.process_time(), time.perf_counter()
    crops = LayerCrops(layer, held, images, positions)
    with tqdm(disable=True) as bar:
        tiles_of = LayerTiles(crops, held)
        make_layer_features(
            crops, tiles_of, weights, count, tiles, chosen, Memory(chosen.max_memory), bar
        )
    seconds = np.array([time.process_time() - cpu, time.perf_counter() - wall])
    return seconds * units / done, units * RANKS * 3 * size * size


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--share", type=float, default=0.25, help="of the units that are done")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--crops", type=int, default=0, help="tiles per neuron")
    wanted = parser.parse_args()
    random = np.random.default_rng(0)
    levels = random.integers(-128, 128, (wanted.images, 3, SIDE, SIDE), dtype=np.int8)
    halved = random.integers(0, 256, (wanted.images, SIDE // 2, SIDE // 2, 3), dtype=np.uint8)
    held = HeldImages(np.arange(wanted.images), levels, {1: halved})
    chosen = options(wanted.workers, wanted.crops)
    total = np.zeros(2)
    with kept_heap():
        measure("conv5", 0, held, chosen, random)
        for name in VGG_M:
            rounds = [
                measure(name, wanted.share, held, chosen, random) for _ in range(wanted.rounds)
            ]
            components = rounds[0][1]
            seconds = np.median([seconds for seconds, _ in rounds], axis=0)
            total += seconds
            print(
                f"{name}: field {VGG_M[name][1]:3} px, {seconds[0] / components * 1e9:6.2f} ns per "
                f"component, {seconds[0]:5.2f} CPU s, {seconds[1]:5.2f} s",
                flush=True,
            )
    print(f"all: {total[0]:.2f} CPU s, {total[1]:.2f} s with {wanted.workers} threads")


if __name__ == "__main__":
    main()
