"""Which images are recorded and which are still to do."""

from collections.abc import Callable, Iterator, Mapping
from itertools import groupby, pairwise

import numpy as np

from nfviz.recording.images import ImageSource
from nfviz.recording.read_ahead import Batch
from nfviz.recording.shard import Shard

_CHUNKS = 256
_LEAST_BATCHES = 4


class Ledger:
    """Hands out images that are not recorded yet and takes in what was learned from them.

    Images are handed out in chunks of whole batches. The last batch of a data set, where it is
    not full, is a chunk and a shard of its own: with more images it will be another batch.

    Parameters
    ----------
    new_shard : callable
        Makes an empty shard.
    total : int
        Images in the data set.
    batch_size : int
        Images in a batch.
    """

    def __init__(self, new_shard: Callable[[], Shard], total: int, batch_size: int) -> None:
        self._new_shard = new_shard
        self._total, self._batch_size = total, batch_size
        self._whole = total - total % batch_size
        self._own = {"whole": new_shard(), "rest": new_shard()}
        self.done = np.zeros(total, bool)
        # Whether a shard was left half way through a batch, by an interruption.
        self._torn = False

    @property
    def bad(self) -> dict[int, str]:
        """The images that cannot be used, as far as is known here."""
        return self._own["whole"].bad | self._own["rest"].bad

    def check(self, source: ImageSource, workers: int) -> None:
        """Raise a ValueError if what is recorded was recorded from other images."""

    def pending(self) -> list[tuple[int, int]]:
        """Return the chunks (start, stop) that hold images not recorded."""
        batches = max(_LEAST_BATCHES, self._total // (_CHUNKS * self._batch_size))
        edges = [*range(0, self._whole, batches * self._batch_size), self._whole, self._total]
        return [(start, stop) for start, stop in pairwise(edges) if not self.done[start:stop].all()]

    def chunks(self) -> Iterator[tuple[int, int]]:
        """Yield the chunks to record."""
        yield from self.pending()

    def batches(self) -> Iterator[np.ndarray]:
        """Yield the batches to record as image numbers."""
        for start, stop in self.chunks():
            for first in range(start, stop, self._batch_size):
                images = np.arange(first, min(first + self._batch_size, stop))
                if not self.done[images].all():
                    yield images

    def spans(self) -> Iterator[tuple[int, int]]:
        """Yield what is to be recorded of each chunk as runs of batches (start, stop)."""
        for start, stop in self.chunks():
            edges = [*range(start, stop, self._batch_size), stop]
            todo = [not self.done[one:end].all() for one, end in pairwise(edges)]
            for wanted, run in groupby(range(len(todo)), todo.__getitem__):
                places = list(run)
                if wanted:
                    yield edges[places[0]], edges[places[-1] + 1]

    def update(self, batch: Batch, activations: np.ndarray, positions: np.ndarray) -> None:
        """Take in one batch and what the network made of it."""
        self._torn = True
        self._part(batch.images).update(batch, activations, positions)
        self.done[batch.images] = True
        self._torn = False

    def add(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take in the shard of a chunk, as `Shard.arrays` gives it."""
        images = arrays["image/number"]
        self._torn = True
        self._part(images).add(arrays)
        self.done[images] = True
        self._torn = False

    def _part(self, images: np.ndarray) -> Shard:
        return self._own["whole" if images[0] < self._whole else "rest"]

    def commit(self, *, now: bool = False) -> None:
        """Make sure of what was learned, if it is time or has to be `now`."""

    def seal(self) -> None:
        """Make sure of all that was learned."""

    def close(self) -> None:
        """Let other processes have what is not recorded."""

    def result(self) -> Shard | None:
        """Return the shard of all images, or None where one more is to be recorded."""
        whole = self._own["whole"]
        whole.add(self._own["rest"].arrays())
        return whole
