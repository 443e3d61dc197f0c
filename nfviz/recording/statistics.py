"""Running statistics of every neuron over all images: how often it fires, moments, class means."""

from collections.abc import Mapping, Sequence

import numpy as np

from nfviz.recording.exact_sum import ExactSum

_POWERS = 4


class Statistics:
    """Statistics of the responses r = max(activation, 0), added up batch by batch.

    The result is the same to the bit for any order of the batches and any way to part them, as
    long as the batches themselves are the same: sums within a batch are in float64, sums over
    batches are exact.

    Parameters
    ----------
    neurons : int
        Number of neurons.
    """

    def __init__(self, neurons: int) -> None:
        self._images = np.zeros(neurons, np.int64)
        self._fired = np.zeros(neurons, np.int64)
        self._powers = ExactSum((_POWERS, neurons))
        self._rows: dict[int, int] = {}
        self._classes = ExactSum((0, neurons))
        self._sizes = np.zeros(0, np.int64)

    def update(self, activations: np.ndarray, labels: np.ndarray) -> None:
        """Take in one batch.

        Parameters
        ----------
        activations : ndarray of float32, shape (batch, neurons)
            The neurons' maxima over each image; those that are not finite do not count.
        labels : ndarray of int64, shape (batch,)
            Class ids; below 0 there is none.
        """
        if not len(labels):
            return
        responses = np.maximum(activations, 0, dtype=np.float64)
        finite = np.isfinite(activations)
        whole = bool(finite.all())
        self._images += len(labels) if whole else finite.sum(axis=0)
        self._fired += ((activations > 0) & finite).sum(axis=0)
        known = responses if whole else np.where(finite, responses, 0)
        power = known.copy()
        for row in range(_POWERS):
            self._powers.add(power.sum(axis=0), where=row)
            power *= known
        self._update_classes(known if whole else np.where(finite, responses, np.nan), labels)

    def _update_classes(self, responses: np.ndarray, labels: np.ndarray) -> None:
        order = np.argsort(labels, kind="stable")
        order = order[labels[order] >= 0]
        if not len(order):
            return
        present, starts, counts = np.unique(labels[order], return_index=True, return_counts=True)
        sums = np.add.reduceat(responses[order], starts, axis=0)
        self._add_classes(present, counts, sums, np.zeros_like(sums))

    def _add_classes(
        self, labels: np.ndarray, counts: np.ndarray, high: np.ndarray, low: np.ndarray
    ) -> None:
        rows = [self._rows.setdefault(int(label), len(self._rows)) for label in labels]
        self._classes.grow(len(self._rows))
        missing = len(self._classes.high) - len(self._sizes)
        self._sizes = np.concatenate([self._sizes, np.zeros(missing, np.int64)])
        self._sizes[rows] += counts
        self._classes.add(high, low, np.asarray(rows, np.intp))

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all that is known, for `add`."""
        rows = len(self._rows)
        return {
            "images": self._images,
            "fired": self._fired,
            "powers": np.stack([self._powers.high, self._powers.low]),
            "labels": np.array(list(self._rows), np.int64),
            "sizes": self._sizes[:rows],
            "classes": np.stack([self._classes.high[:rows], self._classes.low[:rows]]),
        }

    def check(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Raise a ValueError if arrays are not those of statistics of so many neurons."""
        neurons, classes = len(self._images), len(arrays["labels"])
        shapes = {
            "images": (neurons,),
            "fired": (neurons,),
            "powers": (2, _POWERS, neurons),
            "labels": (classes,),
            "sizes": (classes,),
            "classes": (2, classes, neurons),
        }
        if any(arrays[name].shape != shape for name, shape in shapes.items()):
            raise ValueError("its statistics are of other neurons")
        if any((arrays[name] < 0).any() for name in ("images", "fired", "labels", "sizes")):
            raise ValueError("its statistics count what there is not")
        if len(np.unique(arrays["labels"])) < classes:
            raise ValueError("its statistics list a class twice")

    def add(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Add what other statistics know of other images of the same neurons."""
        self._images += arrays["images"]
        self._fired += arrays["fired"]
        self._powers.add(*arrays["powers"])
        if len(arrays["labels"]):
            self._add_classes(arrays["labels"], arrays["sizes"], *arrays["classes"])

    def moments(self) -> dict[str, np.ndarray]:
        """Return, by column of ``atlas.responses``, the statistics of all neurons.

        Returns
        -------
        dict of str to ndarray, shape (neurons,)
            ``images``, the images with a finite response; ``fires``, the share of them with one
            above zero; the raw moments ``mean``, ``moment2``, ``moment3``, ``moment4`` of r over
            them. NaN where there are no such images.
        """
        count = np.where(self._images > 0, self._images, np.nan)
        names = ("mean", *(f"moment{power}" for power in range(2, _POWERS + 1)))
        moments = dict(zip(names, self._powers.value() / count, strict=True))
        return {"images": self._images.copy(), "fires": self._fired / count, **moments}

    def class_means(self, labels: Sequence[int]) -> np.ndarray:
        """Return the mean response (neurons, classes) in float32 to each class's images.

        NaN for a class without images, and where a response to one of its images is not finite.
        """
        means = np.full((len(self._images), len(labels)), np.nan, np.float32)
        for column, label in enumerate(labels):
            row = self._rows.get(int(label))
            if row is not None:
                total = self._classes.high[row] + self._classes.low[row]
                means[:, column] = total / self._sizes[row]
        return means
