"""The columns that follow the thresholds: class selectivity and its companions, measured anew."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from nfviz.selectivity.blind_sets import blind_labels, class_tallies
from nfviz.selectivity.class_bounds import class_sizes, expected_classes, simulated_classes
from nfviz.selectivity.class_selectivity import class_measures
from nfviz.state.image_sets import ImageSets, SetClasses
from nfviz.state.parameters import own_parameters
from nfviz.state.ranked_images import ranked_images

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nfviz.atlas import Atlas

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["LiveColumns"]

_DRAWS = 1000


class LiveColumns:
    """Measures class selectivity for any threshold, size of the sets and least activation.

    Parameters
    ----------
    atlas : Atlas
        Of which the first ranked images are looked at (`own_parameters`).

    Attributes
    ----------
    labels : ndarray of int64
        Class ids, ascending.
    """

    def __init__(self, atlas: Atlas) -> None:
        self._own = own_parameters(atlas)
        self._sizes = class_sizes(atlas.images["label"])
        images = ranked_images(atlas)
        weight = (images.activation / images.top[:, np.newaxis]).astype(np.float64, copy=False)
        self.labels, place = np.unique(images.labels, return_inverse=True)
        self._sets = ImageSets(weight, np.append(place, -1)[images.label])
        self._measured: dict[tuple[float, int, float], dict[str, Floats]] = {}
        self._classes_of: dict[tuple[int, float], SetClasses] = {}
        self._blind: dict[float, Floats] = {}

    def measure(self, threshold: float, n_max: int, min_activation: float) -> dict[str, Floats]:
        """Measure all neurons, as `nfviz.ClassSelectivity` does.

        Parameters
        ----------
        threshold : float
            Share of the activation that the classes must cover, in (0, 1].
        n_max : int
            Most images in a set.
        min_activation : float
            Least relative activation in a set.

        Returns
        -------
        dict of str to ndarray, shape (neurons,)
            `nfviz.state.columns.LIVE` and ``top_label``, in float64, NaN where they are
            unknown. The chance level below a threshold of 1 is that of `tallies`.
        """
        key = (threshold, n_max, min_activation)
        if key not in self._measured:
            _make_room(self._measured, 2)
            self._measured[key] = self._measure(threshold, self._classes(n_max, min_activation))
        return self._measured[key]

    @cached_property
    def tallies(self) -> NDArray[Any]:
        """The image sets of 1,000 simulated neurons that are blind to classes.

        As `nfviz.selectivity.blind_sets.class_tallies` gives them, (1000, images), in few bytes.
        For the atlas' own image sets they are those of `nfviz.ClassSelectivity`; for larger
        ones the draw goes on.
        """
        drawn = min(self._own.ranks, int(self._sizes.sum()))
        if not drawn:
            return np.zeros((_DRAWS, 0), dtype=np.uint8)
        own = int(self._classes(self._own.n_max, self._own.min_activation).labeled.max(initial=0))
        tallies = class_tallies(blind_labels(self._sizes, drawn, like=own))
        return tallies.astype(np.min_scalar_type(self._own.ranks))

    def _classes(self, n_max: int, min_activation: float) -> SetClasses:
        key = (n_max, min_activation)
        if key not in self._classes_of:
            _make_room(self._classes_of, 2)
            self._classes_of[key] = self._sets.classes(n_max, min_activation)
        return self._classes_of[key]

    def _measure(self, threshold: float, sets: SetClasses) -> dict[str, Floats]:
        needed = sets.needed(threshold)
        expected = self._expected(threshold, sets.labeled)
        measured = class_measures(sets.labeled, needed, self._sizes, expected)
        known = sets.labeled > 0
        measured["n_images"] = sets.images
        measured["n_classes"] = np.where(known, needed, np.nan)
        measured["top_label"] = np.where(known, np.append(self.labels, -1)[sets.top], np.nan)
        measured["top_label_share"] = sets.top_share
        return {name: np.asarray(values, dtype=np.float64) for name, values in measured.items()}

    def _expected(self, threshold: float, labeled: Ints) -> Floats:
        """Return how many classes label-blind neurons need, by the size of the set."""
        sizes = np.unique(labeled[labeled >= 2])
        expected = np.full(self._own.ranks + 1, np.nan)
        if threshold >= 1:
            expected[sizes] = expected_classes(self._sizes, sizes)
            return expected
        if threshold not in self._blind:
            _make_room(self._blind, 8)
            every = np.arange(1, self.tallies.shape[1] + 1)
            blind = simulated_classes(self.tallies, every, threshold)
            self._blind[threshold] = np.append(np.nan, blind)
        expected[sizes] = self._blind[threshold][sizes]
        return expected


def _make_room(cache: dict[Any, Any], most: int) -> None:
    """Forget what was put in first."""
    while len(cache) >= most:
        del cache[next(iter(cache))]
