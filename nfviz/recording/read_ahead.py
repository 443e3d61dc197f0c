"""Images batch by batch, read in threads ahead of the network."""

import hashlib
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from nfviz.recording.images import NO_LABEL, ImageSource

_LOOKAHEAD = 3


@dataclass(frozen=True)
class Batch:
    """Images of consecutive positions in a list of image numbers.

    Attributes
    ----------
    images : ndarray of int64, shape (n,)
        Image numbers.
    labels : ndarray of int64, shape (n,)
        Class ids, -1 where there is none.
    digests : ndarray of uint64, shape (n,)
        First eight bytes of the SHA-256 of the pixels (height, width, 3).
    pixels : Tensor of uint8, shape (n, 3, height, width)
        RGB, as the network sees them, before normalization.
    inputs : Tensor of float32 or None, shape (n, 3, height, width)
        Where the items came normalized already.
    """

    images: np.ndarray
    labels: np.ndarray
    digests: np.ndarray
    pixels: Tensor
    inputs: Tensor | None


def in_batches(images: np.ndarray, batch_size: int) -> Iterator[np.ndarray]:
    """Cut image numbers into batches; the last may hold fewer."""
    for start in range(0, len(images), batch_size):
        yield images[start : start + batch_size]


def read_ahead(
    source: ImageSource, batches: Iterable[np.ndarray], workers: int
) -> Generator[Batch, None, None]:
    """Read images batch by batch in threads, a few batches ahead of the consumer.

    Parameters
    ----------
    source : ImageSource
        Where they come from; its data set is read from several threads at once.
    batches : iterable of ndarray of int64
        Image numbers of each batch; taken in the calling thread when their reading begins.
    workers : int
        Threads; 0 reads in the calling thread.
    """
    if not workers:
        for images in batches:
            batch = _empty(source, images)
            _fill(source, batch, 0, len(batch.images))
            yield batch
        return
    with ThreadPoolExecutor(workers, thread_name_prefix="nfviz-read") as pool:
        pending: deque[tuple[Batch, list[Future[None]]]] = deque()
        try:
            for images in batches:
                batch = _empty(source, images)
                chunk = max(1, len(images) // (2 * workers))
                cuts = range(0, len(images), chunk)
                tasks = [pool.submit(_fill, source, batch, cut, chunk) for cut in cuts]
                pending.append((batch, tasks))
                if len(pending) > _LOOKAHEAD:
                    yield _finished(*pending.popleft())
            while pending:
                yield _finished(*pending.popleft())
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _finished(batch: Batch, tasks: list[Future[None]]) -> Batch:
    for task in tasks:
        task.result()
    return batch


def _empty(source: ImageSource, images: np.ndarray) -> Batch:
    shape = (len(images), 3, *source.size)
    pixels = torch.empty(shape, dtype=torch.uint8, memory_format=torch.channels_last)
    inputs = None
    if source.normalized:
        inputs = torch.empty(shape, dtype=torch.float32, memory_format=torch.channels_last)
    labels = np.full(len(images), NO_LABEL, np.int64)
    return Batch(images, labels, np.zeros(len(images), np.uint64), pixels, inputs)


def _fill(source: ImageSource, batch: Batch, start: int, count: int) -> None:
    for row in range(start, min(start + count, len(batch.images))):
        image = int(batch.images[row])
        pixels, floats, batch.labels[row] = source.read(image)
        if pixels.shape[1:] != batch.pixels.shape[2:] or (floats is None) == source.normalized:
            kinds = {True: " (float)", False: ""}
            here = "x".join(map(str, pixels.shape[1:])) + kinds[floats is not None]
            first = "x".join(map(str, source.size)) + kinds[source.normalized]
            raise ValueError(
                f"image {image} is {here}, image 0 is {first}: all images must be alike. Resize "
                "and crop them with preprocess=."
            )
        batch.pixels[row] = pixels
        if batch.inputs is not None and floats is not None:
            batch.inputs[row] = floats
        batch.digests[row] = _digest(batch.pixels[row])


def _digest(pixels: Tensor) -> int:
    rows = pixels.permute(1, 2, 0).contiguous().numpy()
    return int.from_bytes(hashlib.sha256(rows.data).digest()[:8], "little")
