"""Class selectivity: how few classes the images of a neuron come from."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nfviz.selectivity.class_bounds import (
    class_bounds,
    class_sizes,
    expected_classes,
    small_data_note,
)
from nfviz.selectivity.class_shares import (
    class_distribution,
    class_shares,
    classes_needed,
    labeled_set,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nfviz.atlas import Atlas

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = [
    "COLUMNS",
    "ClassSelectivity",
    "class_distribution",
    "class_measures",
    "class_shares",
    "small_data_note",
]

COLUMNS = (
    "class_selectivity", "n_classes", "class_selectivity_chance", "class_selectivity_floor",
    "class_selectivity_norm", "n_labeled", "top_label", "top_label_share",
)  # fmt: skip
"""What `ClassSelectivity` gives; the explorer measures them anew for each threshold."""


@dataclass(frozen=True)
class ClassSelectivity:
    """Class selectivity index (equations 3 and 4 of the paper).

    With f_c the relative frequency of class c (`class_shares`), N the number of labeled images
    in the neuron's image set and M the smallest number of classes whose f_c reach `threshold`::

        class_selectivity = (N - M) / (N - 1)

    1 if one class suffices, 0 if every image is needed and each is of another class.

    Departures from the paper's letter: N is the size of the neuron's own set, not always 100;
    with N < 2 the index is undefined (the formula would put neurons with a single image on top
    of every list); the threshold counts as reached from 1e-9 below on.

    The index depends on the data set: with 10 classes and N = 100 no neuron can fall below
    0.909. Hence the columns beside it, none of them in the paper.

    Parameters
    ----------
    threshold : float
        Share of the activation that the M classes must cover, in (0, 1]. The paper's results are
        for 1, where M is the number of distinct classes.

    Raises
    ------
    ValueError
        If `threshold` is not in (0, 1].
    """

    threshold: float = 1.0

    def __post_init__(self) -> None:
        """Refuse options out of range."""
        if not isinstance(self.threshold, Real) or not 0 < float(self.threshold) <= 1:
            raise ValueError(
                f"threshold={self.threshold!r} is the share of a neuron's activation that its "
                "classes must cover: use a number above 0 and at most 1."
            )

    def __call__(self, atlas: Atlas) -> pd.DataFrame:
        """Measure every neuron of a record.

        Parameters
        ----------
        atlas : Atlas
            Needs ``ranked`` and the labels in ``images``; unlabeled images do not count.

        Returns
        -------
        pandas.DataFrame
            Index as ``atlas.neurons``, and the columns

            - ``class_selectivity``, in [0, 1];
            - ``n_classes``, M (Int64);
            - ``class_selectivity_chance``, what a label-blind neuron with as many images gets on
              average (`expected_classes`);
            - ``class_selectivity_floor``, (N - M_max) / (N - 1), the least value the data allow,
              M_max = min(N, number of classes);
            - ``class_selectivity_norm``, (M_max - M) / (M_max - M_min), M_min the fewest classes
              that can supply N images: 0 and 1 are what the data allow. A threshold below 1 may
              need fewer than M_min classes, which counts as 1. NaN if M_max = M_min;
            - ``n_labeled``, N: how many images of the set have a label;
            - ``top_label`` (Int64) and ``top_label_share``, the class with the greatest f_c (on
              a tie the smallest id) and its f_c.

            NaN for dead neurons and neurons without labeled images (N = 0); with one labeled
            image only ``n_classes``, ``top_label`` and ``top_label_share`` are known.
        """
        neurons = len(atlas.neurons)
        neuron, label, weight = labeled_set(atlas)
        drawn = np.bincount(neuron, minlength=neurons).astype(np.int64)
        table = class_shares(neuron, label, weight)
        needed = classes_needed(table, self.threshold, neurons)
        sizes = class_sizes(atlas.images["label"])
        expected = _expected(drawn, sizes, self.threshold)
        columns: dict[str, Any] = dict(class_measures(drawn, needed, sizes, expected))
        columns["n_classes"] = pd.array(needed, dtype="Int64")
        columns["n_classes"][drawn == 0] = pd.NA
        # Shares are sorted downward, so the first of a neuron is the greatest.
        top = table.drop_duplicates("neuron").set_index("neuron").reindex(range(neurons))
        columns["top_label"] = top["label"].astype("Int64").array
        columns["top_label_share"] = top["share"].to_numpy()
        return pd.DataFrame(columns, index=atlas.neurons.index)


def _expected(drawn: Ints, sizes: Ints, threshold: float) -> Floats:
    """Return the expected M of label-blind neurons by the size of the set, from 0 on."""
    distinct = np.unique(drawn[drawn >= 2])
    expected = np.full(int(distinct.max(initial=0)) + 1, np.nan)
    expected[distinct] = expected_classes(sizes, distinct, threshold)
    return expected


def class_measures(drawn: Ints, needed: Ints, sizes: Ints, expected: Floats) -> dict[str, Any]:
    """Return the index, its chance level, its floor and its normalized form.

    Parameters
    ----------
    drawn : numpy.ndarray of int64, shape (neurons,)
        N, the labeled images of each neuron's set.
    needed : numpy.ndarray of int64, shape (neurons,)
        M, the classes that it needs.
    sizes : numpy.ndarray of int64
        Images per class of the data set.
    expected : numpy.ndarray
        The M of label-blind neurons (`expected_classes`) by N, from 0 to the greatest at least.

    Returns
    -------
    dict of str to numpy.ndarray
        Some of the columns that `ClassSelectivity` lists, by name; ``n_classes`` is M as it is.
    """
    fewest, most = class_bounds(sizes, drawn)
    images = np.where(drawn >= 2, drawn, np.nan)
    span = np.where(most > fewest, most - fewest, np.nan)
    norm = np.where(drawn >= 2, (most - needed) / span, np.nan)
    blind = expected[np.where(drawn >= 2, drawn, 0)]
    return {
        "class_selectivity": (images - needed) / (images - 1),
        "n_classes": needed,
        "class_selectivity_chance": (images - blind) / (images - 1),
        "class_selectivity_floor": (images - most) / (images - 1),
        "class_selectivity_norm": np.minimum(norm, 1.0),
        "n_labeled": drawn,
    }
