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
    neurons : int
        Number of neurons.
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

    def __init__(self, neurons: int, n_ranked: int, batch_size: int) -> None:
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
        number, label, digest = (
            np.array(arrays[f"image/{name}"]) for name in ("number", "label", "digest")
        )
        bad = json.loads(arrays["image/bad"].tobytes())
        self._seen.append((number, label, digest))
        self.bad |= {int(image): str(reason) for image, reason in bad.items()}
        for name, part in self._parts().items():
            start = f"{name}/"
            part.add({k.removeprefix(start): v for k, v in arrays.items() if k.startswith(start)})

    def _parts(self) -> dict[str, Ranking | Statistics | HueCensus]:
        return {"ranking": self.ranking, "statistics": self.statistics, "census": self.census}
