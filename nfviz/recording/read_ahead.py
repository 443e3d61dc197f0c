"""Images batch by batch, read in threads ahead of the network."""

import hashlib
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from nfviz.recording.images import NO_LABEL, BadImage, ImageSource

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
    bad : dict of int to str
        Rows whose images cannot be used, in their order, and why. Their pixels, inputs and
        digests are zeros, their labels -1.
    """

    images: np.ndarray
    labels: np.ndarray
    digests: np.ndarray
    pixels: Tensor
    inputs: Tensor | None
    bad: dict[int, str] = field(default_factory=dict)


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

    Notes
    -----
    An image that cannot be used is no error but a bad row of its batch. What is no `Exception`,
    such as a `KeyboardInterrupt`, is raised in the calling thread.
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
    bad = sorted(batch.bad.items())
    batch.bad.clear()
    batch.bad.update(bad)
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
    rows = batch.pixels.permute(0, 2, 3, 1).numpy()
    for row in range(start, min(start + count, len(batch.images))):
        try:
            pixels, floats, label = source.read(int(batch.images[row]))
        except BadImage as error:
            batch.bad[row] = error.reason
            batch.pixels[row] = 0
            if batch.inputs is not None:
                batch.inputs[row] = 0
            continue
        batch.labels[row] = label
        _copy(pixels.numpy(), rows[row])
        if batch.inputs is not None and floats is not None:
            batch.inputs[row] = floats
        batch.digests[row] = _digest(rows[row])


def _copy(pixels: np.ndarray, row: np.ndarray) -> None:
    """Copy (3, height, width) into (height, width, 3), along the longer runs of memory."""
    if pixels.strides[0] == 1:
        row[:] = pixels.transpose(1, 2, 0)
        return
    for channel in range(3):
        row[..., channel] = pixels[channel]


def _digest(row: np.ndarray) -> int:
    return int.from_bytes(hashlib.sha256(row.data).digest()[:8], "little")
