"""What was learned from some of the images; shards of one data set add up to the whole."""

import json
from collections.abc import Mapping

import numpy as np

from nfviz.recording.hues import HueCensus
from nfviz.recording.ranking import Ranking
from nfviz.recording.read_ahead import Batch
from nfviz.recording.statistics import Statistics

_LONGEST_REASON = 500


class Shard:
    """Everything that the first reading keeps of the images it has seen.

    Shards of different images of one data set add up in any order and any grouping to the same
    shard, to the bit, if they were cut between batches.

    Parameters
    ----------
    map_sizes : ndarray of int64, shape (neurons,)
        Positions in the map of each neuron.
    n_ranked : int
        Images kept for each of them.
    batch_size : int
        The most images in one `update`.

    Attributes
    ----------
    ranking, statistics, census
        Of the images that could be used.
    bad : dict of int to str
        Images that could not, and why.
    """

    def __init__(self, map_sizes: np.ndarray, n_ranked: int, batch_size: int) -> None:
        neurons = len(map_sizes)
        self._map_sizes = map_sizes
        self.ranking = Ranking(neurons, n_ranked, batch_size)
        self.statistics = Statistics(neurons)
        self.census = HueCensus()
        self.bad: dict[int, str] = {}
        self._seen: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def update(self, batch: Batch, activations: np.ndarray, positions: np.ndarray) -> None:
        """Take in one batch and what the network made of it, (images, neurons) each."""
        self._seen.append((batch.images, batch.labels, batch.digests))
        images, labels, pixels = batch.images, batch.labels, batch.pixels.numpy()
        if batch.bad:
            for row, reason in batch.bad.items():
                self.bad[int(images[row])] = reason[:_LONGEST_REASON]
            good = np.ones(len(images), bool)
            good[list(batch.bad)] = False
            images, labels, pixels = images[good], labels[good], pixels[good]
            activations, positions = activations[good], positions[good]
        self.ranking.update(activations, positions, images)
        self.statistics.update(activations, labels)
        self.census.update(pixels)

    def images(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the numbers of the images seen, ascending, their labels and their digests."""
        nothing = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.uint64))
        columns = zip(nothing, *self._seen, strict=True)
        numbers, labels, digests = (np.concatenate(column) for column in columns)
        order = np.argsort(numbers)
        self._seen = [(numbers[order], labels[order], digests[order])]
        return self._seen[0]

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all that is known as plain arrays, for `add`."""
        number, label, digest = self.images()
        bad = np.frombuffer(json.dumps(self.bad).encode(), np.uint8)
        arrays = {"image/number": number, "image/label": label, "image/digest": digest}
        arrays["image/bad"] = bad
        for name, part in self._parts().items():
            arrays |= {f"{name}/{key}": array for key, array in part.arrays().items()}
        return arrays

    def add(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Add what another shard knows of other images."""
        seen, bad = read_images(arrays)
        self._seen.append(seen)
        self.bad |= bad
        for name, part in self._parts().items():
            part.add(_below(arrays, name))

    def check(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Raise a ValueError or LookupError if another shard's arrays are not of such a shard."""
        (numbers, _, _), bad = read_images(arrays)
        for name, array in self.arrays().items():
            if array.dtype != arrays[name].dtype or array.ndim != arrays[name].ndim:
                raise ValueError(f"{name} is not what it has to be")
        if not set(bad) <= set(numbers.tolist()):
            raise ValueError("it lists images as bad that it does not hold")
        good = numbers[~np.isin(numbers, list(bad))]
        self.ranking.check(_below(arrays, "ranking"), good, self._map_sizes)
        self.statistics.check(_below(arrays, "statistics"))
        self.census.check(_below(arrays, "census"))

    def _parts(self) -> dict[str, Ranking | Statistics | HueCensus]:
        return {"ranking": self.ranking, "statistics": self.statistics, "census": self.census}


def read_images(
    arrays: Mapping[str, np.ndarray],
) -> tuple[tuple[np.ndarray, np.ndarray, np.ndarray], dict[int, str]]:
    """Return what the arrays of a shard say of its images: `Shard.images`, and those that are bad.

    Raises
    ------
    LookupError, TypeError, ValueError
        If they are no such arrays.
    """
    seen = tuple(np.array(arrays[f"image/{name}"]) for name in ("number", "label", "digest"))
    numbers, labels, digests = seen
    kinds = [array.dtype for array in seen]
    if kinds != [np.int64, np.int64, np.uint64] or {a.shape for a in seen} != {(len(numbers),)}:
        raise ValueError("its images are not listed as they have to be")
    if (np.diff(numbers, prepend=-1) <= 0).any():
        raise ValueError("its images are not in order")
    bad = json.loads(arrays["image/bad"].tobytes())
    if not isinstance(bad, dict):
        raise ValueError("its bad images are not listed as they have to be")
    return (numbers, labels, digests), {int(image): str(why) for image, why in bad.items()}


def _below(arrays: Mapping[str, np.ndarray], name: str) -> dict[str, np.ndarray]:
    start = f"{name}/"
    return {k.removeprefix(start): v for k, v in arrays.items() if k.startswith(start)}
