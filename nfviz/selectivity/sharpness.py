"""Sharpness: how structured a neuron feature is, against blurred."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nfviz.opponent import to_opponent
from nfviz.selectivity.feature_pixels import FeaturePixels, for_each_part
from nfviz.selectivity.neuron_rows import feature_rows

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from nfviz.atlas import Atlas

    Floats = NDArray[np.floating]
    Doubles = NDArray[np.float64]

__all__ = ["Sharpness", "feature_sharpness"]

_MID_GRAY = 127.5


def feature_sharpness(
    features: ArrayLike,
    spread: ArrayLike,
    coverage: ArrayLike,
    *,
    cells: int = 8,
    std_floor: float = 1 / 255,
    min_coverage: float = 0.1,
    opponent: str = "cic",
) -> Doubles:
    """Return how large the steps inside of a feature are against the spread of its crops.

    The field is divided into at most `cells` x `cells` cells (one a pixel where it has fewer) of
    mean opponent color O. With the number of steps n across the field and the squared steps
    between neighboring cells, averaged over rows and columns separately, and the spread sigma of
    the crops at a pixel, averaged over the covered pixels::

        E = sum over both directions of  n mean(|O' - O|^2) / 3
        sharpness = E / (E + mean(sigma^2))

    One sharp edge of height J across the field gives E = J^2 / 3 whatever the size of the field;
    blurred over k cells, E = J^2 / (3 k). That and the fixed number of cells make fields of 3 and
    of 200 pixels comparable.

    Parameters
    ----------
    features : array_like, shape (neurons, height, width, 3)
        Neuron features in 0..255.
    spread : array_like, shape (neurons, height, width)
        Standard deviation of the crops' colors, in opponent units: the root of the mean over the
        three channels.
    coverage : array_like, same shape
        Share of the weight of the crops that cover the pixel, 0..1.
    cells : int
        Cells along each side, 2 or more. More of them see finer structure, and more of what is
        left over where few crops were averaged.
    std_floor : float
        Smallest standard deviation that counts, in opponent units.
    min_coverage : float
        Pixels that are covered less do not count; cells less than half of which counts neither.
    opponent : {"cic", "orthonormal"}
        The opponent space.

    Returns
    -------
    numpy.ndarray of float64, shape (neurons,)
        In [0, 1): 0 for one uniform color. NaN where no two neighboring cells are covered, such
        as in fields of a single pixel, and where a covered pixel is not finite.
    """
    shape = np.shape(features)
    found = np.full(shape[0], np.nan)

    def work(part: slice, planes: Floats) -> None:
        found[part] = _measure(planes, shape[1:3], cells, opponent)

    weighing = {"std_floor": std_floor, "min_coverage": min_coverage}
    for_each_part(partial(FeaturePixels, features, spread, coverage, **weighing), work)
    return found


def _measure(planes: Floats, size: tuple[int, ...], cells: int, opponent: str) -> Doubles:
    """Measure some neurons from their planes, as `FeaturePixels` reads them."""
    flat = planes.reshape(len(planes), 4, -1)[:, :, : size[0] * size[1]]
    # What does not count is mid-gray, so that it adds nothing to a sum about mid-gray.
    flat[:, :3] -= _MID_GRAY
    weight = flat[:, 3]
    covered = weight != 0
    spread = np.divide(1, weight, out=np.zeros_like(weight), where=covered)
    noise = (spread.astype(np.float64) ** 2).sum(axis=1) / np.maximum(covered.sum(axis=1), 1)
    flat[:, 3] = covered
    sums = _cell_sums(flat.reshape(len(flat), 4, *size), cells)
    area = _cell_sums(np.ones(size), cells)
    counts = sums[:, 3]
    colors = (sums[:, :3] / np.maximum(counts, 1)[:, np.newaxis]).transpose(0, 2, 3, 1)
    points = to_opponent(colors + _MID_GRAY, opponent)
    energy = _step_energy(points, 2 * counts >= area)
    # sigma is not below its floor, so that this is 0 over something for a uniform feature.
    result: Doubles = energy / (energy + noise)
    return result


def _cell_sums(planes: Floats, cells: int) -> Doubles:
    """Sum the last two axes over cells, of which there are no more than pixels."""
    sums: NDArray[Any] = planes
    for axis in (-2, -1):
        pixels = planes.shape[axis]
        count = min(cells, pixels)
        starts = np.arange(count) * pixels // count
        sums = np.add.reduceat(sums, starts, axis=axis, dtype=np.float64)
    return sums


def _step_energy(points: Doubles, valid: NDArray[np.bool_]) -> Doubles:
    """Return E from the colors of the cells (neurons, rows, columns, 3) and which of them count."""
    energy, known = np.zeros(len(points)), np.zeros(len(points), dtype=bool)
    for axis in (1, 2):
        steps = points.shape[axis] - 1
        before, after = (np.arange(steps) + shift for shift in (0, 1))
        pair = valid.take(before, axis) & valid.take(after, axis)
        step = ((points.take(after, axis) - points.take(before, axis)) ** 2).sum(axis=-1)
        pairs = pair.sum(axis=(1, 2))
        energy += steps * (step * pair).sum(axis=(1, 2)) / np.maximum(pairs, 1) / 3
        known |= pairs > 0
    return np.where(known, energy, np.nan)


@dataclass(frozen=True)
class Sharpness:
    """How structured a neuron feature is, against blurred.

    The paper tells *structured* from *blurred* features by eye (Fig. 3) and says why they blur:
    "the level of blurring is directly related to a high variability between the maximally
    activated images". This sets the energy of the steps inside of the feature against that
    variability; `feature_sharpness` has the equation. Not in the paper. Measures of blur made for
    photographs, such as the perceptual one of Crete et al. ("The blur effect: perception and
    estimation with a new no-reference perceptual blur metric", SPIE 2007; `blur_effect` in
    scikit-image), do not serve here: they look at how fast edges are, whatever their contrast, so
    that the faint noise of an average of unrelated crops passes for sharp.

    A feature of one uniform color is not structured: its sharpness is near 0, selective as the
    neuron may be. A feature of few crops still shows their contours and comes out sharper than the
    average of many would: read ``n_images`` beside it, which with one image gives nearly 1.

    Parameters
    ----------
    cells : int
        Cells into which each side of the field is divided, 2 or more.
    std_floor : float
        Smallest standard deviation of a pixel that counts, in opponent units. Default: one 8-bit
        level.

    Raises
    ------
    ValueError
        If `cells` is not an integer of 2 or more, or `std_floor` is not positive.
    """

    cells: int = 8
    std_floor: float = 1 / 255

    def __post_init__(self) -> None:
        """Refuse options out of range."""
        if not isinstance(self.cells, Integral) or int(self.cells) < 2:
            raise ValueError(
                f"cells={self.cells!r} is a number of cells: use an integer of 2 or more."
            )
        if not self.std_floor > 0:
            raise ValueError(
                f"std_floor={self.std_floor!r} is a standard deviation in opponent units: use a "
                "positive number, such as 1/255."
            )

    def __call__(self, atlas: Atlas) -> pd.DataFrame:
        """Measure every neuron of a record.

        Parameters
        ----------
        atlas : Atlas
            Needs ``features``, ``spread`` and ``coverage``; the opponent space and the smallest
            coverage are those of its manifest.

        Returns
        -------
        pandas.DataFrame
            Index as ``atlas.neurons``, one column ``sharpness`` in [0, 1). NaN for dead neurons,
            for layers without features, and where `feature_sharpness` gives it.
        """
        parameters = atlas.manifest["parameters"]
        options: dict[str, Any] = {name: parameters[name] for name in ("min_coverage", "opponent")}
        options |= {"cells": int(self.cells), "std_floor": self.std_floor}
        values = np.full(len(atlas.neurons), np.nan)
        for layer, positions, units in feature_rows(atlas):
            arrays = atlas.features[layer], atlas.spread[layer], atlas.coverage[layer]
            values[positions] = feature_sharpness(*arrays, **options)[units]
        return pd.DataFrame({"sharpness": values}, index=atlas.neurons.index)
