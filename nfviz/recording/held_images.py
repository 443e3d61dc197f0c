"""The images that crops are cut from: read a second time, and held."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from torchvision.transforms.v2.functional import resize
from tqdm.auto import tqdm

from nfviz.recording.images import ImageSource
from nfviz.recording.memory import Memory
from nfviz.recording.neuron_feature import OUTSIDE
from nfviz.recording.options import Options
from nfviz.recording.read_ahead import Batch, in_batches, read_ahead


@dataclass(frozen=True)
class HeldImages:
    """Some of the images.

    Attributes
    ----------
    numbers : ndarray of int64, shape (n,)
        Which, ascending.
    levels : ndarray of int8, shape (n, 3, height, width)
        RGB less `OUTSIDE`.
    reduced : dict of int to ndarray of uint8, shape (n, height >> times, width >> times, 3)
        RGB of the images halved so many times; no side below 1.
    """

    numbers: np.ndarray
    levels: np.ndarray
    reduced: dict[int, np.ndarray]


def hold_images(
    source: ImageSource,
    numbers: np.ndarray,
    halvings: Iterable[int],
    digests: np.ndarray,
    options: Options,
    memory: Memory,
    progress: bool,
) -> HeldImages:
    """Read images.

    Parameters
    ----------
    source : ImageSource
        All images.
    numbers : ndarray of int64, shape (n,)
        Which to read, ascending.
    halvings : iterable of int
        How often halved they are wanted too, each from 1 on.
    digests : ndarray of uint64, shape (images,)
        Of the pixels that were seen the first time.
    options : Options
        How many at a time, in how many threads.
    memory : Memory
        Where they are held.
    progress : bool
        Show a bar.

    Raises
    ------
    ValueError
        If an image cannot be read any more, or has other pixels than the first time.
    """
    count, (height, width) = len(numbers), source.size
    levels = memory.empty((count, 3, height, width), np.int8)
    sizes = {t: [max(1, height >> t), max(1, width >> t)] for t in halvings}
    reduced = {t: memory.empty((count, *size, 3), np.uint8) for t, size in sizes.items()}
    filled = 0
    hidden = not (progress and count)
    with tqdm(total=count, desc="reading crops", unit="image", disable=hidden) as bar:
        for batch in read_ahead(source, in_batches(numbers, options.batch_size), options.workers):
            _check(batch, digests)
            rows = slice(filled, filled + len(batch.images))
            np.bitwise_xor(batch.pixels.numpy(), OUTSIDE, out=levels[rows].view(np.uint8))
            for times, small in reduced.items():
                resized = resize(batch.pixels, sizes[times], antialias=True)
                small[rows] = resized.permute(0, 2, 3, 1).numpy()
            filled = rows.stop
            bar.update(len(batch.images))
    return HeldImages(numbers, levels, reduced)


def _check(batch: Batch, digests: np.ndarray) -> None:
    advice = (
        "Neuron features are cut from a second reading: use deterministic transforms and leave "
        "the files alone while nfviz.analyze runs."
    )
    for row, reason in batch.bad.items():
        raise ValueError(
            f"image {batch.images[row]} cannot be read a second time: {reason}. {advice}"
        )
    changed = batch.images[batch.digests != digests[batch.images]]
    if len(changed):
        raise ValueError(
            f"image {changed[0]} has other pixels than when its activation was recorded. {advice}"
        )
